CREATE OR REPLACE FUNCTION public.refuse_journal_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION 'the journal is never edited and nothing is deleted from it'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transactions_append_only';
END $function$;

CREATE TYPE changed_lot AS (account_id bigint, lot integer, activates_at bigint, expires_at bigint, locked boolean, doomed bigint, reinstated bigint, pending bigint, available bigint, held bigint, spent bigint, expired bigint, revoked bigint);

CREATE TYPE gone_part AS (account_id bigint, txn_seq integer, lot integer);

CREATE TYPE new_external_id AS (program_id bigint, shard smallint, account_id bigint, seq integer, fingerprint bytea, external_id text);

CREATE TYPE new_key AS (tenant_id bigint, shard smallint, account_id bigint, seq integer, count integer, already boolean, fingerprint bytea, key text);

CREATE TYPE new_lot AS (account_id bigint, lot integer, accrued_by integer, activates_at bigint, expires_at bigint, created_at bigint, sliding boolean, grace boolean, locked boolean, doomed bigint, reinstated bigint, issued bigint, pending bigint, available bigint, held bigint, spent bigint, expired bigint, revoked bigint);

CREATE TYPE new_row AS (account_id bigint, seq integer, kind smallint, amount bigint, balance_before bigint, balance_after bigint, recorded_at bigint, effective_at bigint, target integer, root integer, link integer, peer bigint, by_clock boolean, deadline_at bigint, slides_at bigint, shortfall bigint, external_id text, reason text, actor text, metadata text, subject text, postings text, terms text, hash bytea);

CREATE TYPE saved_account AS (account_id bigint, version integer, seq integer, lots integer, clock bigint, issued bigint, pending bigint, available bigint, held bigint, spent bigint, expired bigint, revoked bigint, owed bigint, owed_held bigint, restored bigint, slides_at bigint, slid_at bigint, next_due_at bigint, head bytea);

CREATE TYPE saved_guard AS (version bigint, subject text);

CREATE TYPE saved_movement AS (account_id bigint, seq integer, base bigint, status smallint, cancelled bigint, deadline_at bigint, committed_by integer, released_by integer, cancelled_by integer);

CREATE TYPE saved_part AS (account_id bigint, txn_seq integer, lot integer, amount bigint, held boolean);

CREATE TYPE standing_policy AS (currency_id bigint, version bigint);

CREATE TABLE account_numbers (
    account_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY (MAXVALUE 1073741823),
    CONSTRAINT account_numbers_pkey PRIMARY KEY (account_id)
);

CREATE TABLE accounts (
    account_id bigint NOT NULL,
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    currency_id bigint NOT NULL,
    member_id bigint NOT NULL,
    clock bigint NOT NULL DEFAULT 0,
    issued bigint NOT NULL DEFAULT 0,
    pending bigint NOT NULL DEFAULT 0,
    available bigint NOT NULL DEFAULT 0,
    held bigint NOT NULL DEFAULT 0,
    spent bigint NOT NULL DEFAULT 0,
    expired bigint NOT NULL DEFAULT 0,
    revoked bigint NOT NULL DEFAULT 0,
    owed bigint NOT NULL DEFAULT 0,
    owed_held bigint NOT NULL DEFAULT 0,
    restored bigint NOT NULL DEFAULT 0,
    slides_at bigint NOT NULL DEFAULT '9223372036854775807'::bigint,
    slid_at bigint NOT NULL DEFAULT 0,
    next_due_at bigint NOT NULL DEFAULT '9223372036854775807'::bigint,
    created_at bigint NOT NULL,
    version integer NOT NULL DEFAULT 1,
    seq integer NOT NULL DEFAULT 0,
    lots integer NOT NULL DEFAULT 0,
    shard smallint NOT NULL,
    status smallint NOT NULL DEFAULT 0,
    is_primary boolean NOT NULL,
    head bytea NOT NULL DEFAULT '\x0000000000000000000000000000000000000000000000000000000000000000'::bytea,
    number text,
    sweep_at bigint NOT NULL DEFAULT '9223372036854775807'::bigint,
    CONSTRAINT accounts_pkey PRIMARY KEY (shard, account_id),
    CONSTRAINT accounts_adds_up CHECK (issued = (pending + available + held + spent + expired + revoked)),
    CONSTRAINT accounts_counts CHECK (seq >= 0 AND seq <= 8388607 AND lots >= 0 AND lots <= 8388607),
    CONSTRAINT accounts_head CHECK (octet_length(head) = 32),
    CONSTRAINT accounts_not_negative CHECK (pending >= 0 AND available >= 0 AND held >= 0 AND spent >= 0 AND expired >= 0 AND revoked >= 0 AND restored >= 0),
    CONSTRAINT accounts_number_range CHECK (account_id >= 1 AND account_id <= 1073741823),
    CONSTRAINT accounts_owed CHECK (owed_held >= 0 AND owed >= owed_held),
    CONSTRAINT accounts_pays_deficits CHECK (owed = 0 OR available = 0),
    CONSTRAINT accounts_shard CHECK (shard >= 0),
    CONSTRAINT accounts_status CHECK (status >= 0 AND status <= 2),
    CONSTRAINT accounts_swept_in_time CHECK (sweep_at <= next_due_at),
    CONSTRAINT accounts_version CHECK (version > 0)
) WITH (fillfactor=75);

CREATE INDEX accounts_currency ON accounts USING btree (currency_id, account_id);

CREATE INDEX accounts_due ON accounts USING btree (shard, sweep_at) WHERE sweep_at < '9223372036854775807'::bigint;

CREATE INDEX accounts_member ON accounts USING btree (member_id);

CREATE UNIQUE INDEX accounts_number ON accounts USING btree (program_id, number) WHERE number IS NOT NULL;

CREATE UNIQUE INDEX accounts_primary ON accounts USING btree (member_id, currency_id) WHERE is_primary;

CREATE TABLE allocations (
    account_id bigint NOT NULL,
    amount bigint NOT NULL,
    txn_seq integer NOT NULL,
    lot integer NOT NULL,
    shard smallint NOT NULL,
    held boolean NOT NULL,
    CONSTRAINT allocations_pkey PRIMARY KEY (shard, account_id, txn_seq, lot),
    CONSTRAINT allocations_amount CHECK (amount > 0),
    CONSTRAINT allocations_lot CHECK (lot >= 0 AND lot <= 8388607),
    CONSTRAINT allocations_txn_seq CHECK (txn_seq >= 1 AND txn_seq <= 8388607)
) WITH (fillfactor=90);

CREATE INDEX allocations_lot_payees ON allocations USING btree (shard, account_id, lot, txn_seq);

CREATE TABLE altcraft_export_parts (
    export_id bigint NOT NULL,
    part integer NOT NULL,
    content text NOT NULL,
    CONSTRAINT altcraft_export_parts_pkey PRIMARY KEY (export_id, part)
);

CREATE TABLE altcraft_exports (
    export_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    task text NOT NULL,
    download_key text NOT NULL,
    tenant_id bigint NOT NULL,
    api_key_id bigint NOT NULL,
    program_id bigint NOT NULL,
    currency_id bigint NOT NULL,
    date_from bigint NOT NULL,
    date_to bigint NOT NULL,
    status text NOT NULL,
    "position" bigint NOT NULL,
    parts integer NOT NULL DEFAULT 0,
    lines bigint NOT NULL DEFAULT 0,
    claimed_until bigint NOT NULL DEFAULT 0,
    created_at bigint NOT NULL,
    CONSTRAINT altcraft_exports_pkey PRIMARY KEY (export_id),
    CONSTRAINT altcraft_exports_status CHECK (status = ANY (ARRAY['pending'::text, 'done'::text, 'failed'::text]))
);

CREATE INDEX altcraft_exports_tenant ON altcraft_exports USING btree (tenant_id, status, created_at);

CREATE UNIQUE INDEX altcraft_exports_download ON altcraft_exports USING btree (download_key);

CREATE UNIQUE INDEX altcraft_exports_task ON altcraft_exports USING btree (task);

CREATE TABLE api_keys (
    api_key_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    program_id bigint,
    name text NOT NULL,
    scopes text NOT NULL,
    secret_hash bytea NOT NULL,
    created_at bigint NOT NULL,
    revoked_at bigint,
    CONSTRAINT api_keys_pkey PRIMARY KEY (api_key_id),
    CONSTRAINT api_keys_secret_length CHECK (octet_length(secret_hash) = 32)
);

CREATE INDEX api_keys_tenant ON api_keys USING btree (tenant_id, api_key_id);

CREATE UNIQUE INDEX api_keys_secret_hash ON api_keys USING btree (secret_hash);

CREATE TABLE currencies (
    currency_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    program_id bigint NOT NULL,
    tenant_id bigint NOT NULL,
    name text NOT NULL,
    code text NOT NULL,
    scale smallint NOT NULL,
    version bigint NOT NULL,
    policy text NOT NULL,
    spent_accrual text NOT NULL,
    expired_restore text NOT NULL,
    grace_s bigint NOT NULL DEFAULT 0,
    cancel_window_s bigint,
    overdraft bigint NOT NULL DEFAULT 0,
    temporary_timeout_s bigint NOT NULL,
    metadata text NOT NULL DEFAULT '{}'::text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT currencies_pkey PRIMARY KEY (currency_id),
    CONSTRAINT currencies_cancel_window CHECK (cancel_window_s >= 0),
    CONSTRAINT currencies_expired_restore CHECK (expired_restore = ANY (ARRAY['expire'::text, 'grace'::text])),
    CONSTRAINT currencies_grace CHECK (grace_s >= 0),
    CONSTRAINT currencies_overdraft CHECK (overdraft >= 0 AND overdraft <= '9000000000000000'::bigint),
    CONSTRAINT currencies_scale CHECK (scale >= 0 AND scale <= 6),
    CONSTRAINT currencies_spent_accrual CHECK (spent_accrual = ANY (ARRAY['debt'::text, 'clamp'::text, 'refuse'::text])),
    CONSTRAINT currencies_temporary_timeout CHECK (temporary_timeout_s > 0),
    CONSTRAINT currencies_version CHECK (version > 0)
);

CREATE UNIQUE INDEX currencies_code ON currencies USING btree (program_id, code);

CREATE TABLE currency_options (
    currency_id bigint NOT NULL,
    initial_balance bigint NOT NULL DEFAULT 0,
    backdating boolean NOT NULL DEFAULT false,
    CONSTRAINT currency_options_pkey PRIMARY KEY (currency_id),
    CONSTRAINT currency_options_initial CHECK (initial_balance >= 0)
);

CREATE TABLE external_ids (
    program_id bigint NOT NULL,
    account_id bigint NOT NULL,
    seq integer NOT NULL,
    shard smallint NOT NULL,
    fingerprint bytea NOT NULL,
    external_id text NOT NULL,
    CONSTRAINT external_ids_pkey PRIMARY KEY (program_id, external_id),
    CONSTRAINT external_ids_fingerprint CHECK (octet_length(fingerprint) = 16),
    CONSTRAINT external_ids_seq CHECK (seq > 0)
);

CREATE TABLE guards (
    subject text NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT guards_pkey PRIMARY KEY (subject),
    CONSTRAINT guards_version CHECK (version > 0)
);

CREATE TABLE idempotency_keys (
    tenant_id bigint NOT NULL,
    account_id bigint,
    created_at bigint,
    seq integer,
    count integer,
    shard smallint,
    status smallint,
    already boolean NOT NULL DEFAULT false,
    fingerprint bytea NOT NULL,
    key text NOT NULL,
    body text,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, key),
    CONSTRAINT idempotency_keys_answer CHECK (account_id IS NOT NULL AND shard IS NOT NULL AND seq IS NOT NULL AND seq > 0 AND count IS NOT NULL AND count > 0 AND status IS NULL AND body IS NULL OR account_id IS NULL AND shard IS NULL AND seq IS NULL AND count IS NULL AND status IS NOT NULL AND body IS NOT NULL AND NOT already),
    CONSTRAINT idempotency_keys_fingerprint CHECK (octet_length(fingerprint) = 16)
);

CREATE INDEX idempotency_keys_created ON idempotency_keys USING btree (created_at) WHERE created_at IS NOT NULL;

CREATE TABLE ledger (
    id smallint NOT NULL DEFAULT 1,
    shards smallint NOT NULL,
    CONSTRAINT ledger_pkey PRIMARY KEY (id),
    CONSTRAINT ledger_is_one CHECK (id = 1),
    CONSTRAINT ledger_shards CHECK (shards >= 1 AND shards <= 4096)
);

CREATE TABLE locations (
    location_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    title text NOT NULL,
    timezone text NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT locations_pkey PRIMARY KEY (location_id)
);

CREATE INDEX locations_program ON locations USING btree (tenant_id, program_id, location_id);

CREATE TABLE lots (
    account_id bigint NOT NULL,
    activates_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    created_at bigint NOT NULL,
    issued bigint NOT NULL,
    pending bigint NOT NULL,
    available bigint NOT NULL,
    held bigint NOT NULL,
    spent bigint NOT NULL,
    expired bigint NOT NULL,
    revoked bigint NOT NULL,
    doomed bigint NOT NULL,
    reinstated bigint NOT NULL,
    lot integer NOT NULL,
    accrued_by integer NOT NULL,
    shard smallint NOT NULL,
    sliding boolean NOT NULL,
    grace boolean NOT NULL,
    locked boolean NOT NULL,
    open boolean NOT NULL GENERATED ALWAYS AS (available > 0) STORED,
    waiting boolean NOT NULL GENERATED ALWAYS AS (pending > 0 AND NOT locked AND activates_at < '9223372036854775807'::bigint) STORED,
    CONSTRAINT lots_pkey PRIMARY KEY (shard, account_id, lot),
    CONSTRAINT lots_accrued_by CHECK (accrued_by >= 1 AND accrued_by <= 8388607),
    CONSTRAINT lots_adds_up CHECK (issued = (pending + available + held + spent + expired + revoked)),
    CONSTRAINT lots_doomed CHECK (doomed >= 0 AND doomed <= (held + spent)),
    CONSTRAINT lots_issued CHECK (issued >= 1 AND issued <= '9000000000000000'::bigint),
    CONSTRAINT lots_lot CHECK (lot >= 1 AND lot <= 8388607),
    CONSTRAINT lots_not_negative CHECK (pending >= 0 AND available >= 0 AND held >= 0 AND spent >= 0 AND expired >= 0 AND revoked >= 0),
    CONSTRAINT lots_reinstated CHECK (reinstated >= 0 AND reinstated <= expired)
) WITH (fillfactor=85);

CREATE INDEX lots_open ON lots USING btree (shard, account_id, expires_at, lot) WHERE open;

CREATE INDEX lots_waiting ON lots USING btree (shard, account_id, activates_at, lot) WHERE waiting;

CREATE TABLE members (
    member_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    program_id bigint NOT NULL,
    tenant_id bigint NOT NULL,
    external_id text,
    email text,
    phone text,
    email_key text,
    phone_key text,
    name text,
    metadata text NOT NULL DEFAULT '{}'::text,
    status text NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    deleted_at bigint,
    CONSTRAINT members_pkey PRIMARY KEY (member_id),
    CONSTRAINT members_deleted CHECK ((status = 'deleted'::text) = (deleted_at IS NOT NULL)),
    CONSTRAINT members_status CHECK (status = ANY (ARRAY['active'::text, 'inactive'::text, 'deleted'::text]))
);

CREATE INDEX members_email ON members USING btree (program_id, email_key) WHERE email_key IS NOT NULL;

CREATE INDEX members_phone ON members USING btree (program_id, phone_key) WHERE phone_key IS NOT NULL;

CREATE INDEX members_program ON members USING btree (program_id, member_id);

CREATE UNIQUE INDEX members_external_id ON members USING btree (program_id, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE movements (
    account_id bigint NOT NULL,
    base bigint NOT NULL,
    cancelled bigint NOT NULL,
    deadline_at bigint NOT NULL,
    seq integer NOT NULL,
    committed_by integer NOT NULL,
    released_by integer NOT NULL,
    cancelled_by integer NOT NULL,
    shard smallint NOT NULL,
    status smallint NOT NULL,
    CONSTRAINT movements_pkey PRIMARY KEY (shard, account_id, seq),
    CONSTRAINT movements_base CHECK (base >= 1 AND base <= '9000000000000000'::bigint),
    CONSTRAINT movements_cancelled CHECK (cancelled >= 0 AND cancelled <= base),
    CONSTRAINT movements_later CHECK ((committed_by = 0 OR committed_by > seq) AND (released_by = 0 OR released_by > seq) AND (cancelled_by = 0 OR cancelled_by > seq)),
    CONSTRAINT movements_released CHECK ((status = 2) = (released_by > 0)),
    CONSTRAINT movements_seq CHECK (seq >= 1 AND seq <= 8388607),
    CONSTRAINT movements_status CHECK (status >= 0 AND status <= 2)
) WITH (fillfactor=90);

CREATE INDEX movements_deadline ON movements USING btree (shard, account_id, deadline_at, seq) WHERE deadline_at < '9223372036854775807'::bigint;

CREATE TABLE oauth_tokens (
    token_hash bytea NOT NULL,
    api_key_id bigint NOT NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT oauth_tokens_pkey PRIMARY KEY (token_hash),
    CONSTRAINT oauth_tokens_hash_length CHECK (octet_length(token_hash) = 32)
);

CREATE INDEX oauth_tokens_expiry ON oauth_tokens USING btree (expires_at);

CREATE TABLE point_promotion_rules (
    promotion_id bigint NOT NULL,
    "position" smallint NOT NULL,
    kind text NOT NULL,
    currency_id bigint NOT NULL,
    static_amount bigint,
    min_amount bigint,
    max_amount bigint,
    CONSTRAINT point_promotion_rules_pkey PRIMARY KEY (promotion_id, "position"),
    CONSTRAINT point_promotion_rules_alone CHECK (static_amount IS NULL OR min_amount IS NULL AND max_amount IS NULL),
    CONSTRAINT point_promotion_rules_kind CHECK (kind = ANY (ARRAY['accrual'::text, 'redemption'::text])),
    CONSTRAINT point_promotion_rules_max CHECK (max_amount >= min_amount),
    CONSTRAINT point_promotion_rules_min CHECK (min_amount > 0),
    CONSTRAINT point_promotion_rules_static CHECK (static_amount > 0)
);

CREATE TABLE point_promotions (
    promotion_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    external_id text,
    name text NOT NULL,
    description text,
    status text NOT NULL,
    starts_at bigint,
    ends_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT point_promotions_pkey PRIMARY KEY (promotion_id),
    CONSTRAINT point_promotions_dates CHECK (ends_at > starts_at),
    CONSTRAINT point_promotions_status CHECK (status = ANY (ARRAY['active'::text, 'inactive'::text]))
);

CREATE INDEX point_promotions_program ON point_promotions USING btree (program_id, promotion_id);

CREATE UNIQUE INDEX point_promotions_external_id ON point_promotions USING btree (program_id, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE programs (
    program_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    name text NOT NULL,
    timezone text NOT NULL,
    status text NOT NULL,
    starts_at bigint,
    ends_at bigint,
    metadata text NOT NULL DEFAULT '{}'::text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    deleted_at bigint,
    CONSTRAINT programs_pkey PRIMARY KEY (program_id),
    CONSTRAINT programs_dates CHECK (ends_at > starts_at),
    CONSTRAINT programs_status CHECK (status = ANY (ARRAY['draft'::text, 'active'::text, 'inactive'::text]))
);

CREATE INDEX programs_tenant ON programs USING btree (tenant_id, program_id);

CREATE TABLE promotions (
    promotion_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    title text NOT NULL,
    kind text NOT NULL,
    terms text NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    deleted_at bigint,
    CONSTRAINT promotions_pkey PRIMARY KEY (promotion_id)
);

CREATE INDEX promotions_program ON promotions USING btree (program_id, promotion_id);

CREATE TABLE tenants (
    tenant_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    name text NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT tenants_pkey PRIMARY KEY (tenant_id)
);

CREATE TABLE tier_groups (
    tier_group_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    currency_id bigint NOT NULL,
    name text NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT tier_groups_pkey PRIMARY KEY (tier_group_id)
);

CREATE INDEX tier_groups_program ON tier_groups USING btree (program_id, tier_group_id);

CREATE TABLE tier_history (
    tier_group_id bigint NOT NULL,
    account_id bigint NOT NULL,
    tier_id bigint NOT NULL,
    reached_by integer NOT NULL,
    reached_at bigint NOT NULL,
    lost_by integer,
    lost_at bigint,
    CONSTRAINT tier_history_pkey PRIMARY KEY (tier_group_id, account_id, tier_id, reached_by),
    CONSTRAINT tier_history_lost CHECK (lost_by > reached_by AND (lost_by IS NULL) = (lost_at IS NULL))
);

CREATE TABLE tier_standings (
    tier_group_id bigint NOT NULL,
    account_id bigint NOT NULL,
    seq integer NOT NULL,
    points bigint NOT NULL,
    CONSTRAINT tier_standings_pkey PRIMARY KEY (tier_group_id, account_id)
);

CREATE TABLE tiers (
    tier_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tier_group_id bigint NOT NULL,
    "position" smallint NOT NULL,
    external_id text,
    name text NOT NULL,
    threshold bigint NOT NULL,
    CONSTRAINT tiers_pkey PRIMARY KEY (tier_id),
    CONSTRAINT tiers_threshold CHECK (threshold >= 0)
);

CREATE UNIQUE INDEX tiers_external_id ON tiers USING btree (tier_group_id, external_id) WHERE external_id IS NOT NULL;

CREATE UNIQUE INDEX tiers_position ON tiers USING btree (tier_group_id, "position");

CREATE TABLE transactions (
    account_id bigint NOT NULL,
    amount bigint NOT NULL,
    balance_before bigint NOT NULL,
    balance_after bigint NOT NULL,
    recorded_at bigint NOT NULL,
    effective_at bigint NOT NULL,
    shortfall bigint NOT NULL,
    peer bigint,
    deadline_at bigint,
    slides_at bigint,
    seq integer NOT NULL,
    target integer NOT NULL,
    root integer NOT NULL,
    link integer NOT NULL,
    shard smallint NOT NULL,
    kind smallint NOT NULL,
    by_clock boolean NOT NULL,
    hash bytea NOT NULL,
    postings text NOT NULL,
    terms text NOT NULL,
    external_id text,
    reason text,
    actor text,
    metadata text,
    subject text,
    CONSTRAINT transactions_pkey PRIMARY KEY (shard, account_id, seq),
    CONSTRAINT transactions_amount CHECK (amount >= 1 AND amount <= '9000000000000000'::bigint),
    CONSTRAINT transactions_effective CHECK (effective_at <= recorded_at),
    CONSTRAINT transactions_hash CHECK (octet_length(hash) = 32),
    CONSTRAINT transactions_kind CHECK (kind >= 1 AND kind <= 13),
    CONSTRAINT transactions_link CHECK (link >= 0),
    CONSTRAINT transactions_peer CHECK (peer > 0),
    CONSTRAINT transactions_postings CHECK (postings !~ '\[[0-9]+,[-0]'::text),
    CONSTRAINT transactions_root CHECK (root > 0 AND root <= seq),
    CONSTRAINT transactions_seq CHECK (seq >= 1 AND seq <= 8388607),
    CONSTRAINT transactions_shortfall CHECK (shortfall >= 0),
    CONSTRAINT transactions_target CHECK (target >= 0 AND target < seq)
);

CREATE INDEX transactions_subject ON transactions USING btree (shard, account_id, subject, seq) WHERE subject IS NOT NULL;

CREATE TABLE user_limits (
    user_id bigint NOT NULL,
    program_id bigint NOT NULL,
    location_id bigint NOT NULL DEFAULT 0,
    CONSTRAINT user_limits_pkey PRIMARY KEY (user_id, program_id, location_id)
);

CREATE TABLE user_tokens (
    token_hash bytea NOT NULL,
    user_id bigint NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT user_tokens_pkey PRIMARY KEY (token_hash),
    CONSTRAINT user_tokens_hash_length CHECK (octet_length(token_hash) = 32)
);

CREATE INDEX user_tokens_user ON user_tokens USING btree (user_id, created_at);

CREATE TABLE users (
    user_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    login text NOT NULL,
    password_hash text NOT NULL,
    scopes text NOT NULL,
    name text,
    email text,
    phone text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (user_id)
);

CREATE INDEX users_tenant ON users USING btree (tenant_id, user_id);

CREATE UNIQUE INDEX users_login ON users USING btree (login);

CREATE TABLE visit_accounts (
    visit_id bigint NOT NULL,
    account_id bigint NOT NULL,
    CONSTRAINT visit_accounts_pkey PRIMARY KEY (visit_id, account_id)
);

CREATE TABLE visit_discounts (
    discount_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY (MAXVALUE 1073741823),
    visit_id bigint NOT NULL,
    line_id bigint NOT NULL,
    promotion_id bigint NOT NULL,
    account_id bigint NOT NULL,
    amount bigint NOT NULL,
    beneficiary_id bigint NOT NULL,
    created_at bigint NOT NULL,
    cancelled_at bigint,
    CONSTRAINT visit_discounts_pkey PRIMARY KEY (discount_id),
    CONSTRAINT visit_discounts_amount CHECK (amount >= 1 AND amount <= '9000000000000000'::bigint)
);

CREATE INDEX visit_discounts_visit ON visit_discounts USING btree (visit_id, discount_id);

CREATE UNIQUE INDEX visit_discounts_once ON visit_discounts USING btree (line_id, promotion_id, account_id) WHERE cancelled_at IS NULL;

CREATE TABLE visit_lines (
    line_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    visit_id bigint NOT NULL,
    record_id bigint NOT NULL,
    kind text NOT NULL,
    item_id bigint NOT NULL,
    title text NOT NULL,
    quantity bigint NOT NULL,
    first_cost bigint NOT NULL,
    discount bigint NOT NULL,
    cost bigint NOT NULL,
    staff_id bigint NOT NULL,
    extra text NOT NULL DEFAULT '{}'::text,
    deleted_at bigint,
    CONSTRAINT visit_lines_pkey PRIMARY KEY (line_id),
    CONSTRAINT visit_lines_cost CHECK (cost >= 0 AND cost <= '9000000000000000'::bigint),
    CONSTRAINT visit_lines_discount CHECK (discount >= 0 AND discount <= 10000),
    CONSTRAINT visit_lines_first_cost CHECK (first_cost >= 0 AND first_cost <= '9000000000000000'::bigint),
    CONSTRAINT visit_lines_kind CHECK (kind = ANY (ARRAY['service'::text, 'good'::text])),
    CONSTRAINT visit_lines_quantity CHECK (quantity > 0)
);

CREATE INDEX visit_lines_visit ON visit_lines USING btree (visit_id, line_id);

CREATE TABLE visit_payments (
    payment_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    visit_id bigint NOT NULL,
    line_id bigint,
    amount bigint NOT NULL,
    desk_id bigint NOT NULL,
    paid_at bigint NOT NULL,
    comment text NOT NULL,
    deleted_at bigint,
    CONSTRAINT visit_payments_pkey PRIMARY KEY (payment_id),
    CONSTRAINT visit_payments_amount CHECK (amount >= 1 AND amount <= '9000000000000000'::bigint)
);

CREATE INDEX visit_payments_visit ON visit_payments USING btree (visit_id, payment_id);

CREATE TABLE visit_records (
    record_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    visit_id bigint NOT NULL,
    staff_id bigint NOT NULL,
    starts_at bigint NOT NULL,
    length_s bigint NOT NULL,
    attendance smallint NOT NULL,
    comment text NOT NULL,
    extra text NOT NULL DEFAULT '{}'::text,
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    deleted_at bigint,
    CONSTRAINT visit_records_pkey PRIMARY KEY (record_id),
    CONSTRAINT visit_records_attendance CHECK (attendance >= '-1'::integer AND attendance <= 2),
    CONSTRAINT visit_records_length CHECK (length_s >= 0)
);

CREATE INDEX visit_records_visit ON visit_records USING btree (visit_id, record_id);

CREATE TABLE visits (
    visit_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    location_id bigint NOT NULL,
    member_id bigint,
    attendance smallint NOT NULL,
    starts_at bigint NOT NULL,
    comment text NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT visits_pkey PRIMARY KEY (visit_id),
    CONSTRAINT visits_attendance CHECK (attendance >= '-1'::integer AND attendance <= 2)
);

CREATE INDEX visits_location ON visits USING btree (location_id, visit_id);

CREATE INDEX visits_member ON visits USING btree (program_id, member_id) WHERE member_id IS NOT NULL;

CREATE TABLE voucherify_activities (
    activity_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    entity text NOT NULL,
    entity_id bigint NOT NULL,
    type text NOT NULL,
    data text NOT NULL,
    source text NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT voucherify_activities_pkey PRIMARY KEY (activity_id),
    CONSTRAINT voucherify_activities_entity CHECK (entity = ANY (ARRAY['program'::text, 'member'::text, 'card'::text, 'card_definition'::text]))
);

CREATE INDEX voucherify_activities_entity ON voucherify_activities USING btree (entity, entity_id, created_at, activity_id);

CREATE TABLE voucherify_assignments (
    currency_id bigint NOT NULL,
    program_id bigint NOT NULL,
    definition_id bigint NOT NULL,
    created_at bigint NOT NULL,
    ended_at bigint,
    CONSTRAINT voucherify_assignments_pkey PRIMARY KEY (currency_id)
);

CREATE INDEX voucherify_assignments_definition ON voucherify_assignments USING btree (definition_id);

CREATE UNIQUE INDEX voucherify_assignments_present ON voucherify_assignments USING btree (program_id, definition_id) WHERE ended_at IS NULL;

CREATE TABLE voucherify_async_actions (
    action_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    type text NOT NULL,
    result text NOT NULL,
    created_at bigint NOT NULL,
    program_id bigint,
    CONSTRAINT voucherify_async_actions_pkey PRIMARY KEY (action_id)
);

CREATE TABLE voucherify_card_definitions (
    definition_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    name text NOT NULL,
    status text NOT NULL,
    body text NOT NULL,
    metadata text NOT NULL DEFAULT '{}'::text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT voucherify_card_definitions_pkey PRIMARY KEY (definition_id),
    CONSTRAINT voucherify_card_definitions_status CHECK (status = ANY (ARRAY['DRAFT'::text, 'ACTIVE'::text, 'DELETED'::text]))
);

CREATE INDEX voucherify_card_definitions_tenant ON voucherify_card_definitions USING btree (tenant_id, definition_id);

CREATE TABLE voucherify_counters (
    account_id bigint NOT NULL,
    seq integer NOT NULL,
    counters text NOT NULL,
    CONSTRAINT voucherify_counters_pkey PRIMARY KEY (account_id)
);

CREATE TABLE voucherify_customers (
    customer_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    source_id text,
    name text,
    email text,
    phone text,
    metadata text NOT NULL DEFAULT '{}'::text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    program_id bigint,
    CONSTRAINT voucherify_customers_pkey PRIMARY KEY (customer_id)
);

CREATE UNIQUE INDEX voucherify_customers_source ON voucherify_customers USING btree (tenant_id, source_id) WHERE source_id IS NOT NULL;

CREATE TABLE voucherify_exports (
    export_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    account_id bigint,
    parameters text NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT voucherify_exports_pkey PRIMARY KEY (export_id)
);

CREATE TABLE voucherify_members (
    member_id bigint NOT NULL,
    program_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    left_at bigint,
    CONSTRAINT voucherify_members_pkey PRIMARY KEY (member_id)
);

CREATE INDEX voucherify_members_of_customer ON voucherify_members USING btree (customer_id);

CREATE UNIQUE INDEX voucherify_members_customer ON voucherify_members USING btree (program_id, customer_id) WHERE left_at IS NULL;

CREATE TABLE voucherify_programs (
    program_id bigint NOT NULL,
    validity_hours text NOT NULL,
    CONSTRAINT voucherify_programs_pkey PRIMARY KEY (program_id)
);

CREATE TABLE voucherify_rejections (
    rejection_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    account_id bigint NOT NULL,
    type text NOT NULL,
    points bigint NOT NULL,
    reason text,
    created_at bigint NOT NULL,
    CONSTRAINT voucherify_rejections_pkey PRIMARY KEY (rejection_id)
);

CREATE INDEX voucherify_rejections_account ON voucherify_rejections USING btree (account_id, created_at, rejection_id);

CREATE TABLE voucherify_secrets (
    id smallint NOT NULL DEFAULT 1,
    secret bytea NOT NULL,
    CONSTRAINT voucherify_secrets_pkey PRIMARY KEY (id),
    CONSTRAINT voucherify_secrets_is_one CHECK (id = 1),
    CONSTRAINT voucherify_secrets_length CHECK (octet_length(secret) = 32)
);

ALTER TABLE accounts ADD CONSTRAINT accounts_currency_id_fkey FOREIGN KEY (currency_id) REFERENCES currencies(currency_id);

ALTER TABLE accounts ADD CONSTRAINT accounts_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(member_id);

ALTER TABLE accounts ADD CONSTRAINT accounts_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE accounts ADD CONSTRAINT accounts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE altcraft_export_parts ADD CONSTRAINT altcraft_export_parts_export_id_fkey FOREIGN KEY (export_id) REFERENCES altcraft_exports(export_id);

ALTER TABLE altcraft_exports ADD CONSTRAINT altcraft_exports_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_keys(api_key_id);

ALTER TABLE altcraft_exports ADD CONSTRAINT altcraft_exports_currency_id_fkey FOREIGN KEY (currency_id) REFERENCES currencies(currency_id);

ALTER TABLE altcraft_exports ADD CONSTRAINT altcraft_exports_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE altcraft_exports ADD CONSTRAINT altcraft_exports_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE api_keys ADD CONSTRAINT api_keys_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE api_keys ADD CONSTRAINT api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE currencies ADD CONSTRAINT currencies_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE currencies ADD CONSTRAINT currencies_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE currency_options ADD CONSTRAINT currency_options_currency_id_fkey FOREIGN KEY (currency_id) REFERENCES currencies(currency_id);

ALTER TABLE locations ADD CONSTRAINT locations_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE locations ADD CONSTRAINT locations_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE members ADD CONSTRAINT members_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE members ADD CONSTRAINT members_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE oauth_tokens ADD CONSTRAINT oauth_tokens_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_keys(api_key_id);

ALTER TABLE point_promotion_rules ADD CONSTRAINT point_promotion_rules_currency_id_fkey FOREIGN KEY (currency_id) REFERENCES currencies(currency_id);

ALTER TABLE point_promotion_rules ADD CONSTRAINT point_promotion_rules_promotion_id_fkey FOREIGN KEY (promotion_id) REFERENCES point_promotions(promotion_id);

ALTER TABLE point_promotions ADD CONSTRAINT point_promotions_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE point_promotions ADD CONSTRAINT point_promotions_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE programs ADD CONSTRAINT programs_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE promotions ADD CONSTRAINT promotions_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE promotions ADD CONSTRAINT promotions_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE tier_groups ADD CONSTRAINT tier_groups_currency_id_fkey FOREIGN KEY (currency_id) REFERENCES currencies(currency_id);

ALTER TABLE tier_groups ADD CONSTRAINT tier_groups_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE tier_groups ADD CONSTRAINT tier_groups_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE tier_history ADD CONSTRAINT tier_history_tier_group_id_fkey FOREIGN KEY (tier_group_id) REFERENCES tier_groups(tier_group_id);

ALTER TABLE tier_history ADD CONSTRAINT tier_history_tier_id_fkey FOREIGN KEY (tier_id) REFERENCES tiers(tier_id);

ALTER TABLE tier_standings ADD CONSTRAINT tier_standings_tier_group_id_fkey FOREIGN KEY (tier_group_id) REFERENCES tier_groups(tier_group_id);

ALTER TABLE tiers ADD CONSTRAINT tiers_tier_group_id_fkey FOREIGN KEY (tier_group_id) REFERENCES tier_groups(tier_group_id);

ALTER TABLE user_limits ADD CONSTRAINT user_limits_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE user_limits ADD CONSTRAINT user_limits_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id);

ALTER TABLE user_tokens ADD CONSTRAINT user_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id);

ALTER TABLE users ADD CONSTRAINT users_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE visit_accounts ADD CONSTRAINT visit_accounts_visit_id_fkey FOREIGN KEY (visit_id) REFERENCES visits(visit_id);

ALTER TABLE visit_discounts ADD CONSTRAINT visit_discounts_line_id_fkey FOREIGN KEY (line_id) REFERENCES visit_lines(line_id);

ALTER TABLE visit_discounts ADD CONSTRAINT visit_discounts_promotion_id_fkey FOREIGN KEY (promotion_id) REFERENCES promotions(promotion_id);

ALTER TABLE visit_discounts ADD CONSTRAINT visit_discounts_visit_id_fkey FOREIGN KEY (visit_id) REFERENCES visits(visit_id);

ALTER TABLE visit_lines ADD CONSTRAINT visit_lines_record_id_fkey FOREIGN KEY (record_id) REFERENCES visit_records(record_id);

ALTER TABLE visit_lines ADD CONSTRAINT visit_lines_visit_id_fkey FOREIGN KEY (visit_id) REFERENCES visits(visit_id);

ALTER TABLE visit_payments ADD CONSTRAINT visit_payments_line_id_fkey FOREIGN KEY (line_id) REFERENCES visit_lines(line_id);

ALTER TABLE visit_payments ADD CONSTRAINT visit_payments_visit_id_fkey FOREIGN KEY (visit_id) REFERENCES visits(visit_id);

ALTER TABLE visit_records ADD CONSTRAINT visit_records_visit_id_fkey FOREIGN KEY (visit_id) REFERENCES visits(visit_id);

ALTER TABLE visits ADD CONSTRAINT visits_location_id_fkey FOREIGN KEY (location_id) REFERENCES locations(location_id);

ALTER TABLE visits ADD CONSTRAINT visits_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(member_id);

ALTER TABLE visits ADD CONSTRAINT visits_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE visits ADD CONSTRAINT visits_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE voucherify_activities ADD CONSTRAINT voucherify_activities_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE voucherify_assignments ADD CONSTRAINT voucherify_assignments_currency_id_fkey FOREIGN KEY (currency_id) REFERENCES currencies(currency_id);

ALTER TABLE voucherify_assignments ADD CONSTRAINT voucherify_assignments_definition_id_fkey FOREIGN KEY (definition_id) REFERENCES voucherify_card_definitions(definition_id);

ALTER TABLE voucherify_assignments ADD CONSTRAINT voucherify_assignments_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE voucherify_async_actions ADD CONSTRAINT voucherify_async_actions_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE voucherify_async_actions ADD CONSTRAINT voucherify_async_actions_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE voucherify_card_definitions ADD CONSTRAINT voucherify_card_definitions_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE voucherify_customers ADD CONSTRAINT voucherify_customers_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE voucherify_customers ADD CONSTRAINT voucherify_customers_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE voucherify_exports ADD CONSTRAINT voucherify_exports_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE voucherify_exports ADD CONSTRAINT voucherify_exports_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE voucherify_members ADD CONSTRAINT voucherify_members_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES voucherify_customers(customer_id);

ALTER TABLE voucherify_members ADD CONSTRAINT voucherify_members_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(member_id);

ALTER TABLE voucherify_members ADD CONSTRAINT voucherify_members_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE voucherify_programs ADD CONSTRAINT voucherify_programs_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE voucherify_rejections ADD CONSTRAINT voucherify_rejections_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

CREATE TRIGGER transactions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON transactions FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change();

