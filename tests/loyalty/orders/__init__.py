"""Orders, paying with points, refunds and their undo."""
