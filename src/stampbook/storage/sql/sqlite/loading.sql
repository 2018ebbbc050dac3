-- Loads the facts that decisions lack, one after the other.
--
-- On PostgreSQL one statement takes all searches of a batch one step further, since each round trip
-- costs. Here the database is in the process, and a lookup takes a few microseconds.
-- `{table}` is replaced by the table's columns, `{sums}` by an account's sums (storage/tables.py).

-- name: account
SELECT {accounts} FROM accounts WHERE shard = :shard AND account_id = :account

-- name: last_row
SELECT seq, recorded_at, hash, state_seq, {sums}
FROM transactions
WHERE shard = :shard AND account_id = :account AND seq <= :upto
ORDER BY seq DESC LIMIT 1

-- name: states
SELECT state FROM transactions
WHERE shard = :shard AND account_id = :account AND seq >= :state_seq AND seq <= :upto
ORDER BY seq

-- name: row
SELECT {rows} FROM transactions
WHERE shard = :shard AND account_id = :account AND seq = :seq

-- name: standing
SELECT {standings} FROM standings
WHERE shard = :shard AND account_id = :account AND target = :target AND seq <= :upto
ORDER BY seq DESC LIMIT 1

-- name: lot
SELECT closed FROM lot_rows
WHERE shard = :shard AND account_id = :account AND lot = :lot AND seq <= :upto
ORDER BY seq DESC LIMIT 1

-- name: payers
SELECT seq FROM lot_rows
WHERE shard = :shard AND account_id = :account AND lot = :lot AND seq <= :upto

-- name: history
SELECT seq FROM standings
WHERE shard = :shard AND account_id = :account AND target = :target AND seq <= :upto
ORDER BY seq

-- name: rows_of_subject
-- INDEXED BY: otherwise SQLite reads the whole journal.
SELECT seq, kind FROM transactions INDEXED BY transactions_subject
WHERE shard = :shard AND account_id = :account AND subject = :subject AND seq <= :upto

-- name: journal
SELECT {rows} FROM transactions
WHERE shard = :shard AND account_id = :account AND seq > :after
ORDER BY seq LIMIT :limit

-- name: last_number
SELECT :account AS account_id, COALESCE(max(seq), 0) AS seq FROM transactions
WHERE shard = :shard AND account_id = :account

-- name: due_accounts
-- Accounts that may be due, and when something is due on them.
SELECT a.account_id, (
    SELECT t.due_at FROM transactions AS t
    WHERE t.shard = a.shard AND t.account_id = a.account_id ORDER BY t.seq DESC LIMIT 1
) AS due_at
FROM accounts AS a
WHERE a.shard = :shard AND a.due_at <= :now AND a.due_at < 9223372036854775807
  AND (:program = 0 OR a.program_id = :program)
ORDER BY a.due_at LIMIT :limit

-- name: put_off
-- Makes an account due when its last row says.
UPDATE accounts SET due_at = COALESCE((
    SELECT t.due_at FROM transactions AS t
    WHERE t.shard = accounts.shard AND t.account_id = accounts.account_id
    ORDER BY t.seq DESC LIMIT 1
), 9223372036854775807)
WHERE shard = :shard AND account_id = :account

-- name: find_key
-- Account 0: the key of a write outside the ledger.
SELECT key_digest, fingerprint, shard, account_id, seq, key_rows AS count, 0 AS already,
       0 AS named
FROM transactions WHERE key_digest = :digest
UNION ALL
SELECT key_digest, fingerprint, shard, account_id, seq, count, already, NOT already AS named
FROM repeated_keys WHERE key_digest = :digest
UNION ALL
SELECT :digest, fingerprint, 0, 0, 0, 0, 0, 0
FROM idempotency_keys WHERE tenant_id = :tenant AND key = :key

-- name: find_external_id
SELECT {external_ids} FROM external_ids WHERE program_id = :program AND external_id = :external_id

-- name: find_guard
SELECT subject, version FROM guards WHERE subject = :subject
