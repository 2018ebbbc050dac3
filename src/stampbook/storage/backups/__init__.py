"""Copies of whole databases, with manifests by which they can be checked."""
