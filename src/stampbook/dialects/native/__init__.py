"""The native API: the dialect that has everything (docs/reference/native-api.md)."""
