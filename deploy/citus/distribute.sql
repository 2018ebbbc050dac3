-- Distributes the journal of a migrated Stampbook database by shard: docs/operating/scale-out.md.
--
-- Run it once, on the coordinator, as the owner of the tables, while no server and no worker runs:
--
--     psql -v ON_ERROR_STOP=1 -1 -f distribute.sql "$STAMPBOOK_DATABASE_URL"
--
-- The coordinator must know the workers (citus_add_node) and itself (citus_set_coordinator_host).

-- The triggers that refuse changes of the journal act on the rows of one table. They work on its
-- parts as well, which Citus wants to be told.
SET LOCAL citus.enable_unsafe_triggers TO on;

-- An index of a distributed table is unique within a shard only, but an idempotency key belongs to
-- a tenant, not to an account. So the keys have a table on the coordinator.
CREATE TABLE transaction_keys (
    account_id bigint NOT NULL,
    seq integer NOT NULL,
    count integer NOT NULL,
    shard smallint NOT NULL,
    key_digest bytea NOT NULL,
    fingerprint bytea NOT NULL,
    CONSTRAINT transaction_keys_pkey PRIMARY KEY (key_digest)
);

INSERT INTO transaction_keys
SELECT account_id, seq, key_rows, shard, key_digest, fingerprint
FROM transactions WHERE key_digest IS NOT NULL;

DO $$ BEGIN
    EXECUTE replace(
        pg_get_functiondef('keys_are_taken'::regproc), 'FROM transactions ', 'FROM transaction_keys '
    );
END $$;

-- What is in force of an award or a payment is asked together with it. Those are on the coordinator,
-- so the newest standing of each transaction is there, too.
CREATE TABLE newest_standings (
    account_id bigint NOT NULL,
    base bigint NOT NULL,
    cancelled bigint NOT NULL,
    target integer NOT NULL,
    seq integer NOT NULL,
    shard smallint NOT NULL,
    CONSTRAINT newest_standings_pkey PRIMARY KEY (shard, account_id, target)
);

INSERT INTO newest_standings
SELECT DISTINCT ON (shard, account_id, target) account_id, base, cancelled, target, seq, shard
FROM standings ORDER BY shard, account_id, target, seq DESC;

DROP INDEX transactions_key_digest;
CREATE INDEX transactions_key_digest ON transactions (key_digest) WHERE key_digest IS NOT NULL;

-- Positions come from the coordinator's sequence, with each row.
ALTER TABLE transactions ALTER COLUMN position DROP DEFAULT;

-- Between the two phases of a commit, rows are on a worker but nobody sees them, for long if a node
-- is lost meanwhile. Readers of the feed go no further than the first such row: they find it by a
-- lock, which the worker keeps as long (src/stampbook/ledger/following/feed.py says why that is
-- enough).
CREATE FUNCTION lock_positions() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_advisory_xact_lock_shared(-(SELECT min(position) FROM added));
    RETURN NULL;
END $$;

CREATE TRIGGER transactions_positions AFTER INSERT ON transactions
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION lock_positions();

-- Each part has the journals of several of Stampbook's shards. The tables are divided alike, so
-- that all that belongs to an account is on one node.
SELECT create_distributed_table('transactions', 'shard', colocate_with => 'none');
SELECT create_distributed_table('lot_rows', 'shard', colocate_with => 'transactions');
SELECT create_distributed_table('standings', 'shard', colocate_with => 'transactions');
SELECT create_distributed_table('holdings', 'shard', colocate_with => 'transactions');
SELECT create_distributed_table('lot_births', 'shard', colocate_with => 'transactions');

-- Nothing is ever in this table. A write to it has Citus commit in two phases, so that what is on
-- the coordinator and the rows of the journal are committed together or not at all.
CREATE TABLE distributed_saves (shard smallint PRIMARY KEY);
SELECT citus_add_local_table_to_metadata('distributed_saves');
