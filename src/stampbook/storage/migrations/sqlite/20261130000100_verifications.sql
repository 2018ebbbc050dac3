-- migrate:up
-- What the last verification of the whole database has found, for the metrics.
CREATE TABLE verifications (
    name TEXT PRIMARY KEY NOT NULL,
    verified_at INTEGER NOT NULL,
    faults INTEGER NOT NULL,
    sound_at INTEGER,
    CONSTRAINT verifications_faults CHECK (faults >= 0)
) STRICT, WITHOUT ROWID;

-- migrate:down
DROP TABLE verifications;
