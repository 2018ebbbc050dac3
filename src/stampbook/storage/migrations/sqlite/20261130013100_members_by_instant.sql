-- migrate:up

-- New members are counted by the instant at which they came. Databases of the days before the first
-- release may have the index already.
CREATE INDEX IF NOT EXISTS members_created ON members (program_id, created_at);

-- migrate:down

DROP INDEX members_created;
