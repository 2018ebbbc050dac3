-- migrate:up

-- As on PostgreSQL: see the file of the same name there.
CREATE INDEX awards_rule_event ON awards (rule_id, event_id);
CREATE INDEX awards_rule_effective ON awards (rule_id, effective_at);

-- migrate:down

DROP INDEX awards_rule_effective;
DROP INDEX awards_rule_event;
