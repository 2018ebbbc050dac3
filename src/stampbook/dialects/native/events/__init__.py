"""Events on the native wire: how each is printed, their types, and the feed to be pulled."""
