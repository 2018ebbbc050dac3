"""How vendors spell Stampbook's numbers: pure functions both ways, which know no API."""
