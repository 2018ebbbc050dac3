-- migrate:up

-- As on PostgreSQL: see the file of the same name there.

CREATE TABLE new_segment_members (
    stay_id INTEGER PRIMARY KEY AUTOINCREMENT,
    program_id INTEGER NOT NULL REFERENCES programs,
    segment TEXT NOT NULL,
    member_id INTEGER NOT NULL REFERENCES members,
    entered_at INTEGER NOT NULL,
    left_at INTEGER CONSTRAINT segment_members_left_at CHECK (left_at >= entered_at)
) STRICT;
INSERT INTO new_segment_members (program_id, segment, member_id, entered_at)
SELECT program_id, segment, member_id, entered_at FROM segment_members
ORDER BY entered_at, member_id, segment;
DROP TABLE segment_members;
ALTER TABLE new_segment_members RENAME TO segment_members;
CREATE UNIQUE INDEX segment_members_present ON segment_members (member_id, segment)
    WHERE left_at IS NULL;
CREATE INDEX segment_members_member ON segment_members (member_id, entered_at);

-- migrate:down

CREATE TABLE old_segment_members (
    program_id INTEGER NOT NULL REFERENCES programs,
    segment TEXT NOT NULL,
    member_id INTEGER NOT NULL REFERENCES members,
    entered_at INTEGER NOT NULL,
    PRIMARY KEY (member_id, segment)
) STRICT, WITHOUT ROWID;
INSERT INTO old_segment_members
SELECT program_id, segment, member_id, entered_at FROM segment_members WHERE left_at IS NULL;
DROP TABLE segment_members;
ALTER TABLE old_segment_members RENAME TO segment_members;
