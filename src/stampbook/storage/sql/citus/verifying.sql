-- What `stampbook verify` asks of each shard where Citus has distributed the journal: what is on the
-- coordinator and what is in the journal must be the same. Each answers with the first difference.

-- name: differing_standings
SELECT account_id, seq FROM (
    (
        SELECT account_id, target, seq, base, cancelled FROM newest_standings
        WHERE shard = :shard::smallint
        EXCEPT
        SELECT account_id, target, seq, base, cancelled FROM (
            SELECT DISTINCT ON (account_id, target) account_id, target, seq, base, cancelled
            FROM standings WHERE shard = :shard::smallint
            ORDER BY account_id, target, seq DESC
        ) AS newest
    ) UNION ALL (
        SELECT account_id, target, seq, base, cancelled FROM (
            SELECT DISTINCT ON (account_id, target) account_id, target, seq, base, cancelled
            FROM standings WHERE shard = :shard::smallint
            ORDER BY account_id, target, seq DESC
        ) AS newest
        EXCEPT
        SELECT account_id, target, seq, base, cancelled FROM newest_standings
        WHERE shard = :shard::smallint
    )
) AS differing
LIMIT 1

-- name: differing_keys
SELECT account_id, seq FROM (
    (
        SELECT account_id, seq, count, key_digest, fingerprint FROM transaction_keys
        WHERE shard = :shard::smallint
        EXCEPT
        SELECT account_id, seq, key_rows, key_digest, fingerprint FROM transactions
        WHERE shard = :shard::smallint AND key_digest IS NOT NULL
    ) UNION ALL (
        SELECT account_id, seq, key_rows, key_digest, fingerprint FROM transactions
        WHERE shard = :shard::smallint AND key_digest IS NOT NULL
        EXCEPT
        SELECT account_id, seq, count, key_digest, fingerprint FROM transaction_keys
        WHERE shard = :shard::smallint
    )
) AS differing
LIMIT 1
