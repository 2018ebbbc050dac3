"""Tiers: levels that members reach by points or purchases, and lose by rules of their group.

- `terms`: what a group says; `windows`: its periods in the program's time zone.
- `groups`: groups and their tiers as they are stored.
- `facts`: what counts, read from an account's journal.
- `besides`: what counts and is not in the journal: orders, segments.
- `machine`: the standing of an account, fact by fact; `replaying`: its history, with cancels.
- `standing`: standings and histories of members; `reporting`: what changed in a program by time.
"""
