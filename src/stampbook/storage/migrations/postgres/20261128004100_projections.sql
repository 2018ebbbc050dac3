-- migrate:up

-- What reads of a whole currency need, kept by following the journal (ledger/following/projections.py):
-- disposable, made anew by `stampbook rebuild`, and never read without what is newer.

-- What moved, by quarters of an hour, in which the days of all time zones begin: `recorded_at` and
-- `effective_at` are the instants at which the rows' quarters begin. `source` and `target` are
-- states of the postings; both 0: the rows themselves and their amounts. A sum is billions and
-- units, so that it has no limit.
CREATE TABLE flows (
    currency_id bigint NOT NULL,
    recorded_at bigint NOT NULL,
    effective_at bigint NOT NULL,
    kind smallint NOT NULL,
    source smallint NOT NULL,
    target smallint NOT NULL,
    times bigint NOT NULL,
    billions bigint NOT NULL,
    units bigint NOT NULL,
    PRIMARY KEY (currency_id, recorded_at, effective_at, kind, source, target)
);
CREATE INDEX flows_effective ON flows (currency_id, effective_at);

-- What is open in the accounts: their lots with points that are pending, available or held, and as
-- lot 0 what they owe.
CREATE TABLE open_lots (
    account_id bigint NOT NULL,
    currency_id bigint NOT NULL,
    expires_at bigint NOT NULL,
    pending bigint NOT NULL,
    available bigint NOT NULL,
    held bigint NOT NULL,
    owed bigint NOT NULL,
    lot integer NOT NULL,
    shard smallint NOT NULL,
    PRIMARY KEY (shard, account_id, lot)
);
CREATE INDEX open_lots_expiry ON open_lots (currency_id, expires_at);

-- migrate:down

DROP TABLE flows, open_lots;
