-- migrate:up

-- As on PostgreSQL: see the file of the same name there.

CREATE TABLE joined_members (
    member_id INTEGER PRIMARY KEY REFERENCES members,
    program_id INTEGER NOT NULL REFERENCES programs,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    joined_at INTEGER NOT NULL
) STRICT;

-- migrate:down

DROP TABLE joined_members;
