-- migrate:up

-- When the person of a session last gave their password in it (NULL: before this was kept), and
-- whether their rights have changed since its token was made.
ALTER TABLE sessions ADD COLUMN confirmed_at bigint;
ALTER TABLE sessions ADD COLUMN is_stale boolean NOT NULL DEFAULT false;

-- migrate:down

ALTER TABLE sessions DROP COLUMN is_stale;
ALTER TABLE sessions DROP COLUMN confirmed_at;
