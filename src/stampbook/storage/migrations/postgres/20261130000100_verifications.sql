-- migrate:up
-- What the last verification of the whole database has found, for the metrics.
CREATE TABLE verifications (
    name text PRIMARY KEY,
    verified_at bigint NOT NULL,
    faults bigint NOT NULL,
    sound_at bigint,
    CONSTRAINT verifications_faults CHECK (faults >= 0)
);

-- migrate:down
DROP TABLE verifications;
