"""Pages about files: imports with their reports, and exports."""
