"""Rules, orders, rewards and tiers in the native API."""
