-- migrate:up

-- The oldest code that may use this schema, by the newest migration that it knows; and the newest
-- migration for which that was noted (docs/decisions/0166).
CREATE TABLE schema_code (oldest text NOT NULL, newest text NOT NULL) STRICT;
INSERT INTO schema_code (oldest, newest) VALUES ('20261130000200', '20261130000200');

-- migrate:down

DROP TABLE schema_code;
