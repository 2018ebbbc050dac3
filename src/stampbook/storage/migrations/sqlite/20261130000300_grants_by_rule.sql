-- migrate:up

-- As on PostgreSQL: see the file of the same name there.
CREATE INDEX grants_rule ON grants (rule_id, member_id);

-- migrate:down

DROP INDEX grants_rule;
