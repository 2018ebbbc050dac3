-- migrate:up

-- As on PostgreSQL: see the file of the same name there.

CREATE TABLE rules (
    rule_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER REFERENCES programs,
    name TEXT NOT NULL,
    status TEXT NOT NULL
        CONSTRAINT rules_status CHECK (status IN ('draft', 'active', 'inactive', 'deleted')),
    version INTEGER NOT NULL CONSTRAINT rules_version CHECK (version > 0),
    trigger_type TEXT NOT NULL,
    trigger_name TEXT,
    has_given INTEGER NOT NULL DEFAULT 0
        CONSTRAINT rules_has_given CHECK (has_given IN (0, 1)),
    origin TEXT,
    metadata TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX rules_tenant ON rules (tenant_id, rule_id);

-- A rule as it was from `valid_from` until the next version. Rows never change.
CREATE TABLE rule_versions (
    rule_id INTEGER NOT NULL REFERENCES rules,
    version INTEGER NOT NULL,
    valid_from INTEGER NOT NULL,
    body TEXT NOT NULL,
    library TEXT NOT NULL,
    PRIMARY KEY (rule_id, version)
) STRICT, WITHOUT ROWID;

-- In which programs a rule counts, and since when.
CREATE TABLE rule_programs (
    assignment_id INTEGER PRIMARY KEY AUTOINCREMENT,
    program_id INTEGER NOT NULL REFERENCES programs,
    rule_id INTEGER NOT NULL REFERENCES rules,
    assigned_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX rule_programs_present ON rule_programs (program_id, rule_id)
    WHERE ended_at IS NULL;
CREATE INDEX rule_programs_rule ON rule_programs (rule_id);

-- Grows with every change of a program's rules: a catalogue in memory is good while it is the same.
CREATE TABLE rule_catalogues (
    program_id INTEGER PRIMARY KEY REFERENCES programs,
    version INTEGER NOT NULL
) STRICT;

-- Limits of what a currency gives and takes, as JSON; null: without limits.
ALTER TABLE currency_options ADD COLUMN earning_limits TEXT;
ALTER TABLE currency_options ADD COLUMN spending_limits TEXT;

-- migrate:down

ALTER TABLE currency_options DROP COLUMN spending_limits;
ALTER TABLE currency_options DROP COLUMN earning_limits;
DROP TABLE rule_catalogues;
DROP TABLE rule_programs;
DROP TABLE rule_versions;
DROP TABLE rules;
