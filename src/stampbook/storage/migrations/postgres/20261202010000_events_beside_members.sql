-- migrate:up

-- An event is written only if its member's row is there and names the same program and tenant; that
-- row has keys of its own to both, and none of the three is ever deleted. An award is written in the
-- transaction of its event. For each key the database locked and wrote the same rows at every event:
-- a tenth of what it did for one. On SQLite a key costs next to nothing, and its table would have to
-- be copied.
-- former code works: it writes the same rows, and names none of these keys
ALTER TABLE events
    DROP CONSTRAINT IF EXISTS events_tenant_id_fkey,
    DROP CONSTRAINT IF EXISTS events_program_id_fkey,
    DROP CONSTRAINT IF EXISTS events_member_id_fkey;

ALTER TABLE awards DROP CONSTRAINT IF EXISTS awards_event_id_fkey;

-- migrate:down

ALTER TABLE events
    ADD CONSTRAINT events_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants,
    ADD CONSTRAINT events_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs,
    ADD CONSTRAINT events_member_id_fkey FOREIGN KEY (member_id) REFERENCES members;

ALTER TABLE awards ADD CONSTRAINT awards_event_id_fkey FOREIGN KEY (event_id) REFERENCES events;
