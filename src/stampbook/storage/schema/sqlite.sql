CREATE TABLE account_numbers (
    account_id INTEGER PRIMARY KEY AUTOINCREMENT
        CONSTRAINT account_numbers_range CHECK (account_id <= 1073741823)
) STRICT;

CREATE TABLE account_quarters (
    currency_id INTEGER NOT NULL,
    quarter INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    by_effective INTEGER NOT NULL,
    PRIMARY KEY (currency_id, by_effective, quarter, account_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE "accounts" (
    shard INTEGER NOT NULL,
    account_id INTEGER NOT NULL
        CONSTRAINT accounts_number_range CHECK (account_id BETWEEN 1 AND 1073741823),
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    currency_id INTEGER NOT NULL REFERENCES currencies,
    member_id INTEGER NOT NULL REFERENCES members,
    number TEXT,
    is_primary INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    status INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1,
    due_at INTEGER NOT NULL DEFAULT 9223372036854775807, merged_into INTEGER,
    PRIMARY KEY (shard, account_id),
    CONSTRAINT accounts_shard CHECK (shard >= 0),
    CONSTRAINT accounts_is_primary CHECK (is_primary IN (0, 1)),
    CONSTRAINT accounts_status CHECK (status BETWEEN 0 AND 2),
    CONSTRAINT accounts_version CHECK (version > 0)
) STRICT, WITHOUT ROWID;

CREATE INDEX accounts_currency ON accounts (currency_id, account_id);

CREATE INDEX accounts_due ON accounts (shard, due_at) WHERE due_at < 9223372036854775807;

CREATE INDEX accounts_member ON accounts (member_id);

CREATE UNIQUE INDEX accounts_number ON accounts (program_id, number) WHERE number IS NOT NULL;

CREATE UNIQUE INDEX accounts_primary ON accounts (member_id, currency_id) WHERE is_primary;

CREATE TABLE address_failures (
    address TEXT NOT NULL,
    failures INTEGER NOT NULL,
    began_at INTEGER NOT NULL,
    PRIMARY KEY (address)
) STRICT, WITHOUT ROWID;

CREATE INDEX address_failures_began ON address_failures (began_at);

CREATE TABLE altcraft_export_parts (
    export_id INTEGER NOT NULL REFERENCES altcraft_exports,
    part INTEGER NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (export_id, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE altcraft_exports (
    export_id INTEGER PRIMARY KEY AUTOINCREMENT,
    task TEXT NOT NULL,
    download_key TEXT NOT NULL,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    api_key_id INTEGER NOT NULL REFERENCES api_keys,
    program_id INTEGER NOT NULL REFERENCES programs,
    currency_id INTEGER NOT NULL REFERENCES currencies,
    date_from INTEGER NOT NULL,
    date_to INTEGER NOT NULL,
    status TEXT NOT NULL
        CONSTRAINT altcraft_exports_status CHECK (status IN ('pending', 'done', 'failed')),
    position INTEGER NOT NULL,
    parts INTEGER NOT NULL DEFAULT 0,
    lines INTEGER NOT NULL DEFAULT 0,
    claimed_until INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX altcraft_exports_download ON altcraft_exports (download_key);

CREATE UNIQUE INDEX altcraft_exports_task ON altcraft_exports (task);

CREATE INDEX altcraft_exports_tenant ON altcraft_exports (tenant_id, status, created_at);

CREATE TABLE anchors (
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    day INTEGER,
    line TEXT NOT NULL,
    PRIMARY KEY (tenant_id, number),
    CONSTRAINT anchors_once_a_day UNIQUE (tenant_id, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
    api_key_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER REFERENCES programs,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    secret_hash BLOB NOT NULL
        CONSTRAINT api_keys_secret_length CHECK (length(secret_hash) = 32),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
, expires_at INTEGER, rate_limit INTEGER
    CONSTRAINT api_keys_rate_limit CHECK (rate_limit >= 0), addresses TEXT NOT NULL DEFAULT '', last_used_at INTEGER, prefix TEXT, old_secret_hash BLOB
    CONSTRAINT api_keys_old_secret_length CHECK (length(old_secret_hash) = 32), old_secret_until INTEGER) STRICT;

CREATE UNIQUE INDEX api_keys_old_secret_hash ON api_keys (old_secret_hash);

CREATE UNIQUE INDEX api_keys_secret_hash ON api_keys (secret_hash);

CREATE INDEX api_keys_tenant ON api_keys (tenant_id, api_key_id);

CREATE TABLE approvals (
    approval_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    status TEXT NOT NULL CONSTRAINT approvals_status CHECK (status IN
        ('pending', 'done', 'failed', 'rejected', 'withdrawn', 'expired')),
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    body TEXT NOT NULL,
    actor TEXT,
    key TEXT,
    requested_by INTEGER NOT NULL REFERENCES users,
    requested_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    decided_by INTEGER REFERENCES users,
    decided_at INTEGER,
    reason TEXT,
    transaction_id INTEGER,
    problem TEXT
, subject TEXT) STRICT;

CREATE UNIQUE INDEX approvals_once ON approvals (requested_by, key) WHERE key IS NOT NULL;

CREATE UNIQUE INDEX approvals_subject ON approvals (program_id, subject)
    WHERE subject IS NOT NULL AND status = 'pending';

CREATE INDEX approvals_tenant ON approvals (tenant_id, approval_id);

CREATE INDEX approvals_waiting ON approvals (tenant_id, approval_id) WHERE status = 'pending';

CREATE TABLE audit (
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    number INTEGER NOT NULL CONSTRAINT audit_number CHECK (number > 0),
    at INTEGER NOT NULL,
    action TEXT NOT NULL,
    entity TEXT,
    program_id INTEGER,
    user_id INTEGER,
    api_key_id INTEGER,
    address TEXT,
    request_id TEXT,
    dialect TEXT,
    actor TEXT,
    changes TEXT NOT NULL,
    reason TEXT,
    salt BLOB NOT NULL,
    digest BLOB NOT NULL CONSTRAINT audit_digest CHECK (length(digest) = 32),
    hash BLOB NOT NULL CONSTRAINT audit_hash CHECK (length(hash) = 32),
    PRIMARY KEY (tenant_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_by_action ON audit (tenant_id, action, number);

CREATE INDEX audit_by_entity ON audit (tenant_id, entity, number);

CREATE INDEX audit_by_instant ON audit (tenant_id, at);

CREATE INDEX audit_by_program ON audit (tenant_id, program_id, number);

CREATE TABLE audit_heads (
    tenant_id INTEGER NOT NULL PRIMARY KEY REFERENCES tenants,
    number INTEGER NOT NULL,
    hash BLOB NOT NULL CONSTRAINT audit_heads_hash CHECK (length(hash) = 32)
) STRICT;

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

CREATE INDEX awards_account ON awards (account_id, effective_at);

CREATE UNIQUE INDEX awards_event ON awards (event_id, rule_id, earning, effect);

CREATE INDEX awards_rule ON awards (rule_id, member_id, effective_at);

CREATE INDEX awards_rule_effective ON awards (rule_id, effective_at);

CREATE INDEX awards_rule_event ON awards (rule_id, event_id);

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

CREATE UNIQUE INDEX voucherify_benefits_name ON benefits (tenant_id, name)
    WHERE origin IS NOT NULL AND status <> 'deleted';

CREATE TABLE cohort_sums (
    currency_id INTEGER NOT NULL,
    born_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    billions INTEGER NOT NULL,
    units INTEGER NOT NULL,
    source INTEGER NOT NULL,
    target INTEGER NOT NULL,
    PRIMARY KEY (currency_id, born_at, recorded_at, source, target)
) STRICT, WITHOUT ROWID;

CREATE TABLE completed_visits (
    visit_id INTEGER PRIMARY KEY REFERENCES visits,
    member_id INTEGER NOT NULL REFERENCES members,
    position INTEGER NOT NULL,
    visits INTEGER NOT NULL,
    sold INTEGER NOT NULL,
    paid INTEGER NOT NULL,
    terms TEXT NOT NULL DEFAULT '[]',
    by_totals INTEGER NOT NULL DEFAULT 0,
    event_id INTEGER REFERENCES events,
    judged TEXT,
    by_rules INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT completed_visits_counts CHECK (visits = 1 OR (visits = 0 AND sold = 0 AND paid = 0))
) STRICT;

CREATE UNIQUE INDEX completed_visits_position ON completed_visits (member_id, position);

CREATE TABLE currencies (
    currency_id INTEGER PRIMARY KEY AUTOINCREMENT,
    program_id INTEGER NOT NULL REFERENCES programs,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    name TEXT NOT NULL,
    code TEXT NOT NULL,
    scale INTEGER NOT NULL CONSTRAINT currencies_scale CHECK (scale BETWEEN 0 AND 6),
    version INTEGER NOT NULL CONSTRAINT currencies_version CHECK (version > 0),
    policy TEXT NOT NULL,
    spent_accrual TEXT NOT NULL
        CONSTRAINT currencies_spent_accrual CHECK (spent_accrual IN ('debt', 'clamp', 'refuse')),
    expired_restore TEXT NOT NULL
        CONSTRAINT currencies_expired_restore CHECK (expired_restore IN ('expire', 'grace')),
    grace_s INTEGER NOT NULL DEFAULT 0 CONSTRAINT currencies_grace CHECK (grace_s >= 0),
    cancel_window_s INTEGER CONSTRAINT currencies_cancel_window CHECK (cancel_window_s >= 0),
    overdraft INTEGER NOT NULL DEFAULT 0
        CONSTRAINT currencies_overdraft CHECK (overdraft BETWEEN 0 AND 9000000000000000),
    temporary_timeout_s INTEGER NOT NULL
        CONSTRAINT currencies_temporary_timeout CHECK (temporary_timeout_s > 0),
    metadata TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX currencies_code ON currencies (program_id, code);

CREATE TABLE currency_options (
    currency_id INTEGER PRIMARY KEY REFERENCES currencies,
    initial_balance INTEGER NOT NULL DEFAULT 0
        CONSTRAINT currency_options_initial CHECK (initial_balance >= 0),
    backdating INTEGER NOT NULL DEFAULT 0
        CONSTRAINT currency_options_backdating CHECK (backdating IN (0, 1))
, earning_limits TEXT, spending_limits TEXT, exchange_points INTEGER
    CONSTRAINT currency_options_exchange_points CHECK (exchange_points > 0), exchange_money INTEGER
    CONSTRAINT currency_options_exchange_money CHECK (exchange_money > 0), return_spent TEXT NOT NULL DEFAULT 'proportional'
    CONSTRAINT currency_options_return_spent CHECK (return_spent IN
        ('proportional', 'points_first', 'points_last', 'on_whole', 'none')), approval_above INTEGER
    CONSTRAINT currency_options_approval CHECK (approval_above >= 0), unit_amount INTEGER
    CONSTRAINT currency_options_unit_amount CHECK (unit_amount > 0), unit_money INTEGER
    CONSTRAINT currency_options_unit_money CHECK (unit_money > 0)) STRICT;

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

CREATE INDEX deliveries_by_instant ON deliveries (created_at);

CREATE INDEX deliveries_by_member ON deliveries (member_id) WHERE member_id IS NOT NULL;

CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, delivery_id);

CREATE INDEX deliveries_claimed ON deliveries (webhook_id, claimed_until)
    WHERE claimed_until IS NOT NULL;

CREATE INDEX deliveries_due ON deliveries (webhook_id, next_attempt_at) WHERE status = 'pending';

CREATE INDEX deliveries_in_order ON deliveries (webhook_id, account_id, delivery_id)
    WHERE status IN ('waiting', 'pending');

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

CREATE TABLE exports (
    export_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    kind TEXT NOT NULL,
    format TEXT NOT NULL,
    since INTEGER,
    until INTEGER,
    status TEXT NOT NULL CONSTRAINT exports_status CHECK (status IN ('running', 'done', 'failed')),
    progress INTEGER NOT NULL DEFAULT 0 CONSTRAINT exports_progress CHECK (progress BETWEEN 0 AND 100),
    at INTEGER,
    bytes INTEGER NOT NULL DEFAULT 0,
    file TEXT,
    file_until INTEGER,
    api_key_id INTEGER,
    user_id INTEGER,
    created_at INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;

CREATE INDEX exports_tenant ON exports (tenant_id, export_id);

CREATE INDEX exports_with_files ON exports (status, export_id) WHERE file IS NOT NULL;

CREATE TABLE external_ids (
    program_id INTEGER NOT NULL,
    external_id TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    shard INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (program_id, external_id),
    CONSTRAINT external_ids_seq CHECK (seq > 0),
    CONSTRAINT external_ids_fingerprint CHECK (length(fingerprint) = 16)
) STRICT, WITHOUT ROWID;

CREATE TABLE flow_sums (
    currency_id INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    times INTEGER NOT NULL,
    billions INTEGER NOT NULL,
    units INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    source INTEGER NOT NULL,
    target INTEGER NOT NULL,
    PRIMARY KEY (currency_id, recorded_at, effective_at, kind, source, target)
) STRICT, WITHOUT ROWID;

CREATE INDEX flow_sums_effective ON flow_sums (currency_id, effective_at);

CREATE TABLE flows (
    currency_id INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    source INTEGER NOT NULL,
    target INTEGER NOT NULL,
    times INTEGER NOT NULL,
    billions INTEGER NOT NULL,
    units INTEGER NOT NULL,
    PRIMARY KEY (currency_id, recorded_at, effective_at, kind, source, target)
) STRICT, WITHOUT ROWID;

CREATE INDEX flows_effective ON flows (currency_id, effective_at);

CREATE TABLE followers (
    name TEXT PRIMARY KEY NOT NULL,
    position INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT followers_position CHECK (position >= 0)
) STRICT, WITHOUT ROWID;

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

CREATE INDEX grants_benefit ON grants (benefit_id, grant_id);

CREATE UNIQUE INDEX grants_effect ON grants (event_id, rule_id, earning, effect);

CREATE INDEX grants_member ON grants (member_id, grant_id);

CREATE INDEX grants_rule ON grants (rule_id, member_id);

CREATE TABLE guards (
    subject TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL DEFAULT 1 CONSTRAINT guards_version CHECK (version > 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE holdings (
    account_id INTEGER NOT NULL,
    currency_id INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    available INTEGER NOT NULL,
    held INTEGER NOT NULL,
    owed INTEGER NOT NULL,
    owed_held INTEGER NOT NULL,
    lot INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    PRIMARY KEY (shard, account_id, lot)
) STRICT, WITHOUT ROWID;

CREATE INDEX holdings_expiry ON holdings
    (currency_id, expires_at, account_id, lot, pending, available, held, owed, owed_held);

CREATE TABLE "idempotency_keys" (
    tenant_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER,
    PRIMARY KEY (tenant_id, key),
    CONSTRAINT idempotency_keys_fingerprint CHECK (length(fingerprint) = 16)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at)
    WHERE created_at IS NOT NULL;

CREATE TABLE import_cards (
    program_id INTEGER NOT NULL REFERENCES programs,
    source TEXT NOT NULL,
    card_id TEXT NOT NULL,
    account_id INTEGER NOT NULL,
    PRIMARY KEY (program_id, source, card_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE "import_refusals" (
    import_id INTEGER NOT NULL REFERENCES imports,
    line INTEGER NOT NULL,
    column_name TEXT,
    code TEXT NOT NULL,
    value TEXT,
    message TEXT NOT NULL,
    content TEXT NOT NULL,
    number INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (import_id, line, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE imports (
    import_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    kind TEXT NOT NULL,
    declared TEXT NOT NULL,
    digest BLOB NOT NULL CONSTRAINT imports_digest CHECK (length(digest) = 32),
    status TEXT NOT NULL
        CONSTRAINT imports_status CHECK (status IN ('running', 'done', 'stopped', 'failed')),
    dry_run INTEGER NOT NULL CONSTRAINT imports_dry_run CHECK (dry_run IN (0, 1)),
    bytes INTEGER NOT NULL,
    position INTEGER NOT NULL DEFAULT 0,
    line INTEGER NOT NULL DEFAULT 0,
    rows_read INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL DEFAULT 0,
    unchanged INTEGER NOT NULL DEFAULT 0,
    refused INTEGER NOT NULL DEFAULT 0,
    totals TEXT NOT NULL DEFAULT '{}',
    resumed INTEGER NOT NULL DEFAULT 0,
    started_at INTEGER NOT NULL,
    finished_at INTEGER, file TEXT, file_until INTEGER, layout TEXT, judged INTEGER NOT NULL DEFAULT 0
    CONSTRAINT imports_judged CHECK (judged IN (0, 1)), api_key_id INTEGER, user_id INTEGER, named_upto INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT imports_sum CHECK (rows_read = created + unchanged + refused)
) STRICT;

CREATE INDEX imports_digest ON imports (program_id, digest);

CREATE INDEX imports_tenant ON imports (tenant_id, import_id);

CREATE INDEX imports_with_files ON imports (status, program_id, import_id) WHERE file IS NOT NULL;

CREATE TABLE joined_members (
    member_id INTEGER PRIMARY KEY REFERENCES members,
    program_id INTEGER NOT NULL REFERENCES programs,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    joined_at INTEGER NOT NULL
) STRICT;

CREATE TABLE ledger (
    id INTEGER PRIMARY KEY DEFAULT 1 CONSTRAINT ledger_is_one CHECK (id = 1),
    shards INTEGER NOT NULL CONSTRAINT ledger_shards CHECK (shards BETWEEN 1 AND 4096)
) STRICT;

CREATE TABLE locations (
    location_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    title TEXT NOT NULL,
    timezone TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX locations_program ON locations (tenant_id, program_id, location_id);

CREATE TABLE login_failures (
    login_hash BLOB NOT NULL,
    failures INTEGER NOT NULL,
    locked_until INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (login_hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX login_failures_last ON login_failures (last_at);

CREATE TABLE lot_births (
    account_id INTEGER NOT NULL,
    born_at INTEGER NOT NULL,
    lot INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    PRIMARY KEY (shard, account_id, lot)
) STRICT, WITHOUT ROWID;

CREATE TABLE lot_rows (
    account_id INTEGER NOT NULL,
    lot INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    closed TEXT,
    PRIMARY KEY (shard, account_id, lot, seq),
    CONSTRAINT lot_rows_numbers CHECK (lot > 0 AND seq > 0)
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE member_search USING fts5(
    place, words, digits,
    tokenize = 'unicode61 remove_diacritics 0', detail = column, columnsize = 0, prefix = '1 2 3'
);

CREATE TABLE members (
    member_id INTEGER PRIMARY KEY AUTOINCREMENT,
    program_id INTEGER NOT NULL REFERENCES programs,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    external_id TEXT,
    email TEXT,
    phone TEXT,
    email_key TEXT,
    phone_key TEXT,
    name TEXT,
    metadata TEXT NOT NULL DEFAULT '{}',
    status TEXT NOT NULL
        CONSTRAINT members_status CHECK (status IN ('active', 'inactive', 'deleted')),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER, merged_into INTEGER REFERENCES members, erased_at INTEGER,
    CONSTRAINT members_deleted CHECK ((status = 'deleted') = (deleted_at IS NOT NULL))
) STRICT;

CREATE INDEX members_created ON members (program_id, created_at);

CREATE INDEX members_email ON members (program_id, email_key) WHERE email_key IS NOT NULL;

CREATE UNIQUE INDEX members_external_id ON members (program_id, external_id)
    WHERE external_id IS NOT NULL;

CREATE INDEX members_phone ON members (program_id, phone_key) WHERE phone_key IS NOT NULL;

CREATE INDEX members_program ON members (program_id, member_id);

CREATE TABLE merges (
    merge_id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    member_id INTEGER NOT NULL REFERENCES members,
    into_id INTEGER NOT NULL REFERENCES members,
    status_before TEXT NOT NULL,
    reason TEXT,
    actor TEXT,
    user_id INTEGER,
    api_key_id INTEGER,
    dialect TEXT,
    request_id TEXT,
    address TEXT,
    audited INTEGER NOT NULL DEFAULT 0,
    merged_at INTEGER NOT NULL,
    undone_at INTEGER
) STRICT;

CREATE INDEX merges_into ON merges (into_id);

CREATE UNIQUE INDEX merges_member ON merges (member_id) WHERE undone_at IS NULL;

CREATE INDEX merges_unaudited ON merges (merge_id) WHERE audited < (CASE WHEN undone_at IS NULL THEN 1 ELSE 2 END);

CREATE TABLE oauth_tokens (
    token_hash BLOB NOT NULL PRIMARY KEY
        CONSTRAINT oauth_tokens_hash_length CHECK (length(token_hash) = 32),
    api_key_id INTEGER NOT NULL REFERENCES api_keys,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX oauth_tokens_expiry ON oauth_tokens (expires_at);

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

CREATE INDEX offers_of_reward ON offers (reward_id);

CREATE UNIQUE INDEX offers_reward ON offers (program_id, reward_id);

CREATE TABLE open_lots (
    account_id INTEGER NOT NULL,
    currency_id INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    available INTEGER NOT NULL,
    held INTEGER NOT NULL,
    owed INTEGER NOT NULL,
    lot INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    PRIMARY KEY (shard, account_id, lot)
) STRICT, WITHOUT ROWID;

CREATE INDEX open_lots_expiry ON open_lots (currency_id, expires_at);

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

CREATE INDEX orders_customer ON orders (tenant_id, customer, order_id) WHERE customer IS NOT NULL;

CREATE UNIQUE INDEX orders_external_id ON orders (tenant_id, coalesce(program_id, 0), external_id)
    WHERE external_id IS NOT NULL;

CREATE INDEX orders_member ON orders (member_id, order_id) WHERE member_id IS NOT NULL;

CREATE INDEX orders_program ON orders (tenant_id, program_id, order_id);

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

CREATE INDEX outbox_by_instant ON outbox (at);

CREATE INDEX outbox_by_member ON outbox (member_id) WHERE member_id IS NOT NULL;

CREATE INDEX outbox_by_position ON outbox (position, number);

CREATE INDEX outbox_by_tenant ON outbox (tenant_id, position, number);

CREATE TABLE outbox_pruned (
    tenant_id INTEGER NOT NULL PRIMARY KEY REFERENCES tenants,
    position INTEGER NOT NULL,
    number INTEGER NOT NULL
) STRICT;

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

CREATE TABLE point_promotion_rules (
    promotion_id INTEGER NOT NULL REFERENCES point_promotions,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL
        CONSTRAINT point_promotion_rules_kind CHECK (kind IN ('accrual', 'redemption')),
    currency_id INTEGER NOT NULL REFERENCES currencies,
    static_amount INTEGER CONSTRAINT point_promotion_rules_static CHECK (static_amount > 0),
    min_amount INTEGER CONSTRAINT point_promotion_rules_min CHECK (min_amount > 0),
    max_amount INTEGER CONSTRAINT point_promotion_rules_max CHECK (max_amount >= min_amount),
    PRIMARY KEY (promotion_id, position),
    CONSTRAINT point_promotion_rules_alone
        CHECK (static_amount IS NULL OR (min_amount IS NULL AND max_amount IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE point_promotions (
    promotion_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    external_id TEXT,
    name TEXT NOT NULL,
    description TEXT,
    status TEXT NOT NULL CONSTRAINT point_promotions_status CHECK (status IN ('active', 'inactive')),
    starts_at INTEGER,
    ends_at INTEGER CONSTRAINT point_promotions_dates CHECK (ends_at > starts_at),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX point_promotions_external_id ON point_promotions (program_id, external_id)
    WHERE external_id IS NOT NULL;

CREATE INDEX point_promotions_program ON point_promotions (program_id, promotion_id);

CREATE TABLE programs (
    program_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    name TEXT NOT NULL,
    timezone TEXT NOT NULL,
    status TEXT NOT NULL
        CONSTRAINT programs_status CHECK (status IN ('draft', 'active', 'inactive')),
    starts_at INTEGER,
    ends_at INTEGER CONSTRAINT programs_dates CHECK (ends_at > starts_at),
    metadata TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
, phone_region TEXT) STRICT;

CREATE INDEX programs_tenant ON programs (tenant_id, program_id);

CREATE TABLE promotions (
    promotion_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    terms TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;

CREATE INDEX promotions_program ON promotions (program_id, promotion_id);

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

CREATE UNIQUE INDEX purchases_external_id ON purchases (program_id, external_id)
    WHERE external_id IS NOT NULL;

CREATE INDEX purchases_member ON purchases (member_id, purchase_id);

CREATE UNIQUE INDEX purchases_movement ON purchases (account_id, seq);

CREATE INDEX purchases_of_reward ON purchases (reward_id, member_id, created_at);

CREATE INDEX purchases_reward ON purchases (reward_id, purchase_id);

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

CREATE TABLE "repeated_keys" (
    account_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    count INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    already INTEGER NOT NULL,
    key_digest BLOB NOT NULL,
    fingerprint BLOB NOT NULL,
    PRIMARY KEY (key_digest),
    CONSTRAINT repeated_keys_rows CHECK (seq > 0 AND count >= 0),
    CONSTRAINT repeated_keys_bytes CHECK (
        length(key_digest) = 16 AND length(fingerprint) = 16
    )
) STRICT, WITHOUT ROWID;

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

CREATE INDEX reward_codes_free ON reward_codes (reward_id, code_id) WHERE state = 'free';

CREATE INDEX reward_codes_grant ON reward_codes (grant_id) WHERE grant_id IS NOT NULL;

CREATE INDEX reward_codes_of_reward ON reward_codes (reward_id, code_id);

CREATE INDEX reward_codes_purchase ON reward_codes (purchase_id) WHERE purchase_id IS NOT NULL;

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

CREATE TABLE rule_catalogues (
    program_id INTEGER PRIMARY KEY REFERENCES programs,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE rule_programs (
    assignment_id INTEGER PRIMARY KEY AUTOINCREMENT,
    program_id INTEGER NOT NULL REFERENCES programs,
    rule_id INTEGER NOT NULL REFERENCES rules,
    assigned_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;

CREATE UNIQUE INDEX rule_programs_present ON rule_programs (program_id, rule_id)
    WHERE ended_at IS NULL;

CREATE INDEX rule_programs_rule ON rule_programs (rule_id);

CREATE TABLE rule_versions (
    rule_id INTEGER NOT NULL REFERENCES rules,
    version INTEGER NOT NULL,
    valid_from INTEGER NOT NULL,
    body TEXT NOT NULL,
    library TEXT NOT NULL,
    PRIMARY KEY (rule_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE rules (
    rule_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER REFERENCES programs,
    name TEXT NOT NULL,
    status TEXT NOT NULL
        CONSTRAINT rules_status CHECK (status IN ('draft', 'active', 'inactive', 'deleted')),
    version INTEGER NOT NULL CONSTRAINT rules_version CHECK (version > 0),
    trigger_type TEXT NOT NULL,
    trigger_name TEXT,
    has_given INTEGER NOT NULL DEFAULT 0
        CONSTRAINT rules_has_given CHECK (has_given IN (0, 1)),
    origin TEXT,
    metadata TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX rules_tenant ON rules (tenant_id, rule_id);

CREATE TABLE schema_code (oldest text NOT NULL, newest text NOT NULL) STRICT;

CREATE TABLE "segment_members" (
    stay_id INTEGER PRIMARY KEY AUTOINCREMENT,
    program_id INTEGER NOT NULL REFERENCES programs,
    segment TEXT NOT NULL,
    member_id INTEGER NOT NULL REFERENCES members,
    entered_at INTEGER NOT NULL,
    left_at INTEGER CONSTRAINT segment_members_left_at CHECK (left_at >= entered_at)
) STRICT;

CREATE INDEX segment_members_member ON segment_members (member_id, entered_at);

CREATE UNIQUE INDEX segment_members_present ON segment_members (member_id, segment)
    WHERE left_at IS NULL;

CREATE TABLE sessions (
    session_id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users,
    token_hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    address TEXT,
    user_agent TEXT
, confirmed_at INTEGER, is_stale INTEGER NOT NULL DEFAULT 0
    CONSTRAINT sessions_is_stale CHECK (is_stale IN (0, 1))) STRICT;

CREATE UNIQUE INDEX sessions_token ON sessions (token_hash);

CREATE INDEX sessions_user ON sessions (user_id, session_id);

CREATE TABLE standings (
    account_id INTEGER NOT NULL,
    base INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    deadline_at INTEGER,
    target INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    committed_by INTEGER NOT NULL,
    released_by INTEGER NOT NULL,
    cancelled_by INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    status INTEGER NOT NULL,
    parts TEXT,
    PRIMARY KEY (shard, account_id, target, seq),
    CONSTRAINT standings_status CHECK (status BETWEEN 0 AND 2),
    CONSTRAINT standings_released CHECK ((status = 2) = (released_by > 0)),
    CONSTRAINT standings_amounts CHECK (base > 0 AND cancelled BETWEEN 0 AND base),
    CONSTRAINT standings_links CHECK (
        target > 0 AND target <= seq
        AND (committed_by = 0 OR committed_by > target)
        AND (released_by = 0 OR released_by > target)
        AND (cancelled_by = 0 OR cancelled_by > target)
    )
) STRICT, WITHOUT ROWID;

CREATE TABLE tenants (
    tenant_id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tier_due (
    member_id INTEGER NOT NULL PRIMARY KEY REFERENCES members,
    program_id INTEGER NOT NULL REFERENCES programs,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    since INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE tier_groups (
    tier_group_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    currency_id INTEGER NOT NULL REFERENCES currencies,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
, status TEXT NOT NULL DEFAULT 'active' CONSTRAINT tier_groups_status
    CHECK (status IN ('draft', 'active', 'inactive', 'deleted')), terms TEXT NOT NULL DEFAULT '{"on_cancel":"ordinary"}', metadata TEXT NOT NULL DEFAULT '{}', origin TEXT, revision INTEGER NOT NULL DEFAULT 1, activated_at INTEGER, updated_at INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE INDEX tier_groups_program ON tier_groups (program_id, tier_group_id);

CREATE TABLE tier_heralds (
    tier_group_id INTEGER NOT NULL REFERENCES tier_groups,
    member_id INTEGER NOT NULL REFERENCES members,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    basis TEXT NOT NULL,
    steps INTEGER NOT NULL CONSTRAINT tier_heralds_steps CHECK (steps >= 0),
    next_at INTEGER,
    PRIMARY KEY (tier_group_id, member_id)
) STRICT;

CREATE INDEX tier_heralds_next ON tier_heralds (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE tier_standings (
    tier_group_id INTEGER NOT NULL REFERENCES tier_groups,
    account_id INTEGER NOT NULL,
    basis TEXT NOT NULL,
    seq INTEGER NOT NULL,
    state TEXT NOT NULL,
    history TEXT NOT NULL,
    PRIMARY KEY (tier_group_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tiers (
    tier_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tier_group_id INTEGER NOT NULL REFERENCES tier_groups,
    external_id TEXT,
    name TEXT NOT NULL,
    threshold INTEGER NOT NULL CONSTRAINT tiers_threshold CHECK (threshold >= 0)
, ceiling INTEGER CONSTRAINT tiers_ceiling CHECK (ceiling >= threshold), segment TEXT, keep_forever INTEGER NOT NULL DEFAULT 0
    CONSTRAINT tiers_keep_forever CHECK (keep_forever IN (0, 1)), metadata TEXT NOT NULL DEFAULT '{}', origin TEXT) STRICT;

CREATE UNIQUE INDEX tiers_external_id ON tiers (tier_group_id, external_id)
    WHERE external_id IS NOT NULL;

CREATE INDEX tiers_group ON tiers (tier_group_id, threshold);

CREATE TABLE transactions (
    account_id INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    balance_before INTEGER NOT NULL,
    balance_after INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    shortfall INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    available INTEGER NOT NULL,
    held INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    expired INTEGER NOT NULL,
    revoked INTEGER NOT NULL,
    owed INTEGER NOT NULL,
    owed_held INTEGER NOT NULL,
    restored INTEGER NOT NULL,
    due_at INTEGER,
    peer INTEGER,
    deadline_at INTEGER,
    slides_at INTEGER,
    api_key_id INTEGER,
    user_id INTEGER,
    seq INTEGER NOT NULL,
    target INTEGER NOT NULL,
    root INTEGER NOT NULL,
    link INTEGER NOT NULL,
    state_seq INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    key_rows INTEGER,
    by_clock INTEGER NOT NULL,
    hash BLOB NOT NULL,
    postings TEXT NOT NULL,
    terms TEXT NOT NULL,
    state TEXT NOT NULL,
    external_id TEXT,
    reason TEXT,
    actor TEXT,
    metadata TEXT,
    subject TEXT,
    dialect TEXT,
    request_id TEXT,
    salt BLOB,
    texts_digest BLOB,
    key_digest BLOB,
    fingerprint BLOB,
    position INTEGER PRIMARY KEY,
    CONSTRAINT transactions_place UNIQUE (shard, account_id, seq),
    CONSTRAINT transactions_by_clock CHECK (by_clock IN (0, 1)),
    CONSTRAINT transactions_seq CHECK (seq BETWEEN 1 AND 8388607),
    CONSTRAINT transactions_kind CHECK (kind BETWEEN 1 AND 13),
    CONSTRAINT transactions_amount CHECK (amount BETWEEN 1 AND 9000000000000000),
    CONSTRAINT transactions_target CHECK (target >= 0 AND target < seq),
    CONSTRAINT transactions_root CHECK (root > 0 AND root <= seq),
    CONSTRAINT transactions_link CHECK (link >= 0),
    CONSTRAINT transactions_shortfall CHECK (shortfall >= 0),
    CONSTRAINT transactions_effective CHECK (effective_at <= recorded_at),
    CONSTRAINT transactions_peer CHECK (peer > 0),
    CONSTRAINT transactions_hash CHECK (length(hash) = 32),
    CONSTRAINT transactions_not_negative CHECK (
        pending >= 0 AND available >= 0 AND held >= 0 AND spent >= 0 AND expired >= 0
        AND revoked >= 0 AND restored >= 0 AND owed_held >= 0 AND owed >= owed_held
    ),
    -- What is available pays what is owed, so that never both are there.
    CONSTRAINT transactions_pays_deficits CHECK (owed = 0 OR available = 0),
    CONSTRAINT transactions_balance CHECK (balance_after = available - owed),
    CONSTRAINT transactions_state_seq CHECK (state_seq BETWEEN 1 AND seq),
    CONSTRAINT transactions_seal CHECK (
        (salt IS NULL OR texts_digest IS NOT NULL)
        AND length(salt) = 16 AND length(texts_digest) = 32
    ),
    CONSTRAINT transactions_key CHECK (
        (key_digest IS NULL) = (fingerprint IS NULL) AND (key_digest IS NULL) = (key_rows IS NULL)
        AND length(key_digest) = 16 AND length(fingerprint) = 16 AND key_rows > 0
    )
) STRICT;

CREATE UNIQUE INDEX transactions_key_digest ON transactions (key_digest)
    WHERE key_digest IS NOT NULL;

CREATE INDEX transactions_subject ON transactions (shard, account_id, subject, seq)
    WHERE subject IS NOT NULL;

CREATE INDEX transactions_user ON transactions (user_id, recorded_at) WHERE user_id IS NOT NULL;

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

CREATE TABLE user_amount_limits (
    user_id INTEGER NOT NULL REFERENCES users,
    currency_id INTEGER NOT NULL REFERENCES currencies,
    per_transaction INTEGER CONSTRAINT user_amount_limits_transaction CHECK (per_transaction >= 0),
    per_day INTEGER CONSTRAINT user_amount_limits_day CHECK (per_day >= 0),
    PRIMARY KEY (user_id, currency_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE user_days (
    user_id INTEGER NOT NULL REFERENCES users,
    currency_id INTEGER NOT NULL REFERENCES currencies,
    day INTEGER NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (user_id, currency_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE user_limits (
    user_id INTEGER NOT NULL REFERENCES users,
    program_id INTEGER NOT NULL REFERENCES programs,
    location_id INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, program_id, location_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE user_tokens (
    token_hash BLOB NOT NULL PRIMARY KEY
        CONSTRAINT user_tokens_hash_length CHECK (length(token_hash) = 32),
    user_id INTEGER NOT NULL REFERENCES users,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX user_tokens_user ON user_tokens (user_id, created_at);

CREATE TABLE users (
    user_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    login TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    scopes TEXT NOT NULL,
    name TEXT,
    email TEXT,
    phone TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
, role TEXT NOT NULL DEFAULT 'viewer'
    CONSTRAINT users_role CHECK (role IN ('viewer', 'support', 'manager', 'admin')), status TEXT NOT NULL DEFAULT 'active'
    CONSTRAINT users_status CHECK (status IN ('active', 'disabled')), language TEXT NOT NULL DEFAULT 'en'
    CONSTRAINT users_language CHECK (language IN ('en', 'ru')), totp_secret TEXT, totp_step INTEGER NOT NULL DEFAULT 0, last_login_at INTEGER) STRICT;

CREATE UNIQUE INDEX users_login ON users (login);

CREATE INDEX users_tenant ON users (tenant_id, user_id);

CREATE TABLE verifications (
    name TEXT PRIMARY KEY NOT NULL,
    verified_at INTEGER NOT NULL,
    faults INTEGER NOT NULL,
    sound_at INTEGER,
    CONSTRAINT verifications_faults CHECK (faults >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE visit_accounts (
    visit_id INTEGER NOT NULL REFERENCES visits,
    account_id INTEGER NOT NULL,
    PRIMARY KEY (visit_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE visit_discounts (
    discount_id INTEGER PRIMARY KEY AUTOINCREMENT
        CONSTRAINT visit_discounts_number CHECK (discount_id <= 1073741823),
    visit_id INTEGER NOT NULL REFERENCES visits,
    line_id INTEGER NOT NULL REFERENCES visit_lines,
    promotion_id INTEGER NOT NULL REFERENCES promotions,
    account_id INTEGER NOT NULL,
    amount INTEGER NOT NULL
        CONSTRAINT visit_discounts_amount CHECK (amount BETWEEN 1 AND 9000000000000000),
    beneficiary_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    cancelled_at INTEGER
) STRICT;

CREATE UNIQUE INDEX visit_discounts_once ON visit_discounts (line_id, promotion_id, account_id)
    WHERE cancelled_at IS NULL;

CREATE INDEX visit_discounts_visit ON visit_discounts (visit_id, discount_id);

CREATE TABLE visit_lines (
    line_id INTEGER PRIMARY KEY AUTOINCREMENT,
    visit_id INTEGER NOT NULL REFERENCES visits,
    record_id INTEGER NOT NULL REFERENCES visit_records,
    kind TEXT NOT NULL CONSTRAINT visit_lines_kind CHECK (kind IN ('service', 'good')),
    item_id INTEGER NOT NULL,
    title TEXT NOT NULL,
    quantity INTEGER NOT NULL CONSTRAINT visit_lines_quantity CHECK (quantity > 0),
    first_cost INTEGER NOT NULL
        CONSTRAINT visit_lines_first_cost CHECK (first_cost BETWEEN 0 AND 9000000000000000),
    discount INTEGER NOT NULL
        CONSTRAINT visit_lines_discount CHECK (discount BETWEEN 0 AND 10000),
    cost INTEGER NOT NULL
        CONSTRAINT visit_lines_cost CHECK (cost BETWEEN 0 AND 9000000000000000),
    staff_id INTEGER NOT NULL,
    extra TEXT NOT NULL DEFAULT '{}',
    deleted_at INTEGER
) STRICT;

CREATE INDEX visit_lines_visit ON visit_lines (visit_id, line_id);

CREATE TABLE visit_payments (
    payment_id INTEGER PRIMARY KEY AUTOINCREMENT,
    visit_id INTEGER NOT NULL REFERENCES visits,
    line_id INTEGER REFERENCES visit_lines,
    amount INTEGER NOT NULL
        CONSTRAINT visit_payments_amount CHECK (amount BETWEEN 1 AND 9000000000000000),
    desk_id INTEGER NOT NULL,
    paid_at INTEGER NOT NULL,
    comment TEXT NOT NULL,
    deleted_at INTEGER
) STRICT;

CREATE INDEX visit_payments_visit ON visit_payments (visit_id, payment_id);

CREATE TABLE visit_records (
    record_id INTEGER PRIMARY KEY AUTOINCREMENT,
    visit_id INTEGER NOT NULL REFERENCES visits,
    staff_id INTEGER NOT NULL,
    starts_at INTEGER NOT NULL,
    length_s INTEGER NOT NULL CONSTRAINT visit_records_length CHECK (length_s >= 0),
    attendance INTEGER NOT NULL
        CONSTRAINT visit_records_attendance CHECK (attendance BETWEEN -1 AND 2),
    comment TEXT NOT NULL,
    extra TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;

CREATE INDEX visit_records_visit ON visit_records (visit_id, record_id);

CREATE TABLE visits (
    visit_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    location_id INTEGER NOT NULL REFERENCES locations,
    member_id INTEGER REFERENCES members,
    attendance INTEGER NOT NULL
        CONSTRAINT visits_attendance CHECK (attendance BETWEEN -1 AND 2),
    starts_at INTEGER NOT NULL,
    comment TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX visits_location ON visits (location_id, visit_id);

CREATE INDEX visits_member ON visits (program_id, member_id) WHERE member_id IS NOT NULL;

CREATE TABLE voucherify_activities (
    activity_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    entity TEXT NOT NULL CONSTRAINT voucherify_activities_entity CHECK (
        entity IN ('program', 'member', 'card', 'card_definition', 'tier_structure', 'reward',
                   'earning_rule', 'benefit')
    ),
    entity_id INTEGER NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    source TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX voucherify_activities_entity
    ON voucherify_activities (entity, entity_id, created_at, activity_id);

CREATE TABLE voucherify_assignments (
    currency_id INTEGER PRIMARY KEY REFERENCES currencies,
    program_id INTEGER NOT NULL REFERENCES programs,
    definition_id INTEGER NOT NULL REFERENCES voucherify_card_definitions,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;

CREATE INDEX voucherify_assignments_definition ON voucherify_assignments (definition_id);

CREATE UNIQUE INDEX voucherify_assignments_present
    ON voucherify_assignments (program_id, definition_id) WHERE ended_at IS NULL;

CREATE TABLE voucherify_async_actions (
    action_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    type TEXT NOT NULL,
    result TEXT NOT NULL,
    created_at INTEGER NOT NULL
, program_id INTEGER REFERENCES programs) STRICT;

CREATE TABLE voucherify_card_definitions (
    definition_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    name TEXT NOT NULL,
    status TEXT NOT NULL CONSTRAINT voucherify_card_definitions_status
        CHECK (status IN ('DRAFT', 'ACTIVE', 'DELETED')),
    body TEXT NOT NULL,
    metadata TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX voucherify_card_definitions_tenant
    ON voucherify_card_definitions (tenant_id, definition_id);

CREATE TABLE voucherify_counters (
    account_id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    counters TEXT NOT NULL
) STRICT;

CREATE TABLE voucherify_customers (
    customer_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    source_id TEXT,
    name TEXT,
    email TEXT,
    phone TEXT,
    metadata TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
, program_id INTEGER REFERENCES programs) STRICT;

CREATE UNIQUE INDEX voucherify_customers_source ON voucherify_customers (tenant_id, source_id)
    WHERE source_id IS NOT NULL;

CREATE TABLE voucherify_earnings (
    rule_id INTEGER NOT NULL REFERENCES rules,
    version INTEGER NOT NULL,
    earning INTEGER NOT NULL,
    serial INTEGER NOT NULL,
    PRIMARY KEY (rule_id, version, earning)
) STRICT, WITHOUT ROWID;

CREATE TABLE voucherify_event_names (
    name_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT voucherify_event_names_name UNIQUE (tenant_id, name)
) STRICT;

CREATE TABLE voucherify_exports (
    export_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    account_id INTEGER,
    parameters TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE voucherify_members (
    member_id INTEGER PRIMARY KEY REFERENCES members,
    program_id INTEGER NOT NULL REFERENCES programs,
    customer_id INTEGER NOT NULL REFERENCES voucherify_customers,
    left_at INTEGER
) STRICT;

CREATE UNIQUE INDEX voucherify_members_customer ON voucherify_members (program_id, customer_id)
    WHERE left_at IS NULL;

CREATE INDEX voucherify_members_of_customer ON voucherify_members (customer_id);

CREATE TABLE voucherify_order_transactions (
    transaction_id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    member_id INTEGER NOT NULL REFERENCES members,
    account_id INTEGER NOT NULL,
    definition INTEGER NOT NULL,
    order_id INTEGER NOT NULL REFERENCES orders,
    seq INTEGER,
    details TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX voucherify_order_transactions_member
    ON voucherify_order_transactions (member_id, created_at, transaction_id);

CREATE TABLE voucherify_programs (
    program_id INTEGER PRIMARY KEY REFERENCES programs,
    validity_hours TEXT NOT NULL
) STRICT;

CREATE TABLE voucherify_rejections (
    rejection_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    account_id INTEGER NOT NULL,
    type TEXT NOT NULL,
    points INTEGER NOT NULL,
    reason TEXT,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX voucherify_rejections_account
    ON voucherify_rejections (account_id, created_at, rejection_id);

CREATE TABLE voucherify_secrets (
    id INTEGER PRIMARY KEY DEFAULT 1 CONSTRAINT voucherify_secrets_is_one CHECK (id = 1),
    secret BLOB NOT NULL CONSTRAINT voucherify_secrets_length CHECK (length(secret) = 32)
) STRICT;

CREATE TABLE voucherify_tier_groups (
    tier_group_id INTEGER PRIMARY KEY REFERENCES tier_groups,
    program_id INTEGER NOT NULL REFERENCES programs,
    structure_id INTEGER NOT NULL REFERENCES voucherify_tier_structures,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;

CREATE UNIQUE INDEX voucherify_tier_groups_present
    ON voucherify_tier_groups (program_id, structure_id) WHERE ended_at IS NULL;

CREATE INDEX voucherify_tier_groups_structure ON voucherify_tier_groups (structure_id);

CREATE TABLE voucherify_tier_structures (
    structure_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    name TEXT NOT NULL,
    status TEXT NOT NULL CONSTRAINT voucherify_tier_structures_status
        CHECK (status IN ('DRAFT', 'ACTIVE', 'INACTIVE', 'DELETED')),
    type TEXT NOT NULL CONSTRAINT voucherify_tier_structures_type
        CHECK (type IN ('POINT_BALANCE', 'POINT_EARNED')),
    body TEXT NOT NULL,
    metadata TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX voucherify_tier_structures_tenant
    ON voucherify_tier_structures (tenant_id, structure_id);

CREATE TABLE voucherify_tiers (
    tier_id INTEGER PRIMARY KEY AUTOINCREMENT,
    structure_id INTEGER NOT NULL REFERENCES voucherify_tier_structures,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    metadata TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;

CREATE INDEX voucherify_tiers_structure ON voucherify_tiers (structure_id, tier_id);

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

CREATE VIEW member_texts AS
SELECT member_id, deleted_at,
    't' || tenant_id || ' p' || program_id AS place,
    replace(replace(coalesce(name, '') || ' '
        || coalesce(substr(email_key, 1, instr(email_key, '@') - 1), ''), 'ё', 'е'), 'Ё', 'Е') AS words,
    CASE WHEN phone_key IS NULL THEN '' ELSE
        substr(phone_key, 1, 4) || ' ' || substr(phone_key, 2, 4) || ' ' || substr(phone_key, 3, 4) || ' '
        || substr(phone_key, 4, 4) || ' ' || substr(phone_key, 5, 4) || ' ' || substr(phone_key, 6, 4) || ' '
        || substr(phone_key, 7, 4) || ' ' || substr(phone_key, 8, 4) || ' ' || substr(phone_key, 9, 4) || ' '
        || substr(phone_key, 10, 4) || ' ' || substr(phone_key, 11, 4) || ' ' || substr(phone_key, 12, 4) || ' '
        || substr(phone_key, 13, 4) || ' ' || substr(phone_key, 14, 4) || ' ' || substr(phone_key, 15, 4) || ' '
        || substr(phone_key, 16, 4) END AS digits
FROM members;

CREATE TRIGGER anchors_not_deleted BEFORE DELETE ON anchors BEGIN
    SELECT RAISE(ABORT, 'an anchor is never deleted');
END;

CREATE TRIGGER anchors_not_edited BEFORE UPDATE ON anchors BEGIN
    SELECT RAISE(ABORT, 'an anchor is never edited');
END;

CREATE TRIGGER audit_not_deleted BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'nothing is deleted from the audit log');
END;

CREATE TRIGGER audit_not_edited BEFORE UPDATE ON audit
WHEN NOT (
    NEW.changes = '{}' AND NEW.reason IS NULL AND length(NEW.salt) = 0
    AND NEW.tenant_id IS OLD.tenant_id AND NEW.number IS OLD.number AND NEW.at IS OLD.at
    AND NEW.action IS OLD.action AND NEW.entity IS OLD.entity AND NEW.program_id IS OLD.program_id
    AND NEW.user_id IS OLD.user_id AND NEW.api_key_id IS OLD.api_key_id AND NEW.address IS OLD.address
    AND NEW.request_id IS OLD.request_id AND NEW.dialect IS OLD.dialect AND NEW.actor IS OLD.actor
    AND NEW.digest IS OLD.digest AND NEW.hash IS OLD.hash
)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is never edited');
END;

CREATE TRIGGER lot_rows_not_deleted BEFORE DELETE ON lot_rows BEGIN
    SELECT RAISE(ABORT, 'nothing is deleted from the journal');
END;

CREATE TRIGGER lot_rows_not_edited BEFORE UPDATE ON lot_rows BEGIN
    SELECT RAISE(ABORT, 'the journal is never edited');
END;

CREATE TRIGGER members_found AFTER INSERT ON members BEGIN
    INSERT INTO member_search (rowid, place, words, digits)
    SELECT member_id, place, words, digits FROM member_texts
    WHERE member_id = new.member_id AND deleted_at IS NULL;
END;

CREATE TRIGGER members_found_anew AFTER UPDATE OF name, email_key, phone_key, deleted_at ON members BEGIN
    DELETE FROM member_search WHERE rowid = new.member_id;
    INSERT INTO member_search (rowid, place, words, digits)
    SELECT member_id, place, words, digits FROM member_texts
    WHERE member_id = new.member_id AND deleted_at IS NULL;
END;

CREATE TRIGGER members_not_found AFTER DELETE ON members BEGIN
    DELETE FROM member_search WHERE rowid = old.member_id;
END;

CREATE TRIGGER outbox_drawn AFTER INSERT ON outbox BEGIN
    UPDATE outbox SET position = (SELECT COALESCE(max(position), 0) FROM transactions)
    WHERE number = NEW.number;
END;

CREATE TRIGGER standings_not_deleted BEFORE DELETE ON standings BEGIN
    SELECT RAISE(ABORT, 'nothing is deleted from the journal');
END;

CREATE TRIGGER standings_not_edited BEFORE UPDATE ON standings BEGIN
    SELECT RAISE(ABORT, 'the journal is never edited');
END;

CREATE TRIGGER transactions_not_deleted BEFORE DELETE ON transactions BEGIN
    SELECT RAISE(ABORT, 'nothing is deleted from the journal');
END;

CREATE TRIGGER transactions_not_edited BEFORE UPDATE ON transactions
WHEN NOT (
    NEW.reason IS NULL AND NEW.actor IS NULL AND NEW.metadata IS NULL AND NEW.salt IS NULL
    AND NEW.account_id IS OLD.account_id AND NEW.amount IS OLD.amount AND NEW.balance_before IS OLD.balance_before
    AND NEW.balance_after IS OLD.balance_after AND NEW.recorded_at IS OLD.recorded_at AND NEW.effective_at IS OLD.effective_at
    AND NEW.shortfall IS OLD.shortfall AND NEW.pending IS OLD.pending AND NEW.available IS OLD.available
    AND NEW.held IS OLD.held AND NEW.spent IS OLD.spent AND NEW.expired IS OLD.expired
    AND NEW.revoked IS OLD.revoked AND NEW.owed IS OLD.owed AND NEW.owed_held IS OLD.owed_held
    AND NEW.restored IS OLD.restored AND NEW.due_at IS OLD.due_at AND NEW.peer IS OLD.peer
    AND NEW.deadline_at IS OLD.deadline_at AND NEW.slides_at IS OLD.slides_at AND NEW.api_key_id IS OLD.api_key_id
    AND NEW.user_id IS OLD.user_id AND NEW.seq IS OLD.seq AND NEW.target IS OLD.target
    AND NEW.root IS OLD.root AND NEW.link IS OLD.link AND NEW.state_seq IS OLD.state_seq
    AND NEW.shard IS OLD.shard AND NEW.kind IS OLD.kind AND NEW.key_rows IS OLD.key_rows
    AND NEW.by_clock IS OLD.by_clock AND NEW.hash IS OLD.hash AND NEW.postings IS OLD.postings
    AND NEW.terms IS OLD.terms AND NEW.state IS OLD.state AND NEW.external_id IS OLD.external_id
    AND NEW.subject IS OLD.subject AND NEW.dialect IS OLD.dialect AND NEW.request_id IS OLD.request_id
    AND NEW.texts_digest IS OLD.texts_digest AND NEW.key_digest IS OLD.key_digest AND NEW.fingerprint IS OLD.fingerprint
    AND NEW.position IS OLD.position
)
BEGIN
    SELECT RAISE(ABORT, 'the journal is never edited');
END;

CREATE TRIGGER transactions_postings BEFORE INSERT ON transactions
WHEN EXISTS (SELECT 1 FROM json_each(NEW.postings) WHERE json_extract(value, '$[1]') < 1)
BEGIN
    SELECT RAISE(ABORT, 'the amount of every posting is positive');
END;

