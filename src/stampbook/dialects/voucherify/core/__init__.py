"""What both versions share: calls, look-ups, lists, words."""
