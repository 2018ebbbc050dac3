"""What belongs to no API: probes, the root, and the pages of the reference."""
