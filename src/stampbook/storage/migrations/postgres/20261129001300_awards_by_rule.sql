-- migrate:up

-- Awards of a rule, newest first, and those of a period, which its budget counts.
CREATE INDEX awards_rule_event ON awards (rule_id, event_id);
CREATE INDEX awards_rule_effective ON awards (rule_id, effective_at);

-- migrate:down

DROP INDEX awards_rule_effective;
DROP INDEX awards_rule_event;
