"""Rewards, purchases and benefits in the native API."""
