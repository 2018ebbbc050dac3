-- migrate:up

-- As on PostgreSQL: see the file of the same name there.

-- What a program offers beyond its currencies: promotions with bounds for amounts, tiers that
-- members reach, what a currency gives to who registers. Amounts are in smallest units.

CREATE TABLE point_promotions (
    promotion_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    external_id TEXT,
    name TEXT NOT NULL,
    description TEXT,
    status TEXT NOT NULL CONSTRAINT point_promotions_status CHECK (status IN ('active', 'inactive')),
    starts_at INTEGER,
    ends_at INTEGER CONSTRAINT point_promotions_dates CHECK (ends_at > starts_at),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX point_promotions_program ON point_promotions (program_id, promotion_id);
CREATE UNIQUE INDEX point_promotions_external_id ON point_promotions (program_id, external_id)
    WHERE external_id IS NOT NULL;

-- A static amount stands alone; otherwise either bound, or both.
CREATE TABLE point_promotion_rules (
    promotion_id INTEGER NOT NULL REFERENCES point_promotions,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL
        CONSTRAINT point_promotion_rules_kind CHECK (kind IN ('accrual', 'redemption')),
    currency_id INTEGER NOT NULL REFERENCES currencies,
    static_amount INTEGER CONSTRAINT point_promotion_rules_static CHECK (static_amount > 0),
    min_amount INTEGER CONSTRAINT point_promotion_rules_min CHECK (min_amount > 0),
    max_amount INTEGER CONSTRAINT point_promotion_rules_max CHECK (max_amount >= min_amount),
    PRIMARY KEY (promotion_id, position),
    CONSTRAINT point_promotion_rules_alone
        CHECK (static_amount IS NULL OR (min_amount IS NULL AND max_amount IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE tier_groups (
    tier_group_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    currency_id INTEGER NOT NULL REFERENCES currencies,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX tier_groups_program ON tier_groups (program_id, tier_group_id);

CREATE TABLE tiers (
    tier_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tier_group_id INTEGER NOT NULL REFERENCES tier_groups,
    position INTEGER NOT NULL,
    external_id TEXT,
    name TEXT NOT NULL,
    threshold INTEGER NOT NULL CONSTRAINT tiers_threshold CHECK (threshold >= 0)
) STRICT;
CREATE UNIQUE INDEX tiers_position ON tiers (tier_group_id, position);
CREATE UNIQUE INDEX tiers_external_id ON tiers (tier_group_id, external_id)
    WHERE external_id IS NOT NULL;

-- How far an account's journal has been read for its tiers, and the points counted until there.
CREATE TABLE tier_standings (
    tier_group_id INTEGER NOT NULL REFERENCES tier_groups,
    account_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    points INTEGER NOT NULL,
    PRIMARY KEY (tier_group_id, account_id)
) STRICT, WITHOUT ROWID;

-- Every time that a tier was reached, and when it was lost again. `reached_by` and `lost_by` are
-- the rows of the account's journal that did it.
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

CREATE TABLE currency_options (
    currency_id INTEGER PRIMARY KEY REFERENCES currencies,
    initial_balance INTEGER NOT NULL DEFAULT 0
        CONSTRAINT currency_options_initial CHECK (initial_balance >= 0),
    backdating INTEGER NOT NULL DEFAULT 0
        CONSTRAINT currency_options_backdating CHECK (backdating IN (0, 1))
) STRICT;

-- migrate:down

DROP TABLE currency_options;
DROP TABLE tier_history;
DROP TABLE tier_standings;
DROP TABLE tiers;
DROP TABLE tier_groups;
DROP TABLE point_promotion_rules;
DROP TABLE point_promotions;
