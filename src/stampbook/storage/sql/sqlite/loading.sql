-- What decisions lack, one fact after the other.
--
-- On PostgreSQL one statement brings all of a batch, since each round trip costs. Here the database
-- is in the process and a lookup takes a few microseconds, so the code follows the facts one by
-- one (sqlite_loading.py), in one view of the database.
-- LIMIT 65 is PAGE + 1: whether a window goes on after its page. The first page is the page after
-- the least key of all.

-- name: account
SELECT account_id, shard, tenant_id, program_id, currency_id, member_id, status, version, seq, lots,
       clock, head, issued, pending, available, held, spent, expired, revoked, owed, owed_held,
       restored, slides_at, slid_at, next_due_at
FROM accounts WHERE shard = :shard AND account_id = :account

-- name: page_spendable
-- Open lots after a key, by expiry.
SELECT lot, accrued_by, activates_at, expires_at, created_at, sliding, grace, locked, doomed,
       reinstated, issued, pending, available, held, spent, expired, revoked
FROM lots
WHERE shard = :shard AND account_id = :account AND open AND (expires_at, lot) > (:at, :seq)
ORDER BY expires_at, lot LIMIT 65

-- name: rest_of_spendable
-- All open lots after a key: for accounts whose lots share a sliding expiry, since each activity
-- puts all of them off together.
SELECT lot, accrued_by, activates_at, expires_at, created_at, sliding, grace, locked, doomed,
       reinstated, issued, pending, available, held, spent, expired, revoked
FROM lots
WHERE shard = :shard AND account_id = :account AND open AND (expires_at, lot) > (:at, :seq)

-- name: page_waiting
-- Lots that a date will activate, after a key.
SELECT lot, accrued_by, activates_at, expires_at, created_at, sliding, grace, locked, doomed,
       reinstated, issued, pending, available, held, spent, expired, revoked
FROM lots
WHERE shard = :shard AND account_id = :account AND waiting AND (activates_at, lot) > (:at, :seq)
ORDER BY activates_at, lot LIMIT 65

-- name: page_deadlines
-- What is rolled back at its deadline, after a key.
SELECT seq, base, status, cancelled, deadline_at, committed_by, released_by, cancelled_by
FROM movements
WHERE shard = :shard AND account_id = :account AND deadline_at < 9223372036854775807
  AND (deadline_at, seq) > (:at, :seq)
ORDER BY deadline_at, seq LIMIT 65

-- name: owing
-- All parts of those with a deficit. SQLite runs a CROSS JOIN in the order in which it is written.
SELECT p.txn_seq, p.lot, p.amount, p.held
FROM allocations AS d CROSS JOIN allocations AS p
WHERE d.shard = :shard AND d.account_id = :account AND d.lot = 0
  AND p.shard = :shard AND p.account_id = :account AND p.txn_seq = d.txn_seq

-- name: row
SELECT account_id, seq, kind, amount, balance_before, balance_after, recorded_at, effective_at,
       target, root, link, peer, by_clock, deadline_at, slides_at, shortfall, external_id, reason,
       actor, metadata, subject, postings, terms, hash
FROM transactions WHERE shard = :shard AND account_id = :account AND seq = :seq

-- name: originals_of_subject
-- The kinds are those of credits and debits. Without being told, SQLite reads the whole journal.
SELECT seq FROM transactions INDEXED BY transactions_subject
WHERE shard = :shard AND account_id = :account AND subject = :subject
  AND kind IN (1, 2, 3, 9, 10, 11, 12, 13)

-- name: movement
SELECT seq, base, status, cancelled, deadline_at, committed_by, released_by, cancelled_by
FROM movements WHERE shard = :shard AND account_id = :account AND seq = :seq

-- name: lot
SELECT lot, accrued_by, activates_at, expires_at, created_at, sliding, grace, locked, doomed,
       reinstated, issued, pending, available, held, spent, expired, revoked
FROM lots WHERE shard = :shard AND account_id = :account AND lot = :lot

-- name: payees_of_lot
SELECT txn_seq FROM allocations
WHERE shard = :shard AND account_id = :account AND lot = :lot

-- name: parts
SELECT txn_seq, lot, amount, held FROM allocations
WHERE shard = :shard AND account_id = :account AND txn_seq = :payee

-- name: lots_of_parts
SELECT l.lot, l.accrued_by, l.activates_at, l.expires_at, l.created_at, l.sliding, l.grace,
       l.locked, l.doomed, l.reinstated, l.issued, l.pending, l.available, l.held, l.spent,
       l.expired, l.revoked
FROM allocations AS a CROSS JOIN lots AS l
WHERE a.shard = :shard AND a.account_id = :account AND a.txn_seq = :payee
  AND l.shard = :shard AND l.account_id = :account AND l.lot = a.lot

-- name: is_uncommitted_hold
-- Of a payee that has no parts left.
SELECT t.kind = 3 AND coalesce(m.committed_by, 0) = 0
FROM transactions AS t LEFT JOIN movements AS m
  ON m.shard = :shard AND m.account_id = :account AND m.seq = t.seq
WHERE t.shard = :shard AND t.account_id = :account AND t.seq = :payee

-- name: journal
SELECT account_id, seq, kind, amount, balance_before, balance_after, recorded_at, effective_at,
       target, root, link, peer, by_clock, deadline_at, slides_at, shortfall, external_id, reason,
       actor, metadata, subject, postings, terms, hash
FROM transactions
WHERE shard = :shard AND account_id = :account AND seq > :after
ORDER BY seq LIMIT :limit

-- name: due_accounts
SELECT account_id FROM accounts
WHERE shard = :shard AND next_due_at <= :now AND next_due_at < 9223372036854775807
  AND (:program = 0 OR program_id = :program)
ORDER BY next_due_at LIMIT :limit

-- name: find_key
-- Account 0: the key of a write that is not the ledger's.
SELECT tenant_id, key, fingerprint, COALESCE(shard, 0), COALESCE(account_id, 0), COALESCE(seq, 0),
       COALESCE(count, 0), already
FROM idempotency_keys WHERE tenant_id = :tenant AND key = :key

-- name: find_external_id
SELECT program_id, external_id, fingerprint, shard, account_id, seq
FROM external_ids WHERE program_id = :program AND external_id = :external_id

-- name: find_guard
SELECT subject, version FROM guards WHERE subject = :subject

-- name: account_version
SELECT account_id, version FROM accounts WHERE shard = :shard AND account_id = :account
