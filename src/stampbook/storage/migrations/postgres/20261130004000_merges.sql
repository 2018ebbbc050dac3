-- migrate:up

-- Members who were merged into others, and the accounts that took over from theirs.
ALTER TABLE members ADD COLUMN merged_into bigint REFERENCES members;
ALTER TABLE accounts ADD COLUMN merged_into bigint;

CREATE TABLE merges (
    merge_id bigint PRIMARY KEY,
    tenant_id bigint NOT NULL REFERENCES tenants,
    program_id bigint NOT NULL REFERENCES programs,
    member_id bigint NOT NULL REFERENCES members,
    into_id bigint NOT NULL REFERENCES members,
    status_before text NOT NULL,
    reason text,
    actor text,
    user_id bigint,
    api_key_id bigint,
    dialect text,
    request_id text,
    address text,
    audited smallint NOT NULL DEFAULT 0,
    merged_at bigint NOT NULL,
    undone_at bigint
);

-- The audit log has a merge after its commit, and its undo: these it does not have yet.
CREATE INDEX merges_unaudited ON merges (merge_id) WHERE audited < (CASE WHEN undone_at IS NULL THEN 1 ELSE 2 END);

-- Undone merges stay; at most one of a member is in force.
CREATE UNIQUE INDEX merges_member ON merges (member_id) WHERE undone_at IS NULL;

CREATE INDEX merges_into ON merges (into_id);

-- migrate:down

DROP TABLE merges;
ALTER TABLE accounts DROP COLUMN merged_into;
ALTER TABLE members DROP COLUMN merged_into;
