"""What earns points (rules, orders, events, tiers), what points buy (rewards), and its exact undo."""
