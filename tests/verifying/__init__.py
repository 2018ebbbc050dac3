"""The verification, and anchors."""
