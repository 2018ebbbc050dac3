-- migrate:up

-- One table: a journal row carries the account's state after it, and nothing else of the ledger is
-- written with it but narrow rows by which old facts are found. The tables of before stay beside
-- the new ones until their rows have been converted (storage/converting.py).
ALTER TABLE transactions RENAME TO old_transactions;
ALTER INDEX transactions_pkey RENAME TO old_transactions_pkey;
ALTER INDEX transactions_subject RENAME TO old_transactions_subject;
ALTER TABLE lots RENAME TO old_lots;
ALTER TABLE allocations RENAME TO old_allocations;
ALTER TABLE movements RENAME TO old_movements;
DROP TYPE saved_account, new_row, new_lot, changed_lot, saved_part, gone_part, saved_movement,
    new_key, new_external_id;

-- Parts of what the statement `save` is given.
CREATE TYPE standing_account AS (account_id bigint, version bigint);
CREATE TYPE due_account AS (account_id bigint, due_at bigint);

-- Positions order the journal's rows as they were committed (ledger/following/feed.py).
CREATE SEQUENCE journal_position;
SELECT nextval('journal_position');

-- The journal: append-only, one row per transaction. NULL stands for the usual values, to keep
-- the rows short: no peer, no deadline, no common expiry given, nothing due. `state` is described in
-- docs/reference/state.md. Numbers come first, as the statement `save` writes them.
CREATE TABLE transactions (
    account_id bigint NOT NULL,
    amount bigint NOT NULL,
    balance_before bigint NOT NULL,
    balance_after bigint NOT NULL,
    recorded_at bigint NOT NULL,
    effective_at bigint NOT NULL,
    shortfall bigint NOT NULL,
    pending bigint NOT NULL,
    available bigint NOT NULL,
    held bigint NOT NULL,
    spent bigint NOT NULL,
    expired bigint NOT NULL,
    revoked bigint NOT NULL,
    owed bigint NOT NULL,
    owed_held bigint NOT NULL,
    restored bigint NOT NULL,
    due_at bigint,
    peer bigint,
    deadline_at bigint,
    slides_at bigint,
    api_key_id bigint,
    user_id bigint,
    seq integer NOT NULL,
    target integer NOT NULL,
    root integer NOT NULL,
    link integer NOT NULL,
    state_seq integer NOT NULL,
    shard smallint NOT NULL,
    kind smallint NOT NULL,
    key_rows smallint,
    by_clock boolean NOT NULL,
    hash bytea NOT NULL,
    postings text NOT NULL,
    terms text NOT NULL,
    state text NOT NULL,
    external_id text,
    reason text,
    actor text,
    metadata text,
    subject text,
    dialect text,
    request_id text,
    salt bytea,
    texts_digest bytea,
    key_digest bytea,
    fingerprint bytea,
    position bigint NOT NULL,
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
    CONSTRAINT transactions_hash CHECK (octet_length(hash) = 32),
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
        AND octet_length(salt) = 16 AND octet_length(texts_digest) = 32
    ),
    CONSTRAINT transactions_key CHECK (
        (key_digest IS NULL) = (fingerprint IS NULL) AND (key_digest IS NULL) = (key_rows IS NULL)
        AND octet_length(key_digest) = 16 AND octet_length(fingerprint) = 16 AND key_rows > 0
    )
);
CREATE INDEX transactions_position ON transactions (position);
CREATE INDEX transactions_subject ON transactions (shard, account_id, subject, seq)
    WHERE subject IS NOT NULL;
CREATE UNIQUE INDEX transactions_key_digest ON transactions (key_digest)
    WHERE key_digest IS NOT NULL;
CREATE TRIGGER transactions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transactions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change();

-- Which rows pay a redemption from a lot, and which leave a lot closed; then `closed` is the lot.
-- Of a lot that is not open the newest row has what is known of it.
CREATE TABLE lot_rows (
    account_id bigint NOT NULL,
    lot integer NOT NULL,
    seq integer NOT NULL,
    shard smallint NOT NULL,
    closed text,
    PRIMARY KEY (shard, account_id, lot, seq),
    CONSTRAINT lot_rows_numbers CHECK (lot > 0 AND seq > 0)
);
CREATE TRIGGER lot_rows_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON lot_rows
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change();

-- What became of a transaction, a version for each row that changed it: the newest is how it is now.
-- Without any it is in force as its own row says. `parts` is its allocation, where that is short.
CREATE TABLE standings (
    account_id bigint NOT NULL,
    base bigint NOT NULL,
    cancelled bigint NOT NULL,
    deadline_at bigint,
    target integer NOT NULL,
    seq integer NOT NULL,
    committed_by integer NOT NULL,
    released_by integer NOT NULL,
    cancelled_by integer NOT NULL,
    shard smallint NOT NULL,
    status smallint NOT NULL,
    parts text,
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
);
CREATE TRIGGER standings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON standings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change();

-- Idempotency keys of requests whose answer was an earlier request's row. Those of other movements
-- are in the journal.
CREATE TABLE repeated_keys (
    account_id bigint NOT NULL,
    seq integer NOT NULL,
    count integer NOT NULL,
    shard smallint NOT NULL,
    already boolean NOT NULL,
    key_digest bytea NOT NULL,
    fingerprint bytea NOT NULL,
    PRIMARY KEY (key_digest),
    CONSTRAINT repeated_keys_rows CHECK (seq > 0 AND count > 0),
    CONSTRAINT repeated_keys_bytes CHECK (
        octet_length(key_digest) = 16 AND octet_length(fingerprint) = 16
    )
);

-- An account is identity and status. `due_at` is never later than something is due, but perhaps
-- earlier: it is written only when something becomes due earlier, and put off by the sweeper.
ALTER TABLE accounts RENAME COLUMN sweep_at TO due_at;
ALTER TABLE accounts
    DROP COLUMN clock, DROP COLUMN issued, DROP COLUMN pending, DROP COLUMN available,
    DROP COLUMN held, DROP COLUMN spent, DROP COLUMN expired, DROP COLUMN revoked,
    DROP COLUMN owed, DROP COLUMN owed_held, DROP COLUMN restored, DROP COLUMN slides_at,
    DROP COLUMN slid_at, DROP COLUMN next_due_at, DROP COLUMN seq, DROP COLUMN lots,
    DROP COLUMN head;

-- By which the conversion finds the keys of rows.
CREATE INDEX idempotency_keys_rows ON idempotency_keys (shard, account_id, seq)
    WHERE account_id IS NOT NULL;

-- migrate:down

DO $$ BEGIN RAISE EXCEPTION 'this migration is not undone: restore a backup'; END $$;
