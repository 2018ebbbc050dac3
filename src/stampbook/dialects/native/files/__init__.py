"""Files of rows: imports that are sent, and exports that are fetched."""
