"""The demo: a small chain of coffee houses, and everything you need to try it out."""
