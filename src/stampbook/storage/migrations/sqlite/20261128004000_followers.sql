-- migrate:up

-- As on PostgreSQL (see the file of the same name there).
CREATE TABLE followers (
    name TEXT PRIMARY KEY NOT NULL,
    position INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT followers_position CHECK (position >= 0)
) STRICT, WITHOUT ROWID;

-- migrate:down

DROP TABLE followers;
