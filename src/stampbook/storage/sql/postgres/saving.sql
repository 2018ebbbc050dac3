-- name: save
-- All that a batch writes in one shard: one statement, so one round trip and one commit.
--
-- Guards make it fail as a whole: an account's version that has moved becomes NULL, which its
-- column refuses; what else must still stand is counted at the end, and a count that is short
-- divides by zero. A number, key or external id that is taken violates its primary key.
--
-- Accounts, changed lots and movements exist already (an account always): INSERT … ON CONFLICT
-- finds a row by its primary key whatever the planner believes of the tables' sizes, where a join
-- for UPDATE would read a whole shard by a plan made when the tables were nearly empty. It is
-- measured as fast (docs/decisions/0002-ledger-tables.md). An account that did not exist would be
-- inserted with created_at = -1, and is refused for that.
WITH saved_accounts AS (
    INSERT INTO accounts AS a (
        shard, account_id, tenant_id, program_id, currency_id, member_id, is_primary, created_at,
        version, seq, lots, clock, head, issued, pending, available, held, spent, expired,
        revoked, owed, owed_held, restored, slides_at, slid_at, next_due_at
    )
    SELECT :shard::smallint, u.account_id, u.tenant_id, u.program_id, u.currency_id, u.member_id, false, -1,
           u.version, u.seq, u.lots, u.clock, u.head, u.issued, u.pending, u.available, u.held,
           u.spent, u.expired, u.revoked, u.owed, u.owed_held, u.restored, u.slides_at, u.slid_at,
           u.next_due_at
    FROM unnest(
        :account_id::bigint[], :account_tenant::bigint[], :account_program::bigint[],
        :account_currency::bigint[], :account_member::bigint[], :account_version::integer[],
        :account_seq::integer[], :account_lots::integer[], :account_clock::bigint[],
        :account_head::bytea[], :account_issued::bigint[], :account_pending::bigint[],
        :account_available::bigint[], :account_held::bigint[], :account_spent::bigint[],
        :account_expired::bigint[], :account_revoked::bigint[], :account_owed::bigint[],
        :account_owed_held::bigint[], :account_restored::bigint[], :account_slides_at::bigint[],
        :account_slid_at::bigint[], :account_next_due_at::bigint[]
    ) AS u (
        account_id, tenant_id, program_id, currency_id, member_id, version, seq, lots, clock, head,
        issued, pending, available, held, spent, expired, revoked, owed, owed_held, restored,
        slides_at, slid_at, next_due_at
    )
    ON CONFLICT (shard, account_id) DO UPDATE SET
        version = CASE WHEN a.version = excluded.version THEN excluded.version + 1 END,
        seq = excluded.seq, lots = excluded.lots, clock = excluded.clock, head = excluded.head,
        issued = excluded.issued, pending = excluded.pending, available = excluded.available,
        held = excluded.held, spent = excluded.spent, expired = excluded.expired,
        revoked = excluded.revoked, owed = excluded.owed, owed_held = excluded.owed_held,
        restored = excluded.restored, slides_at = excluded.slides_at, slid_at = excluded.slid_at,
        next_due_at = excluded.next_due_at
    RETURNING a.created_at
), saved_visits AS (
    UPDATE visits AS v SET version = v.version + 1
    FROM unnest(:visit_id::bigint[], :visit_version::bigint[]) AS u (visit_id, version)
    WHERE v.visit_id = u.visit_id AND v.version = u.version
    RETURNING v.visit_id
), standing_policies AS (
    SELECT c.currency_id
    FROM unnest(:currency_id::bigint[], :currency_version::bigint[]) AS u (currency_id, version)
    JOIN currencies AS c ON c.currency_id = u.currency_id AND c.version = u.version
), new_rows AS (
    INSERT INTO transactions (
        shard, account_id, seq, kind, amount, balance_before, balance_after, recorded_at,
        effective_at, target, root, link, peer, by_clock, deadline_at, slides_at, shortfall,
        external_id, reason, actor, metadata, subject, postings, terms, hash
    )
    SELECT :shard::smallint, u.* FROM unnest(
        :row_account::bigint[], :row_seq::integer[], :row_kind::smallint[], :row_amount::bigint[],
        :row_balance_before::bigint[], :row_balance_after::bigint[], :row_recorded_at::bigint[],
        :row_effective_at::bigint[], :row_target::integer[], :row_root::integer[],
        :row_link::integer[], :row_peer::bigint[], :row_by_clock::boolean[],
        :row_deadline_at::bigint[], :row_slides_at::bigint[], :row_shortfall::bigint[],
        :row_external_id::text[], :row_reason::text[], :row_actor::text[], :row_metadata::text[],
        :row_subject::text[], :row_postings::text[], :row_terms::text[], :row_hash::bytea[]
    ) AS u
), new_lots AS (
    INSERT INTO lots (
        shard, account_id, lot, accrued_by, activates_at, expires_at, created_at, sliding, grace,
        locked, doomed, reinstated, issued, pending, available, held, spent, expired, revoked
    )
    SELECT :shard::smallint, u.* FROM unnest(
        :new_lot_account::bigint[], :new_lot_lot::integer[], :new_lot_accrued_by::integer[],
        :new_lot_activates_at::bigint[], :new_lot_expires_at::bigint[],
        :new_lot_created_at::bigint[], :new_lot_sliding::boolean[], :new_lot_grace::boolean[],
        :new_lot_locked::boolean[], :new_lot_doomed::bigint[], :new_lot_reinstated::bigint[],
        :new_lot_issued::bigint[], :new_lot_pending::bigint[], :new_lot_available::bigint[],
        :new_lot_held::bigint[], :new_lot_spent::bigint[], :new_lot_expired::bigint[],
        :new_lot_revoked::bigint[]
    ) AS u
), changed_lots AS (
    INSERT INTO lots (
        shard, account_id, lot, accrued_by, activates_at, expires_at, created_at, sliding, grace,
        locked, doomed, reinstated, issued, pending, available, held, spent, expired, revoked
    )
    SELECT :shard::smallint, u.* FROM unnest(
        :lot_account::bigint[], :lot_lot::integer[], :lot_accrued_by::integer[],
        :lot_activates_at::bigint[], :lot_expires_at::bigint[], :lot_created_at::bigint[],
        :lot_sliding::boolean[], :lot_grace::boolean[], :lot_locked::boolean[],
        :lot_doomed::bigint[], :lot_reinstated::bigint[], :lot_issued::bigint[],
        :lot_pending::bigint[], :lot_available::bigint[], :lot_held::bigint[],
        :lot_spent::bigint[], :lot_expired::bigint[], :lot_revoked::bigint[]
    ) AS u
    ON CONFLICT (shard, account_id, lot) DO UPDATE SET
        activates_at = excluded.activates_at, expires_at = excluded.expires_at,
        locked = excluded.locked, doomed = excluded.doomed, reinstated = excluded.reinstated,
        pending = excluded.pending, available = excluded.available, held = excluded.held,
        spent = excluded.spent, expired = excluded.expired, revoked = excluded.revoked
), new_parts AS (
    -- Parts of what this batch itself records: nothing of them can be there yet.
    INSERT INTO allocations (shard, account_id, txn_seq, lot, amount, held)
    SELECT :shard::smallint, u.* FROM unnest(
        :new_part_account::bigint[], :new_part_payee::integer[], :new_part_lot::integer[],
        :new_part_amount::bigint[], :new_part_held::boolean[]
    ) AS u
), changed_parts AS (
    INSERT INTO allocations (shard, account_id, txn_seq, lot, amount, held)
    SELECT :shard::smallint, u.* FROM unnest(
        :part_account::bigint[], :part_payee::integer[], :part_lot::integer[],
        :part_amount::bigint[], :part_held::boolean[]
    ) AS u
    ON CONFLICT (shard, account_id, txn_seq, lot)
    DO UPDATE SET amount = excluded.amount, held = excluded.held
), gone_parts AS (
    DELETE FROM allocations AS a
    USING unnest(
        :gone_part_account::bigint[], :gone_part_payee::integer[], :gone_part_lot::integer[]
    ) AS u (account_id, txn_seq, lot) CROSS JOIN LATERAL (
        SELECT b.ctid FROM allocations AS b
        WHERE b.shard = :shard::smallint AND b.account_id = u.account_id AND b.txn_seq = u.txn_seq
          AND b.lot = u.lot
        OFFSET 0
    ) AS found
    WHERE a.ctid = found.ctid AND a.shard = :shard::smallint
), saved_movements AS (
    INSERT INTO movements (
        shard, account_id, seq, base, status, cancelled, deadline_at, committed_by, released_by,
        cancelled_by
    )
    SELECT :shard::smallint, u.* FROM unnest(
        :movement_account::bigint[], :movement_seq::integer[], :movement_base::bigint[],
        :movement_status::smallint[], :movement_cancelled::bigint[],
        :movement_deadline_at::bigint[], :movement_committed_by::integer[],
        :movement_released_by::integer[], :movement_cancelled_by::integer[]
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
        :key_tenant::bigint[], :key_key::text[], :key_fingerprint::bytea[],
        :key_shard::smallint[], :key_account::bigint[], :key_seq::integer[],
        :key_count::integer[], :key_already::boolean[]
    )
), new_external_ids AS (
    INSERT INTO external_ids (program_id, external_id, fingerprint, shard, account_id, seq)
    SELECT * FROM unnest(
        :external_program::bigint[], :external_id::text[], :external_fingerprint::bytea[],
        :external_shard::smallint[], :external_account::bigint[], :external_seq::integer[]
    )
)
SELECT 1 / (
    (SELECT count(*) FROM saved_accounts WHERE created_at >= 0) = cardinality(:account_id)
    AND (SELECT count(*) FROM saved_visits) = cardinality(:visit_id)
    AND (SELECT count(*) FROM standing_policies) = cardinality(:currency_id)
)::integer AS stood
