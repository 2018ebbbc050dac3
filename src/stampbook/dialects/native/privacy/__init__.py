"""Personal data: docs/reference/native-api-privacy.md."""
