"""Stories of rules: what earns points, what points buy, and how it is undone, told in numbers."""
