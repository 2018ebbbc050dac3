-- name: save
-- All that a batch writes in one shard: one statement, so one round trip and one commit.
--
-- Guards make it fail as a whole: what must still stand, above all each account's version, is
-- counted at the end, and a count that is short divides by zero. A number, key or external id that
-- is taken violates its primary key.
--
-- Each part comes as the text of an array of records, `{"(1,2,)","(3,4,5)"}`, one function for the
-- server to call: a function for each column, with arrays of their own, took it up to twice as long
-- (docs/decisions/0005-saving.md). The records' types are named after the parts.
--
-- What is updated or deleted is found by its primary key first, and then by its place. The first
-- step asks for the first row from its key on, so that an ordered scan of the index is the only
-- sensible plan, whatever the planner believes of the table's size (docs/decisions/0004-plans.md);
-- the place is all that the row to be written is compared by, or a scan of its shard would be a plan.
-- A row that somebody else has updated meanwhile has another place: it is not found, and counted as
-- missing.
WITH saved_accounts AS (
    UPDATE accounts AS a SET
        version = u.version + 1, seq = u.seq, lots = u.lots, clock = u.clock, head = u.head,
        issued = u.issued, pending = u.pending, available = u.available, held = u.held,
        spent = u.spent, expired = u.expired, revoked = u.revoked, owed = u.owed,
        owed_held = u.owed_held, restored = u.restored, slides_at = u.slides_at,
        slid_at = u.slid_at, next_due_at = u.next_due_at,
        -- Only what must be: as long as it stands, no index of the row has to be written.
        sweep_at = CASE
            WHEN u.next_due_at < a.sweep_at OR a.sweep_at <= u.clock THEN u.next_due_at
            ELSE a.sweep_at
        END
    FROM unnest(:accounts::text::saved_account[]) AS u
    CROSS JOIN LATERAL (
        SELECT b.ctid, b.shard, b.account_id FROM accounts AS b
        WHERE (b.shard, b.account_id) >= (:shard::smallint, u.account_id)
        ORDER BY b.shard, b.account_id LIMIT 1
    ) AS found
    WHERE a.ctid = found.ctid AND a.version = u.version
      AND found.shard = :shard::smallint AND found.account_id = u.account_id
    RETURNING a.account_id
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
), new_rows AS (
    INSERT INTO transactions (
        shard, account_id, seq, kind, amount, balance_before, balance_after, recorded_at,
        effective_at, target, root, link, peer, by_clock, deadline_at, slides_at, shortfall,
        external_id, reason, actor, metadata, subject, postings, terms, hash
    )
    SELECT :shard::smallint, u.* FROM unnest(:rows::text::new_row[]) AS u
), new_lots AS (
    INSERT INTO lots (
        shard, account_id, lot, accrued_by, activates_at, expires_at, created_at, sliding, grace,
        locked, doomed, reinstated, issued, pending, available, held, spent, expired, revoked
    )
    SELECT :shard::smallint, u.* FROM unnest(:new_lots::text::new_lot[]) AS u
), changed_lots AS (
    UPDATE lots AS l SET
        activates_at = u.activates_at, expires_at = u.expires_at, locked = u.locked,
        doomed = u.doomed, reinstated = u.reinstated, pending = u.pending,
        available = u.available, held = u.held, spent = u.spent, expired = u.expired,
        revoked = u.revoked
    FROM unnest(:changed_lots::text::changed_lot[]) AS u
    CROSS JOIN LATERAL (
        SELECT b.ctid, b.shard, b.account_id, b.lot FROM lots AS b
        WHERE (b.shard, b.account_id, b.lot) >= (:shard::smallint, u.account_id, u.lot)
        ORDER BY b.shard, b.account_id, b.lot LIMIT 1
    ) AS found
    WHERE l.ctid = found.ctid
      AND found.shard = :shard::smallint AND found.account_id = u.account_id AND found.lot = u.lot
    RETURNING l.lot
), new_parts AS (
    -- Parts of what this batch itself records: nothing of them can be there yet.
    INSERT INTO allocations (shard, account_id, txn_seq, lot, amount, held)
    SELECT :shard::smallint, u.* FROM unnest(:new_parts::text::saved_part[]) AS u
), changed_parts AS (
    INSERT INTO allocations (shard, account_id, txn_seq, lot, amount, held)
    SELECT :shard::smallint, u.* FROM unnest(:changed_parts::text::saved_part[]) AS u
    ON CONFLICT (shard, account_id, txn_seq, lot)
    DO UPDATE SET amount = excluded.amount, held = excluded.held
), gone_parts AS (
    DELETE FROM allocations AS a
    USING unnest(:gone_parts::text::gone_part[]) AS u
    CROSS JOIN LATERAL (
        SELECT b.ctid, b.shard, b.account_id, b.txn_seq, b.lot FROM allocations AS b
        WHERE (b.shard, b.account_id, b.txn_seq, b.lot)
              >= (:shard::smallint, u.account_id, u.txn_seq, u.lot)
        ORDER BY b.shard, b.account_id, b.txn_seq, b.lot LIMIT 1
    ) AS found
    WHERE a.ctid = found.ctid
      AND found.shard = :shard::smallint AND found.account_id = u.account_id
      AND found.txn_seq = u.txn_seq AND found.lot = u.lot
), new_movements AS (
    -- Of what this batch itself records: nothing of them can be there yet.
    INSERT INTO movements (
        shard, account_id, seq, base, status, cancelled, deadline_at, committed_by, released_by,
        cancelled_by
    )
    SELECT :shard::smallint, u.* FROM unnest(:new_movements::text::saved_movement[]) AS u
), changed_movements AS (
    INSERT INTO movements (
        shard, account_id, seq, base, status, cancelled, deadline_at, committed_by, released_by,
        cancelled_by
    )
    SELECT :shard::smallint, u.* FROM unnest(:changed_movements::text::saved_movement[]) AS u
    ON CONFLICT (shard, account_id, seq) DO UPDATE SET
        base = excluded.base, status = excluded.status, cancelled = excluded.cancelled,
        deadline_at = excluded.deadline_at, committed_by = excluded.committed_by,
        released_by = excluded.released_by, cancelled_by = excluded.cancelled_by
), new_keys AS (
    INSERT INTO idempotency_keys (
        tenant_id, shard, account_id, seq, count, already, fingerprint, key
    )
    SELECT * FROM unnest(:keys::text::new_key[])
), new_external_ids AS (
    INSERT INTO external_ids (program_id, shard, account_id, seq, fingerprint, external_id)
    SELECT * FROM unnest(:external_ids::text::new_external_id[])
)
SELECT 1 / (
    (SELECT count(*) FROM saved_accounts) = :account_count::integer
    AND (SELECT count(*) FROM changed_lots) = :changed_lot_count::integer
    AND (SELECT count(*) FROM saved_guards) = :guard_count::integer
    AND (SELECT count(*) FROM standing_policies) = :policy_count::integer
)::integer AS stood
