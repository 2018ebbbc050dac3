-- name: save
-- All that a batch writes in one shard: one statement, so one round trip and one commit.
--
-- Guards make it fail as a whole: the versions that are still the present ones are counted at the
-- end, and a short count divides by zero. A number, key or external id that is taken violates its
-- unique index. Keys come first: those of movements and those of other writes are in several tables,
-- so a save waits its turn for them before it locks a row, and looks at what is committed by then
-- (docs/decisions/0318-keys-in-turn.md).
--
-- Each part comes as the text of an array of records, `{"(1,2,)","(3,4,5)"}`, so the server calls
-- one function. Arrays for each column, with a function for each, took up to twice as long
-- (docs/decisions/0005-saving.md). The records are of the tables' own row types.
--
-- A position is drawn only after the transaction has shown that it draws positions: by a lock that
-- readers of the feed see (ledger/following/feed.py), on the last position that was drawn before.
-- The position is computed from the lock's row, so no plan can draw it earlier. MATERIALIZED: one
-- lock is enough.
WITH drawing AS MATERIALIZED (
    SELECT pg_advisory_xact_lock_shared(-1 - last_value) IS NOT NULL AS is_seen
    FROM journal_position
), due AS (
    UPDATE accounts AS a SET due_at = LEAST(a.due_at, u.due_at)
    FROM unnest(:due::text::due_account[]) AS u
    CROSS JOIN LATERAL (
        SELECT b.ctid, b.shard, b.account_id FROM accounts AS b
        WHERE (b.shard, b.account_id) >= (:shard::smallint, u.account_id)
        ORDER BY b.shard, b.account_id LIMIT 1
    ) AS found
    WHERE a.ctid = found.ctid
      AND found.shard = :shard::smallint AND found.account_id = u.account_id
    RETURNING a.account_id
), standing_accounts AS (
    SELECT u.account_id
    FROM unnest(:accounts::text::standing_account[]) AS u
    CROSS JOIN LATERAL (
        SELECT shard, account_id, version FROM accounts
        WHERE (shard, account_id) >= (:shard::smallint, u.account_id)
        ORDER BY shard, account_id LIMIT 1
    ) AS a
    WHERE a.shard = :shard::smallint AND a.account_id = u.account_id AND a.version = u.version
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
    INSERT INTO transactions ({transactions}, position)
    SELECT {transactions.u}, CASE WHEN drawing.is_seen THEN nextval('journal_position') END
    FROM drawing CROSS JOIN unnest(:transactions::text::transactions[]) AS u
), new_lot_rows AS (
    INSERT INTO lot_rows ({lot_rows})
    SELECT {lot_rows.u} FROM unnest(:lot_rows::text::lot_rows[]) AS u
), new_standings AS (
    INSERT INTO standings ({standings})
    SELECT {standings.u} FROM unnest(:standings::text::standings[]) AS u
), new_keys AS (
    INSERT INTO repeated_keys ({repeated_keys})
    SELECT {repeated_keys.u} FROM unnest(:repeated_keys::text::repeated_keys[]) AS u
), new_external_ids AS (
    INSERT INTO external_ids ({external_ids})
    SELECT {external_ids.u} FROM unnest(:external_ids::text::external_ids[]) AS u
) /* beside */
SELECT 1 / (
    NOT keys_are_taken(
        :key_tenants::bigint[], :key_texts::text[], :key_digests::bytea[], :other_digests::bytea[]
    )
    AND (SELECT count(*) FROM standing_accounts) = :account_count::integer
    AND (SELECT count(*) FROM due) = :due_count::integer
    AND (SELECT count(*) FROM saved_guards) = :guard_count::integer
    AND (SELECT count(*) FROM standing_policies) = :policy_count::integer /* touched */
)::integer AS stood
