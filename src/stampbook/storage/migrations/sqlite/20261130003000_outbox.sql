-- migrate:up

-- What has happened and moved no points, written in the transaction that did it: events are made of
-- these rows and of the journal's, in the order of (position, number) (storage/outbox). A row has
-- the position of the journal's last row before it. Numbers are never used again.
CREATE TABLE outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    position INTEGER NOT NULL DEFAULT 0,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER,
    member_id INTEGER,
    account_id INTEGER,
    type TEXT NOT NULL,
    at INTEGER NOT NULL,
    value TEXT NOT NULL
) STRICT;

CREATE TRIGGER outbox_drawn AFTER INSERT ON outbox BEGIN
    UPDATE outbox SET position = (SELECT COALESCE(max(position), 0) FROM transactions)
    WHERE number = NEW.number;
END;

CREATE INDEX outbox_by_position ON outbox (position, number);
CREATE INDEX outbox_by_tenant ON outbox (tenant_id, position, number);
CREATE INDEX outbox_by_instant ON outbox (at);
CREATE INDEX outbox_by_member ON outbox (member_id) WHERE member_id IS NOT NULL;

-- The last row of a tenant that was deleted because of its age.
CREATE TABLE outbox_pruned (
    tenant_id INTEGER NOT NULL PRIMARY KEY REFERENCES tenants,
    position INTEGER NOT NULL,
    number INTEGER NOT NULL
) STRICT;

-- migrate:down

DROP TABLE outbox_pruned;
DROP TABLE outbox;
