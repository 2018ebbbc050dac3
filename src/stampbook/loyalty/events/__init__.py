"""Events: what happened to members, and what rules made of it."""
