-- migrate:up

-- The same tables as on PostgreSQL (see the file of the same name there). What differs:
-- strict tables, since SQLite checks no types otherwise; a boolean is an integer 0 or 1; ids come
-- from AUTOINCREMENT, so that one is never given twice; primary keys of tables without a number of
-- their own order the table itself (WITHOUT ROWID).

CREATE TABLE ledger (
    id INTEGER PRIMARY KEY DEFAULT 1 CONSTRAINT ledger_is_one CHECK (id = 1),
    shards INTEGER NOT NULL CONSTRAINT ledger_shards CHECK (shards BETWEEN 1 AND 4096)
) STRICT;
INSERT INTO ledger (shards) VALUES (2);

CREATE TABLE tenants (
    tenant_id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO tenants (name, created_at) VALUES ('default', 0);

CREATE TABLE programs (
    program_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    name TEXT NOT NULL,
    timezone TEXT NOT NULL,
    status TEXT NOT NULL
        CONSTRAINT programs_status CHECK (status IN ('draft', 'active', 'inactive')),
    starts_at INTEGER,
    ends_at INTEGER CONSTRAINT programs_dates CHECK (ends_at > starts_at),
    metadata TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;
CREATE INDEX programs_tenant ON programs (tenant_id, program_id);

CREATE TABLE currencies (
    currency_id INTEGER PRIMARY KEY AUTOINCREMENT,
    program_id INTEGER NOT NULL REFERENCES programs,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    name TEXT NOT NULL,
    code TEXT NOT NULL,
    scale INTEGER NOT NULL CONSTRAINT currencies_scale CHECK (scale BETWEEN 0 AND 6),
    version INTEGER NOT NULL CONSTRAINT currencies_version CHECK (version > 0),
    policy TEXT NOT NULL,
    spent_accrual TEXT NOT NULL
        CONSTRAINT currencies_spent_accrual CHECK (spent_accrual IN ('debt', 'clamp', 'refuse')),
    expired_restore TEXT NOT NULL
        CONSTRAINT currencies_expired_restore CHECK (expired_restore IN ('expire', 'grace')),
    grace_s INTEGER NOT NULL DEFAULT 0 CONSTRAINT currencies_grace CHECK (grace_s >= 0),
    cancel_window_s INTEGER CONSTRAINT currencies_cancel_window CHECK (cancel_window_s >= 0),
    overdraft INTEGER NOT NULL DEFAULT 0
        CONSTRAINT currencies_overdraft CHECK (overdraft BETWEEN 0 AND 9000000000000000),
    temporary_timeout_s INTEGER NOT NULL
        CONSTRAINT currencies_temporary_timeout CHECK (temporary_timeout_s > 0),
    metadata TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX currencies_code ON currencies (program_id, code);

CREATE TABLE members (
    member_id INTEGER PRIMARY KEY AUTOINCREMENT,
    program_id INTEGER NOT NULL REFERENCES programs,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    external_id TEXT,
    email TEXT,
    phone TEXT,
    email_key TEXT,
    phone_key TEXT,
    name TEXT,
    metadata TEXT NOT NULL DEFAULT '{}',
    status TEXT NOT NULL
        CONSTRAINT members_status CHECK (status IN ('active', 'inactive', 'deleted')),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    CONSTRAINT members_deleted CHECK ((status = 'deleted') = (deleted_at IS NOT NULL))
) STRICT;
CREATE INDEX members_program ON members (program_id, member_id);
CREATE UNIQUE INDEX members_external_id ON members (program_id, external_id)
    WHERE external_id IS NOT NULL;
CREATE INDEX members_email ON members (program_id, email_key) WHERE email_key IS NOT NULL;
CREATE INDEX members_phone ON members (program_id, phone_key) WHERE phone_key IS NOT NULL;

CREATE TABLE api_keys (
    api_key_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER REFERENCES programs,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    secret_hash BLOB NOT NULL
        CONSTRAINT api_keys_secret_length CHECK (length(secret_hash) = 32),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE UNIQUE INDEX api_keys_secret_hash ON api_keys (secret_hash);
CREATE INDEX api_keys_tenant ON api_keys (tenant_id, api_key_id);

CREATE TABLE oauth_tokens (
    token_hash BLOB NOT NULL PRIMARY KEY
        CONSTRAINT oauth_tokens_hash_length CHECK (length(token_hash) = 32),
    api_key_id INTEGER NOT NULL REFERENCES api_keys,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX oauth_tokens_expiry ON oauth_tokens (expires_at);

CREATE TABLE users (
    user_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    login TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    scopes TEXT NOT NULL,
    name TEXT,
    email TEXT,
    phone TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_login ON users (login);
CREATE INDEX users_tenant ON users (tenant_id, user_id);

CREATE TABLE user_tokens (
    token_hash BLOB NOT NULL PRIMARY KEY
        CONSTRAINT user_tokens_hash_length CHECK (length(token_hash) = 32),
    user_id INTEGER NOT NULL REFERENCES users,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX user_tokens_user ON user_tokens (user_id, created_at);

-- A visit's version guards what was decided by it.
CREATE TABLE visits (
    visit_id INTEGER PRIMARY KEY AUTOINCREMENT,
    version INTEGER NOT NULL DEFAULT 1 CONSTRAINT visits_version CHECK (version > 0)
) STRICT;

-- migrate:down

DROP TABLE visits;
DROP TABLE user_tokens;
DROP TABLE users;
DROP TABLE oauth_tokens;
DROP TABLE api_keys;
DROP TABLE members;
DROP TABLE currencies;
DROP TABLE programs;
DROP TABLE tenants;
DROP TABLE ledger;
