-- migrate:up

-- The country by whose plan the program's phone numbers are read. Keys of members are made by the program, which
-- makes them anew when it changes.
ALTER TABLE programs ADD COLUMN phone_region text;

-- Who writes a member's key holds the region until the commit, as inserting a member does by its foreign key; who
-- changes the region waits for them. On SQLite there is one writer.
CREATE FUNCTION hold_phone_region() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM programs WHERE program_id = NEW.program_id FOR KEY SHARE;
    RETURN NEW;
END $$;
CREATE TRIGGER members_phone_key BEFORE UPDATE OF phone_key ON members
    FOR EACH ROW EXECUTE FUNCTION hold_phone_region();

CREATE FUNCTION change_phone_region() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM programs WHERE program_id = NEW.program_id FOR UPDATE;
    RETURN NEW;
END $$;
CREATE TRIGGER programs_phone_region BEFORE UPDATE OF phone_region ON programs
    FOR EACH ROW EXECUTE FUNCTION change_phone_region();

-- migrate:down

DROP TRIGGER programs_phone_region ON programs;
DROP FUNCTION change_phone_region;
DROP TRIGGER members_phone_key ON members;
DROP FUNCTION hold_phone_region;
ALTER TABLE programs DROP COLUMN phone_region;
