-- migrate:up

-- A key that is bound to one program may bring customers before they are members of anything: they
-- are that program's to see. What a batch came to belongs to the program of the batch. Rows from
-- before have neither: keys of the whole tenant see them, and others by membership.
ALTER TABLE voucherify_customers ADD program_id INTEGER REFERENCES programs;
ALTER TABLE voucherify_async_actions ADD program_id INTEGER REFERENCES programs;

-- migrate:down

ALTER TABLE voucherify_async_actions DROP COLUMN program_id;
ALTER TABLE voucherify_customers DROP COLUMN program_id;
