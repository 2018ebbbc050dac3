-- The statements that differ where Citus has distributed the journal by shard
-- (docs/operating/scale-out.md). The other tables are on the coordinator. A statement on both kinds
-- of tables reads those of the coordinator first, in a part of its own that names nothing of the
-- journal; the other part is sent to the node of the one shard that it names.

-- name: open_accounts
WITH a AS MATERIALIZED (
    SELECT {accounts} FROM accounts
    WHERE shard = :shard::smallint AND account_id = ANY (:accounts::bigint[])
)
SELECT u.account_id AS wanted, {accounts.a},
       t.seq, t.recorded_at, t.hash, t.state_seq, {sums.t},
       ARRAY(
           SELECT s.state FROM transactions AS s
           WHERE s.shard = :shard::smallint AND s.account_id = u.account_id
             AND s.seq >= t.state_seq AND s.seq <= t.seq
           ORDER BY s.seq
       ) AS states
FROM unnest(:accounts::bigint[], :uptos::integer[]) AS u (account_id, upto)
JOIN a ON a.account_id = u.account_id
LEFT JOIN LATERAL (
    SELECT * FROM transactions
    WHERE shard = :shard::smallint AND account_id = u.account_id AND seq <= u.upto
    ORDER BY seq DESC LIMIT 1
) AS t ON true

-- name: look_rows
-- The parts of `look`: records without a type of their own cannot be sent between servers.
SELECT {rows.t}
FROM unnest(:row_accounts::bigint[], :row_seqs::integer[]) AS u (account_id, seq)
CROSS JOIN LATERAL (
    SELECT * FROM transactions
    WHERE shard = :shard::smallint AND account_id = u.account_id AND seq = u.seq
    OFFSET 0
) AS t

-- name: look_standings
SELECT {standings.s}
FROM unnest(:standing_accounts::bigint[], :targets::integer[], :standing_uptos::integer[])
    AS u (account_id, target, upto)
CROSS JOIN LATERAL (
    SELECT * FROM standings
    WHERE shard = :shard::smallint AND account_id = u.account_id
      AND target = u.target AND seq <= u.upto
    ORDER BY seq DESC LIMIT 1
) AS s

-- name: look_lots
SELECT l.account_id, l.closed
FROM unnest(:lot_accounts::bigint[], :lots::integer[], :lot_uptos::integer[])
    AS u (account_id, lot, upto)
CROSS JOIN LATERAL (
    SELECT * FROM lot_rows
    WHERE shard = :shard::smallint AND account_id = u.account_id
      AND lot = u.lot AND seq <= u.upto
    ORDER BY seq DESC LIMIT 1
) AS l
WHERE l.closed IS NOT NULL

-- name: look_payers
SELECT u.account_id, l.seq
FROM unnest(:payer_accounts::bigint[], :payers::integer[], :payer_uptos::integer[])
    AS u (account_id, lot, upto)
CROSS JOIN LATERAL (
    SELECT seq FROM lot_rows
    WHERE shard = :shard::smallint AND account_id = u.account_id
      AND lot = u.lot AND seq <= u.upto
    OFFSET 0
) AS l

-- name: look_histories
SELECT u.account_id, u.target, s.seq
FROM unnest(:history_accounts::bigint[], :histories::integer[], :history_uptos::integer[])
    AS u (account_id, target, upto)
CROSS JOIN LATERAL (
    SELECT seq FROM standings
    WHERE shard = :shard::smallint AND account_id = u.account_id
      AND target = u.target AND seq <= u.upto
    ORDER BY seq
) AS s

-- name: look_subjects
SELECT u.account_id, t.seq
FROM unnest(:subject_accounts::bigint[], :subjects::text[], :subject_uptos::integer[])
    AS u (account_id, subject, upto)
CROSS JOIN LATERAL (
    SELECT seq FROM transactions
    WHERE shard = :shard::smallint AND account_id = u.account_id
      AND subject = u.subject AND seq <= u.upto
      AND (kind = ANY (:originals::smallint[]) OR starts_with(u.subject, 'merge:'))
    OFFSET 0
) AS t

-- name: may_be_due
-- Whether the statement below needs to be sent to the shard's node: it is asked of every shard, again
-- and again, and mostly nothing is due.
SELECT 1 AS found FROM accounts
WHERE shard = :shard::smallint AND due_at <= :now AND due_at < 9223372036854775807
  AND (:program::bigint = 0 OR program_id = :program::bigint)
LIMIT 1

-- name: due_accounts
WITH a AS MATERIALIZED (
    SELECT account_id, due_at FROM accounts
    WHERE shard = :shard::smallint AND due_at <= :now AND due_at < 9223372036854775807
      AND (:program::bigint = 0 OR program_id = :program::bigint)
    ORDER BY due_at LIMIT :limit
)
SELECT a.account_id, t.due_at
FROM a LEFT JOIN LATERAL (
    SELECT due_at FROM transactions
    WHERE shard = :shard::smallint AND account_id = a.account_id
    ORDER BY seq DESC LIMIT 1
) AS t ON true
ORDER BY a.due_at

-- name: put_off
WITH last AS MATERIALIZED (
    SELECT u.account_id, t.due_at
    FROM unnest(:accounts::bigint[]) AS u (account_id)
    LEFT JOIN LATERAL (
        SELECT due_at FROM transactions
        WHERE shard = :shard::smallint AND account_id = u.account_id
        ORDER BY seq DESC LIMIT 1
    ) AS t ON true
)
UPDATE accounts AS a SET due_at = COALESCE(last.due_at, 9223372036854775807)
FROM last WHERE a.shard = :shard::smallint AND a.account_id = last.account_id

-- name: find_keys
-- The keys of the journal are in a table of the coordinator: an index cannot span the shards.
SELECT k.*
FROM unnest(:digests::bytea[], :tenants::bigint[], :keys::text[]) AS u (digest, tenant_id, key)
CROSS JOIN LATERAL (
    SELECT key_digest, fingerprint, shard, account_id, seq, count, false AS already, false AS named
    FROM transaction_keys WHERE key_digest = u.digest
    UNION ALL
    SELECT key_digest, fingerprint, shard, account_id, seq, count, already,
           NOT already AS named
    FROM repeated_keys WHERE key_digest = u.digest
    UNION ALL
    SELECT u.digest, fingerprint, 0::smallint, 0, 0, 0, false, false
    FROM idempotency_keys WHERE tenant_id = u.tenant_id AND key = u.key
) AS k
