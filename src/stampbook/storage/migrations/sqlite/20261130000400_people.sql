-- migrate:up

-- What a person may do (programs/roles.py), whether they may do it, and their second factor.
ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'viewer'
    CONSTRAINT users_role CHECK (role IN ('viewer', 'support', 'manager', 'admin'));
ALTER TABLE users ADD COLUMN status TEXT NOT NULL DEFAULT 'active'
    CONSTRAINT users_status CHECK (status IN ('active', 'disabled'));
ALTER TABLE users ADD COLUMN language TEXT NOT NULL DEFAULT 'en'
    CONSTRAINT users_language CHECK (language IN ('en', 'ru'));
ALTER TABLE users ADD COLUMN totp_secret TEXT;
-- The 30 seconds whose code was used last: none is used twice.
ALTER TABLE users ADD COLUMN totp_step INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN last_login_at INTEGER;

-- Until now people had scopes, as keys have.
UPDATE users SET role = CASE
    WHEN ' ' || scopes || ' ' LIKE '% admin %' THEN 'admin'
    WHEN ' ' || scopes || ' ' LIKE '% ledger:cancel %' THEN 'support'
    ELSE 'viewer' END;

CREATE TABLE sessions (
    session_id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users,
    token_hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    address TEXT,
    user_agent TEXT
) STRICT;
CREATE UNIQUE INDEX sessions_token ON sessions (token_hash);
CREATE INDEX sessions_user ON sessions (user_id, session_id);

-- Failed sign-ins: in a row of one login (by a hash of it), and of one address in a window.
CREATE TABLE login_failures (
    login_hash BLOB NOT NULL,
    failures INTEGER NOT NULL,
    locked_until INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (login_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX login_failures_last ON login_failures (last_at);

CREATE TABLE address_failures (
    address TEXT NOT NULL,
    failures INTEGER NOT NULL,
    began_at INTEGER NOT NULL,
    PRIMARY KEY (address)
) STRICT, WITHOUT ROWID;
CREATE INDEX address_failures_began ON address_failures (began_at);

-- migrate:down

DROP TABLE address_failures;
DROP TABLE login_failures;
DROP TABLE sessions;
ALTER TABLE users DROP COLUMN last_login_at;
ALTER TABLE users DROP COLUMN totp_step;
ALTER TABLE users DROP COLUMN totp_secret;
ALTER TABLE users DROP COLUMN language;
ALTER TABLE users DROP COLUMN status;
ALTER TABLE users DROP COLUMN role;
