-- A batch, statement by statement within one transaction; each runs for many rows. On PostgreSQL
-- it is one statement, for one round trip. Guards are WHERE clauses: the caller counts the rows.

-- name: save_account
UPDATE accounts SET
    version = version + 1, seq = ?, lots = ?, clock = ?, head = ?, issued = ?, pending = ?,
    available = ?, held = ?, spent = ?, expired = ?, revoked = ?, owed = ?, owed_held = ?,
    restored = ?, slides_at = ?, slid_at = ?, next_due_at = ?
WHERE shard = ? AND account_id = ? AND version = ?

-- name: save_guard
UPDATE guards SET version = version + 1 WHERE subject = ? AND version = ?

-- name: standing_policy
SELECT 1 FROM currencies WHERE currency_id = ? AND version = ?

-- name: new_row
INSERT INTO transactions (
    shard, account_id, seq, kind, amount, balance_before, balance_after, recorded_at, effective_at,
    target, root, link, peer, by_clock, deadline_at, slides_at, shortfall, external_id, reason,
    actor, metadata, subject, postings, terms, hash
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: new_lot
INSERT INTO lots (
    shard, account_id, lot, accrued_by, activates_at, expires_at, created_at, sliding, grace,
    locked, doomed, reinstated, issued, pending, available, held, spent, expired, revoked
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: changed_lot
UPDATE lots SET
    activates_at = ?, expires_at = ?, locked = ?, doomed = ?, reinstated = ?, pending = ?,
    available = ?, held = ?, spent = ?, expired = ?, revoked = ?
WHERE shard = ? AND account_id = ? AND lot = ?

-- name: saved_part
INSERT INTO allocations (shard, account_id, txn_seq, lot, amount, held) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (shard, account_id, txn_seq, lot)
DO UPDATE SET amount = excluded.amount, held = excluded.held

-- name: gone_part
DELETE FROM allocations WHERE shard = ? AND account_id = ? AND txn_seq = ? AND lot = ?

-- name: saved_movement
INSERT INTO movements (
    shard, account_id, seq, base, status, cancelled, deadline_at, committed_by, released_by,
    cancelled_by
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (shard, account_id, seq) DO UPDATE SET
    base = excluded.base, status = excluded.status, cancelled = excluded.cancelled,
    deadline_at = excluded.deadline_at, committed_by = excluded.committed_by,
    released_by = excluded.released_by, cancelled_by = excluded.cancelled_by

-- name: new_key
INSERT INTO idempotency_keys (
    tenant_id, key, fingerprint, shard, account_id, seq, count, already
) VALUES (?, ?, ?, ?, ?, ?, ?, ?)

-- name: new_external_id
INSERT INTO external_ids (program_id, external_id, fingerprint, shard, account_id, seq)
VALUES (?, ?, ?, ?, ?, ?)
