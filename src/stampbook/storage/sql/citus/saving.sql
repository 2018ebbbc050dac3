-- A save where Citus has distributed the journal: statements of one transaction. The first has the
-- transaction committed in two phases, the second guards and writes what is on the coordinator, and
-- the rows of the journal follow, in a statement for each of its tables (storage/postgres/citus.py).

-- name: two_phases
-- Citus commits in two phases only if more than one of its tables' nodes were written to. It counts
-- the coordinator among them after a write to a table of this kind, even of no row.
DELETE FROM distributed_saves WHERE shard = -1

-- name: save
-- As on one server (sql/postgres/saving.sql), but for the journal's rows: it answers with their
-- positions.
WITH drawing AS MATERIALIZED (
    SELECT pg_advisory_xact_lock_shared(-1 - last_value) IS NOT NULL AS is_seen
    FROM journal_position
), due AS (
    UPDATE accounts AS a SET due_at = LEAST(a.due_at, u.due_at)
    FROM unnest(:due::text::due_account[]) AS u
    CROSS JOIN LATERAL (
        SELECT b.ctid, b.shard, b.account_id FROM accounts AS b
        WHERE (b.shard, b.account_id) >= (:shard::smallint, u.account_id)
        ORDER BY b.shard, b.account_id LIMIT 1
    ) AS found
    WHERE a.ctid = found.ctid
      AND found.shard = :shard::smallint AND found.account_id = u.account_id
    RETURNING a.account_id
), standing_accounts AS (
    SELECT u.account_id
    FROM unnest(:accounts::text::standing_account[]) AS u
    CROSS JOIN LATERAL (
        SELECT shard, account_id, version FROM accounts
        WHERE (shard, account_id) >= (:shard::smallint, u.account_id)
        ORDER BY shard, account_id LIMIT 1
    ) AS a
    WHERE a.shard = :shard::smallint AND a.account_id = u.account_id AND a.version = u.version
), saved_guards AS (
    UPDATE guards AS g SET version = g.version + 1
    FROM unnest(:guards::text::saved_guard[]) AS u
    CROSS JOIN LATERAL (
        SELECT b.ctid, b.subject FROM guards AS b
        WHERE b.subject >= u.subject ORDER BY b.subject LIMIT 1
    ) AS found
    WHERE g.ctid = found.ctid AND g.version = u.version AND found.subject = u.subject
    RETURNING g.subject
), standing_policies AS (
    SELECT u.currency_id
    FROM unnest(:policies::text::standing_policy[]) AS u
    CROSS JOIN LATERAL (
        SELECT version FROM currencies WHERE currency_id = u.currency_id OFFSET 0
    ) AS c
    WHERE c.version = u.version
), new_transaction_keys AS (
    INSERT INTO transaction_keys (account_id, seq, count, shard, key_digest, fingerprint)
    SELECT u.account_id, u.seq, u.count, u.shard, u.key_digest, u.fingerprint
    FROM unnest(:transaction_keys::text::transaction_keys[]) AS u
), newest AS (
    INSERT INTO newest_standings AS n (account_id, base, cancelled, target, seq, shard)
    SELECT u.account_id, u.base, u.cancelled, u.target, u.seq, u.shard
    FROM unnest(:newest_standings::text::newest_standings[]) AS u
    ON CONFLICT (shard, account_id, target) DO UPDATE
    SET base = EXCLUDED.base, cancelled = EXCLUDED.cancelled, seq = EXCLUDED.seq
), new_keys AS (
    INSERT INTO repeated_keys ({repeated_keys})
    SELECT {repeated_keys.u} FROM unnest(:repeated_keys::text::repeated_keys[]) AS u
), new_external_ids AS (
    INSERT INTO external_ids ({external_ids})
    SELECT {external_ids.u} FROM unnest(:external_ids::text::external_ids[]) AS u
)
SELECT 1 / (
    NOT keys_are_taken(
        :key_tenants::bigint[], :key_texts::text[], :key_digests::bytea[], :other_digests::bytea[]
    )
    AND (SELECT count(*) FROM standing_accounts) = :account_count::integer
    AND (SELECT count(*) FROM due) = :due_count::integer
    AND (SELECT count(*) FROM saved_guards) = :guard_count::integer
    AND (SELECT count(*) FROM standing_policies) = :policy_count::integer
)::integer AS stood,
ARRAY(
    SELECT CASE WHEN drawing.is_seen THEN nextval('journal_position') END
    FROM drawing CROSS JOIN generate_series(1, :row_count::integer)
) AS positions
