-- migrate:up

-- Until when a key works, how many requests a minute it may make (NULL: as many as the setting
-- says; 0: any number), from which networks (separated by blanks; none: from everywhere), when it
-- was last used, and how its secret begins (NULL: made before this was kept). After a rotation the
-- former secret works until old_secret_until.
ALTER TABLE api_keys ADD COLUMN expires_at INTEGER;
ALTER TABLE api_keys ADD COLUMN rate_limit INTEGER
    CONSTRAINT api_keys_rate_limit CHECK (rate_limit >= 0);
ALTER TABLE api_keys ADD COLUMN addresses TEXT NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER;
ALTER TABLE api_keys ADD COLUMN prefix TEXT;
ALTER TABLE api_keys ADD COLUMN old_secret_hash BLOB
    CONSTRAINT api_keys_old_secret_length CHECK (length(old_secret_hash) = 32);
ALTER TABLE api_keys ADD COLUMN old_secret_until INTEGER;

CREATE UNIQUE INDEX api_keys_old_secret_hash ON api_keys (old_secret_hash);

-- migrate:down

DROP INDEX api_keys_old_secret_hash;
ALTER TABLE api_keys DROP COLUMN old_secret_until;
ALTER TABLE api_keys DROP COLUMN old_secret_hash;
ALTER TABLE api_keys DROP COLUMN prefix;
ALTER TABLE api_keys DROP COLUMN last_used_at;
ALTER TABLE api_keys DROP COLUMN addresses;
ALTER TABLE api_keys DROP COLUMN rate_limit;
ALTER TABLE api_keys DROP COLUMN expires_at;
