-- migrate:up

-- As on PostgreSQL: see the file of the same name there.

ALTER TABLE tier_groups ADD status TEXT NOT NULL DEFAULT 'active' CONSTRAINT tier_groups_status
    CHECK (status IN ('draft', 'active', 'inactive', 'deleted'));
ALTER TABLE tier_groups ADD terms TEXT NOT NULL DEFAULT '{"on_cancel":"ordinary"}';
ALTER TABLE tier_groups ADD metadata TEXT NOT NULL DEFAULT '{}';
ALTER TABLE tier_groups ADD origin TEXT;
ALTER TABLE tier_groups ADD revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE tier_groups ADD activated_at INTEGER;
ALTER TABLE tier_groups ADD updated_at INTEGER NOT NULL DEFAULT 0;
UPDATE tier_groups SET activated_at = created_at, updated_at = created_at;

DROP INDEX tiers_position;
ALTER TABLE tiers DROP COLUMN position;
ALTER TABLE tiers ADD ceiling INTEGER CONSTRAINT tiers_ceiling CHECK (ceiling >= threshold);
ALTER TABLE tiers ADD segment TEXT;
ALTER TABLE tiers ADD keep_forever INTEGER NOT NULL DEFAULT 0
    CONSTRAINT tiers_keep_forever CHECK (keep_forever IN (0, 1));
ALTER TABLE tiers ADD metadata TEXT NOT NULL DEFAULT '{}';
ALTER TABLE tiers ADD origin TEXT;
CREATE INDEX tiers_group ON tiers (tier_group_id, threshold);

DROP TABLE tier_history;
DROP TABLE tier_standings;
CREATE TABLE tier_standings (
    tier_group_id INTEGER NOT NULL REFERENCES tier_groups,
    account_id INTEGER NOT NULL,
    basis TEXT NOT NULL,
    seq INTEGER NOT NULL,
    state TEXT NOT NULL,
    history TEXT NOT NULL,
    PRIMARY KEY (tier_group_id, account_id)
) STRICT, WITHOUT ROWID;

-- migrate:down

DROP TABLE tier_standings;
CREATE TABLE tier_standings (
    tier_group_id INTEGER NOT NULL REFERENCES tier_groups,
    account_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    points INTEGER NOT NULL,
    PRIMARY KEY (tier_group_id, account_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE tier_history (
    tier_group_id INTEGER NOT NULL REFERENCES tier_groups,
    account_id INTEGER NOT NULL,
    tier_id INTEGER NOT NULL REFERENCES tiers,
    reached_by INTEGER NOT NULL,
    reached_at INTEGER NOT NULL,
    lost_by INTEGER,
    lost_at INTEGER,
    PRIMARY KEY (tier_group_id, account_id, tier_id, reached_by),
    CONSTRAINT tier_history_lost
        CHECK (lost_by > reached_by AND (lost_by IS NULL) = (lost_at IS NULL))
) STRICT, WITHOUT ROWID;
DROP INDEX tiers_group;
ALTER TABLE tiers DROP COLUMN ceiling;
ALTER TABLE tiers DROP COLUMN segment;
ALTER TABLE tiers DROP COLUMN keep_forever;
ALTER TABLE tiers DROP COLUMN metadata;
ALTER TABLE tiers DROP COLUMN origin;
ALTER TABLE tiers ADD position INTEGER NOT NULL DEFAULT 0;
UPDATE tiers SET position = (
    SELECT count(*) FROM tiers t
    WHERE t.tier_group_id = tiers.tier_group_id
      AND (t.threshold, t.tier_id) < (tiers.threshold, tiers.tier_id)
);
CREATE UNIQUE INDEX tiers_position ON tiers (tier_group_id, position);
ALTER TABLE tier_groups DROP COLUMN status;
ALTER TABLE tier_groups DROP COLUMN terms;
ALTER TABLE tier_groups DROP COLUMN metadata;
ALTER TABLE tier_groups DROP COLUMN origin;
ALTER TABLE tier_groups DROP COLUMN revision;
ALTER TABLE tier_groups DROP COLUMN activated_at;
ALTER TABLE tier_groups DROP COLUMN updated_at;
