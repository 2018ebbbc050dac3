-- migrate:up

-- The same as on PostgreSQL (see the file of the same name there).
CREATE TABLE guards (
    subject TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL DEFAULT 1 CONSTRAINT guards_version CHECK (version > 0)
) STRICT, WITHOUT ROWID;
INSERT INTO guards (subject, version) SELECT 'visit:' || visit_id, version FROM visits;
ALTER TABLE visits DROP COLUMN version;

-- migrate:down

ALTER TABLE visits ADD version INTEGER NOT NULL DEFAULT 1
    CONSTRAINT visits_version CHECK (version > 0);
UPDATE visits SET version = (SELECT g.version FROM guards g WHERE g.subject = 'visit:' || visit_id);
DROP TABLE guards;
