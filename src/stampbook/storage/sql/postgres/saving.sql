-- name: save
-- All that a batch writes in one shard: one statement, so one round trip and one commit.
--
-- Guards make it fail as a whole: what must still stand, above all each account's version, is
-- counted at the end, and a count that is short divides by zero. A number, key or external id that
-- is taken violates its primary key.
--
-- Columns come as the text of an array, `{1,2,null}`, `{"one","two"}`: the driver takes several
-- times as long to write a binary array as the server to read a text. Only bytes come as an array:
-- of them a text is twice as long (docs/decisions/0005-saving.md). A column that is NULL in every
-- row may come shorter: unnest fills up with NULL.
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
        slid_at = u.slid_at, next_due_at = u.next_due_at
    FROM unnest(
        :account_id::text::bigint[], :account_version::text::integer[],
        :account_seq::text::integer[], :account_lots::text::integer[],
        :account_clock::text::bigint[], :account_head::bytea[], :account_issued::text::bigint[],
        :account_pending::text::bigint[], :account_available::text::bigint[],
        :account_held::text::bigint[], :account_spent::text::bigint[],
        :account_expired::text::bigint[], :account_revoked::text::bigint[],
        :account_owed::text::bigint[], :account_owed_held::text::bigint[],
        :account_restored::text::bigint[], :account_slides_at::text::bigint[],
        :account_slid_at::text::bigint[], :account_next_due_at::text::bigint[]
    ) AS u (
        account_id, version, seq, lots, clock, head, issued, pending, available, held, spent,
        expired, revoked, owed, owed_held, restored, slides_at, slid_at, next_due_at
    ) CROSS JOIN LATERAL (
        SELECT b.ctid, b.shard, b.account_id FROM accounts AS b
        WHERE (b.shard, b.account_id) >= (:shard::smallint, u.account_id)
        ORDER BY b.shard, b.account_id LIMIT 1
    ) AS found
    WHERE a.ctid = found.ctid AND a.version = u.version
      AND found.shard = :shard::smallint AND found.account_id = u.account_id
    RETURNING a.account_id
), saved_visits AS (
    UPDATE visits AS v SET version = v.version + 1
    FROM unnest(:visit_id::text::bigint[], :visit_version::text::bigint[]) AS u (visit_id, version)
    CROSS JOIN LATERAL (
        SELECT b.ctid, b.visit_id FROM visits AS b
        WHERE b.visit_id >= u.visit_id ORDER BY b.visit_id LIMIT 1
    ) AS found
    WHERE v.ctid = found.ctid AND v.version = u.version AND found.visit_id = u.visit_id
    RETURNING v.visit_id
), standing_policies AS (
    SELECT u.currency_id
    FROM unnest(:currency_id::text::bigint[], :currency_version::text::bigint[]) AS u (currency_id, version)
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
    SELECT :shard::smallint, u.* FROM unnest(
        :row_account::text::bigint[], :row_seq::text::integer[], :row_kind::text::smallint[], :row_amount::text::bigint[],
        :row_balance_before::text::bigint[], :row_balance_after::text::bigint[], :row_recorded_at::text::bigint[],
        :row_effective_at::text::bigint[], :row_target::text::integer[], :row_root::text::integer[],
        :row_link::text::integer[], :row_peer::text::bigint[], :row_by_clock::text::boolean[],
        :row_deadline_at::text::bigint[], :row_slides_at::text::bigint[], :row_shortfall::text::bigint[],
        :row_external_id::text::text[], :row_reason::text::text[], :row_actor::text::text[],
        :row_metadata::text::text[], :row_subject::text::text[], :row_postings::text::text[],
        :row_terms::text::text[], :row_hash::bytea[]
    ) AS u
), new_lots AS (
    INSERT INTO lots (
        shard, account_id, lot, accrued_by, activates_at, expires_at, created_at, sliding, grace,
        locked, doomed, reinstated, issued, pending, available, held, spent, expired, revoked
    )
    SELECT :shard::smallint, u.* FROM unnest(
        :new_lot_account::text::bigint[], :new_lot_lot::text::integer[], :new_lot_accrued_by::text::integer[],
        :new_lot_activates_at::text::bigint[], :new_lot_expires_at::text::bigint[],
        :new_lot_created_at::text::bigint[], :new_lot_sliding::text::boolean[], :new_lot_grace::text::boolean[],
        :new_lot_locked::text::boolean[], :new_lot_doomed::text::bigint[], :new_lot_reinstated::text::bigint[],
        :new_lot_issued::text::bigint[], :new_lot_pending::text::bigint[], :new_lot_available::text::bigint[],
        :new_lot_held::text::bigint[], :new_lot_spent::text::bigint[], :new_lot_expired::text::bigint[],
        :new_lot_revoked::text::bigint[]
    ) AS u
), changed_lots AS (
    UPDATE lots AS l SET
        activates_at = u.activates_at, expires_at = u.expires_at, locked = u.locked,
        doomed = u.doomed, reinstated = u.reinstated, pending = u.pending,
        available = u.available, held = u.held, spent = u.spent, expired = u.expired,
        revoked = u.revoked
    FROM unnest(
        :lot_account::text::bigint[], :lot_lot::text::integer[], :lot_activates_at::text::bigint[],
        :lot_expires_at::text::bigint[], :lot_locked::text::boolean[],
        :lot_doomed::text::bigint[], :lot_reinstated::text::bigint[],
        :lot_pending::text::bigint[], :lot_available::text::bigint[], :lot_held::text::bigint[],
        :lot_spent::text::bigint[], :lot_expired::text::bigint[], :lot_revoked::text::bigint[]
    ) AS u (
        account_id, lot, activates_at, expires_at, locked, doomed, reinstated, pending, available,
        held, spent, expired, revoked
    ) CROSS JOIN LATERAL (
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
    SELECT :shard::smallint, u.* FROM unnest(
        :new_part_account::text::bigint[], :new_part_payee::text::integer[], :new_part_lot::text::integer[],
        :new_part_amount::text::bigint[], :new_part_held::text::boolean[]
    ) AS u
), changed_parts AS (
    INSERT INTO allocations (shard, account_id, txn_seq, lot, amount, held)
    SELECT :shard::smallint, u.* FROM unnest(
        :part_account::text::bigint[], :part_payee::text::integer[], :part_lot::text::integer[],
        :part_amount::text::bigint[], :part_held::text::boolean[]
    ) AS u
    ON CONFLICT (shard, account_id, txn_seq, lot)
    DO UPDATE SET amount = excluded.amount, held = excluded.held
), gone_parts AS (
    DELETE FROM allocations AS a
    USING unnest(
        :gone_part_account::text::bigint[], :gone_part_payee::text::integer[], :gone_part_lot::text::integer[]
    ) AS u (account_id, txn_seq, lot) CROSS JOIN LATERAL (
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
    SELECT :shard::smallint, u.* FROM unnest(
        :new_movement_account::text::bigint[], :new_movement_seq::text::integer[],
        :new_movement_base::text::bigint[], :new_movement_status::text::smallint[],
        :new_movement_cancelled::text::bigint[], :new_movement_deadline_at::text::bigint[],
        :new_movement_committed_by::text::integer[], :new_movement_released_by::text::integer[],
        :new_movement_cancelled_by::text::integer[]
    ) AS u
), saved_movements AS (
    INSERT INTO movements (
        shard, account_id, seq, base, status, cancelled, deadline_at, committed_by, released_by,
        cancelled_by
    )
    SELECT :shard::smallint, u.* FROM unnest(
        :movement_account::text::bigint[], :movement_seq::text::integer[], :movement_base::text::bigint[],
        :movement_status::text::smallint[], :movement_cancelled::text::bigint[],
        :movement_deadline_at::text::bigint[], :movement_committed_by::text::integer[],
        :movement_released_by::text::integer[], :movement_cancelled_by::text::integer[]
    ) AS u
    ON CONFLICT (shard, account_id, seq) DO UPDATE SET
        base = excluded.base, status = excluded.status, cancelled = excluded.cancelled,
        deadline_at = excluded.deadline_at, committed_by = excluded.committed_by,
        released_by = excluded.released_by, cancelled_by = excluded.cancelled_by
), new_keys AS (
    INSERT INTO idempotency_keys (
        tenant_id, key, fingerprint, shard, account_id, seq, count, already
    )
    SELECT * FROM unnest(
        :key_tenant::text::bigint[], :key_key::text::text[], :key_fingerprint::bytea[],
        :key_shard::text::smallint[], :key_account::text::bigint[], :key_seq::text::integer[],
        :key_count::text::integer[], :key_already::text::boolean[]
    )
), new_external_ids AS (
    INSERT INTO external_ids (program_id, external_id, fingerprint, shard, account_id, seq)
    SELECT * FROM unnest(
        :external_program::text::bigint[], :external_id::text::text[], :external_fingerprint::bytea[],
        :external_shard::text::smallint[], :external_account::text::bigint[], :external_seq::text::integer[]
    )
)
SELECT 1 / (
    (SELECT count(*) FROM saved_accounts) = cardinality(:account_id::text::bigint[])
    AND (SELECT count(*) FROM changed_lots) = cardinality(:lot_account::text::bigint[])
    AND (SELECT count(*) FROM saved_visits) = cardinality(:visit_id::text::bigint[])
    AND (SELECT count(*) FROM standing_policies) = cardinality(:currency_id::text::bigint[])
)::integer AS stood
