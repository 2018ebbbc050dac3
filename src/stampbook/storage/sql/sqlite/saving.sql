-- A batch, statement by statement within one transaction; each runs for many rows. On PostgreSQL
-- it is one statement, for one round trip. Guards are WHERE clauses: the caller counts the rows.
-- `{table}` is replaced by the table's columns (storage/tables.py), `{table.?}` by as many values.

-- name: standing_account
SELECT 1 FROM accounts WHERE shard = ? AND account_id = ? AND version = ?

-- name: due
UPDATE accounts SET due_at = min(due_at, ?) WHERE shard = ? AND account_id = ?

-- name: save_guard
UPDATE guards SET version = version + 1 WHERE subject = ? AND version = ?

-- name: standing_policy
SELECT 1 FROM currencies WHERE currency_id = ? AND version = ?

-- name: other_key
SELECT 1 FROM idempotency_keys WHERE tenant_id = :tenant AND key = :key
UNION ALL
SELECT 1 FROM repeated_keys WHERE key_digest = :digest
UNION ALL
SELECT 1 FROM transactions WHERE key_digest = :digest

-- name: new_row
INSERT INTO transactions ({transactions}) VALUES ({transactions.?})

-- name: new_lot_row
INSERT INTO lot_rows ({lot_rows}) VALUES ({lot_rows.?})

-- name: new_standing
INSERT INTO standings ({standings}) VALUES ({standings.?})

-- name: repeated_key
INSERT INTO repeated_keys ({repeated_keys}) VALUES ({repeated_keys.?})

-- name: new_external_id
INSERT INTO external_ids ({external_ids}) VALUES ({external_ids.?})
