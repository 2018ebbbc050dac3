-- migrate:up

-- The country by whose plan the program's phone numbers are read. Keys of members are made by the program, which
-- makes them anew when it changes.
ALTER TABLE programs ADD COLUMN phone_region TEXT;

-- migrate:down

ALTER TABLE programs DROP COLUMN phone_region;
