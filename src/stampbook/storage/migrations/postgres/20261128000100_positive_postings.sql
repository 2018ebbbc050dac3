-- migrate:up

-- The amount of every posting is positive: no text of a row has one that begins with 0 or a minus.
-- NOT VALID: rows that an earlier release wrote are not judged; `stampbook verify` names them.
ALTER TABLE transactions ADD CONSTRAINT transactions_postings
    CHECK (postings !~ '\[[0-9]+,[-0]') NOT VALID;

-- migrate:down

ALTER TABLE transactions DROP CONSTRAINT transactions_postings;
