-- migrate:up

-- What the Voucherify dialect knows beyond programs, currencies, members and the ledger; the same
-- tables as on PostgreSQL.
-- Instants are microseconds since 1970 UTC.

-- One row: the secret that signs cursors, so that every server reads every server's.
CREATE TABLE voucherify_secrets (
    id INTEGER PRIMARY KEY DEFAULT 1 CONSTRAINT voucherify_secrets_is_one CHECK (id = 1),
    secret BLOB NOT NULL CONSTRAINT voucherify_secrets_length CHECK (length(secret) = 32)
) STRICT;
INSERT INTO voucherify_secrets (secret)
VALUES (randomblob(32));

CREATE TABLE voucherify_customers (
    customer_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    source_id TEXT,
    name TEXT,
    email TEXT,
    phone TEXT,
    metadata TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX voucherify_customers_source ON voucherify_customers (tenant_id, source_id)
    WHERE source_id IS NOT NULL;

CREATE TABLE voucherify_programs (
    program_id INTEGER PRIMARY KEY REFERENCES programs,
    validity_hours TEXT NOT NULL
) STRICT;

-- Which customer a member is. Who has left may join again, as another member.
CREATE TABLE voucherify_members (
    member_id INTEGER PRIMARY KEY REFERENCES members,
    program_id INTEGER NOT NULL REFERENCES programs,
    customer_id INTEGER NOT NULL REFERENCES voucherify_customers,
    left_at INTEGER
) STRICT;
CREATE UNIQUE INDEX voucherify_members_customer ON voucherify_members (program_id, customer_id)
    WHERE left_at IS NULL;
CREATE INDEX voucherify_members_of_customer ON voucherify_members (customer_id);

-- `body` is a definition's parts as they are answered (docs/reference/voucherify.md).
CREATE TABLE voucherify_card_definitions (
    definition_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    name TEXT NOT NULL,
    status TEXT NOT NULL CONSTRAINT voucherify_card_definitions_status
        CHECK (status IN ('DRAFT', 'ACTIVE', 'DELETED')),
    body TEXT NOT NULL,
    metadata TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX voucherify_card_definitions_tenant
    ON voucherify_card_definitions (tenant_id, definition_id);

-- A definition in a program is a currency of that program. The currency outlives the assignment.
CREATE TABLE voucherify_assignments (
    currency_id INTEGER PRIMARY KEY REFERENCES currencies,
    program_id INTEGER NOT NULL REFERENCES programs,
    definition_id INTEGER NOT NULL REFERENCES voucherify_card_definitions,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX voucherify_assignments_present
    ON voucherify_assignments (program_id, definition_id) WHERE ended_at IS NULL;
CREATE INDEX voucherify_assignments_definition ON voucherify_assignments (definition_id);

-- Transactions that were answered and had no effect: no rows of the journal.
CREATE TABLE voucherify_rejections (
    rejection_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    account_id INTEGER NOT NULL,
    type TEXT NOT NULL,
    points INTEGER NOT NULL,
    reason TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX voucherify_rejections_account
    ON voucherify_rejections (account_id, created_at, rejection_id);

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
CREATE INDEX voucherify_activities_entity
    ON voucherify_activities (entity, entity_id, created_at, activity_id);

CREATE TABLE voucherify_async_actions (
    action_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    type TEXT NOT NULL,
    result TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- An export is made when it is fetched, from what was asked for and until when.
CREATE TABLE voucherify_exports (
    export_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    account_id INTEGER,
    parameters TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- A card's counters up to a row of its journal: derivable from it, kept to save reading it again.
CREATE TABLE voucherify_counters (
    account_id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    counters TEXT NOT NULL
) STRICT;

-- migrate:down

DROP TABLE voucherify_counters;
DROP TABLE voucherify_exports;
DROP TABLE voucherify_async_actions;
DROP TABLE voucherify_activities;
DROP TABLE voucherify_rejections;
DROP TABLE voucherify_assignments;
DROP TABLE voucherify_card_definitions;
DROP TABLE voucherify_members;
DROP TABLE voucherify_programs;
DROP TABLE voucherify_customers;
DROP TABLE voucherify_secrets;
