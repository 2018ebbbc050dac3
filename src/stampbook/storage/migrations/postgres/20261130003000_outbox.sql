-- migrate:up

-- A position in the feed for a row that is no movement. Readers must see that the transaction draws
-- positions before it does: ledger/following/feed.py. One lock for a transaction is enough.
CREATE FUNCTION draw_position() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('stampbook.drawing', true) IS DISTINCT FROM 'on' THEN
        PERFORM pg_advisory_xact_lock_shared(-1 - last_value) FROM journal_position;
        PERFORM set_config('stampbook.drawing', 'on', true);
    END IF;
    RETURN nextval('journal_position');
END $$;

-- What has happened and moved no points, written in the transaction that did it: events are made of
-- these rows and of the journal's, in the order of (position, number) (storage/outbox).
CREATE TABLE outbox (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    position bigint NOT NULL DEFAULT draw_position(),
    tenant_id bigint NOT NULL REFERENCES tenants,
    program_id bigint,
    member_id bigint,
    account_id bigint,
    type text NOT NULL,
    at bigint NOT NULL,
    value text NOT NULL
);

CREATE INDEX outbox_by_position ON outbox (position, number);
CREATE INDEX outbox_by_tenant ON outbox (tenant_id, position, number);
CREATE INDEX outbox_by_instant ON outbox (at);
CREATE INDEX outbox_by_member ON outbox (member_id) WHERE member_id IS NOT NULL;

-- The last row of a tenant that was deleted because of its age.
CREATE TABLE outbox_pruned (
    tenant_id bigint NOT NULL PRIMARY KEY REFERENCES tenants,
    position bigint NOT NULL,
    number bigint NOT NULL
);

-- migrate:down

DROP TABLE outbox_pruned;
DROP TABLE outbox;
DROP FUNCTION draw_position();
