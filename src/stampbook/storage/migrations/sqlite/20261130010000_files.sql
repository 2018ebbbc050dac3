-- migrate:up

-- Imports whose files were sent to a server. `file` is the name of the file in the server's folder, as long as it is
-- there; it is removed after `file_until`. `layout` is what its first line says, as JSON: the delimiter and the columns.
-- `judged`: a strict import was tried, and no row was refused. `api_key_id` and `user_id` are whose import it is.
ALTER TABLE imports ADD COLUMN file TEXT;
ALTER TABLE imports ADD COLUMN file_until INTEGER;
ALTER TABLE imports ADD COLUMN layout TEXT;
ALTER TABLE imports ADD COLUMN judged INTEGER NOT NULL DEFAULT 0
    CONSTRAINT imports_judged CHECK (judged IN (0, 1));
ALTER TABLE imports ADD COLUMN api_key_id INTEGER;
ALTER TABLE imports ADD COLUMN user_id INTEGER;

-- Exports that a server writes. `since` and `until` bound what was recorded; `progress` is in percent. The file is as of
-- `at`, the instant at which it was begun.
CREATE TABLE exports (
    export_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    kind TEXT NOT NULL,
    format TEXT NOT NULL,
    since INTEGER,
    until INTEGER,
    status TEXT NOT NULL CONSTRAINT exports_status CHECK (status IN ('running', 'done', 'failed')),
    progress INTEGER NOT NULL DEFAULT 0 CONSTRAINT exports_progress CHECK (progress BETWEEN 0 AND 100),
    at INTEGER,
    bytes INTEGER NOT NULL DEFAULT 0,
    file TEXT,
    file_until INTEGER,
    api_key_id INTEGER,
    user_id INTEGER,
    created_at INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;

CREATE INDEX exports_tenant ON exports (tenant_id, export_id);
CREATE INDEX exports_with_files ON exports (status, export_id) WHERE file IS NOT NULL;

-- migrate:down

DROP TABLE exports;
ALTER TABLE imports DROP COLUMN user_id;
ALTER TABLE imports DROP COLUMN api_key_id;
ALTER TABLE imports DROP COLUMN judged;
ALTER TABLE imports DROP COLUMN layout;
ALTER TABLE imports DROP COLUMN file_until;
ALTER TABLE imports DROP COLUMN file;
