"""What visits count for in thresholds, and what becomes of points when one counts for less."""
