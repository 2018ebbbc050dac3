"""What is kept about a person: erasing it."""
