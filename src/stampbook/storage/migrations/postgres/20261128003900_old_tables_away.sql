-- migrate:up

-- Their rows have been converted.
DROP TABLE old_transactions, old_lots, old_allocations, old_movements;
DELETE FROM idempotency_keys WHERE account_id IS NOT NULL;
ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_answer;
ALTER TABLE idempotency_keys
    DROP COLUMN account_id, DROP COLUMN shard, DROP COLUMN seq, DROP COLUMN count,
    DROP COLUMN already, ALTER COLUMN status SET NOT NULL, ALTER COLUMN body SET NOT NULL;

-- migrate:down

DO $$ BEGIN RAISE EXCEPTION 'this migration is not undone: restore a backup'; END $$;
