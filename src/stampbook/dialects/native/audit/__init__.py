"""The audit log and the anchors."""
