"""Members: finding them, what they have, their visits and orders."""
