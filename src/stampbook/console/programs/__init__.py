"""Programs, their currencies and locations, and the policies of a currency."""
