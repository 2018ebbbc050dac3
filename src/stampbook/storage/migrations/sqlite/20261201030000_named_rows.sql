-- migrate:up

-- An import that was interrupted counts the rows that it has read, but for those before this place, which have ids of
-- their own.
-- former code works: it leaves the place as it is, so that more is counted than must be
ALTER TABLE imports ADD COLUMN named_upto INTEGER NOT NULL DEFAULT 0;

-- migrate:down

ALTER TABLE imports DROP COLUMN named_upto;
