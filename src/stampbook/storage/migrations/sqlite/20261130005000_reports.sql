-- migrate:up
-- oldest: 20261130005000

-- As on PostgreSQL (see the file of the same name there).
ALTER TABLE currency_options ADD COLUMN unit_amount INTEGER
    CONSTRAINT currency_options_unit_amount CHECK (unit_amount > 0);
ALTER TABLE currency_options ADD COLUMN unit_money INTEGER
    CONSTRAINT currency_options_unit_money CHECK (unit_money > 0);

CREATE INDEX members_created ON members (program_id, created_at);

CREATE TABLE cohorts (
    currency_id INTEGER NOT NULL,
    born_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    source INTEGER NOT NULL,
    target INTEGER NOT NULL,
    billions INTEGER NOT NULL,
    units INTEGER NOT NULL,
    PRIMARY KEY (currency_id, born_at, recorded_at, source, target)
) STRICT, WITHOUT ROWID;

CREATE TABLE active_accounts (
    currency_id INTEGER NOT NULL,
    quarter INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    by_effective INTEGER NOT NULL,
    PRIMARY KEY (currency_id, by_effective, quarter, account_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE born_lots (
    account_id INTEGER NOT NULL,
    born_at INTEGER NOT NULL,
    lot INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    PRIMARY KEY (shard, account_id, lot)
) STRICT, WITHOUT ROWID;

DELETE FROM flows;
DROP TABLE open_lots;
CREATE TABLE open_lots (
    account_id INTEGER NOT NULL,
    currency_id INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    available INTEGER NOT NULL,
    held INTEGER NOT NULL,
    owed INTEGER NOT NULL,
    lot INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    owed_held INTEGER NOT NULL,
    PRIMARY KEY (shard, account_id, lot)
) STRICT, WITHOUT ROWID;
CREATE INDEX open_lots_expiry ON open_lots
    (currency_id, expires_at, pending, available, held, owed, owed_held);
UPDATE followers SET position = 0 WHERE name = 'projections';

-- migrate:down

DELETE FROM flows;
DELETE FROM open_lots;
UPDATE followers SET position = 0 WHERE name = 'projections';
DROP INDEX open_lots_expiry;
ALTER TABLE open_lots DROP COLUMN owed_held;
CREATE INDEX open_lots_expiry ON open_lots (currency_id, expires_at);
DROP TABLE cohorts;
DROP TABLE active_accounts;
DROP TABLE born_lots;
DROP INDEX members_created;
ALTER TABLE currency_options DROP COLUMN unit_amount;
ALTER TABLE currency_options DROP COLUMN unit_money;
