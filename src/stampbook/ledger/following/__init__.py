"""What follows the journal: the feed of its rows, and the projections made from it."""
