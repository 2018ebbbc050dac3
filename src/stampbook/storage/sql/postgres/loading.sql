-- Loads the facts that decisions lack, in few round trips.
--
-- Every lookup is written so that the only sensible plan uses its index, whatever the statistics
-- say: `LATERAL (… OFFSET 0)` lets the planner choose nothing but "for each wanted key, look it
-- up", never a join that reads a whole shard. A plan made while the tables were nearly empty is
-- kept, and stays right when they are large. tests/storage/test_plans.py checks the plans.
-- `{table}` is replaced by the table's columns, `{sums}` by an account's sums (storage/tables.py).

-- name: open_accounts
-- Accounts as their row `upto` left them, or their last row: whose they are, their sums, and the
-- states from the newest whole one on.
SELECT u.account_id AS wanted, {accounts.a},
       t.seq, t.recorded_at, t.hash, t.state_seq, {sums.t},
       ARRAY(
           SELECT s.state FROM transactions AS s
           WHERE s.shard = :shard::smallint AND s.account_id = u.account_id
             AND s.seq >= t.state_seq AND s.seq <= t.seq
           ORDER BY s.seq
       ) AS states
FROM unnest(:accounts::bigint[], :uptos::integer[]) AS u (account_id, upto)
CROSS JOIN LATERAL (
    SELECT {accounts} FROM accounts
    WHERE (shard, account_id) >= (:shard::smallint, u.account_id)
    ORDER BY shard, account_id LIMIT 1
) AS a
LEFT JOIN LATERAL (
    SELECT * FROM transactions
    WHERE shard = :shard::smallint AND account_id = u.account_id AND seq <= u.upto
    ORDER BY shard DESC, account_id DESC, seq DESC LIMIT 1
) AS t ON true
WHERE a.shard = :shard::smallint AND a.account_id = u.account_id

-- name: look
-- One step of a search (storage/gathering.py), for many accounts at once.
SELECT ARRAY(
           SELECT ROW({rows.t})
           FROM unnest(:row_accounts::bigint[], :row_seqs::integer[]) AS u (account_id, seq)
           CROSS JOIN LATERAL (
               SELECT * FROM transactions
               WHERE shard = :shard::smallint AND account_id = u.account_id AND seq = u.seq
               OFFSET 0
           ) AS t
       ) AS rows,
       ARRAY(
           SELECT ROW({standings.s})
           FROM unnest(:standing_accounts::bigint[], :targets::integer[], :standing_uptos::integer[])
               AS u (account_id, target, upto)
           CROSS JOIN LATERAL (
               SELECT * FROM standings
               WHERE shard = :shard::smallint AND account_id = u.account_id
                 AND target = u.target AND seq <= u.upto
               ORDER BY shard DESC, account_id DESC, target DESC, seq DESC LIMIT 1
           ) AS s
       ) AS standings,
       ARRAY(
           SELECT ROW(l.account_id, l.closed)
           FROM unnest(:lot_accounts::bigint[], :lots::integer[], :lot_uptos::integer[])
               AS u (account_id, lot, upto)
           CROSS JOIN LATERAL (
               SELECT * FROM lot_rows
               WHERE shard = :shard::smallint AND account_id = u.account_id
                 AND lot = u.lot AND seq <= u.upto
               ORDER BY shard DESC, account_id DESC, lot DESC, seq DESC LIMIT 1
           ) AS l
           WHERE l.closed IS NOT NULL
       ) AS lots,
       ARRAY(
           SELECT ROW(u.account_id, l.seq)
           FROM unnest(:payer_accounts::bigint[], :payers::integer[], :payer_uptos::integer[])
               AS u (account_id, lot, upto)
           CROSS JOIN LATERAL (
               SELECT seq FROM lot_rows
               WHERE shard = :shard::smallint AND account_id = u.account_id
                 AND lot = u.lot AND seq <= u.upto
               OFFSET 0
           ) AS l
       ) AS payers,
       ARRAY(
           SELECT ROW(u.account_id, u.target, s.seq)
           FROM unnest(:history_accounts::bigint[], :histories::integer[], :history_uptos::integer[])
               AS u (account_id, target, upto)
           CROSS JOIN LATERAL (
               SELECT seq FROM standings
               WHERE shard = :shard::smallint AND account_id = u.account_id
                 AND target = u.target AND seq <= u.upto
               ORDER BY shard, account_id, target, seq
           ) AS s
       ) AS histories,
       ARRAY(
           SELECT ROW(u.account_id, t.seq)
           FROM unnest(:subject_accounts::bigint[], :subjects::text[], :subject_uptos::integer[])
               AS u (account_id, subject, upto)
           CROSS JOIN LATERAL (
               SELECT seq FROM transactions
               WHERE shard = :shard::smallint AND account_id = u.account_id
                 AND subject = u.subject AND seq <= u.upto
                 AND (kind = ANY (:originals::smallint[]) OR starts_with(u.subject, 'merge:'))
               OFFSET 0
           ) AS t
       ) AS subjects

-- name: journal
-- A stretch of one account's journal.
SELECT {rows} FROM transactions
WHERE shard = :shard::smallint AND account_id = :account AND seq > :after
ORDER BY seq LIMIT :limit

-- name: last_rows
SELECT u.account_id, COALESCE(t.seq, 0) AS seq
FROM unnest(:accounts::bigint[]) AS u (account_id)
LEFT JOIN LATERAL (
    SELECT seq FROM transactions
    WHERE shard = :shard::smallint AND account_id = u.account_id
    ORDER BY shard DESC, account_id DESC, seq DESC LIMIT 1
) AS t ON true

-- name: due_accounts
-- Accounts that may be due, and when something is due on them.
SELECT a.account_id, t.due_at
FROM accounts AS a
LEFT JOIN LATERAL (
    SELECT due_at FROM transactions
    WHERE shard = :shard::smallint AND account_id = a.account_id
    ORDER BY shard DESC, account_id DESC, seq DESC LIMIT 1
) AS t ON true
WHERE a.shard = :shard::smallint AND a.due_at <= :now AND a.due_at < 9223372036854775807
  AND (:program::bigint = 0 OR a.program_id = :program::bigint)
ORDER BY a.due_at LIMIT :limit

-- name: lock_accounts
-- Locks the accounts that are put off, in the order in which a save locks them.
SELECT account_id FROM accounts
WHERE shard = :shard::smallint AND account_id = ANY (:accounts::bigint[])
ORDER BY account_id FOR UPDATE

-- name: put_off
-- Makes accounts due when their last rows say. This is a statement of its own, after the accounts
-- are locked, so that it sees the rows of every save that has made one of them due earlier.
UPDATE accounts AS a SET due_at = COALESCE((
    SELECT t.due_at FROM transactions AS t
    WHERE t.shard = :shard::smallint AND t.account_id = a.account_id
    ORDER BY t.shard DESC, t.account_id DESC, t.seq DESC LIMIT 1
), 9223372036854775807)
WHERE a.shard = :shard::smallint AND a.account_id = ANY (:accounts::bigint[])

-- name: find_keys
-- The idempotency keys that are taken. Account 0: by a write outside the ledger.
SELECT k.*
FROM unnest(:digests::bytea[], :tenants::bigint[], :keys::text[]) AS u (digest, tenant_id, key)
CROSS JOIN LATERAL (
    SELECT key_digest, fingerprint, shard, account_id, seq, key_rows::integer AS count,
           false AS already, false AS named
    FROM transactions WHERE key_digest = u.digest
    UNION ALL
    SELECT key_digest, fingerprint, shard, account_id, seq, count, already,
           NOT already AS named
    FROM repeated_keys WHERE key_digest = u.digest
    UNION ALL
    SELECT u.digest, fingerprint, 0::smallint, 0, 0, 0, false, false
    FROM idempotency_keys WHERE tenant_id = u.tenant_id AND key = u.key
) AS k

-- name: find_external_ids
SELECT {external_ids.e}
FROM unnest(:programs::bigint[], :external_ids::text[]) AS u (program_id, external_id)
CROSS JOIN LATERAL (
    SELECT * FROM external_ids
    WHERE program_id = u.program_id AND external_id = u.external_id OFFSET 0
) AS e

-- name: find_guards
SELECT subject, version FROM guards WHERE subject = ANY (:subjects::text[])
