-- migrate:up

-- The projections of reports (ledger/following/projections.py), beside those of former code, which
-- goes on with `flows` and `open_lots` while it is still running. They follow the journal under a
-- name of their own, from its first row: the worker fills them, or at once `stampbook rebuild`.
-- Until that is done, reports add the rows that are missing, and take longer. The former tables,
-- and the follower `projections`, are dropped by a later release.

-- Sums of rows and postings by quarters of an hour.
CREATE TABLE flow_sums (
    currency_id bigint NOT NULL,
    recorded_at bigint NOT NULL,
    effective_at bigint NOT NULL,
    times bigint NOT NULL,
    billions bigint NOT NULL,
    units bigint NOT NULL,
    kind smallint NOT NULL,
    source smallint NOT NULL,
    target smallint NOT NULL,
    PRIMARY KEY (currency_id, recorded_at, effective_at, kind, source, target)
);
CREATE INDEX flow_sums_effective ON flow_sums (currency_id, effective_at);

-- The accounts' open lots, and as lot 0 what they owe.
CREATE TABLE holdings (
    account_id bigint NOT NULL,
    currency_id bigint NOT NULL,
    expires_at bigint NOT NULL,
    pending bigint NOT NULL,
    available bigint NOT NULL,
    held bigint NOT NULL,
    owed bigint NOT NULL,
    owed_held bigint NOT NULL,
    lot integer NOT NULL,
    shard smallint NOT NULL,
    PRIMARY KEY (shard, account_id, lot)
);
-- Sums are read from the index alone, and lists in its order.
CREATE INDEX holdings_expiry ON holdings (currency_id, expires_at, account_id, lot)
    INCLUDE (pending, available, held, owed, owed_held);

-- Sums of postings by the quarter of an hour for which their lots were given, and the one in which
-- they were recorded.
CREATE TABLE cohort_sums (
    currency_id bigint NOT NULL,
    born_at bigint NOT NULL,
    recorded_at bigint NOT NULL,
    billions bigint NOT NULL,
    units bigint NOT NULL,
    source smallint NOT NULL,
    target smallint NOT NULL,
    PRIMARY KEY (currency_id, born_at, recorded_at, source, target)
);

-- The accounts with rows of a quarter: by recorded_at (0), or by effective_at (1).
CREATE TABLE account_quarters (
    currency_id bigint NOT NULL,
    quarter bigint NOT NULL,
    account_id bigint NOT NULL,
    by_effective smallint NOT NULL,
    PRIMARY KEY (currency_id, by_effective, quarter, account_id)
);

-- For which instant each lot was given.
CREATE TABLE lot_births (
    account_id bigint NOT NULL,
    born_at bigint NOT NULL,
    lot integer NOT NULL,
    shard smallint NOT NULL,
    PRIMARY KEY (shard, account_id, lot)
);

-- migrate:down

DELETE FROM followers WHERE name = 'sums';
DROP TABLE flow_sums, holdings, cohort_sums, account_quarters, lot_births;
