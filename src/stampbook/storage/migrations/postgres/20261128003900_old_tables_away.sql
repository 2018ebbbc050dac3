-- migrate:up

-- Their rows have been converted (storage/converting.py); if not, this fails.
DO $$ BEGIN
    IF (SELECT count(*) FROM old_transactions) <> (SELECT count(*) FROM transactions) THEN
        RAISE EXCEPTION 'the journal is not converted: run stampbook migrate';
    END IF;
END $$;
DROP TABLE old_transactions, old_lots, old_allocations, old_movements;
DELETE FROM idempotency_keys WHERE account_id IS NOT NULL;
ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_answer;
ALTER TABLE idempotency_keys
    DROP COLUMN account_id, DROP COLUMN shard, DROP COLUMN seq, DROP COLUMN count,
    DROP COLUMN already, ALTER COLUMN status SET NOT NULL, ALTER COLUMN body SET NOT NULL;

-- The amount of every posting is positive. NOT VALID, and not before now: rows that an earlier
-- release wrote are not judged; `stampbook verify` names them.
ALTER TABLE transactions ADD CONSTRAINT transactions_postings
    CHECK (postings !~ '\[[0-9]+,[-0]') NOT VALID;

-- Plans made before the server looks at the new tables by itself would take them for empty.
ANALYZE accounts, transactions, lot_rows, standings, repeated_keys, idempotency_keys;

-- migrate:down

DO $$ BEGIN RAISE EXCEPTION 'this migration is not undone: restore a backup'; END $$;
