-- What readers of the feed ask before they read rows. Why, and in which order:
-- ledger/following/feed.py.

-- name: last_position
SELECT last_value AS position FROM journal_position

-- name: drawing_since
-- The last position before the first one that an open transaction may have drawn, NULL if none
-- draws any: from the locks of `save`. The two halves of their negative keys are put together.
SELECT min(-1 - ((classid::bigint << 32) | objid::bigint)) AS position
FROM pg_locks
WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >= 2147483648
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
