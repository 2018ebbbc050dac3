-- migrate:up

-- An import of a file. `position` and `line` say how far it has been read; they are written in the
-- commit of the rows before. `digest` is of the file and of what was declared about it, so that
-- who sends it again goes on with it. `declared` and `totals` are JSON.
CREATE TABLE imports (
    import_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    kind TEXT NOT NULL,
    declared TEXT NOT NULL,
    digest BLOB NOT NULL CONSTRAINT imports_digest CHECK (length(digest) = 32),
    status TEXT NOT NULL
        CONSTRAINT imports_status CHECK (status IN ('running', 'done', 'stopped', 'failed')),
    dry_run INTEGER NOT NULL CONSTRAINT imports_dry_run CHECK (dry_run IN (0, 1)),
    bytes INTEGER NOT NULL,
    position INTEGER NOT NULL DEFAULT 0,
    line INTEGER NOT NULL DEFAULT 0,
    rows_read INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL DEFAULT 0,
    unchanged INTEGER NOT NULL DEFAULT 0,
    refused INTEGER NOT NULL DEFAULT 0,
    totals TEXT NOT NULL DEFAULT '{}',
    resumed INTEGER NOT NULL DEFAULT 0,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    CONSTRAINT imports_sum CHECK (rows_read = created + unchanged + refused)
) STRICT;
CREATE INDEX imports_tenant ON imports (tenant_id, import_id);
CREATE INDEX imports_digest ON imports (program_id, digest);

-- The rows that were refused: why, and the row as it was sent.
CREATE TABLE import_refusals (
    import_id INTEGER NOT NULL REFERENCES imports,
    line INTEGER NOT NULL,
    column_name TEXT,
    code TEXT NOT NULL,
    value TEXT,
    message TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (import_id, line)
) STRICT, WITHOUT ROWID;

-- migrate:down

DROP TABLE import_refusals;
DROP TABLE imports;
