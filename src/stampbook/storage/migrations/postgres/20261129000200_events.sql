-- migrate:up

-- What rules judged, and what came of it. Instants are microseconds since 1970 UTC.

-- `position` orders the events of a member. `facts` are what rules read besides the order, frozen;
-- null: the event was stored without being judged, and never will be. An order has one event in
-- each program that saw it. `cancel_rows` are the rows of journals by which a cancel took it back.
CREATE TABLE events (
    event_id bigint PRIMARY KEY,
    tenant_id bigint NOT NULL REFERENCES tenants,
    program_id bigint NOT NULL REFERENCES programs,
    kind text NOT NULL,
    external_id text,
    fingerprint bytea,
    member_id bigint NOT NULL REFERENCES members,
    name text,
    effective_at bigint NOT NULL,
    created_at bigint NOT NULL,
    position bigint NOT NULL,
    order_id bigint,
    facts text,
    metadata text NOT NULL DEFAULT '{}',
    cancelled_at bigint,
    cancel_rows text
);
CREATE UNIQUE INDEX events_external_id ON events (program_id, kind, external_id)
    WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX events_order ON events (order_id, program_id) WHERE order_id IS NOT NULL;
CREATE UNIQUE INDEX events_position ON events (member_id, position);

-- One accrual each: row `seq` of the account's journal. `calculated` is what the effect said,
-- `amount` what the limits left of it, in the currency's smallest units. What is in force of it,
-- the journal says.
CREATE TABLE awards (
    award_id bigint PRIMARY KEY,
    tenant_id bigint NOT NULL REFERENCES tenants,
    program_id bigint NOT NULL REFERENCES programs,
    event_id bigint NOT NULL REFERENCES events,
    rule_id bigint NOT NULL REFERENCES rules,
    version integer NOT NULL,
    earning smallint NOT NULL,
    effect smallint NOT NULL,
    member_id bigint NOT NULL REFERENCES members,
    currency_id bigint NOT NULL REFERENCES currencies,
    shard integer NOT NULL,
    account_id bigint NOT NULL,
    seq integer NOT NULL,
    calculated bigint NOT NULL,
    amount bigint NOT NULL CONSTRAINT awards_amount CHECK (amount > 0 AND amount <= calculated),
    effective_at bigint NOT NULL
);
CREATE UNIQUE INDEX awards_event ON awards (event_id, rule_id, earning, effect);
CREATE INDEX awards_rule ON awards (rule_id, member_id, effective_at);
CREATE INDEX awards_account ON awards (account_id, effective_at);

-- Who is in a segment of a program now.
CREATE TABLE segment_members (
    program_id bigint NOT NULL REFERENCES programs,
    segment text NOT NULL,
    member_id bigint NOT NULL REFERENCES members,
    entered_at bigint NOT NULL,
    PRIMARY KEY (member_id, segment)
);

-- migrate:down

DROP TABLE segment_members, awards, events;
