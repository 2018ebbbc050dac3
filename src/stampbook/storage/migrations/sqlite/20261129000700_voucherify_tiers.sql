-- migrate:up

-- The same as on PostgreSQL (see the file of the same name there). SQLite cannot change a CHECK, so
-- the table of activities is written anew.
DROP INDEX voucherify_activities_entity;
ALTER TABLE voucherify_activities RENAME TO old_activities;
CREATE TABLE voucherify_activities (
    activity_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    entity TEXT NOT NULL CONSTRAINT voucherify_activities_entity CHECK (
        entity IN ('program', 'member', 'card', 'card_definition', 'tier_structure', 'reward',
                   'earning_rule', 'benefit')
    ),
    entity_id INTEGER NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    source TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO voucherify_activities
    (activity_id, tenant_id, entity, entity_id, type, data, source, created_at)
SELECT activity_id, tenant_id, entity, entity_id, type, data, source, created_at
FROM old_activities;
DROP TABLE old_activities;
CREATE INDEX voucherify_activities_entity
    ON voucherify_activities (entity, entity_id, created_at, activity_id);

CREATE TABLE voucherify_tier_structures (
    structure_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    name TEXT NOT NULL,
    status TEXT NOT NULL CONSTRAINT voucherify_tier_structures_status
        CHECK (status IN ('DRAFT', 'ACTIVE', 'INACTIVE', 'DELETED')),
    type TEXT NOT NULL CONSTRAINT voucherify_tier_structures_type
        CHECK (type IN ('POINT_BALANCE', 'POINT_EARNED')),
    body TEXT NOT NULL,
    metadata TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX voucherify_tier_structures_tenant
    ON voucherify_tier_structures (tenant_id, structure_id);

CREATE TABLE voucherify_tiers (
    tier_id INTEGER PRIMARY KEY AUTOINCREMENT,
    structure_id INTEGER NOT NULL REFERENCES voucherify_tier_structures,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    metadata TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;
CREATE INDEX voucherify_tiers_structure ON voucherify_tiers (structure_id, tier_id);

CREATE TABLE voucherify_tier_groups (
    tier_group_id INTEGER PRIMARY KEY REFERENCES tier_groups,
    program_id INTEGER NOT NULL REFERENCES programs,
    structure_id INTEGER NOT NULL REFERENCES voucherify_tier_structures,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX voucherify_tier_groups_present
    ON voucherify_tier_groups (program_id, structure_id) WHERE ended_at IS NULL;
CREATE INDEX voucherify_tier_groups_structure ON voucherify_tier_groups (structure_id);

-- migrate:down

DROP TABLE voucherify_tier_groups;
DROP TABLE voucherify_tiers;
DROP TABLE voucherify_tier_structures;
DROP INDEX voucherify_activities_entity;
ALTER TABLE voucherify_activities RENAME TO old_activities;
CREATE TABLE voucherify_activities (
    activity_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    entity TEXT NOT NULL CONSTRAINT voucherify_activities_entity
        CHECK (entity IN ('program', 'member', 'card', 'card_definition')),
    entity_id INTEGER NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    source TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO voucherify_activities
    (activity_id, tenant_id, entity, entity_id, type, data, source, created_at)
SELECT activity_id, tenant_id, entity, entity_id, type, data, source, created_at
FROM old_activities WHERE entity IN ('program', 'member', 'card', 'card_definition');
DROP TABLE old_activities;
CREATE INDEX voucherify_activities_entity
    ON voucherify_activities (entity, entity_id, created_at, activity_id);
