-- migrate:up

-- Administrative acts, chained by hash for each tenant, and the head of each chain, which is also
-- its lock (programs/auditing.py).
CREATE TABLE audit (
    tenant_id bigint NOT NULL REFERENCES tenants,
    number bigint NOT NULL CONSTRAINT audit_number CHECK (number > 0),
    at bigint NOT NULL,
    action text NOT NULL,
    entity text,
    program_id bigint,
    user_id bigint,
    api_key_id bigint,
    address text,
    request_id text,
    dialect text,
    actor text,
    changes text NOT NULL,
    reason text,
    salt bytea NOT NULL,
    digest bytea NOT NULL CONSTRAINT audit_digest CHECK (length(digest) = 32),
    hash bytea NOT NULL CONSTRAINT audit_hash CHECK (length(hash) = 32),
    PRIMARY KEY (tenant_id, number)
);

CREATE INDEX audit_by_instant ON audit (tenant_id, at);
CREATE INDEX audit_by_action ON audit (tenant_id, action, number);
CREATE INDEX audit_by_entity ON audit (tenant_id, entity, number);
CREATE INDEX audit_by_program ON audit (tenant_id, program_id, number);

CREATE TABLE audit_heads (
    tenant_id bigint NOT NULL PRIMARY KEY REFERENCES tenants,
    number bigint NOT NULL,
    hash bytea NOT NULL CONSTRAINT audit_heads_hash CHECK (length(hash) = 32)
);

-- What the journals and the chain of a tenant were at an instant (verifying/anchors.py). The day
-- keeps the workers of all processes from making more than one.
CREATE TABLE anchors (
    tenant_id bigint NOT NULL REFERENCES tenants,
    number bigint NOT NULL,
    at bigint NOT NULL,
    day bigint,
    line text NOT NULL,
    PRIMARY KEY (tenant_id, number),
    CONSTRAINT anchors_once_a_day UNIQUE (tenant_id, day)
);

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is never edited and nothing is deleted from it'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'audit_append_only';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER anchors_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON anchors
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

-- migrate:down

DROP TABLE anchors;
DROP TABLE audit_heads;
DROP TABLE audit;
DROP FUNCTION refuse_audit_change();
