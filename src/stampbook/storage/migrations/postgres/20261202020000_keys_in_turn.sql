-- migrate:up

-- Keys of movements are in the journal, those of other writes in idempotency_keys, and no index covers both. So each
-- transaction holds its keys until it ends: movements share them, since an index of the journal refuses the second of
-- two, and other writes have them alone.
-- former code works: it takes no turns and calls none of these, so two of its saves can still take one key

-- Waits for the keys, then says whether one of them was used. Each query of a function sees what is committed when it
-- begins, which the statement around it does not. `others` are the digests of those keys that no row of the statement's
-- own takes in the journal. Keys are locked in order: two transactions do not lock each other.
CREATE FUNCTION keys_are_taken(tenants bigint[], keys text[], digests bytea[], others bytea[])
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(keys) = 0 THEN
        RETURN false;
    END IF;
    PERFORM CASE
        WHEN k.digest = ANY (others) THEN pg_advisory_xact_lock(k.tenant, k.key)
        ELSE pg_advisory_xact_lock_shared(k.tenant, k.key)
    END
    FROM (
        SELECT hashint8(u.tenant_id) AS tenant, hashtext(u.key) AS key, u.digest
        FROM unnest(tenants, keys, digests) AS u (tenant_id, key, digest)
        ORDER BY 1, 2
    ) AS k;
    RETURN EXISTS (
        SELECT 1
        FROM unnest(tenants, keys) AS u (tenant_id, key)
        CROSS JOIN LATERAL (
            SELECT FROM idempotency_keys AS i
            WHERE i.tenant_id = u.tenant_id AND i.key = u.key OFFSET 0
        ) AS k
        UNION ALL
        SELECT 1
        FROM unnest(digests) AS u (digest)
        CROSS JOIN LATERAL (
            SELECT FROM repeated_keys WHERE key_digest = u.digest OFFSET 0
        ) AS k
        UNION ALL
        SELECT 1
        FROM unnest(others) AS u (digest)
        CROSS JOIN LATERAL (
            SELECT FROM transactions WHERE key_digest = u.digest OFFSET 0
        ) AS k
    );
END $$;

-- Where Citus has distributed the journal, its keys have a table on the coordinator (deploy/citus/distribute.sql).
DO $$ BEGIN
    IF to_regclass('transaction_keys') IS NOT NULL THEN
        EXECUTE replace(
            pg_get_functiondef('keys_are_taken'::regproc), 'FROM transactions ', 'FROM transaction_keys '
        );
    END IF;
END $$;

-- A request that writes a key of the other kind has it alone, and looks for it in the journal afterwards.
CREATE FUNCTION take_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashint8(NEW.tenant_id), hashtext(NEW.key));
    RETURN NEW;
END $$;
CREATE TRIGGER idempotency_keys_in_turn BEFORE INSERT ON idempotency_keys
    FOR EACH ROW EXECUTE FUNCTION take_turn();

-- migrate:down

DROP TRIGGER idempotency_keys_in_turn ON idempotency_keys;
DROP FUNCTION take_turn;
DROP FUNCTION keys_are_taken;
