-- migrate:up

-- The ledger. Every table begins its key with the shard and the account, so that a batch of one
-- shard stays on one node of a distributed database. The five tables of the hot path refer to each
-- other without foreign keys: docs/decisions/0002-ledger-tables.md.
-- 9223372036854775807 stands for the instant that never comes.

-- Hands out account numbers: INSERT INTO account_numbers DEFAULT VALUES RETURNING account_id.
CREATE TABLE account_numbers (
    account_id bigint GENERATED ALWAYS AS IDENTITY (MAXVALUE 1073741823) PRIMARY KEY
);

CREATE TABLE accounts (
    account_id bigint NOT NULL
        CONSTRAINT accounts_number_range CHECK (account_id BETWEEN 1 AND 1073741823),
    tenant_id bigint NOT NULL REFERENCES tenants,
    program_id bigint NOT NULL REFERENCES programs,
    currency_id bigint NOT NULL REFERENCES currencies,
    member_id bigint NOT NULL REFERENCES members,
    clock bigint NOT NULL DEFAULT 0,
    issued bigint NOT NULL DEFAULT 0,
    pending bigint NOT NULL DEFAULT 0,
    available bigint NOT NULL DEFAULT 0,
    held bigint NOT NULL DEFAULT 0,
    spent bigint NOT NULL DEFAULT 0,
    expired bigint NOT NULL DEFAULT 0,
    revoked bigint NOT NULL DEFAULT 0,
    owed bigint NOT NULL DEFAULT 0,
    owed_held bigint NOT NULL DEFAULT 0,
    restored bigint NOT NULL DEFAULT 0,
    slides_at bigint NOT NULL DEFAULT 9223372036854775807,
    slid_at bigint NOT NULL DEFAULT 0,
    next_due_at bigint NOT NULL DEFAULT 9223372036854775807,
    created_at bigint NOT NULL,
    version integer NOT NULL DEFAULT 1,
    seq integer NOT NULL DEFAULT 0,
    lots integer NOT NULL DEFAULT 0,
    shard smallint NOT NULL,
    status smallint NOT NULL DEFAULT 0,
    is_primary boolean NOT NULL,
    head bytea NOT NULL DEFAULT '\x0000000000000000000000000000000000000000000000000000000000000000',
    number text,
    PRIMARY KEY (shard, account_id),
    CONSTRAINT accounts_shard CHECK (shard >= 0),
    CONSTRAINT accounts_status CHECK (status BETWEEN 0 AND 2),
    CONSTRAINT accounts_version CHECK (version > 0),
    CONSTRAINT accounts_counts CHECK (seq BETWEEN 0 AND 8388607 AND lots BETWEEN 0 AND 8388607),
    CONSTRAINT accounts_head CHECK (octet_length(head) = 32),
    CONSTRAINT accounts_not_negative CHECK (
        pending >= 0 AND available >= 0 AND held >= 0 AND spent >= 0 AND expired >= 0
        AND revoked >= 0 AND restored >= 0
    ),
    CONSTRAINT accounts_adds_up
        CHECK (issued = pending + available + held + spent + expired + revoked),
    CONSTRAINT accounts_owed CHECK (owed_held >= 0 AND owed >= owed_held),
    -- What is available pays what is owed, so that never both are there.
    CONSTRAINT accounts_pays_deficits CHECK (owed = 0 OR available = 0)
) WITH (fillfactor = 75);
CREATE INDEX accounts_due ON accounts (shard, next_due_at)
    WHERE next_due_at < 9223372036854775807;
CREATE INDEX accounts_member ON accounts (member_id);
CREATE UNIQUE INDEX accounts_primary ON accounts (member_id, currency_id) WHERE is_primary;
CREATE UNIQUE INDEX accounts_number ON accounts (program_id, number) WHERE number IS NOT NULL;

-- The journal: append-only, one row per transaction. NULL stands for the usual values, to keep
-- the rows short: no peer, no deadline, no common expiry given.
CREATE TABLE transactions (
    account_id bigint NOT NULL,
    amount bigint NOT NULL,
    balance_before bigint NOT NULL,
    balance_after bigint NOT NULL,
    recorded_at bigint NOT NULL,
    effective_at bigint NOT NULL,
    shortfall bigint NOT NULL,
    peer bigint,
    deadline_at bigint,
    slides_at bigint,
    seq integer NOT NULL,
    target integer NOT NULL,
    root integer NOT NULL,
    link integer NOT NULL,
    shard smallint NOT NULL,
    kind smallint NOT NULL,
    by_clock boolean NOT NULL,
    hash bytea NOT NULL,
    postings text NOT NULL,
    terms text NOT NULL,
    external_id text,
    reason text,
    actor text,
    metadata text,
    subject text,
    PRIMARY KEY (shard, account_id, seq),
    CONSTRAINT transactions_seq CHECK (seq BETWEEN 1 AND 8388607),
    CONSTRAINT transactions_kind CHECK (kind BETWEEN 1 AND 13),
    CONSTRAINT transactions_amount CHECK (amount BETWEEN 1 AND 9000000000000000),
    CONSTRAINT transactions_target CHECK (target >= 0 AND target < seq),
    CONSTRAINT transactions_root CHECK (root > 0 AND root <= seq),
    CONSTRAINT transactions_link CHECK (link >= 0),
    CONSTRAINT transactions_shortfall CHECK (shortfall >= 0),
    CONSTRAINT transactions_effective CHECK (effective_at <= recorded_at),
    CONSTRAINT transactions_peer CHECK (peer > 0),
    CONSTRAINT transactions_hash CHECK (octet_length(hash) = 32)
);
CREATE INDEX transactions_subject ON transactions (shard, account_id, subject, seq)
    WHERE subject IS NOT NULL;

CREATE FUNCTION refuse_journal_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is never edited and nothing is deleted from it'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transactions_append_only';
END $$;
CREATE TRIGGER transactions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transactions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change();

CREATE TABLE lots (
    account_id bigint NOT NULL,
    activates_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    created_at bigint NOT NULL,
    issued bigint NOT NULL,
    pending bigint NOT NULL,
    available bigint NOT NULL,
    held bigint NOT NULL,
    spent bigint NOT NULL,
    expired bigint NOT NULL,
    revoked bigint NOT NULL,
    doomed bigint NOT NULL,
    reinstated bigint NOT NULL,
    lot integer NOT NULL,
    accrued_by integer NOT NULL,
    shard smallint NOT NULL,
    sliding boolean NOT NULL,
    grace boolean NOT NULL,
    locked boolean NOT NULL,
    -- Booleans of their own, so that an update which leaves them as they are stays HOT: an index
    -- whose predicate names an amount would be written by every update of that amount.
    open boolean NOT NULL GENERATED ALWAYS AS (available > 0) STORED,
    waiting boolean NOT NULL GENERATED ALWAYS AS (
        pending > 0 AND NOT locked AND activates_at < 9223372036854775807
    ) STORED,
    PRIMARY KEY (shard, account_id, lot),
    CONSTRAINT lots_lot CHECK (lot BETWEEN 1 AND 8388607),
    CONSTRAINT lots_accrued_by CHECK (accrued_by BETWEEN 1 AND 8388607),
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
) WITH (fillfactor = 85);
CREATE INDEX lots_open ON lots (shard, account_id, expires_at, lot) WHERE open;
CREATE INDEX lots_waiting ON lots (shard, account_id, activates_at, lot) WHERE waiting;

-- Who is paid by which lot. Lot 0 is the deficit: what no lot pays.
CREATE TABLE allocations (
    account_id bigint NOT NULL,
    amount bigint NOT NULL,
    txn_seq integer NOT NULL,
    lot integer NOT NULL,
    shard smallint NOT NULL,
    held boolean NOT NULL,
    PRIMARY KEY (shard, account_id, txn_seq, lot),
    CONSTRAINT allocations_amount CHECK (amount > 0),
    CONSTRAINT allocations_txn_seq CHECK (txn_seq BETWEEN 1 AND 8388607),
    CONSTRAINT allocations_lot CHECK (lot BETWEEN 0 AND 8388607)
) WITH (fillfactor = 90);
CREATE INDEX allocations_lot_payees ON allocations (shard, account_id, lot, txn_seq);

-- What became of transactions. Without a row: in force, wholly, without a deadline.
CREATE TABLE movements (
    account_id bigint NOT NULL,
    base bigint NOT NULL,
    cancelled bigint NOT NULL,
    deadline_at bigint NOT NULL,
    seq integer NOT NULL,
    committed_by integer NOT NULL,
    released_by integer NOT NULL,
    cancelled_by integer NOT NULL,
    shard smallint NOT NULL,
    status smallint NOT NULL,
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
) WITH (fillfactor = 90);
CREATE INDEX movements_deadline ON movements (shard, account_id, deadline_at, seq)
    WHERE deadline_at < 9223372036854775807;

-- Two directories beside the shards: docs/decisions/0003-directories.md.
-- A key of a ledger write names the rows that answer it; a key of another write keeps its answer.
CREATE TABLE idempotency_keys (
    tenant_id bigint NOT NULL,
    account_id bigint,
    created_at bigint,
    seq integer,
    count integer,
    shard smallint,
    status smallint,
    already boolean NOT NULL DEFAULT false,
    fingerprint bytea NOT NULL,
    key text NOT NULL,
    body text,
    PRIMARY KEY (tenant_id, key),
    CONSTRAINT idempotency_keys_fingerprint CHECK (octet_length(fingerprint) = 16),
    CONSTRAINT idempotency_keys_answer CHECK (
        (account_id IS NOT NULL AND shard IS NOT NULL AND seq IS NOT NULL AND seq > 0
         AND count IS NOT NULL AND count > 0 AND status IS NULL AND body IS NULL)
        OR (account_id IS NULL AND shard IS NULL AND seq IS NULL AND count IS NULL
            AND status IS NOT NULL AND body IS NOT NULL AND NOT already)
    )
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at)
    WHERE created_at IS NOT NULL;

CREATE TABLE external_ids (
    program_id bigint NOT NULL,
    account_id bigint NOT NULL,
    seq integer NOT NULL,
    shard smallint NOT NULL,
    fingerprint bytea NOT NULL,
    external_id text NOT NULL,
    PRIMARY KEY (program_id, external_id),
    CONSTRAINT external_ids_seq CHECK (seq > 0),
    CONSTRAINT external_ids_fingerprint CHECK (octet_length(fingerprint) = 16)
);

-- migrate:down

DROP TABLE external_ids, idempotency_keys, movements, allocations, lots, transactions, accounts, account_numbers;
DROP FUNCTION refuse_journal_change;
