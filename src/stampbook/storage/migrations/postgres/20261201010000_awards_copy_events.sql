-- migrate:up

-- What an award says of its tenant, program and member, its event says too, which has keys of its own
-- to them; its rule and currency are those of a version that was read for it, and neither is ever
-- deleted. For each key the database locked and wrote the same rows at every award: a sixth of what
-- it did for an event. On SQLite a key costs next to nothing, and its table would have to be copied.
-- former code works: it writes the same awards, and names none of these keys
ALTER TABLE awards
    DROP CONSTRAINT IF EXISTS awards_tenant_id_fkey,
    DROP CONSTRAINT IF EXISTS awards_program_id_fkey,
    DROP CONSTRAINT IF EXISTS awards_member_id_fkey,
    DROP CONSTRAINT IF EXISTS awards_rule_id_fkey,
    DROP CONSTRAINT IF EXISTS awards_currency_id_fkey;

-- migrate:down

ALTER TABLE awards
    ADD CONSTRAINT awards_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants,
    ADD CONSTRAINT awards_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs,
    ADD CONSTRAINT awards_member_id_fkey FOREIGN KEY (member_id) REFERENCES members,
    ADD CONSTRAINT awards_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES rules,
    ADD CONSTRAINT awards_currency_id_fkey FOREIGN KEY (currency_id) REFERENCES currencies;
