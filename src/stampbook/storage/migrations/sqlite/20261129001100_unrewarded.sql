-- migrate:up

-- As on PostgreSQL: see the file of the same name there.
CREATE TABLE unrewarded (
    event_id INTEGER NOT NULL REFERENCES events,
    rule_id INTEGER NOT NULL REFERENCES rules,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    member_id INTEGER NOT NULL REFERENCES members,
    recorded_at INTEGER NOT NULL,
    reason TEXT NOT NULL CONSTRAINT unrewarded_reason
        CHECK (reason IN ('cooldown', 'frequency', 'budget', 'nothing', 'capped')),
    PRIMARY KEY (event_id, rule_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX unrewarded_program ON unrewarded (program_id, recorded_at);

-- migrate:down

DROP TABLE unrewarded;
