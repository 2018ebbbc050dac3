-- migrate:up

-- What the ledger's saves are guarded by besides accounts and policies: a version of whatever the
-- subject names outside the ledger, `visit:12` for instance.
CREATE TABLE guards (
    subject text PRIMARY KEY,
    version bigint NOT NULL DEFAULT 1 CONSTRAINT guards_version CHECK (version > 0)
);
INSERT INTO guards (subject, version) SELECT 'visit:' || visit_id, version FROM visits;
ALTER TABLE visits DROP COLUMN version;

DROP TYPE saved_visit;
CREATE TYPE saved_guard AS (version bigint, subject text);

-- migrate:down

DROP TYPE saved_guard;
CREATE TYPE saved_visit AS (visit_id bigint, version bigint);

ALTER TABLE visits ADD version bigint NOT NULL DEFAULT 1
    CONSTRAINT visits_version CHECK (version > 0);
UPDATE visits SET version = (SELECT g.version FROM guards g WHERE g.subject = 'visit:' || visit_id);
DROP TABLE guards;
