-- migrate:up

-- How far each named reader of the feed has come (ledger/following/feed.py): the position of the last row of
-- the journal whose effect is written. Moved on in the transaction that writes the effect.
CREATE TABLE followers (
    name text PRIMARY KEY,
    position bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT followers_position CHECK (position >= 0)
);

-- migrate:down

DROP TABLE followers;
