-- migrate:up

-- The same as on PostgreSQL (see the file of the same name there).
CREATE TABLE voucherify_event_names (
    name_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT voucherify_event_names_name UNIQUE (tenant_id, name)
) STRICT;

CREATE TABLE voucherify_earnings (
    rule_id INTEGER NOT NULL REFERENCES rules,
    version INTEGER NOT NULL,
    earning INTEGER NOT NULL,
    serial INTEGER NOT NULL,
    PRIMARY KEY (rule_id, version, earning)
) STRICT, WITHOUT ROWID;

-- Names of Voucherify's benefits are unique.
CREATE UNIQUE INDEX voucherify_benefits_name ON benefits (tenant_id, name)
    WHERE origin IS NOT NULL AND status <> 'deleted';

-- migrate:down

DROP INDEX voucherify_benefits_name;
DROP TABLE voucherify_earnings;
DROP TABLE voucherify_event_names;
