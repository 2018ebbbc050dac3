-- What the feed asks beside sql/postgres/feed.sql, after it.

-- name: drawing_on_workers
-- The same of each worker, where a trigger takes the locks (deploy/citus/distribute.sql). They are
-- kept until the second phase of the commit, whoever is lost meanwhile.
SELECT success, result FROM run_command_on_workers($$
    SELECT min(-1 - ((classid::bigint << 32) | objid::bigint))
    FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >= 2147483648
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
$$)
