-- migrate:up

-- Rules that gave nothing for an event, where reports count it: a limit of the rule was in the way
-- (`cooldown`, `frequency`, `budget`), or it counted for nothing (`nothing`, `capped`).
CREATE TABLE unrewarded (
    event_id bigint NOT NULL REFERENCES events,
    rule_id bigint NOT NULL REFERENCES rules,
    tenant_id bigint NOT NULL REFERENCES tenants,
    program_id bigint NOT NULL REFERENCES programs,
    member_id bigint NOT NULL REFERENCES members,
    recorded_at bigint NOT NULL,
    reason text NOT NULL CONSTRAINT unrewarded_reason
        CHECK (reason IN ('cooldown', 'frequency', 'budget', 'nothing', 'capped')),
    PRIMARY KEY (event_id, rule_id)
);
CREATE INDEX unrewarded_program ON unrewarded (program_id, recorded_at);

-- migrate:down

DROP TABLE unrewarded;
