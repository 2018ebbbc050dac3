-- migrate:up

-- Who was in a segment of a program, from when, and until when; null: they are in it now. Rows stay,
-- so that a tier that needed the segment is the same today and in a replay later.
ALTER TABLE segment_members DROP CONSTRAINT segment_members_pkey;
ALTER TABLE segment_members ADD COLUMN left_at bigint
    CONSTRAINT segment_members_left_at CHECK (left_at >= entered_at);
ALTER TABLE segment_members ADD COLUMN stay_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
CREATE UNIQUE INDEX segment_members_present ON segment_members (member_id, segment)
    WHERE left_at IS NULL;
CREATE INDEX segment_members_member ON segment_members (member_id, entered_at);

-- migrate:down

DELETE FROM segment_members WHERE left_at IS NOT NULL;
DROP INDEX segment_members_member;
DROP INDEX segment_members_present;
ALTER TABLE segment_members DROP COLUMN stay_id;
ALTER TABLE segment_members DROP COLUMN left_at;
ALTER TABLE segment_members ADD PRIMARY KEY (member_id, segment);
