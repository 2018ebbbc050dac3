-- migrate:up

-- What vendors call the cards that were imported: later files of the same source say whose a row is by that alone.
CREATE TABLE import_cards (
    program_id bigint NOT NULL REFERENCES programs,
    source text NOT NULL,
    card_id text NOT NULL,
    account_id bigint NOT NULL,
    PRIMARY KEY (program_id, source, card_id)
);

-- A line of JSON can have several rows.
-- former code works: it writes one row for each line, whose number is 1
ALTER TABLE import_refusals ADD COLUMN number bigint NOT NULL DEFAULT 1;
ALTER TABLE import_refusals DROP CONSTRAINT import_refusals_pkey;
ALTER TABLE import_refusals ADD PRIMARY KEY (import_id, line, number);

-- migrate:down

DROP TABLE import_cards;
