-- migrate:up

-- A request that had nothing to do uses its key, too: no rows are its answer.
-- former code works: it writes none of these, and fails at a repeat of one whose account is not in its memory
ALTER TABLE repeated_keys DROP CONSTRAINT repeated_keys_rows;
ALTER TABLE repeated_keys ADD CONSTRAINT repeated_keys_rows CHECK (seq > 0 AND count >= 0) NOT VALID;
ALTER TABLE repeated_keys VALIDATE CONSTRAINT repeated_keys_rows;

-- migrate:down

DELETE FROM repeated_keys WHERE count = 0;
ALTER TABLE repeated_keys DROP CONSTRAINT repeated_keys_rows;
ALTER TABLE repeated_keys ADD CONSTRAINT repeated_keys_rows CHECK (seq > 0 AND count > 0);
