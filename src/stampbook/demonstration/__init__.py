"""The demo: a small chain of coffee houses, and what one needs to know to try it out."""
