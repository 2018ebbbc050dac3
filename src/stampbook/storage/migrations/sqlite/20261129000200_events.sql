-- migrate:up

-- As on PostgreSQL: see the file of the same name there.

CREATE TABLE events (
    event_id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    kind TEXT NOT NULL,
    external_id TEXT,
    fingerprint BLOB,
    member_id INTEGER NOT NULL REFERENCES members,
    name TEXT,
    effective_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    position INTEGER NOT NULL,
    order_id INTEGER,
    facts TEXT,
    metadata TEXT NOT NULL DEFAULT '{}',
    cancelled_at INTEGER,
    cancel_rows TEXT
) STRICT;
CREATE UNIQUE INDEX events_external_id ON events (program_id, kind, external_id)
    WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX events_order ON events (order_id, program_id) WHERE order_id IS NOT NULL;
CREATE UNIQUE INDEX events_position ON events (member_id, position);

-- One accrual each: row `seq` of the account's journal. `calculated` is what the effect said,
-- `amount` what the limits left of it, in the currency's smallest units. What is in force of it,
-- the journal says.
CREATE TABLE awards (
    award_id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    event_id INTEGER NOT NULL REFERENCES events,
    rule_id INTEGER NOT NULL REFERENCES rules,
    version INTEGER NOT NULL,
    earning INTEGER NOT NULL,
    effect INTEGER NOT NULL,
    member_id INTEGER NOT NULL REFERENCES members,
    currency_id INTEGER NOT NULL REFERENCES currencies,
    shard INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    calculated INTEGER NOT NULL,
    amount INTEGER NOT NULL CONSTRAINT awards_amount CHECK (amount > 0 AND amount <= calculated),
    effective_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX awards_event ON awards (event_id, rule_id, earning, effect);
CREATE INDEX awards_rule ON awards (rule_id, member_id, effective_at);
CREATE INDEX awards_account ON awards (account_id, effective_at);

-- Who is in a segment of a program now.
CREATE TABLE segment_members (
    program_id INTEGER NOT NULL REFERENCES programs,
    segment TEXT NOT NULL,
    member_id INTEGER NOT NULL REFERENCES members,
    entered_at INTEGER NOT NULL,
    PRIMARY KEY (member_id, segment)
) STRICT, WITHOUT ROWID;

-- migrate:down

DROP TABLE segment_members;
DROP TABLE awards;
DROP TABLE events;
