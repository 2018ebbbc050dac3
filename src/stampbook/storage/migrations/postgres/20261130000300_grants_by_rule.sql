-- migrate:up

-- What a rule gave as benefits counts for its limits: for a budget of triggers it is looked up by the
-- rule, among the grants of all members.
CREATE INDEX grants_rule ON grants (rule_id, member_id);

-- migrate:down

DROP INDEX grants_rule;
