-- migrate:up

-- Where events are sent. `events` are patterns of types, `headers` a JSON object; secrets are kept as
-- they are, since requests are signed with them. `cursor` is where the endpoint is in the feed of
-- events, `failures` how many attempts have failed since one succeeded.
CREATE TABLE webhooks (
    webhook_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id bigint NOT NULL REFERENCES tenants,
    program_id bigint REFERENCES programs,
    url text NOT NULL,
    events text NOT NULL,
    format text NOT NULL CHECK (format IN ('stampbook', 'voucherify')),
    description text NOT NULL,
    headers text NOT NULL,
    status text NOT NULL CHECK (status IN ('active', 'disabled', 'deleted')),
    disabled_reason text CHECK (disabled_reason IS NULL OR status <> 'active'),
    secret text NOT NULL,
    old_secret text,
    old_secret_until bigint CHECK ((old_secret IS NULL) = (old_secret_until IS NULL)),
    cursor text NOT NULL,
    failures bigint NOT NULL DEFAULT 0 CHECK (failures >= 0),
    succeeded_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);

CREATE INDEX webhooks_by_tenant ON webhooks (tenant_id, webhook_id);

-- An event on its way to an endpoint. `base` is how many attempts were made before the present round
-- of them; `claim` grows with each attempt, and its owner may write the outcome until `claimed_until`.
CREATE TABLE deliveries (
    delivery_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_id bigint NOT NULL REFERENCES webhooks,
    tenant_id bigint NOT NULL REFERENCES tenants,
    event_id text NOT NULL,
    type text NOT NULL,
    at bigint NOT NULL,
    member_id bigint,
    account_id bigint,
    body text NOT NULL,
    status text NOT NULL CHECK (status IN ('waiting', 'pending', 'delivered', 'failed')),
    attempts bigint NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    base bigint NOT NULL DEFAULT 0 CHECK (base BETWEEN 0 AND attempts),
    next_attempt_at bigint CHECK ((next_attempt_at IS NOT NULL) = (status = 'pending')),
    claim bigint NOT NULL DEFAULT 0,
    claimed_until bigint CHECK (claimed_until IS NULL OR status = 'pending'),
    last_status bigint,
    last_error text,
    created_at bigint NOT NULL,
    UNIQUE (webhook_id, event_id)
);

CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, delivery_id);
CREATE INDEX deliveries_due ON deliveries (webhook_id, next_attempt_at) WHERE status = 'pending';
CREATE INDEX deliveries_claimed ON deliveries (webhook_id, claimed_until)
    WHERE claimed_until IS NOT NULL;
CREATE INDEX deliveries_in_order ON deliveries (webhook_id, account_id, delivery_id)
    WHERE status IN ('waiting', 'pending');
CREATE INDEX deliveries_by_instant ON deliveries (created_at);
CREATE INDEX deliveries_by_member ON deliveries (member_id) WHERE member_id IS NOT NULL;

-- One attempt: `status` of the answer, or why there was none; `response` is how the answer begins.
CREATE TABLE delivery_tries (
    delivery_id bigint NOT NULL REFERENCES deliveries,
    number bigint NOT NULL,
    at bigint NOT NULL,
    status bigint,
    duration_ms bigint NOT NULL,
    error text,
    response text,
    PRIMARY KEY (delivery_id, number)
);

-- migrate:down

DROP TABLE delivery_tries;
DROP TABLE deliveries;
DROP TABLE webhooks;
