"""People and API keys, and what everybody may change about themselves."""
