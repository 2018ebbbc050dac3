-- migrate:up

-- Where events are sent. `events` are patterns of types, `headers` a JSON object; secrets are kept as
-- they are, since requests are signed with them. `cursor` is where the endpoint is in the feed of
-- events, `failures` how many attempts have failed since one succeeded.
CREATE TABLE webhooks (
    webhook_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER REFERENCES programs,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    format TEXT NOT NULL CHECK (format IN ('stampbook', 'voucherify')),
    description TEXT NOT NULL,
    headers TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'disabled', 'deleted')),
    disabled_reason TEXT CHECK (disabled_reason IS NULL OR status <> 'active'),
    secret TEXT NOT NULL,
    old_secret TEXT,
    old_secret_until INTEGER CHECK ((old_secret IS NULL) = (old_secret_until IS NULL)),
    cursor TEXT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
    succeeded_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX webhooks_by_tenant ON webhooks (tenant_id, webhook_id);

-- An event on its way to an endpoint. `base` is how many attempts were made before the present round
-- of them; `claim` grows with each attempt, and its owner may write the outcome until `claimed_until`.
CREATE TABLE deliveries (
    delivery_id INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id INTEGER NOT NULL REFERENCES webhooks,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    at INTEGER NOT NULL,
    member_id INTEGER,
    account_id INTEGER,
    body TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('waiting', 'pending', 'delivered', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    base INTEGER NOT NULL DEFAULT 0 CHECK (base BETWEEN 0 AND attempts),
    next_attempt_at INTEGER CHECK ((next_attempt_at IS NOT NULL) = (status = 'pending')),
    claim INTEGER NOT NULL DEFAULT 0,
    claimed_until INTEGER CHECK (claimed_until IS NULL OR status = 'pending'),
    last_status INTEGER,
    last_error TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (webhook_id, event_id)
) STRICT;

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
    delivery_id INTEGER NOT NULL REFERENCES deliveries,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    status INTEGER,
    duration_ms INTEGER NOT NULL,
    error TEXT,
    response TEXT,
    PRIMARY KEY (delivery_id, number)
) STRICT;

-- migrate:down

DROP TABLE delivery_tries;
DROP TABLE deliveries;
DROP TABLE webhooks;
