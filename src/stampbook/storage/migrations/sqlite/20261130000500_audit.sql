-- migrate:up

-- Administrative acts, chained by hash for each tenant, and the head of each chain, which is also
-- its lock (programs/auditing.py).
CREATE TABLE audit (
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    number INTEGER NOT NULL CONSTRAINT audit_number CHECK (number > 0),
    at INTEGER NOT NULL,
    action TEXT NOT NULL,
    entity TEXT,
    program_id INTEGER,
    user_id INTEGER,
    api_key_id INTEGER,
    address TEXT,
    request_id TEXT,
    dialect TEXT,
    actor TEXT,
    changes TEXT NOT NULL,
    reason TEXT,
    salt BLOB NOT NULL,
    digest BLOB NOT NULL CONSTRAINT audit_digest CHECK (length(digest) = 32),
    hash BLOB NOT NULL CONSTRAINT audit_hash CHECK (length(hash) = 32),
    PRIMARY KEY (tenant_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_by_instant ON audit (tenant_id, at);
CREATE INDEX audit_by_action ON audit (tenant_id, action, number);
CREATE INDEX audit_by_entity ON audit (tenant_id, entity, number);
CREATE INDEX audit_by_program ON audit (tenant_id, program_id, number);

CREATE TABLE audit_heads (
    tenant_id INTEGER NOT NULL PRIMARY KEY REFERENCES tenants,
    number INTEGER NOT NULL,
    hash BLOB NOT NULL CONSTRAINT audit_heads_hash CHECK (length(hash) = 32)
) STRICT;

-- What the journals and the chain of a tenant were at an instant (verifying/anchors.py). The day
-- keeps the workers of all processes from making more than one.
CREATE TABLE anchors (
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    day INTEGER,
    line TEXT NOT NULL,
    PRIMARY KEY (tenant_id, number),
    CONSTRAINT anchors_once_a_day UNIQUE (tenant_id, day)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER audit_not_edited BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit log is never edited');
END;

CREATE TRIGGER audit_not_deleted BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'nothing is deleted from the audit log');
END;

CREATE TRIGGER anchors_not_edited BEFORE UPDATE ON anchors BEGIN
    SELECT RAISE(ABORT, 'an anchor is never edited');
END;

CREATE TRIGGER anchors_not_deleted BEFORE DELETE ON anchors BEGIN
    SELECT RAISE(ABORT, 'an anchor is never deleted');
END;

-- migrate:down

DROP TABLE anchors;
DROP TABLE audit_heads;
DROP TABLE audit;
