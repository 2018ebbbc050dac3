-- migrate:up

-- As on PostgreSQL: see the file of the same name there.

CREATE TABLE orders (
    order_id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER REFERENCES programs,
    member_id INTEGER REFERENCES members,
    customer TEXT,
    external_id TEXT,
    status TEXT NOT NULL CONSTRAINT orders_status
        CHECK (status IN ('created', 'paid', 'partly_refunded', 'refunded', 'cancelled')),
    money TEXT NOT NULL,
    scale INTEGER NOT NULL CONSTRAINT orders_scale CHECK (scale BETWEEN 0 AND 4),
    amount INTEGER NOT NULL CONSTRAINT orders_amount CHECK (amount >= 0),
    total INTEGER NOT NULL CONSTRAINT orders_total CHECK (total >= 0),
    refunded INTEGER NOT NULL DEFAULT 0 CONSTRAINT orders_refunded CHECK (refunded BETWEEN 0 AND total),
    lines TEXT NOT NULL,
    channel TEXT,
    location TEXT,
    metadata TEXT NOT NULL DEFAULT '{}',
    origin TEXT,
    judged TEXT,
    effective_at INTEGER NOT NULL,
    paid_at INTEGER,
    fulfilled_at INTEGER,
    cancelled_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX orders_external_id ON orders (tenant_id, coalesce(program_id, 0), external_id)
    WHERE external_id IS NOT NULL;
CREATE INDEX orders_program ON orders (tenant_id, program_id, order_id);
CREATE INDEX orders_member ON orders (member_id, order_id) WHERE member_id IS NOT NULL;
CREATE INDEX orders_customer ON orders (tenant_id, customer, order_id) WHERE customer IS NOT NULL;

CREATE TABLE payments (
    payment_id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    order_id INTEGER NOT NULL REFERENCES orders,
    shard INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    currency_id INTEGER NOT NULL REFERENCES currencies,
    amount INTEGER NOT NULL CONSTRAINT payments_amount CHECK (amount > 0),
    points INTEGER NOT NULL CONSTRAINT payments_points CHECK (points > 0),
    exchange_points INTEGER NOT NULL
        CONSTRAINT payments_exchange_points CHECK (exchange_points > 0),
    exchange_money INTEGER NOT NULL CONSTRAINT payments_exchange_money CHECK (exchange_money > 0),
    return_spent TEXT NOT NULL CONSTRAINT payments_return_spent CHECK (return_spent IN
        ('proportional', 'points_first', 'points_last', 'on_whole', 'none')),
    created_at INTEGER NOT NULL,
    returned_at INTEGER
) STRICT;
CREATE INDEX payments_order ON payments (order_id, payment_id);

CREATE TABLE refunds (
    refund_id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER REFERENCES programs,
    order_id INTEGER NOT NULL REFERENCES orders,
    external_id TEXT,
    fingerprint TEXT NOT NULL,
    cause TEXT NOT NULL
        CONSTRAINT refunds_cause CHECK (cause IN ('refund', 'change', 'cancel')),
    amount INTEGER NOT NULL CONSTRAINT refunds_amount CHECK (amount >= 0),
    lines TEXT NOT NULL,
    effects TEXT NOT NULL,
    reason TEXT,
    created_at INTEGER NOT NULL,
    voided_at INTEGER
) STRICT;
CREATE UNIQUE INDEX refunds_external_id
    ON refunds (tenant_id, coalesce(program_id, 0), external_id) WHERE external_id IS NOT NULL;
CREATE INDEX refunds_order ON refunds (order_id, refund_id);

ALTER TABLE currency_options ADD exchange_points INTEGER
    CONSTRAINT currency_options_exchange_points CHECK (exchange_points > 0);
ALTER TABLE currency_options ADD exchange_money INTEGER
    CONSTRAINT currency_options_exchange_money CHECK (exchange_money > 0);
ALTER TABLE currency_options ADD return_spent TEXT NOT NULL DEFAULT 'proportional'
    CONSTRAINT currency_options_return_spent CHECK (return_spent IN
        ('proportional', 'points_first', 'points_last', 'on_whole', 'none'));

-- migrate:down

ALTER TABLE currency_options DROP COLUMN return_spent;
ALTER TABLE currency_options DROP COLUMN exchange_money;
ALTER TABLE currency_options DROP COLUMN exchange_points;
DROP TABLE refunds;
DROP TABLE payments;
DROP TABLE orders;
DELETE FROM guards WHERE subject LIKE 'order:%';
