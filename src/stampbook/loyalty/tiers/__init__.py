"""Tiers: levels that members reach by points or purchases, and lose by rules of their group.

- `terms`: what a group says; `windows`: its periods in the program's time zone.
- `groups`: groups and their tiers as they are stored.
- `facts`: what counts, read from an account's journal.
- `machine`: the standing of an account, fact by fact; `replaying`: its history, with what is undone.
- `standing`: standings and histories of members; `reporting`: what changed in a program by time.
"""
