"""Pages about rules, and about groups of tiers."""
