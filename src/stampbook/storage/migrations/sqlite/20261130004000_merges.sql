-- migrate:up

-- Members who were merged into others, and the accounts that took over from theirs.
ALTER TABLE members ADD COLUMN merged_into INTEGER REFERENCES members;
ALTER TABLE accounts ADD COLUMN merged_into INTEGER;

CREATE TABLE merges (
    merge_id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    member_id INTEGER NOT NULL REFERENCES members,
    into_id INTEGER NOT NULL REFERENCES members,
    status_before TEXT NOT NULL,
    reason TEXT,
    actor TEXT,
    user_id INTEGER,
    api_key_id INTEGER,
    dialect TEXT,
    request_id TEXT,
    address TEXT,
    audited INTEGER NOT NULL DEFAULT 0,
    merged_at INTEGER NOT NULL,
    undone_at INTEGER
) STRICT;

-- The audit log has a merge after its commit, and its undo: these it does not have yet.
CREATE INDEX merges_unaudited ON merges (merge_id) WHERE audited < (CASE WHEN undone_at IS NULL THEN 1 ELSE 2 END);

-- Undone merges stay; at most one of a member is in force.
CREATE UNIQUE INDEX merges_member ON merges (member_id) WHERE undone_at IS NULL;

CREATE INDEX merges_into ON merges (into_id);

-- migrate:down

DROP TABLE merges;
ALTER TABLE accounts DROP COLUMN merged_into;
ALTER TABLE members DROP COLUMN merged_into;
