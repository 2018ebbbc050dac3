-- migrate:up

-- As on PostgreSQL: see the file of the same name there.

CREATE TABLE completed_visits (
    visit_id INTEGER PRIMARY KEY REFERENCES visits,
    member_id INTEGER NOT NULL REFERENCES members,
    position INTEGER NOT NULL,
    visits INTEGER NOT NULL,
    sold INTEGER NOT NULL,
    paid INTEGER NOT NULL,
    terms TEXT NOT NULL DEFAULT '[]',
    by_totals INTEGER NOT NULL DEFAULT 0,
    event_id INTEGER REFERENCES events,
    judged TEXT,
    by_rules INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT completed_visits_counts CHECK (visits = 1 OR (visits = 0 AND sold = 0 AND paid = 0))
) STRICT;
CREATE UNIQUE INDEX completed_visits_position ON completed_visits (member_id, position);

INSERT INTO completed_visits (visit_id, member_id, position, visits, sold, paid)
SELECT v.visit_id, v.member_id,
       row_number() OVER (PARTITION BY v.member_id ORDER BY v.starts_at, v.visit_id)
           - count(*) OVER (PARTITION BY v.member_id),
       1,
       COALESCE((SELECT SUM(l.cost) FROM visit_lines l
                 WHERE l.visit_id = v.visit_id AND l.deleted_at IS NULL), 0),
       COALESCE((SELECT SUM(p.amount) FROM visit_payments p
                 WHERE p.visit_id = v.visit_id AND p.deleted_at IS NULL), 0)
FROM visits v
WHERE v.attendance = 1 AND v.member_id IS NOT NULL;

-- migrate:down

DROP TABLE completed_visits;
