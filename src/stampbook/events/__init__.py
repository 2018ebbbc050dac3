"""Events: what has happened, for those who follow it from outside.

- `types`: the names of events, and who may see them; `values`: what their rows of the outbox keep.
- `places`: where an event is in the feed, and the cursors that say so.
- `model`: an event; `movements`: the events of a journal row.
- `feed`: the events after a place, in the order of both tables; `pulse`: waiting for more.
- `facts`: what a journal row does not have and its events show, as it was after the row.
- `pruning`: the end of rows that are no movements.

Nothing here knows how an event is written: a dialect prints it (dialects/native/events).
"""
