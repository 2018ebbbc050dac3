"""Conditions of rules: their language, its limits, and their evaluation."""
