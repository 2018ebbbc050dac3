-- migrate:up

-- Orders, what pays for them with points, and what is taken back of them. Money is counted in its
-- smallest unit, points in the currency's, quantities in thousandths.

-- An order without a program belongs to a dialect that has none: every program sees it of which
-- its customer is a member. `customer` is that dialect's name of its customer, `origin` what it
-- keeps of the order for itself. `lines` has the lines as JSON, and what was taken back of each;
-- `judged` what rules read of an order besides its lines when it was paid, frozen, as JSON.
-- The version that guards decisions is that of the guard `order:<order_id>`.
CREATE TABLE orders (
    order_id bigint PRIMARY KEY,
    tenant_id bigint NOT NULL REFERENCES tenants,
    program_id bigint REFERENCES programs,
    member_id bigint REFERENCES members,
    customer text,
    external_id text,
    status text NOT NULL CONSTRAINT orders_status
        CHECK (status IN ('created', 'paid', 'partly_refunded', 'refunded', 'cancelled')),
    money text NOT NULL,
    scale smallint NOT NULL CONSTRAINT orders_scale CHECK (scale BETWEEN 0 AND 4),
    amount bigint NOT NULL CONSTRAINT orders_amount CHECK (amount >= 0),
    total bigint NOT NULL CONSTRAINT orders_total CHECK (total >= 0),
    refunded bigint NOT NULL DEFAULT 0 CONSTRAINT orders_refunded CHECK (refunded BETWEEN 0 AND total),
    lines text NOT NULL,
    channel text,
    location text,
    metadata text NOT NULL DEFAULT '{}',
    origin text,
    judged text,
    effective_at bigint NOT NULL,
    paid_at bigint,
    fulfilled_at bigint,
    cancelled_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE UNIQUE INDEX orders_external_id ON orders (tenant_id, coalesce(program_id, 0), external_id)
    WHERE external_id IS NOT NULL;
CREATE INDEX orders_program ON orders (tenant_id, program_id, order_id);
CREATE INDEX orders_member ON orders (member_id, order_id) WHERE member_id IS NOT NULL;
CREATE INDEX orders_customer ON orders (tenant_id, customer, order_id) WHERE customer IS NOT NULL;

-- `seq` is the redemption in the account's journal: what is in force of it, the journal knows.
-- `exchange_points` pay for `exchange_money`, which is in millionths of the money's unit.
-- `returned_at`: all of it was given back, other than by a refund.
CREATE TABLE payments (
    payment_id bigint PRIMARY KEY,
    tenant_id bigint NOT NULL REFERENCES tenants,
    order_id bigint NOT NULL REFERENCES orders,
    shard smallint NOT NULL,
    account_id bigint NOT NULL,
    seq bigint NOT NULL,
    currency_id bigint NOT NULL REFERENCES currencies,
    amount bigint NOT NULL CONSTRAINT payments_amount CHECK (amount > 0),
    points bigint NOT NULL CONSTRAINT payments_points CHECK (points > 0),
    exchange_points bigint NOT NULL
        CONSTRAINT payments_exchange_points CHECK (exchange_points > 0),
    exchange_money bigint NOT NULL CONSTRAINT payments_exchange_money CHECK (exchange_money > 0),
    return_spent text NOT NULL CONSTRAINT payments_return_spent CHECK (return_spent IN
        ('proportional', 'points_first', 'points_last', 'on_whole', 'none')),
    created_at bigint NOT NULL,
    returned_at bigint
);
CREATE INDEX payments_order ON payments (order_id, payment_id);

-- `lines` is what was taken back of each line, `effects` all that followed from it, as JSON: what
-- a repeat is answered, and what a void restores.
CREATE TABLE refunds (
    refund_id bigint PRIMARY KEY,
    tenant_id bigint NOT NULL REFERENCES tenants,
    program_id bigint REFERENCES programs,
    order_id bigint NOT NULL REFERENCES orders,
    external_id text,
    fingerprint text NOT NULL,
    cause text NOT NULL
        CONSTRAINT refunds_cause CHECK (cause IN ('refund', 'change', 'cancel')),
    amount bigint NOT NULL CONSTRAINT refunds_amount CHECK (amount >= 0),
    lines text NOT NULL,
    effects text NOT NULL,
    reason text,
    created_at bigint NOT NULL,
    voided_at bigint
);
CREATE UNIQUE INDEX refunds_external_id
    ON refunds (tenant_id, coalesce(program_id, 0), external_id) WHERE external_id IS NOT NULL;
CREATE INDEX refunds_order ON refunds (order_id, refund_id);

-- How points of the currency pay for orders (both null: not at all), and when they come back.
ALTER TABLE currency_options ADD exchange_points bigint
    CONSTRAINT currency_options_exchange_points CHECK (exchange_points > 0);
ALTER TABLE currency_options ADD exchange_money bigint
    CONSTRAINT currency_options_exchange_money CHECK (exchange_money > 0);
ALTER TABLE currency_options ADD return_spent text NOT NULL DEFAULT 'proportional'
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
