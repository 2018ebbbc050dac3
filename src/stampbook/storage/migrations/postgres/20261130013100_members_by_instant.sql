-- migrate:up transaction:false

-- New members are counted by the instant at which they came. The index is made beside the writers.
DROP INDEX CONCURRENTLY IF EXISTS members_created;
CREATE INDEX CONCURRENTLY members_created ON members (program_id, created_at);

-- migrate:down

DROP INDEX members_created;
