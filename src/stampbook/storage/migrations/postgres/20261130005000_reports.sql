-- migrate:up
-- oldest: 20261130005000

-- Former code would go on with the projections, and leave the new tables out. So all servers are
-- stopped before.

-- What points are worth: `unit_amount` (smallest units) of a currency are worth `unit_money`
-- (millionths of the unit of money).
ALTER TABLE currency_options ADD COLUMN unit_amount bigint
    CONSTRAINT currency_options_unit_amount CHECK (unit_amount > 0);
ALTER TABLE currency_options ADD COLUMN unit_money bigint
    CONSTRAINT currency_options_unit_money CHECK (unit_money > 0);

-- New members are counted by the instant at which they came.
CREATE INDEX members_created ON members (program_id, created_at);

-- Further projections (ledger/following/projections.py). Sums of postings by the quarter of an hour
-- for which their lots were given, and the one in which they were recorded.
CREATE TABLE cohorts (
    currency_id bigint NOT NULL,
    born_at bigint NOT NULL,
    recorded_at bigint NOT NULL,
    source smallint NOT NULL,
    target smallint NOT NULL,
    billions bigint NOT NULL,
    units bigint NOT NULL,
    PRIMARY KEY (currency_id, born_at, recorded_at, source, target)
);

-- The accounts with rows of a quarter: by recorded_at (0), or by effective_at (1).
CREATE TABLE active_accounts (
    currency_id bigint NOT NULL,
    quarter bigint NOT NULL,
    account_id bigint NOT NULL,
    by_effective smallint NOT NULL,
    PRIMARY KEY (currency_id, by_effective, quarter, account_id)
);

-- For which instant each lot was given.
CREATE TABLE born_lots (
    account_id bigint NOT NULL,
    born_at bigint NOT NULL,
    lot integer NOT NULL,
    shard smallint NOT NULL,
    PRIMARY KEY (shard, account_id, lot)
);

-- All of them are made anew from the first row: by the worker, or at once by `stampbook rebuild`.
-- Until that is done, reports add the rows that are missing, and take longer.
DELETE FROM flows;
DELETE FROM open_lots;
ALTER TABLE open_lots ADD COLUMN owed_held bigint NOT NULL;
-- Sums are read from the index alone.
DROP INDEX open_lots_expiry;
CREATE INDEX open_lots_expiry ON open_lots (currency_id, expires_at)
    INCLUDE (account_id, lot, pending, available, held, owed, owed_held);
UPDATE followers SET position = 0 WHERE name = 'projections';

-- migrate:down

DELETE FROM flows;
DELETE FROM open_lots;
UPDATE followers SET position = 0 WHERE name = 'projections';
DROP INDEX open_lots_expiry;
ALTER TABLE open_lots DROP COLUMN owed_held;
CREATE INDEX open_lots_expiry ON open_lots (currency_id, expires_at);
DROP TABLE cohorts, active_accounts, born_lots;
DROP INDEX members_created;
ALTER TABLE currency_options DROP COLUMN unit_amount, DROP COLUMN unit_money;
