-- migrate:up

-- Groups of tiers get a status, terms and revisions. `terms` is JSON (loyalty/tiers/terms.py): what is
-- counted, in which periods, how tiers are lost. Groups from before count all accruals in force, and a
-- tier is lost as soon as the points no longer suffice; a cancel is for them a loss like any other.
-- `revision` grows with every change of what decides standings. `origin` is a dialect's own text.
ALTER TABLE tier_groups
    ADD status text NOT NULL DEFAULT 'active' CONSTRAINT tier_groups_status
        CHECK (status IN ('draft', 'active', 'inactive', 'deleted')),
    ADD terms text NOT NULL DEFAULT '{"on_cancel":"ordinary"}',
    ADD metadata text NOT NULL DEFAULT '{}',
    ADD origin text,
    ADD revision integer NOT NULL DEFAULT 1,
    ADD activated_at bigint,
    ADD updated_at bigint NOT NULL DEFAULT 0;
UPDATE tier_groups SET activated_at = created_at, updated_at = created_at;

-- `threshold` is the least count, `ceiling` the greatest (NULL: none). Tiers are in the order of their
-- thresholds, so they need no position.
DROP INDEX tiers_position;
ALTER TABLE tiers
    DROP COLUMN position,
    ADD ceiling bigint,
    ADD segment text,
    ADD keep_forever boolean NOT NULL DEFAULT false,
    ADD metadata text NOT NULL DEFAULT '{}',
    ADD origin text,
    ADD CONSTRAINT tiers_ceiling CHECK (ceiling >= threshold);
CREATE INDEX tiers_group ON tiers (tier_group_id, threshold);

-- Standings and histories follow from the journal. What is kept of an account is how they were before
-- one of its rows, so that the rows before need not be read again: `seq` is the last row counted,
-- `basis` what else it rests on. It may be deleted at any time.
DROP TABLE tier_history, tier_standings;
CREATE TABLE tier_standings (
    tier_group_id bigint NOT NULL REFERENCES tier_groups,
    account_id bigint NOT NULL,
    basis text NOT NULL,
    seq integer NOT NULL,
    state text NOT NULL,
    history text NOT NULL,
    PRIMARY KEY (tier_group_id, account_id)
);

-- migrate:down

DROP TABLE tier_standings;
CREATE TABLE tier_standings (
    tier_group_id bigint NOT NULL REFERENCES tier_groups,
    account_id bigint NOT NULL,
    seq integer NOT NULL,
    points bigint NOT NULL,
    PRIMARY KEY (tier_group_id, account_id)
);
CREATE TABLE tier_history (
    tier_group_id bigint NOT NULL REFERENCES tier_groups,
    account_id bigint NOT NULL,
    tier_id bigint NOT NULL REFERENCES tiers,
    reached_by integer NOT NULL,
    reached_at bigint NOT NULL,
    lost_by integer,
    lost_at bigint,
    PRIMARY KEY (tier_group_id, account_id, tier_id, reached_by),
    CONSTRAINT tier_history_lost
        CHECK (lost_by > reached_by AND (lost_by IS NULL) = (lost_at IS NULL))
);
DROP INDEX tiers_group;
ALTER TABLE tiers
    DROP CONSTRAINT tiers_ceiling,
    DROP COLUMN ceiling, DROP COLUMN segment, DROP COLUMN keep_forever,
    DROP COLUMN metadata, DROP COLUMN origin,
    ADD position smallint NOT NULL DEFAULT 0;
UPDATE tiers SET position = (
    SELECT count(*) FROM tiers t
    WHERE t.tier_group_id = tiers.tier_group_id
      AND (t.threshold, t.tier_id) < (tiers.threshold, tiers.tier_id)
);
ALTER TABLE tiers ALTER COLUMN position DROP DEFAULT;
CREATE UNIQUE INDEX tiers_position ON tiers (tier_group_id, position);
ALTER TABLE tier_groups
    DROP COLUMN status, DROP COLUMN terms, DROP COLUMN metadata, DROP COLUMN origin,
    DROP COLUMN revision, DROP COLUMN activated_at, DROP COLUMN updated_at;
