-- migrate:up

-- What a member's visits count for in the thresholds of promotions and rules: those that took place
-- and are paid, in the order in which they first were both.

-- `position` is among the member's events. `visits` is 1 while the visit counts, else 0, and so are
-- `sold` and `paid` (hundredths). `terms` is what its cashback followed from, as JSON; `by_totals` is
-- 1 if something that it earned follows from totals. `event_id` is the event that rules judged, and
-- `judged` the bill as they saw it and what is left of it, as JSON; `by_rules` is 1 if they read totals.
CREATE TABLE completed_visits (
    visit_id bigint PRIMARY KEY REFERENCES visits,
    member_id bigint NOT NULL REFERENCES members,
    position bigint NOT NULL,
    visits smallint NOT NULL,
    sold bigint NOT NULL,
    paid bigint NOT NULL,
    terms text NOT NULL DEFAULT '[]',
    by_totals smallint NOT NULL DEFAULT 0,
    event_id bigint REFERENCES events,
    judged text,
    by_rules smallint NOT NULL DEFAULT 0,
    CONSTRAINT completed_visits_counts CHECK (visits = 1 OR (visits = 0 AND sold = 0 AND paid = 0))
);
CREATE UNIQUE INDEX completed_visits_position ON completed_visits (member_id, position);

-- Visits from before this table count as they did then: those to which the member came, by when they
-- began. Their positions come before all others: 0 and less.
INSERT INTO completed_visits (visit_id, member_id, position, visits, sold, paid)
SELECT v.visit_id, v.member_id,
       row_number() OVER (PARTITION BY v.member_id ORDER BY v.starts_at, v.visit_id)
           - count(*) OVER (PARTITION BY v.member_id),
       1,
       CAST(COALESCE((SELECT SUM(l.cost) FROM visit_lines l
                      WHERE l.visit_id = v.visit_id AND l.deleted_at IS NULL), 0) AS bigint),
       CAST(COALESCE((SELECT SUM(p.amount) FROM visit_payments p
                      WHERE p.visit_id = v.visit_id AND p.deleted_at IS NULL), 0) AS bigint)
FROM visits v
WHERE v.attendance = 1 AND v.member_id IS NOT NULL;

-- migrate:down

DROP TABLE completed_visits;
