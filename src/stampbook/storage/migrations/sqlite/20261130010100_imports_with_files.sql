-- migrate:up

-- Servers look for imports that they should go on with.
CREATE INDEX imports_with_files ON imports (status, program_id, import_id) WHERE file IS NOT NULL;

-- migrate:down

DROP INDEX imports_with_files;
