-- migrate:up

-- Their rows have been converted (storage/converting.py); if not, this fails.
CREATE TABLE conversion (
    lacking INTEGER CONSTRAINT the_journal_is_converted_by_stampbook_migrate CHECK (lacking = 0)
);
INSERT INTO conversion
SELECT (SELECT count(*) FROM old_transactions) - (SELECT count(*) FROM transactions);
DROP TABLE conversion;
DROP TABLE old_transactions;
DROP TABLE old_lots;
DROP TABLE old_allocations;
DROP TABLE old_movements;

-- Not before now: rows that an earlier release wrote are not judged; `stampbook verify` names them.
CREATE TRIGGER transactions_postings BEFORE INSERT ON transactions
WHEN EXISTS (SELECT 1 FROM json_each(NEW.postings) WHERE json_extract(value, '$[1]') < 1)
BEGIN
    SELECT RAISE(ABORT, 'the amount of every posting is positive');
END;

CREATE TABLE new_idempotency_keys (
    tenant_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER,
    PRIMARY KEY (tenant_id, key),
    CONSTRAINT idempotency_keys_fingerprint CHECK (length(fingerprint) = 16)
) STRICT, WITHOUT ROWID;
INSERT INTO new_idempotency_keys
SELECT tenant_id, key, fingerprint, status, body, created_at
FROM idempotency_keys WHERE account_id IS NULL;
DROP TABLE idempotency_keys;
ALTER TABLE new_idempotency_keys RENAME TO idempotency_keys;
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at)
    WHERE created_at IS NOT NULL;

-- migrate:down

SELECT this_migration_is_not_undone_restore_a_backup;
