-- migrate:up

-- What vendors call the cards that were imported: later files of the same source say whose a row is by that alone.
CREATE TABLE import_cards (
    program_id INTEGER NOT NULL REFERENCES programs,
    source TEXT NOT NULL,
    card_id TEXT NOT NULL,
    account_id INTEGER NOT NULL,
    PRIMARY KEY (program_id, source, card_id)
) STRICT, WITHOUT ROWID;

-- A line of JSON can have several rows.
-- former code works: it writes one row for each line, whose number is 1
CREATE TABLE new_import_refusals (
    import_id INTEGER NOT NULL REFERENCES imports,
    line INTEGER NOT NULL,
    column_name TEXT,
    code TEXT NOT NULL,
    value TEXT,
    message TEXT NOT NULL,
    content TEXT NOT NULL,
    number INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (import_id, line, number)
) STRICT, WITHOUT ROWID;
INSERT INTO new_import_refusals (import_id, line, column_name, code, value, message, content)
SELECT import_id, line, column_name, code, value, message, content FROM import_refusals;
DROP TABLE import_refusals;
ALTER TABLE new_import_refusals RENAME TO import_refusals;

-- migrate:down

DROP TABLE import_cards;
