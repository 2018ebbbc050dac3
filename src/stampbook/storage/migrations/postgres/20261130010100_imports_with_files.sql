-- migrate:up transaction:false

-- Servers look for imports that they should go on with. The index is made beside the writers.
DROP INDEX CONCURRENTLY IF EXISTS imports_with_files;
CREATE INDEX CONCURRENTLY imports_with_files ON imports (status, program_id, import_id) WHERE file IS NOT NULL;

-- migrate:down

DROP INDEX imports_with_files;
