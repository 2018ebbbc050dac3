"""Pages about webhooks, what was sent to them, and events."""
