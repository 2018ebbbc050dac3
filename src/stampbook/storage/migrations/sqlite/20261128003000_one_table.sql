-- migrate:up

-- As on PostgreSQL (see the file of the same name there). The journal is ordered by `position`, the
-- order in which rows are committed: each is written at the end of the table, once.
ALTER TABLE transactions RENAME TO old_transactions;
DROP INDEX transactions_subject;
DROP TRIGGER transactions_not_edited;
DROP TRIGGER transactions_not_deleted;
DROP TRIGGER transactions_postings;
ALTER TABLE lots RENAME TO old_lots;
ALTER TABLE allocations RENAME TO old_allocations;
ALTER TABLE movements RENAME TO old_movements;

CREATE TABLE transactions (
    account_id INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    balance_before INTEGER NOT NULL,
    balance_after INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    shortfall INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    available INTEGER NOT NULL,
    held INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    expired INTEGER NOT NULL,
    revoked INTEGER NOT NULL,
    owed INTEGER NOT NULL,
    owed_held INTEGER NOT NULL,
    restored INTEGER NOT NULL,
    due_at INTEGER,
    peer INTEGER,
    deadline_at INTEGER,
    slides_at INTEGER,
    api_key_id INTEGER,
    user_id INTEGER,
    seq INTEGER NOT NULL,
    target INTEGER NOT NULL,
    root INTEGER NOT NULL,
    link INTEGER NOT NULL,
    state_seq INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    key_rows INTEGER,
    by_clock INTEGER NOT NULL,
    hash BLOB NOT NULL,
    postings TEXT NOT NULL,
    terms TEXT NOT NULL,
    state TEXT NOT NULL,
    external_id TEXT,
    reason TEXT,
    actor TEXT,
    metadata TEXT,
    subject TEXT,
    dialect TEXT,
    request_id TEXT,
    salt BLOB,
    texts_digest BLOB,
    key_digest BLOB,
    fingerprint BLOB,
    position INTEGER PRIMARY KEY,
    CONSTRAINT transactions_place UNIQUE (shard, account_id, seq),
    CONSTRAINT transactions_by_clock CHECK (by_clock IN (0, 1)),
    CONSTRAINT transactions_seq CHECK (seq BETWEEN 1 AND 8388607),
    CONSTRAINT transactions_kind CHECK (kind BETWEEN 1 AND 13),
    CONSTRAINT transactions_amount CHECK (amount BETWEEN 1 AND 9000000000000000),
    CONSTRAINT transactions_target CHECK (target >= 0 AND target < seq),
    CONSTRAINT transactions_root CHECK (root > 0 AND root <= seq),
    CONSTRAINT transactions_link CHECK (link >= 0),
    CONSTRAINT transactions_shortfall CHECK (shortfall >= 0),
    CONSTRAINT transactions_effective CHECK (effective_at <= recorded_at),
    CONSTRAINT transactions_peer CHECK (peer > 0),
    CONSTRAINT transactions_hash CHECK (length(hash) = 32),
    CONSTRAINT transactions_not_negative CHECK (
        pending >= 0 AND available >= 0 AND held >= 0 AND spent >= 0 AND expired >= 0
        AND revoked >= 0 AND restored >= 0 AND owed_held >= 0 AND owed >= owed_held
    ),
    -- What is available pays what is owed, so that never both are there.
    CONSTRAINT transactions_pays_deficits CHECK (owed = 0 OR available = 0),
    CONSTRAINT transactions_balance CHECK (balance_after = available - owed),
    CONSTRAINT transactions_state_seq CHECK (state_seq BETWEEN 1 AND seq),
    CONSTRAINT transactions_seal CHECK (
        (salt IS NULL OR texts_digest IS NOT NULL)
        AND length(salt) = 16 AND length(texts_digest) = 32
    ),
    CONSTRAINT transactions_key CHECK (
        (key_digest IS NULL) = (fingerprint IS NULL) AND (key_digest IS NULL) = (key_rows IS NULL)
        AND length(key_digest) = 16 AND length(fingerprint) = 16 AND key_rows > 0
    )
) STRICT;
CREATE INDEX transactions_subject ON transactions (shard, account_id, subject, seq)
    WHERE subject IS NOT NULL;
CREATE UNIQUE INDEX transactions_key_digest ON transactions (key_digest)
    WHERE key_digest IS NOT NULL;
CREATE TRIGGER transactions_not_edited BEFORE UPDATE ON transactions BEGIN
    SELECT RAISE(ABORT, 'the journal is never edited');
END;
CREATE TRIGGER transactions_not_deleted BEFORE DELETE ON transactions BEGIN
    SELECT RAISE(ABORT, 'nothing is deleted from the journal');
END;

CREATE TABLE lot_rows (
    account_id INTEGER NOT NULL,
    lot INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    closed TEXT,
    PRIMARY KEY (shard, account_id, lot, seq),
    CONSTRAINT lot_rows_numbers CHECK (lot > 0 AND seq > 0)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER lot_rows_not_edited BEFORE UPDATE ON lot_rows BEGIN
    SELECT RAISE(ABORT, 'the journal is never edited');
END;
CREATE TRIGGER lot_rows_not_deleted BEFORE DELETE ON lot_rows BEGIN
    SELECT RAISE(ABORT, 'nothing is deleted from the journal');
END;

CREATE TABLE standings (
    account_id INTEGER NOT NULL,
    base INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    deadline_at INTEGER,
    target INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    committed_by INTEGER NOT NULL,
    released_by INTEGER NOT NULL,
    cancelled_by INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    status INTEGER NOT NULL,
    parts TEXT,
    PRIMARY KEY (shard, account_id, target, seq),
    CONSTRAINT standings_status CHECK (status BETWEEN 0 AND 2),
    CONSTRAINT standings_released CHECK ((status = 2) = (released_by > 0)),
    CONSTRAINT standings_amounts CHECK (base > 0 AND cancelled BETWEEN 0 AND base),
    CONSTRAINT standings_links CHECK (
        target > 0 AND target <= seq
        AND (committed_by = 0 OR committed_by > target)
        AND (released_by = 0 OR released_by > target)
        AND (cancelled_by = 0 OR cancelled_by > target)
    )
) STRICT, WITHOUT ROWID;
CREATE TRIGGER standings_not_edited BEFORE UPDATE ON standings BEGIN
    SELECT RAISE(ABORT, 'the journal is never edited');
END;
CREATE TRIGGER standings_not_deleted BEFORE DELETE ON standings BEGIN
    SELECT RAISE(ABORT, 'nothing is deleted from the journal');
END;

CREATE TABLE repeated_keys (
    account_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    count INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    already INTEGER NOT NULL,
    key_digest BLOB NOT NULL,
    fingerprint BLOB NOT NULL,
    PRIMARY KEY (key_digest),
    CONSTRAINT repeated_keys_rows CHECK (seq > 0 AND count > 0),
    CONSTRAINT repeated_keys_bytes CHECK (
        length(key_digest) = 16 AND length(fingerprint) = 16
    )
) STRICT, WITHOUT ROWID;

-- SQLite cannot drop a column that a constraint names: the table is made anew.
CREATE TABLE new_accounts (
    shard INTEGER NOT NULL,
    account_id INTEGER NOT NULL
        CONSTRAINT accounts_number_range CHECK (account_id BETWEEN 1 AND 1073741823),
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    currency_id INTEGER NOT NULL REFERENCES currencies,
    member_id INTEGER NOT NULL REFERENCES members,
    number TEXT,
    is_primary INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    status INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1,
    due_at INTEGER NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (shard, account_id),
    CONSTRAINT accounts_shard CHECK (shard >= 0),
    CONSTRAINT accounts_is_primary CHECK (is_primary IN (0, 1)),
    CONSTRAINT accounts_status CHECK (status BETWEEN 0 AND 2),
    CONSTRAINT accounts_version CHECK (version > 0)
) STRICT, WITHOUT ROWID;
INSERT INTO new_accounts
SELECT shard, account_id, tenant_id, program_id, currency_id, member_id, number, is_primary,
       created_at, status, version, next_due_at
FROM accounts;
DROP TABLE accounts;
ALTER TABLE new_accounts RENAME TO accounts;
CREATE INDEX accounts_due ON accounts (shard, due_at) WHERE due_at < 9223372036854775807;
CREATE INDEX accounts_member ON accounts (member_id);
CREATE INDEX accounts_currency ON accounts (currency_id, account_id);
CREATE UNIQUE INDEX accounts_primary ON accounts (member_id, currency_id) WHERE is_primary;
CREATE UNIQUE INDEX accounts_number ON accounts (program_id, number) WHERE number IS NOT NULL;

-- By which the conversion finds the keys of rows.
CREATE INDEX idempotency_keys_rows ON idempotency_keys (shard, account_id, seq)
    WHERE account_id IS NOT NULL;

-- migrate:down

SELECT this_migration_is_not_undone_restore_a_backup;
