"""People: clients, users who sign in, and what they may do."""
