"""Finding anything by what a person knows of it, and all that has happened to a member."""
