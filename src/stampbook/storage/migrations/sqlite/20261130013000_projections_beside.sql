-- migrate:up

-- As on PostgreSQL (see the file of the same name there).

-- Sums of rows and postings by quarters of an hour.
CREATE TABLE flow_sums (
    currency_id INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    times INTEGER NOT NULL,
    billions INTEGER NOT NULL,
    units INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    source INTEGER NOT NULL,
    target INTEGER NOT NULL,
    PRIMARY KEY (currency_id, recorded_at, effective_at, kind, source, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX flow_sums_effective ON flow_sums (currency_id, effective_at);

-- The accounts' open lots, and as lot 0 what they owe.
CREATE TABLE holdings (
    account_id INTEGER NOT NULL,
    currency_id INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    available INTEGER NOT NULL,
    held INTEGER NOT NULL,
    owed INTEGER NOT NULL,
    owed_held INTEGER NOT NULL,
    lot INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    PRIMARY KEY (shard, account_id, lot)
) STRICT, WITHOUT ROWID;
-- Sums are read from the index alone, and lists in its order.
CREATE INDEX holdings_expiry ON holdings
    (currency_id, expires_at, account_id, lot, pending, available, held, owed, owed_held);

-- Sums of postings by the quarter of an hour for which their lots were given, and the one in which
-- they were recorded.
CREATE TABLE cohort_sums (
    currency_id INTEGER NOT NULL,
    born_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    billions INTEGER NOT NULL,
    units INTEGER NOT NULL,
    source INTEGER NOT NULL,
    target INTEGER NOT NULL,
    PRIMARY KEY (currency_id, born_at, recorded_at, source, target)
) STRICT, WITHOUT ROWID;

-- The accounts with rows of a quarter: by recorded_at (0), or by effective_at (1).
CREATE TABLE account_quarters (
    currency_id INTEGER NOT NULL,
    quarter INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    by_effective INTEGER NOT NULL,
    PRIMARY KEY (currency_id, by_effective, quarter, account_id)
) STRICT, WITHOUT ROWID;

-- For which instant each lot was given.
CREATE TABLE lot_births (
    account_id INTEGER NOT NULL,
    born_at INTEGER NOT NULL,
    lot INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    PRIMARY KEY (shard, account_id, lot)
) STRICT, WITHOUT ROWID;

-- migrate:down

DELETE FROM followers WHERE name = 'sums';
DROP TABLE flow_sums;
DROP TABLE holdings;
DROP TABLE cohort_sums;
DROP TABLE account_quarters;
DROP TABLE lot_births;
