"""Tests of rewards, benefits, purchases, grants and codes."""
