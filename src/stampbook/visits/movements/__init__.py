"""The movements of points that belong to visits: their names, which are in force, their undo."""
