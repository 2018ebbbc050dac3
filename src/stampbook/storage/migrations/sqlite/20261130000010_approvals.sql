-- migrate:up

-- Acts that a second person must approve: the request as it came, and what became of it. A pending
-- one that names who decides is being carried out (programs/approvals.py).
CREATE TABLE approvals (
    approval_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    status TEXT NOT NULL CONSTRAINT approvals_status CHECK (status IN
        ('pending', 'done', 'failed', 'rejected', 'withdrawn', 'expired')),
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    body TEXT NOT NULL,
    actor TEXT,
    key TEXT,
    requested_by INTEGER NOT NULL REFERENCES users,
    requested_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    decided_by INTEGER REFERENCES users,
    decided_at INTEGER,
    reason TEXT,
    transaction_id INTEGER,
    problem TEXT
) STRICT;

CREATE INDEX approvals_tenant ON approvals (tenant_id, approval_id);
CREATE INDEX approvals_key ON approvals (requested_by, key) WHERE key IS NOT NULL;

-- migrate:down

DROP TABLE approvals;
