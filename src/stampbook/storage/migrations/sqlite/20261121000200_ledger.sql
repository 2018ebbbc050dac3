-- migrate:up

-- The same tables, constraints and indexes as on PostgreSQL (see the file of the same name there).
-- What differs: the tables of the ledger are ordered by their primary keys (WITHOUT ROWID), so that
-- what belongs to one account lies together and a row is written once; and there are no fill
-- factors, since SQLite changes rows in place.

-- Hands out account numbers: INSERT INTO account_numbers DEFAULT VALUES RETURNING account_id.
CREATE TABLE account_numbers (
    account_id INTEGER PRIMARY KEY AUTOINCREMENT
        CONSTRAINT account_numbers_range CHECK (account_id <= 1073741823)
) STRICT;

CREATE TABLE accounts (
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
    seq INTEGER NOT NULL DEFAULT 0,
    lots INTEGER NOT NULL DEFAULT 0,
    clock INTEGER NOT NULL DEFAULT 0,
    head BLOB NOT NULL DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000',
    issued INTEGER NOT NULL DEFAULT 0,
    pending INTEGER NOT NULL DEFAULT 0,
    available INTEGER NOT NULL DEFAULT 0,
    held INTEGER NOT NULL DEFAULT 0,
    spent INTEGER NOT NULL DEFAULT 0,
    expired INTEGER NOT NULL DEFAULT 0,
    revoked INTEGER NOT NULL DEFAULT 0,
    owed INTEGER NOT NULL DEFAULT 0,
    owed_held INTEGER NOT NULL DEFAULT 0,
    restored INTEGER NOT NULL DEFAULT 0,
    slides_at INTEGER NOT NULL DEFAULT 9223372036854775807,
    slid_at INTEGER NOT NULL DEFAULT 0,
    next_due_at INTEGER NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (shard, account_id),
    CONSTRAINT accounts_shard CHECK (shard >= 0),
    CONSTRAINT accounts_is_primary CHECK (is_primary IN (0, 1)),
    CONSTRAINT accounts_status CHECK (status BETWEEN 0 AND 2),
    CONSTRAINT accounts_version CHECK (version > 0),
    CONSTRAINT accounts_counts CHECK (seq BETWEEN 0 AND 8388607 AND lots BETWEEN 0 AND 8388607),
    CONSTRAINT accounts_head CHECK (length(head) = 32),
    CONSTRAINT accounts_not_negative CHECK (
        pending >= 0 AND available >= 0 AND held >= 0 AND spent >= 0 AND expired >= 0
        AND revoked >= 0 AND restored >= 0
    ),
    CONSTRAINT accounts_adds_up
        CHECK (issued = pending + available + held + spent + expired + revoked),
    CONSTRAINT accounts_owed CHECK (owed_held >= 0 AND owed >= owed_held),
    -- What is available pays what is owed, so that never both are there.
    CONSTRAINT accounts_pays_deficits CHECK (owed = 0 OR available = 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX accounts_due ON accounts (shard, next_due_at)
    WHERE next_due_at < 9223372036854775807;
CREATE INDEX accounts_member ON accounts (member_id);
CREATE UNIQUE INDEX accounts_primary ON accounts (member_id, currency_id) WHERE is_primary;
CREATE UNIQUE INDEX accounts_number ON accounts (program_id, number) WHERE number IS NOT NULL;

-- The journal: append-only, one row per transaction. NULL stands for the usual values, to keep
-- the rows short: no peer, no deadline, no common expiry given.
CREATE TABLE transactions (
    shard INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    balance_before INTEGER NOT NULL,
    balance_after INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    target INTEGER NOT NULL,
    root INTEGER NOT NULL,
    link INTEGER NOT NULL,
    peer INTEGER,
    by_clock INTEGER NOT NULL,
    deadline_at INTEGER,
    slides_at INTEGER,
    shortfall INTEGER NOT NULL,
    external_id TEXT,
    reason TEXT,
    actor TEXT,
    metadata TEXT,
    subject TEXT,
    postings TEXT NOT NULL,
    terms TEXT NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (shard, account_id, seq),
    CONSTRAINT transactions_seq CHECK (seq BETWEEN 1 AND 8388607),
    CONSTRAINT transactions_kind CHECK (kind BETWEEN 1 AND 13),
    CONSTRAINT transactions_amount CHECK (amount BETWEEN 1 AND 9000000000000000),
    CONSTRAINT transactions_target CHECK (target >= 0 AND target < seq),
    CONSTRAINT transactions_root CHECK (root > 0 AND root <= seq),
    CONSTRAINT transactions_link CHECK (link >= 0),
    CONSTRAINT transactions_by_clock CHECK (by_clock IN (0, 1)),
    CONSTRAINT transactions_shortfall CHECK (shortfall >= 0),
    CONSTRAINT transactions_effective CHECK (effective_at <= recorded_at),
    CONSTRAINT transactions_peer CHECK (peer > 0),
    CONSTRAINT transactions_hash CHECK (length(hash) = 32)
) STRICT, WITHOUT ROWID;
CREATE INDEX transactions_subject ON transactions (shard, account_id, subject, seq)
    WHERE subject IS NOT NULL;

CREATE TRIGGER transactions_not_edited BEFORE UPDATE ON transactions BEGIN
    SELECT RAISE(ABORT, 'the journal is never edited');
END;
CREATE TRIGGER transactions_not_deleted BEFORE DELETE ON transactions BEGIN
    SELECT RAISE(ABORT, 'nothing is deleted from the journal');
END;

CREATE TABLE lots (
    shard INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    lot INTEGER NOT NULL,
    accrued_by INTEGER NOT NULL,
    activates_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    sliding INTEGER NOT NULL,
    grace INTEGER NOT NULL,
    locked INTEGER NOT NULL,
    issued INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    available INTEGER NOT NULL,
    held INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    expired INTEGER NOT NULL,
    revoked INTEGER NOT NULL,
    doomed INTEGER NOT NULL,
    reinstated INTEGER NOT NULL,
    open INTEGER NOT NULL GENERATED ALWAYS AS (available > 0) STORED,
    waiting INTEGER NOT NULL GENERATED ALWAYS AS (
        pending > 0 AND NOT locked AND activates_at < 9223372036854775807
    ) STORED,
    PRIMARY KEY (shard, account_id, lot),
    CONSTRAINT lots_lot CHECK (lot BETWEEN 1 AND 8388607),
    CONSTRAINT lots_accrued_by CHECK (accrued_by BETWEEN 1 AND 8388607),
    CONSTRAINT lots_flags CHECK (sliding IN (0, 1) AND grace IN (0, 1) AND locked IN (0, 1)),
    CONSTRAINT lots_issued CHECK (issued BETWEEN 1 AND 9000000000000000),
    CONSTRAINT lots_not_negative CHECK (
        pending >= 0 AND available >= 0 AND held >= 0 AND spent >= 0 AND expired >= 0
        AND revoked >= 0
    ),
    CONSTRAINT lots_adds_up
        CHECK (issued = pending + available + held + spent + expired + revoked),
    -- Only what is used can be due to be revoked when it comes back.
    CONSTRAINT lots_doomed CHECK (doomed BETWEEN 0 AND held + spent),
    CONSTRAINT lots_reinstated CHECK (reinstated BETWEEN 0 AND expired)
) STRICT, WITHOUT ROWID;
CREATE INDEX lots_open ON lots (shard, account_id, expires_at, lot) WHERE open;
CREATE INDEX lots_waiting ON lots (shard, account_id, activates_at, lot) WHERE waiting;

-- Who is paid by which lot. Lot 0 is the deficit: what no lot pays.
CREATE TABLE allocations (
    shard INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    txn_seq INTEGER NOT NULL,
    lot INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    held INTEGER NOT NULL,
    PRIMARY KEY (shard, account_id, txn_seq, lot),
    CONSTRAINT allocations_amount CHECK (amount > 0),
    CONSTRAINT allocations_txn_seq CHECK (txn_seq BETWEEN 1 AND 8388607),
    CONSTRAINT allocations_lot CHECK (lot BETWEEN 0 AND 8388607),
    CONSTRAINT allocations_held CHECK (held IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX allocations_lot_payees ON allocations (shard, account_id, lot, txn_seq);

-- What became of transactions. Without a row: in force, wholly, without a deadline.
CREATE TABLE movements (
    shard INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    base INTEGER NOT NULL,
    status INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    deadline_at INTEGER NOT NULL,
    committed_by INTEGER NOT NULL,
    released_by INTEGER NOT NULL,
    cancelled_by INTEGER NOT NULL,
    PRIMARY KEY (shard, account_id, seq),
    CONSTRAINT movements_seq CHECK (seq BETWEEN 1 AND 8388607),
    CONSTRAINT movements_base CHECK (base BETWEEN 1 AND 9000000000000000),
    CONSTRAINT movements_cancelled CHECK (cancelled BETWEEN 0 AND base),
    CONSTRAINT movements_status CHECK (status BETWEEN 0 AND 2),
    CONSTRAINT movements_released CHECK ((status = 2) = (released_by > 0)),
    -- What acts upon a transaction is younger than it.
    CONSTRAINT movements_later CHECK (
        (committed_by = 0 OR committed_by > seq) AND (released_by = 0 OR released_by > seq)
        AND (cancelled_by = 0 OR cancelled_by > seq)
    )
) STRICT, WITHOUT ROWID;
CREATE INDEX movements_deadline ON movements (shard, account_id, deadline_at, seq)
    WHERE deadline_at < 9223372036854775807;

-- Two directories beside the shards: docs/decisions/0003-directories.md.
-- A key of a ledger write names the rows that answer it; a key of another write keeps its answer.
CREATE TABLE idempotency_keys (
    tenant_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    shard INTEGER,
    account_id INTEGER,
    seq INTEGER,
    count INTEGER,
    already INTEGER NOT NULL DEFAULT 0,
    status INTEGER,
    body TEXT,
    created_at INTEGER,
    PRIMARY KEY (tenant_id, key),
    CONSTRAINT idempotency_keys_fingerprint CHECK (length(fingerprint) = 16),
    CONSTRAINT idempotency_keys_already CHECK (already IN (0, 1)),
    CONSTRAINT idempotency_keys_answer CHECK (
        (account_id IS NOT NULL AND shard IS NOT NULL AND seq IS NOT NULL AND seq > 0
         AND count IS NOT NULL AND count > 0 AND status IS NULL AND body IS NULL)
        OR (account_id IS NULL AND shard IS NULL AND seq IS NULL AND count IS NULL
            AND status IS NOT NULL AND body IS NOT NULL AND NOT already)
    )
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at)
    WHERE created_at IS NOT NULL;

CREATE TABLE external_ids (
    program_id INTEGER NOT NULL,
    external_id TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    shard INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (program_id, external_id),
    CONSTRAINT external_ids_seq CHECK (seq > 0),
    CONSTRAINT external_ids_fingerprint CHECK (length(fingerprint) = 16)
) STRICT, WITHOUT ROWID;

-- migrate:down

DROP TABLE external_ids;
DROP TABLE idempotency_keys;
DROP TABLE movements;
DROP TABLE allocations;
DROP TABLE lots;
DROP TABLE transactions;
DROP TABLE accounts;
DROP TABLE account_numbers;
