"""Endpoints that events are sent to, and what was sent: docs/reference/native-api-webhooks.md."""
