-- migrate:up

-- When the person last typed their password again in this session (NULL: only at its start).
ALTER TABLE sessions ADD COLUMN confirmed_at bigint;

-- migrate:down

ALTER TABLE sessions DROP COLUMN confirmed_at;
