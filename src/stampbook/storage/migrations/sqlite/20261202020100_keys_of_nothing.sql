-- migrate:up

-- A request that had nothing to do uses its key, too: no rows are its answer. SQLite changes no constraint, so the
-- table is made anew.
-- former code works: it writes none of these, and fails at a repeat of one whose account is not in its memory
CREATE TABLE new_repeated_keys (
    account_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    count INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    already INTEGER NOT NULL,
    key_digest BLOB NOT NULL,
    fingerprint BLOB NOT NULL,
    PRIMARY KEY (key_digest),
    CONSTRAINT repeated_keys_rows CHECK (seq > 0 AND count >= 0),
    CONSTRAINT repeated_keys_bytes CHECK (
        length(key_digest) = 16 AND length(fingerprint) = 16
    )
) STRICT, WITHOUT ROWID;
INSERT INTO new_repeated_keys SELECT * FROM repeated_keys;
DROP TABLE repeated_keys;
ALTER TABLE new_repeated_keys RENAME TO repeated_keys;

-- migrate:down

CREATE TABLE new_repeated_keys (
    account_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    count INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    already INTEGER NOT NULL,
    key_digest BLOB NOT NULL,
    fingerprint BLOB NOT NULL,
    PRIMARY KEY (key_digest),
    CONSTRAINT repeated_keys_rows CHECK (seq > 0 AND count > 0),
    CONSTRAINT repeated_keys_bytes CHECK (
        length(key_digest) = 16 AND length(fingerprint) = 16
    )
) STRICT, WITHOUT ROWID;
INSERT INTO new_repeated_keys SELECT * FROM repeated_keys WHERE count > 0;
DROP TABLE repeated_keys;
ALTER TABLE new_repeated_keys RENAME TO repeated_keys;
