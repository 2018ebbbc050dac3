-- migrate:up

-- As on PostgreSQL: see the file of the same name there.

-- An export of transactions is a task. A job writes it part by part; who holds the claim goes on
-- after `position`, the number of the last transaction that was looked at.
CREATE TABLE altcraft_exports (
    export_id INTEGER PRIMARY KEY AUTOINCREMENT,
    task TEXT NOT NULL,
    download_key TEXT NOT NULL,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    api_key_id INTEGER NOT NULL REFERENCES api_keys,
    program_id INTEGER NOT NULL REFERENCES programs,
    currency_id INTEGER NOT NULL REFERENCES currencies,
    date_from INTEGER NOT NULL,
    date_to INTEGER NOT NULL,
    status TEXT NOT NULL
        CONSTRAINT altcraft_exports_status CHECK (status IN ('pending', 'done', 'failed')),
    position INTEGER NOT NULL,
    parts INTEGER NOT NULL DEFAULT 0,
    lines INTEGER NOT NULL DEFAULT 0,
    claimed_until INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX altcraft_exports_task ON altcraft_exports (task);
CREATE UNIQUE INDEX altcraft_exports_download ON altcraft_exports (download_key);
CREATE INDEX altcraft_exports_tenant ON altcraft_exports (tenant_id, status, created_at);

CREATE TABLE altcraft_export_parts (
    export_id INTEGER NOT NULL REFERENCES altcraft_exports,
    part INTEGER NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (export_id, part)
) STRICT, WITHOUT ROWID;

-- An export walks a currency's accounts in the order of their numbers.
CREATE INDEX accounts_currency ON accounts (currency_id, account_id);

-- migrate:down

DROP INDEX accounts_currency;
DROP TABLE altcraft_export_parts;
DROP TABLE altcraft_exports;
