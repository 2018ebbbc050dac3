"""Parts of the domain by themselves."""
