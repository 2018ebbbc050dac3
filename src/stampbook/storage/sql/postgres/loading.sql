-- What decisions lack, brought in few round trips.
--
-- Every lookup is written so that the way by its index is the only sensible plan, whatever the
-- statistics say: `LATERAL (… OFFSET 0)` lets the planner choose nothing but "for each wanted key,
-- look it up", never a join that reads a whole shard. A plan made while the tables were nearly
-- empty is kept, and stays right when they are large. tests/storage/test_plans.py looks at them.
-- LIMIT 65 is PAGE + 1: whether a window goes on after its page.

-- name: open_accounts
-- The rows of accounts, the first page of each of their windows, and their deficits with all
-- parts of who owes them. The sums say where there is nothing to look for.
SELECT u.account_id AS wanted,
       a.account_id, a.shard, a.tenant_id, a.program_id, a.currency_id, a.member_id, a.status,
       a.version, a.seq, a.lots, a.clock, a.head, a.issued, a.pending, a.available, a.held,
       a.spent, a.expired, a.revoked, a.owed, a.owed_held, a.restored, a.slides_at, a.slid_at,
       a.next_due_at,
       ARRAY(
           SELECT ROW(l.lot, l.accrued_by, l.activates_at, l.expires_at, l.created_at, l.sliding,
                      l.grace, l.locked, l.doomed, l.reinstated, l.issued, l.pending, l.available,
                      l.held, l.spent, l.expired, l.revoked)
           FROM lots l
           WHERE a.available > 0 AND l.shard = :shard::smallint AND l.account_id = u.account_id AND l.open
           ORDER BY l.expires_at, l.lot LIMIT 65
       ) AS spendable,
       ARRAY(
           SELECT ROW(l.lot, l.accrued_by, l.activates_at, l.expires_at, l.created_at, l.sliding,
                      l.grace, l.locked, l.doomed, l.reinstated, l.issued, l.pending, l.available,
                      l.held, l.spent, l.expired, l.revoked)
           FROM lots l
           WHERE a.pending > 0 AND l.shard = :shard::smallint AND l.account_id = u.account_id AND l.waiting
           ORDER BY l.activates_at, l.lot LIMIT 65
       ) AS waiting,
       ARRAY(
           SELECT ROW(m.seq, m.base, m.status, m.cancelled, m.deadline_at, m.committed_by,
                      m.released_by, m.cancelled_by)
           FROM movements m
           WHERE a.next_due_at < 9223372036854775807 AND m.shard = :shard::smallint
             AND m.account_id = u.account_id AND m.deadline_at < 9223372036854775807
           ORDER BY m.deadline_at, m.seq LIMIT 65
       ) AS deadlines,
       ARRAY(
           SELECT ROW(p.txn_seq, p.lot, p.amount, p.held)
           FROM (
               SELECT d.txn_seq FROM allocations d
               WHERE a.owed > 0 AND d.shard = :shard::smallint AND d.account_id = u.account_id AND d.lot = 0
               OFFSET 0
           ) AS d CROSS JOIN LATERAL (
               SELECT p.txn_seq, p.lot, p.amount, p.held FROM allocations p
               WHERE p.shard = :shard::smallint AND p.account_id = u.account_id AND p.txn_seq = d.txn_seq
               OFFSET 0
           ) AS p
       ) AS owing
FROM unnest(:accounts::bigint[]) AS u (account_id)
LEFT JOIN LATERAL (
    SELECT * FROM accounts WHERE shard = :shard::smallint AND account_id = u.account_id OFFSET 0
) AS a ON true

-- name: load_facts
-- Everything else that a demand names (storage.store.Demand), in one answer: the rows with their
-- roots, then what these lead to. 2, 3, 10 and 12 are the kinds of debits, 1, 9, 11 and 13 those of
-- credits, 8 is a cancel.
WITH wanted AS (
    SELECT u.account_id, u.seq
    FROM unnest(:row_accounts::bigint[], :row_seqs::integer[]) AS u (account_id, seq)
    UNION
    SELECT u.account_id, t.seq
    FROM unnest(:subject_accounts::bigint[], :subjects::text[]) AS u (account_id, subject)
    CROSS JOIN LATERAL (
        SELECT seq FROM transactions
        WHERE shard = :shard::smallint AND account_id = u.account_id AND subject = u.subject
          AND kind IN (1, 2, 3, 9, 10, 11, 12, 13)
        OFFSET 0
    ) AS t
), named AS MATERIALIZED (
    SELECT t.* FROM wanted AS w CROSS JOIN LATERAL (
        SELECT * FROM transactions
        WHERE shard = :shard::smallint AND account_id = w.account_id AND seq = w.seq OFFSET 0
    ) AS t
), shown AS MATERIALIZED (
    SELECT * FROM named
    UNION ALL
    SELECT t.* FROM (
        SELECT account_id, root FROM named EXCEPT SELECT account_id, seq FROM named
    ) AS r CROSS JOIN LATERAL (
        SELECT * FROM transactions
        WHERE shard = :shard::smallint AND account_id = r.account_id AND seq = r.root OFFSET 0
    ) AS t
), moved AS MATERIALIZED (
    SELECT s.account_id, (p.posting ->> 0)::integer AS lot, (p.posting ->> 4)::integer AS payee
    FROM shown AS s CROSS JOIN LATERAL jsonb_array_elements(s.postings::jsonb) AS p (posting)
    WHERE s.kind IN (8, 11)
), payees AS MATERIALIZED (
    SELECT u.account_id, u.seq
    FROM unnest(:payee_accounts::bigint[], :payees::integer[]) AS u (account_id, seq)
    UNION
    SELECT u.account_id, p.txn_seq
    FROM unnest(:payer_accounts::bigint[], :payers::integer[]) AS u (account_id, lot)
    CROSS JOIN LATERAL (
        SELECT txn_seq FROM allocations
        WHERE shard = :shard::smallint AND account_id = u.account_id AND lot = u.lot OFFSET 0
    ) AS p
    UNION
    SELECT account_id, seq FROM shown WHERE kind IN (2, 3, 10, 12)
    UNION
    SELECT account_id, payee FROM moved WHERE payee > 0
), parts AS MATERIALIZED (
    SELECT p.account_id, a.txn_seq, a.lot, a.amount, a.held
    FROM payees AS p CROSS JOIN LATERAL (
        SELECT txn_seq, lot, amount, held FROM allocations
        WHERE shard = :shard::smallint AND account_id = p.account_id AND txn_seq = p.seq OFFSET 0
    ) AS a
), wanted_lots AS (
    SELECT u.account_id, u.lot
    FROM unnest(:lot_accounts::bigint[], :lots::integer[]) AS u (account_id, lot)
    UNION
    SELECT s.account_id, (t.terms ->> 0)::integer
    FROM shown AS s CROSS JOIN LATERAL jsonb_array_elements(s.terms::jsonb) AS t (terms)
    WHERE s.kind IN (1, 9, 11, 13)
    UNION
    SELECT account_id, lot FROM moved WHERE lot > 0
    UNION
    SELECT account_id, lot FROM parts WHERE lot > 0
)
SELECT ARRAY(
           SELECT ROW(account_id, seq, kind, amount, balance_before, balance_after, recorded_at,
                      effective_at, target, root, link, peer, by_clock, deadline_at, slides_at,
                      shortfall, external_id, reason, actor, metadata, subject, postings, terms,
                      hash)
           FROM shown
       ) AS rows,
       ARRAY(
           SELECT ROW(s.account_id, m.seq, m.base, m.status, m.cancelled, m.deadline_at,
                      m.committed_by, m.released_by, m.cancelled_by)
           FROM shown AS s CROSS JOIN LATERAL (
               SELECT * FROM movements
               WHERE shard = :shard::smallint AND account_id = s.account_id AND seq = s.seq OFFSET 0
           ) AS m
       ) AS movements,
       ARRAY(
           -- Whether a payee is a hold that nobody committed: it shows in no part if it has none.
           SELECT ROW(p.account_id, p.seq, t.kind = 3 AND coalesce(m.committed_by, 0) = 0)
           FROM payees AS p LEFT JOIN LATERAL (
               SELECT kind FROM transactions
               WHERE shard = :shard::smallint AND account_id = p.account_id AND seq = p.seq OFFSET 0
           ) AS t ON true LEFT JOIN LATERAL (
               SELECT committed_by FROM movements
               WHERE shard = :shard::smallint AND account_id = p.account_id AND seq = p.seq OFFSET 0
           ) AS m ON true
       ) AS payees,
       ARRAY(SELECT ROW(account_id, txn_seq, lot, amount, held) FROM parts) AS parts,
       ARRAY(
           SELECT ROW(w.account_id, l.lot, l.accrued_by, l.activates_at, l.expires_at,
                      l.created_at, l.sliding, l.grace, l.locked, l.doomed, l.reinstated, l.issued,
                      l.pending, l.available, l.held, l.spent, l.expired, l.revoked)
           FROM wanted_lots AS w CROSS JOIN LATERAL (
               SELECT * FROM lots
               WHERE shard = :shard::smallint AND account_id = w.account_id AND lot = w.lot OFFSET 0
           ) AS l
       ) AS lots,
       ARRAY(
           SELECT ROW(u.account_id, a.version)
           FROM unnest(:accounts::bigint[]) AS u (account_id) CROSS JOIN LATERAL (
               SELECT version FROM accounts
               WHERE shard = :shard::smallint AND account_id = u.account_id OFFSET 0
           ) AS a
       ) AS versions

-- name: page_spendable
-- The next page of the open lots after a key, by expiry.
SELECT u.account_id, a.version,
       ARRAY(
           SELECT ROW(l.lot, l.accrued_by, l.activates_at, l.expires_at, l.created_at, l.sliding,
                      l.grace, l.locked, l.doomed, l.reinstated, l.issued, l.pending, l.available,
                      l.held, l.spent, l.expired, l.revoked)
           FROM lots l
           WHERE l.shard = :shard::smallint AND l.account_id = u.account_id AND l.open
             AND (l.expires_at, l.lot) > (u.at, u.seq)
           ORDER BY l.expires_at, l.lot LIMIT 65
       ) AS page
FROM unnest(:accounts::bigint[], :instants::bigint[], :seqs::integer[]) AS u (account_id, at, seq)
CROSS JOIN LATERAL (
    SELECT version FROM accounts WHERE shard = :shard::smallint AND account_id = u.account_id OFFSET 0
) AS a

-- name: rest_of_spendable
-- All open lots after a key: for accounts whose lots share a sliding expiry, since each activity
-- puts all of them off together.
SELECT u.account_id, a.version,
       ARRAY(
           SELECT ROW(l.lot, l.accrued_by, l.activates_at, l.expires_at, l.created_at, l.sliding,
                      l.grace, l.locked, l.doomed, l.reinstated, l.issued, l.pending, l.available,
                      l.held, l.spent, l.expired, l.revoked)
           FROM lots l
           WHERE l.shard = :shard::smallint AND l.account_id = u.account_id AND l.open
             AND (l.expires_at, l.lot) > (u.at, u.seq)
       ) AS page
FROM unnest(:accounts::bigint[], :instants::bigint[], :seqs::integer[]) AS u (account_id, at, seq)
CROSS JOIN LATERAL (
    SELECT version FROM accounts WHERE shard = :shard::smallint AND account_id = u.account_id OFFSET 0
) AS a

-- name: page_waiting
-- The next page of the lots that a date will activate.
SELECT u.account_id, a.version,
       ARRAY(
           SELECT ROW(l.lot, l.accrued_by, l.activates_at, l.expires_at, l.created_at, l.sliding,
                      l.grace, l.locked, l.doomed, l.reinstated, l.issued, l.pending, l.available,
                      l.held, l.spent, l.expired, l.revoked)
           FROM lots l
           WHERE l.shard = :shard::smallint AND l.account_id = u.account_id AND l.waiting
             AND (l.activates_at, l.lot) > (u.at, u.seq)
           ORDER BY l.activates_at, l.lot LIMIT 65
       ) AS page
FROM unnest(:accounts::bigint[], :instants::bigint[], :seqs::integer[]) AS u (account_id, at, seq)
CROSS JOIN LATERAL (
    SELECT version FROM accounts WHERE shard = :shard::smallint AND account_id = u.account_id OFFSET 0
) AS a

-- name: page_deadlines
-- The next page of what is rolled back at its deadline.
SELECT u.account_id, a.version,
       ARRAY(
           SELECT ROW(m.seq, m.base, m.status, m.cancelled, m.deadline_at, m.committed_by,
                      m.released_by, m.cancelled_by)
           FROM movements m
           WHERE m.shard = :shard::smallint AND m.account_id = u.account_id
             AND m.deadline_at < 9223372036854775807 AND (m.deadline_at, m.seq) > (u.at, u.seq)
           ORDER BY m.deadline_at, m.seq LIMIT 65
       ) AS page
FROM unnest(:accounts::bigint[], :instants::bigint[], :seqs::integer[]) AS u (account_id, at, seq)
CROSS JOIN LATERAL (
    SELECT version FROM accounts WHERE shard = :shard::smallint AND account_id = u.account_id OFFSET 0
) AS a

-- name: journal
-- A stretch of one account's journal.
SELECT account_id, seq, kind, amount, balance_before, balance_after, recorded_at, effective_at,
       target, root, link, peer, by_clock, deadline_at, slides_at, shortfall, external_id, reason,
       actor, metadata, subject, postings, terms, hash
FROM transactions
WHERE shard = :shard::smallint AND account_id = :account AND seq > :after
ORDER BY seq LIMIT :limit

-- name: due_accounts
-- Accounts whose time has come to be looked at, and whether the clock has something to do on them. If
-- not (20261121005000_sweep_at.sql), they are put off, in the order in which a save takes them.
WITH looked_at AS MATERIALIZED (
    SELECT ctid AS place, account_id, sweep_at, next_due_at FROM accounts
    WHERE shard = :shard::smallint AND sweep_at <= :now AND sweep_at < 9223372036854775807
      AND (:program::bigint = 0 OR program_id = :program::bigint)
    ORDER BY sweep_at LIMIT :limit
), put_off AS (
    UPDATE accounts AS a SET sweep_at = a.next_due_at
    FROM (SELECT place FROM looked_at WHERE next_due_at > :now ORDER BY account_id) AS early
    WHERE a.ctid = early.place
)
SELECT account_id, next_due_at <= :now AS due FROM looked_at ORDER BY next_due_at

-- name: find_keys
-- The idempotency keys that are taken. Account 0: of a write that is not the ledger's.
SELECT k.tenant_id, k.key, k.fingerprint, COALESCE(k.shard, 0), COALESCE(k.account_id, 0),
       COALESCE(k.seq, 0), COALESCE(k.count, 0), k.already
FROM unnest(:tenants::bigint[], :keys::text[]) AS u (tenant_id, key)
CROSS JOIN LATERAL (
    SELECT * FROM idempotency_keys WHERE tenant_id = u.tenant_id AND key = u.key OFFSET 0
) AS k

-- name: find_external_ids
SELECT e.program_id, e.external_id, e.fingerprint, e.shard, e.account_id, e.seq
FROM unnest(:programs::bigint[], :external_ids::text[]) AS u (program_id, external_id)
CROSS JOIN LATERAL (
    SELECT * FROM external_ids
    WHERE program_id = u.program_id AND external_id = u.external_id OFFSET 0
) AS e

-- name: find_guards
SELECT subject, version FROM guards WHERE subject = ANY (:subjects::text[])

-- name: account_versions
SELECT account_id, version FROM accounts
WHERE shard = :shard AND account_id = ANY (:accounts::bigint[])
