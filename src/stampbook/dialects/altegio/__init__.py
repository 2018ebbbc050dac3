"""The loyalty part of the Altegio / YCLIENTS REST API, version 1."""
