-- migrate:up

-- As on PostgreSQL (see the file of the same name there).
CREATE TABLE flows (
    currency_id INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    source INTEGER NOT NULL,
    target INTEGER NOT NULL,
    times INTEGER NOT NULL,
    billions INTEGER NOT NULL,
    units INTEGER NOT NULL,
    PRIMARY KEY (currency_id, recorded_at, effective_at, kind, source, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX flows_effective ON flows (currency_id, effective_at);

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
    PRIMARY KEY (shard, account_id, lot)
) STRICT, WITHOUT ROWID;
CREATE INDEX open_lots_expiry ON open_lots (currency_id, expires_at);

-- migrate:down

DROP TABLE flows;
DROP TABLE open_lots;
