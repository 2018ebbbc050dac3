"""Finding members and cards by what a person knows of them."""
