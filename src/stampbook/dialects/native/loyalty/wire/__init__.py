"""Rules, orders, rewards and tiers on the native wire."""
