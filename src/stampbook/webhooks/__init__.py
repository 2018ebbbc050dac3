"""Webhooks: events are sent to addresses that tenants name.

- `model`: an endpoint, a delivery of an event to it, and the attempts of a delivery.
- `addresses`: which addresses may be connected to, and what they resolve to.
- `endpoints`, `states`: endpoints and what becomes of them; `deliveries`: what was sent, and
  sending it again.
- `following`: each event of the feed becomes a delivery; `claiming`: whose turn it is;
  `finishing`: what has come of an attempt; `schedule`: when the next one is due.
- `signing`, `sending`: the request itself.
- `pruning`: the end of old deliveries.

Bodies are printed by a dialect (dialects/bodies_of_events.py).
"""
