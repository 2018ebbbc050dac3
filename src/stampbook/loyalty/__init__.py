"""Rules, orders, events, tiers: what earns points. Rewards: what they buy. And the exact undo."""
