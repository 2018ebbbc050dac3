-- migrate:up

-- As on PostgreSQL: see the file of the same name there.

-- What points buy, and what rules give besides points.
--
-- `program_id` is null for what a dialect keeps for the whole tenant. `terms` is JSON: what is given,
-- for what, and when (loyalty/rewards/terms.py). `origin` is the dialect's own JSON of the same.
-- Amounts are in smallest units, instants in microseconds.

CREATE TABLE benefits (
    benefit_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER REFERENCES programs,
    name TEXT NOT NULL,
    type TEXT NOT NULL
        CONSTRAINT benefits_type CHECK (type IN ('material', 'code', 'points', 'points_proportional')),
    status TEXT NOT NULL
        CONSTRAINT benefits_status CHECK (status IN ('draft', 'active', 'deleted')),
    stock INTEGER CONSTRAINT benefits_stock CHECK (stock >= 0),
    granted INTEGER NOT NULL DEFAULT 0 CONSTRAINT benefits_granted CHECK (granted >= 0),
    terms TEXT NOT NULL,
    metadata TEXT NOT NULL,
    origin TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX benefits_listed ON benefits (tenant_id, program_id, benefit_id);

CREATE TABLE rewards (
    reward_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER REFERENCES programs,
    name TEXT NOT NULL,
    type TEXT NOT NULL
        CONSTRAINT rewards_type CHECK (type IN ('material', 'code', 'points')),
    status TEXT NOT NULL
        CONSTRAINT rewards_status CHECK (status IN ('draft', 'active', 'inactive', 'deleted')),
    starts_at INTEGER,
    ends_at INTEGER CONSTRAINT rewards_dates CHECK (ends_at > starts_at),
    is_refundable INTEGER NOT NULL CONSTRAINT rewards_is_refundable CHECK (is_refundable IN (0, 1)),
    terms TEXT NOT NULL,
    metadata TEXT NOT NULL,
    origin TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX rewards_listed ON rewards (tenant_id, program_id, reward_id);

-- A reward in a program. `stock` is what is left (null: unlimited). `redeemed` counts purchases less
-- refunds, `written_off` refunded goods that did not come back. It stays when the offer ends.
CREATE TABLE offers (
    offer_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    reward_id INTEGER NOT NULL REFERENCES rewards,
    stock INTEGER CONSTRAINT offers_stock CHECK (stock >= 0),
    redeemed INTEGER NOT NULL DEFAULT 0 CONSTRAINT offers_redeemed CHECK (redeemed >= 0),
    written_off INTEGER NOT NULL DEFAULT 0 CONSTRAINT offers_written_off CHECK (written_off >= 0),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX offers_reward ON offers (program_id, reward_id);
CREATE INDEX offers_of_reward ON offers (reward_id);

-- Its number is given before it is written, since its movements name it, and so are those of grants.
-- `points` and `seq` are the redemption on `account_id`, `target_…` what a reward of points accrued.
-- Both amounts are those of the whole quantity; `position` is the cost's place in its reward.
CREATE TABLE purchases (
    purchase_id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    member_id INTEGER NOT NULL REFERENCES members,
    reward_id INTEGER NOT NULL REFERENCES rewards,
    offer_id INTEGER NOT NULL REFERENCES offers,
    state TEXT NOT NULL
        CONSTRAINT purchases_state CHECK (state IN ('approved', 'partly_refunded', 'refunded')),
    quantity INTEGER NOT NULL CONSTRAINT purchases_quantity CHECK (quantity > 0),
    refunded INTEGER NOT NULL DEFAULT 0
        CONSTRAINT purchases_refunded CHECK (refunded BETWEEN 0 AND quantity),
    written_off INTEGER NOT NULL DEFAULT 0
        CONSTRAINT purchases_written_off CHECK (written_off BETWEEN 0 AND refunded),
    position INTEGER NOT NULL,
    currency_id INTEGER NOT NULL REFERENCES currencies,
    account_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    points INTEGER NOT NULL CONSTRAINT purchases_points CHECK (points > 0),
    target_currency_id INTEGER REFERENCES currencies,
    target_account_id INTEGER,
    target_seq INTEGER,
    target_points INTEGER CONSTRAINT purchases_target_points CHECK (target_points > 0),
    is_refundable INTEGER NOT NULL CONSTRAINT purchases_is_refundable CHECK (is_refundable IN (0, 1)),
    external_id TEXT,
    metadata TEXT NOT NULL,
    origin TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT purchases_states CHECK (state = CASE refunded
        WHEN 0 THEN 'approved' WHEN quantity THEN 'refunded' ELSE 'partly_refunded' END),
    CONSTRAINT purchases_target CHECK (
        (target_account_id IS NULL) = (target_seq IS NULL)
        AND (target_account_id IS NULL) = (target_points IS NULL)
        AND (target_account_id IS NULL) = (target_currency_id IS NULL))
) STRICT;
CREATE INDEX purchases_member ON purchases (member_id, purchase_id);
CREATE INDEX purchases_of_reward ON purchases (reward_id, member_id, created_at);
CREATE UNIQUE INDEX purchases_external_id ON purchases (program_id, external_id)
    WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX purchases_movement ON purchases (account_id, seq);

-- One taking back of a part of a purchase. `refunded` is the sum with this one: no two refunds of a
-- purchase begin at the same.
CREATE TABLE purchase_refunds (
    refund_id INTEGER PRIMARY KEY,
    purchase_id INTEGER NOT NULL REFERENCES purchases,
    quantity INTEGER NOT NULL CONSTRAINT purchase_refunds_quantity CHECK (quantity > 0),
    refunded INTEGER NOT NULL
        CONSTRAINT purchase_refunds_refunded CHECK (refunded >= quantity),
    points INTEGER NOT NULL CONSTRAINT purchase_refunds_points CHECK (points >= 0),
    target_points INTEGER NOT NULL
        CONSTRAINT purchase_refunds_target_points CHECK (target_points >= 0),
    seq INTEGER,
    target_seq INTEGER,
    is_written_off INTEGER NOT NULL CONSTRAINT purchase_refunds_is_written_off CHECK (is_written_off IN (0, 1)),
    origin TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX purchase_refunds_order ON purchase_refunds (purchase_id, refunded);

-- What an effect of an award gave. A rejected one was never given; `reason` says why. `seq` is the
-- accrual of a benefit of points, `cancel_seq` the row that took it back.
CREATE TABLE grants (
    grant_id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    member_id INTEGER NOT NULL REFERENCES members,
    benefit_id INTEGER NOT NULL REFERENCES benefits,
    event_id INTEGER NOT NULL,
    rule_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    earning INTEGER NOT NULL,
    effect INTEGER NOT NULL,
    state TEXT NOT NULL
        CONSTRAINT grants_state CHECK (state IN ('approved', 'refunded', 'rejected')),
    reason TEXT,
    currency_id INTEGER REFERENCES currencies,
    account_id INTEGER,
    seq INTEGER,
    points INTEGER CONSTRAINT grants_points CHECK (points > 0),
    origin TEXT,
    created_at INTEGER NOT NULL,
    refunded_at INTEGER,
    cancel_seq INTEGER,
    CONSTRAINT grants_refunded CHECK ((state = 'refunded') = (refunded_at IS NOT NULL)),
    CONSTRAINT grants_rejected CHECK ((state = 'rejected') = (reason IS NOT NULL)),
    CONSTRAINT grants_movement CHECK (
        (account_id IS NULL) = (seq IS NULL) AND (account_id IS NULL) = (points IS NULL)
        AND (account_id IS NULL) = (currency_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX grants_effect ON grants (event_id, rule_id, earning, effect);
CREATE INDEX grants_member ON grants (member_id, grant_id);
CREATE INDEX grants_benefit ON grants (benefit_id, grant_id);

-- Codes that purchases and grants hand out: those of a reward's pool are free before. A code has at
-- most one owner, which it never changes, so it is never handed out twice.
CREATE TABLE reward_codes (
    code_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    reward_id INTEGER REFERENCES rewards,
    code TEXT NOT NULL,
    state TEXT NOT NULL
        CONSTRAINT reward_codes_state CHECK (state IN ('free', 'issued', 'used', 'voided')),
    purchase_id INTEGER,
    grant_id INTEGER,
    created_at INTEGER NOT NULL,
    issued_at INTEGER,
    used_at INTEGER,
    voided_at INTEGER,
    CONSTRAINT reward_codes_owner CHECK (
        CASE WHEN state = 'free' THEN purchase_id IS NULL AND grant_id IS NULL AND issued_at IS NULL
             ELSE (purchase_id IS NULL) <> (grant_id IS NULL) AND issued_at IS NOT NULL END),
    CONSTRAINT reward_codes_used CHECK ((state = 'used') = (used_at IS NOT NULL)),
    CONSTRAINT reward_codes_voided CHECK ((state = 'voided') = (voided_at IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX reward_codes_code ON reward_codes (tenant_id, code);
CREATE INDEX reward_codes_of_reward ON reward_codes (reward_id, code_id);
CREATE INDEX reward_codes_free ON reward_codes (reward_id, code_id) WHERE state = 'free';
CREATE INDEX reward_codes_purchase ON reward_codes (purchase_id) WHERE purchase_id IS NOT NULL;
CREATE INDEX reward_codes_grant ON reward_codes (grant_id) WHERE grant_id IS NOT NULL;

-- migrate:down

DROP TABLE reward_codes;
DROP TABLE grants;
DROP TABLE purchase_refunds;
DROP TABLE purchases;
DROP TABLE offers;
DROP TABLE rewards;
DROP TABLE benefits;
