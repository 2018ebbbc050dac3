CREATE OR REPLACE FUNCTION public.change_phone_region()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    PERFORM 1 FROM programs WHERE program_id = NEW.program_id FOR UPDATE;
    RETURN NEW;
END $function$;

CREATE OR REPLACE FUNCTION public.draw_position()
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF current_setting('stampbook.drawing', true) IS DISTINCT FROM 'on' THEN
        PERFORM pg_advisory_xact_lock_shared(-1 - last_value) FROM journal_position;
        PERFORM set_config('stampbook.drawing', 'on', true);
    END IF;
    RETURN nextval('journal_position');
END $function$;

CREATE OR REPLACE FUNCTION public.hold_phone_region()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    PERFORM 1 FROM programs WHERE program_id = NEW.program_id FOR KEY SHARE;
    RETURN NEW;
END $function$;

CREATE OR REPLACE FUNCTION public.keys_are_taken(tenants bigint[], keys text[], digests bytea[], others bytea[])
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF cardinality(keys) = 0 THEN
        RETURN false;
    END IF;
    PERFORM CASE
        WHEN k.digest = ANY (others) THEN pg_advisory_xact_lock(k.tenant, k.key)
        ELSE pg_advisory_xact_lock_shared(k.tenant, k.key)
    END
    FROM (
        SELECT hashint8(u.tenant_id) AS tenant, hashtext(u.key) AS key, u.digest
        FROM unnest(tenants, keys, digests) AS u (tenant_id, key, digest)
        ORDER BY 1, 2
    ) AS k;
    RETURN EXISTS (
        SELECT 1
        FROM unnest(tenants, keys) AS u (tenant_id, key)
        CROSS JOIN LATERAL (
            SELECT FROM idempotency_keys AS i
            WHERE i.tenant_id = u.tenant_id AND i.key = u.key OFFSET 0
        ) AS k
        UNION ALL
        SELECT 1
        FROM unnest(digests) AS u (digest)
        CROSS JOIN LATERAL (
            SELECT FROM repeated_keys WHERE key_digest = u.digest OFFSET 0
        ) AS k
        UNION ALL
        SELECT 1
        FROM unnest(others) AS u (digest)
        CROSS JOIN LATERAL (
            SELECT FROM transactions WHERE key_digest = u.digest OFFSET 0
        ) AS k
    );
END $function$;

CREATE OR REPLACE FUNCTION public.member_search(tenant_id bigint, program_id bigint, name text, email_key text, phone_key text)
 RETURNS tsvector
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
    SELECT array_to_tsvector(ARRAY['@' || tenant_id, '#' || program_id]
        || array_remove(regexp_split_to_array(
            translate(
                lower(left(coalesce(name, ''), 400) || ' ' || left(split_part(coalesce(email_key, ''), '@', 1), 80)),
                'АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯёІЇЄҐЎÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞĄĆČĎĘĚĞİŁŃŇŐŘŚŞŠŤŮŰŹŻŽ',
                'абвгдеежзийклмнопрстуфхцчшщъыьэюяеіїєґўàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþąćčďęěğiłńňőřśşšťůűźżž'),
            '[][ \t\r\n!"#$%&''()*+,./:;<=>?@\\^_`{|}~’‘“”«»–—-]+'), '')
        || ARRAY(SELECT '~' || substr(phone_key, at, 4) FROM generate_series(1, least(length(coalesce(phone_key, '')), 19) - 3) at))
$function$;

CREATE OR REPLACE FUNCTION public.refuse_audit_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION 'the audit log is never edited and nothing is deleted from it'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'audit_append_only';
END $function$;

CREATE OR REPLACE FUNCTION public.refuse_audit_edit()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    OLD.changes := '{}';
    OLD.reason := NULL;
    OLD.salt := '';
    IF NEW IS NOT DISTINCT FROM OLD THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit log is never edited and nothing is deleted from it'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'audit_append_only';
END $function$;

CREATE OR REPLACE FUNCTION public.refuse_journal_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION 'the journal is never edited and nothing is deleted from it'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transactions_append_only';
END $function$;

CREATE OR REPLACE FUNCTION public.refuse_journal_edit()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    OLD.reason := NULL;
    OLD.actor := NULL;
    OLD.metadata := NULL;
    OLD.salt := NULL;
    IF NEW IS NOT DISTINCT FROM OLD THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the journal is never edited and nothing is deleted from it'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transactions_append_only';
END $function$;

CREATE OR REPLACE FUNCTION public.take_turn()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    PERFORM pg_advisory_xact_lock(hashint8(NEW.tenant_id), hashtext(NEW.key));
    RETURN NEW;
END $function$;

CREATE TYPE due_account AS (account_id bigint, due_at bigint);

CREATE TYPE saved_guard AS (version bigint, subject text);

CREATE TYPE standing_account AS (account_id bigint, version bigint);

CREATE TYPE standing_policy AS (currency_id bigint, version bigint);

CREATE TABLE account_numbers (
    account_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY (MAXVALUE 1073741823),
    CONSTRAINT account_numbers_pkey PRIMARY KEY (account_id)
);

CREATE TABLE account_quarters (
    currency_id bigint NOT NULL,
    quarter bigint NOT NULL,
    account_id bigint NOT NULL,
    by_effective smallint NOT NULL,
    CONSTRAINT account_quarters_pkey PRIMARY KEY (currency_id, by_effective, quarter, account_id)
);

CREATE TABLE accounts (
    account_id bigint NOT NULL,
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    currency_id bigint NOT NULL,
    member_id bigint NOT NULL,
    created_at bigint NOT NULL,
    version integer NOT NULL DEFAULT 1,
    shard smallint NOT NULL,
    status smallint NOT NULL DEFAULT 0,
    is_primary boolean NOT NULL,
    number text,
    due_at bigint NOT NULL DEFAULT '9223372036854775807'::bigint,
    merged_into bigint,
    CONSTRAINT accounts_pkey PRIMARY KEY (shard, account_id),
    CONSTRAINT accounts_number_range CHECK (account_id >= 1 AND account_id <= 1073741823),
    CONSTRAINT accounts_shard CHECK (shard >= 0),
    CONSTRAINT accounts_status CHECK (status >= 0 AND status <= 2),
    CONSTRAINT accounts_version CHECK (version > 0)
) WITH (fillfactor=75);

CREATE INDEX accounts_currency ON accounts USING btree (currency_id, account_id);

CREATE INDEX accounts_due ON accounts USING btree (shard, due_at) WHERE due_at < '9223372036854775807'::bigint;

CREATE INDEX accounts_member ON accounts USING btree (member_id);

CREATE UNIQUE INDEX accounts_number ON accounts USING btree (program_id, number) WHERE number IS NOT NULL;

CREATE UNIQUE INDEX accounts_primary ON accounts USING btree (member_id, currency_id) WHERE is_primary;

CREATE TABLE address_failures (
    address text NOT NULL,
    failures bigint NOT NULL,
    began_at bigint NOT NULL,
    CONSTRAINT address_failures_pkey PRIMARY KEY (address)
);

CREATE INDEX address_failures_began ON address_failures USING btree (began_at);

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

CREATE TABLE anchors (
    tenant_id bigint NOT NULL,
    number bigint NOT NULL,
    at bigint NOT NULL,
    day bigint,
    line text NOT NULL,
    CONSTRAINT anchors_pkey PRIMARY KEY (tenant_id, number),
    CONSTRAINT anchors_once_a_day UNIQUE (tenant_id, day)
);

CREATE TABLE api_keys (
    api_key_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    program_id bigint,
    name text NOT NULL,
    scopes text NOT NULL,
    secret_hash bytea NOT NULL,
    created_at bigint NOT NULL,
    revoked_at bigint,
    expires_at bigint,
    rate_limit bigint,
    addresses text NOT NULL DEFAULT ''::text,
    last_used_at bigint,
    prefix text,
    old_secret_hash bytea,
    old_secret_until bigint,
    CONSTRAINT api_keys_pkey PRIMARY KEY (api_key_id),
    CONSTRAINT api_keys_old_secret_length CHECK (length(old_secret_hash) = 32),
    CONSTRAINT api_keys_rate_limit CHECK (rate_limit >= 0),
    CONSTRAINT api_keys_secret_length CHECK (octet_length(secret_hash) = 32)
);

CREATE INDEX api_keys_tenant ON api_keys USING btree (tenant_id, api_key_id);

CREATE UNIQUE INDEX api_keys_old_secret_hash ON api_keys USING btree (old_secret_hash);

CREATE UNIQUE INDEX api_keys_secret_hash ON api_keys USING btree (secret_hash);

CREATE TABLE approvals (
    approval_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    status text NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    body text NOT NULL,
    actor text,
    key text,
    requested_by bigint NOT NULL,
    requested_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    decided_by bigint,
    decided_at bigint,
    reason text,
    transaction_id bigint,
    problem text,
    subject text,
    CONSTRAINT approvals_pkey PRIMARY KEY (approval_id),
    CONSTRAINT approvals_status CHECK (status = ANY (ARRAY['pending'::text, 'done'::text, 'failed'::text, 'rejected'::text, 'withdrawn'::text, 'expired'::text]))
);

CREATE INDEX approvals_tenant ON approvals USING btree (tenant_id, approval_id);

CREATE INDEX approvals_waiting ON approvals USING btree (tenant_id, approval_id) WHERE status = 'pending'::text;

CREATE UNIQUE INDEX approvals_once ON approvals USING btree (requested_by, key) WHERE key IS NOT NULL;

CREATE UNIQUE INDEX approvals_subject ON approvals USING btree (program_id, subject) WHERE subject IS NOT NULL AND status = 'pending'::text;

CREATE TABLE audit (
    tenant_id bigint NOT NULL,
    number bigint NOT NULL,
    at bigint NOT NULL,
    action text NOT NULL,
    entity text,
    program_id bigint,
    user_id bigint,
    api_key_id bigint,
    address text,
    request_id text,
    dialect text,
    actor text,
    changes text NOT NULL,
    reason text,
    salt bytea NOT NULL,
    digest bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_pkey PRIMARY KEY (tenant_id, number),
    CONSTRAINT audit_digest CHECK (length(digest) = 32),
    CONSTRAINT audit_hash CHECK (length(hash) = 32),
    CONSTRAINT audit_number CHECK (number > 0)
);

CREATE INDEX audit_by_action ON audit USING btree (tenant_id, action, number);

CREATE INDEX audit_by_entity ON audit USING btree (tenant_id, entity, number);

CREATE INDEX audit_by_instant ON audit USING btree (tenant_id, at);

CREATE INDEX audit_by_program ON audit USING btree (tenant_id, program_id, number);

CREATE TABLE audit_heads (
    tenant_id bigint NOT NULL,
    number bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_heads_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT audit_heads_hash CHECK (length(hash) = 32)
);

CREATE TABLE awards (
    award_id bigint NOT NULL,
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    event_id bigint NOT NULL,
    rule_id bigint NOT NULL,
    version integer NOT NULL,
    earning smallint NOT NULL,
    effect smallint NOT NULL,
    member_id bigint NOT NULL,
    currency_id bigint NOT NULL,
    shard integer NOT NULL,
    account_id bigint NOT NULL,
    seq integer NOT NULL,
    calculated bigint NOT NULL,
    amount bigint NOT NULL,
    effective_at bigint NOT NULL,
    CONSTRAINT awards_pkey PRIMARY KEY (award_id),
    CONSTRAINT awards_amount CHECK (amount > 0 AND amount <= calculated)
);

CREATE INDEX awards_account ON awards USING btree (account_id, effective_at);

CREATE INDEX awards_rule ON awards USING btree (rule_id, member_id, effective_at);

CREATE INDEX awards_rule_effective ON awards USING btree (rule_id, effective_at);

CREATE INDEX awards_rule_event ON awards USING btree (rule_id, event_id);

CREATE UNIQUE INDEX awards_event ON awards USING btree (event_id, rule_id, earning, effect);

CREATE TABLE benefits (
    benefit_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    program_id bigint,
    name text NOT NULL,
    type text NOT NULL,
    status text NOT NULL,
    stock bigint,
    granted bigint NOT NULL DEFAULT 0,
    terms text NOT NULL,
    metadata text NOT NULL,
    origin text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT benefits_pkey PRIMARY KEY (benefit_id),
    CONSTRAINT benefits_granted CHECK (granted >= 0),
    CONSTRAINT benefits_status CHECK (status = ANY (ARRAY['draft'::text, 'active'::text, 'deleted'::text])),
    CONSTRAINT benefits_stock CHECK (stock >= 0),
    CONSTRAINT benefits_type CHECK (type = ANY (ARRAY['material'::text, 'code'::text, 'points'::text, 'points_proportional'::text]))
);

CREATE INDEX benefits_listed ON benefits USING btree (tenant_id, program_id, benefit_id);

CREATE UNIQUE INDEX voucherify_benefits_name ON benefits USING btree (tenant_id, name) WHERE origin IS NOT NULL AND status <> 'deleted'::text;

CREATE TABLE cohort_sums (
    currency_id bigint NOT NULL,
    born_at bigint NOT NULL,
    recorded_at bigint NOT NULL,
    billions bigint NOT NULL,
    units bigint NOT NULL,
    source smallint NOT NULL,
    target smallint NOT NULL,
    CONSTRAINT cohort_sums_pkey PRIMARY KEY (currency_id, born_at, recorded_at, source, target)
);

CREATE TABLE completed_visits (
    visit_id bigint NOT NULL,
    member_id bigint NOT NULL,
    "position" bigint NOT NULL,
    visits smallint NOT NULL,
    sold bigint NOT NULL,
    paid bigint NOT NULL,
    terms text NOT NULL DEFAULT '[]'::text,
    by_totals smallint NOT NULL DEFAULT 0,
    event_id bigint,
    judged text,
    by_rules smallint NOT NULL DEFAULT 0,
    CONSTRAINT completed_visits_pkey PRIMARY KEY (visit_id),
    CONSTRAINT completed_visits_counts CHECK (visits = 1 OR visits = 0 AND sold = 0 AND paid = 0)
);

CREATE UNIQUE INDEX completed_visits_position ON completed_visits USING btree (member_id, "position");

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
    earning_limits text,
    spending_limits text,
    exchange_points bigint,
    exchange_money bigint,
    return_spent text NOT NULL DEFAULT 'proportional'::text,
    approval_above bigint,
    unit_amount bigint,
    unit_money bigint,
    CONSTRAINT currency_options_pkey PRIMARY KEY (currency_id),
    CONSTRAINT currency_options_approval CHECK (approval_above >= 0),
    CONSTRAINT currency_options_exchange_money CHECK (exchange_money > 0),
    CONSTRAINT currency_options_exchange_points CHECK (exchange_points > 0),
    CONSTRAINT currency_options_initial CHECK (initial_balance >= 0),
    CONSTRAINT currency_options_return_spent CHECK (return_spent = ANY (ARRAY['proportional'::text, 'points_first'::text, 'points_last'::text, 'on_whole'::text, 'none'::text])),
    CONSTRAINT currency_options_unit_amount CHECK (unit_amount > 0),
    CONSTRAINT currency_options_unit_money CHECK (unit_money > 0)
);

CREATE TABLE deliveries (
    delivery_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    webhook_id bigint NOT NULL,
    tenant_id bigint NOT NULL,
    event_id text NOT NULL,
    type text NOT NULL,
    at bigint NOT NULL,
    member_id bigint,
    account_id bigint,
    body text NOT NULL,
    status text NOT NULL,
    attempts bigint NOT NULL DEFAULT 0,
    base bigint NOT NULL DEFAULT 0,
    next_attempt_at bigint,
    claim bigint NOT NULL DEFAULT 0,
    claimed_until bigint,
    last_status bigint,
    last_error text,
    created_at bigint NOT NULL,
    CONSTRAINT deliveries_pkey PRIMARY KEY (delivery_id),
    CONSTRAINT deliveries_webhook_id_event_id_key UNIQUE (webhook_id, event_id),
    CONSTRAINT deliveries_attempts_check CHECK (attempts >= 0),
    CONSTRAINT deliveries_check CHECK (base >= 0 AND base <= attempts),
    CONSTRAINT deliveries_check1 CHECK ((next_attempt_at IS NOT NULL) = (status = 'pending'::text)),
    CONSTRAINT deliveries_check2 CHECK (claimed_until IS NULL OR status = 'pending'::text),
    CONSTRAINT deliveries_status_check CHECK (status = ANY (ARRAY['waiting'::text, 'pending'::text, 'delivered'::text, 'failed'::text]))
);

CREATE INDEX deliveries_by_instant ON deliveries USING btree (created_at);

CREATE INDEX deliveries_by_member ON deliveries USING btree (member_id) WHERE member_id IS NOT NULL;

CREATE INDEX deliveries_by_webhook ON deliveries USING btree (webhook_id, delivery_id);

CREATE INDEX deliveries_claimed ON deliveries USING btree (webhook_id, claimed_until) WHERE claimed_until IS NOT NULL;

CREATE INDEX deliveries_due ON deliveries USING btree (webhook_id, next_attempt_at) WHERE status = 'pending'::text;

CREATE INDEX deliveries_in_order ON deliveries USING btree (webhook_id, account_id, delivery_id) WHERE status = ANY (ARRAY['waiting'::text, 'pending'::text]);

CREATE TABLE delivery_tries (
    delivery_id bigint NOT NULL,
    number bigint NOT NULL,
    at bigint NOT NULL,
    status bigint,
    duration_ms bigint NOT NULL,
    error text,
    response text,
    CONSTRAINT delivery_tries_pkey PRIMARY KEY (delivery_id, number)
);

CREATE TABLE events (
    event_id bigint NOT NULL,
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    kind text NOT NULL,
    external_id text,
    fingerprint bytea,
    member_id bigint NOT NULL,
    name text,
    effective_at bigint NOT NULL,
    created_at bigint NOT NULL,
    "position" bigint NOT NULL,
    order_id bigint,
    facts text,
    metadata text NOT NULL DEFAULT '{}'::text,
    cancelled_at bigint,
    cancel_rows text,
    CONSTRAINT events_pkey PRIMARY KEY (event_id)
);

CREATE UNIQUE INDEX events_external_id ON events USING btree (program_id, kind, external_id) WHERE external_id IS NOT NULL;

CREATE UNIQUE INDEX events_order ON events USING btree (order_id, program_id) WHERE order_id IS NOT NULL;

CREATE UNIQUE INDEX events_position ON events USING btree (member_id, "position");

CREATE TABLE exports (
    export_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    kind text NOT NULL,
    format text NOT NULL,
    since bigint,
    until bigint,
    status text NOT NULL,
    progress bigint NOT NULL DEFAULT 0,
    at bigint,
    bytes bigint NOT NULL DEFAULT 0,
    file text,
    file_until bigint,
    api_key_id bigint,
    user_id bigint,
    created_at bigint NOT NULL,
    finished_at bigint,
    CONSTRAINT exports_pkey PRIMARY KEY (export_id),
    CONSTRAINT exports_progress CHECK (progress >= 0 AND progress <= 100),
    CONSTRAINT exports_status CHECK (status = ANY (ARRAY['running'::text, 'done'::text, 'failed'::text]))
);

CREATE INDEX exports_tenant ON exports USING btree (tenant_id, export_id);

CREATE INDEX exports_with_files ON exports USING btree (status, export_id) WHERE file IS NOT NULL;

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

CREATE TABLE flow_sums (
    currency_id bigint NOT NULL,
    recorded_at bigint NOT NULL,
    effective_at bigint NOT NULL,
    times bigint NOT NULL,
    billions bigint NOT NULL,
    units bigint NOT NULL,
    kind smallint NOT NULL,
    source smallint NOT NULL,
    target smallint NOT NULL,
    CONSTRAINT flow_sums_pkey PRIMARY KEY (currency_id, recorded_at, effective_at, kind, source, target)
);

CREATE INDEX flow_sums_effective ON flow_sums USING btree (currency_id, effective_at);

CREATE TABLE flows (
    currency_id bigint NOT NULL,
    recorded_at bigint NOT NULL,
    effective_at bigint NOT NULL,
    kind smallint NOT NULL,
    source smallint NOT NULL,
    target smallint NOT NULL,
    times bigint NOT NULL,
    billions bigint NOT NULL,
    units bigint NOT NULL,
    CONSTRAINT flows_pkey PRIMARY KEY (currency_id, recorded_at, effective_at, kind, source, target)
);

CREATE INDEX flows_effective ON flows USING btree (currency_id, effective_at);

CREATE TABLE followers (
    name text NOT NULL,
    "position" bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT followers_pkey PRIMARY KEY (name),
    CONSTRAINT followers_position CHECK ("position" >= 0)
);

CREATE TABLE grants (
    grant_id bigint NOT NULL,
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    member_id bigint NOT NULL,
    benefit_id bigint NOT NULL,
    event_id bigint NOT NULL,
    rule_id bigint NOT NULL,
    version integer NOT NULL,
    earning integer NOT NULL,
    effect integer NOT NULL,
    state text NOT NULL,
    reason text,
    currency_id bigint,
    account_id bigint,
    seq integer,
    points bigint,
    origin text,
    created_at bigint NOT NULL,
    refunded_at bigint,
    cancel_seq integer,
    CONSTRAINT grants_pkey PRIMARY KEY (grant_id),
    CONSTRAINT grants_movement CHECK ((account_id IS NULL) = (seq IS NULL) AND (account_id IS NULL) = (points IS NULL) AND (account_id IS NULL) = (currency_id IS NULL)),
    CONSTRAINT grants_points CHECK (points > 0),
    CONSTRAINT grants_refunded CHECK ((state = 'refunded'::text) = (refunded_at IS NOT NULL)),
    CONSTRAINT grants_rejected CHECK ((state = 'rejected'::text) = (reason IS NOT NULL)),
    CONSTRAINT grants_state CHECK (state = ANY (ARRAY['approved'::text, 'refunded'::text, 'rejected'::text]))
);

CREATE INDEX grants_benefit ON grants USING btree (benefit_id, grant_id);

CREATE INDEX grants_member ON grants USING btree (member_id, grant_id);

CREATE INDEX grants_rule ON grants USING btree (rule_id, member_id);

CREATE UNIQUE INDEX grants_effect ON grants USING btree (event_id, rule_id, earning, effect);

CREATE TABLE guards (
    subject text NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT guards_pkey PRIMARY KEY (subject),
    CONSTRAINT guards_version CHECK (version > 0)
);

CREATE TABLE holdings (
    account_id bigint NOT NULL,
    currency_id bigint NOT NULL,
    expires_at bigint NOT NULL,
    pending bigint NOT NULL,
    available bigint NOT NULL,
    held bigint NOT NULL,
    owed bigint NOT NULL,
    owed_held bigint NOT NULL,
    lot integer NOT NULL,
    shard smallint NOT NULL,
    CONSTRAINT holdings_pkey PRIMARY KEY (shard, account_id, lot)
);

CREATE INDEX holdings_expiry ON holdings USING btree (currency_id, expires_at, account_id, lot) INCLUDE (pending, available, held, owed, owed_held);

CREATE TABLE idempotency_keys (
    tenant_id bigint NOT NULL,
    created_at bigint,
    status smallint NOT NULL,
    fingerprint bytea NOT NULL,
    key text NOT NULL,
    body text NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, key),
    CONSTRAINT idempotency_keys_fingerprint CHECK (octet_length(fingerprint) = 16)
);

CREATE INDEX idempotency_keys_created ON idempotency_keys USING btree (created_at) WHERE created_at IS NOT NULL;

CREATE TABLE import_cards (
    program_id bigint NOT NULL,
    source text NOT NULL,
    card_id text NOT NULL,
    account_id bigint NOT NULL,
    CONSTRAINT import_cards_pkey PRIMARY KEY (program_id, source, card_id)
);

CREATE TABLE import_refusals (
    import_id bigint NOT NULL,
    line bigint NOT NULL,
    column_name text,
    code text NOT NULL,
    value text,
    message text NOT NULL,
    content text NOT NULL,
    number bigint NOT NULL DEFAULT 1,
    CONSTRAINT import_refusals_pkey PRIMARY KEY (import_id, line, number)
);

CREATE TABLE imports (
    import_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    kind text NOT NULL,
    declared text NOT NULL,
    digest bytea NOT NULL,
    status text NOT NULL,
    dry_run bigint NOT NULL,
    bytes bigint NOT NULL,
    "position" bigint NOT NULL DEFAULT 0,
    line bigint NOT NULL DEFAULT 0,
    rows_read bigint NOT NULL DEFAULT 0,
    created bigint NOT NULL DEFAULT 0,
    unchanged bigint NOT NULL DEFAULT 0,
    refused bigint NOT NULL DEFAULT 0,
    totals text NOT NULL DEFAULT '{}'::text,
    resumed bigint NOT NULL DEFAULT 0,
    started_at bigint NOT NULL,
    finished_at bigint,
    file text,
    file_until bigint,
    layout text,
    judged bigint NOT NULL DEFAULT 0,
    api_key_id bigint,
    user_id bigint,
    named_upto bigint NOT NULL DEFAULT 0,
    CONSTRAINT imports_pkey PRIMARY KEY (import_id),
    CONSTRAINT imports_digest CHECK (length(digest) = 32),
    CONSTRAINT imports_dry_run CHECK (dry_run = ANY (ARRAY[0::bigint, 1::bigint])),
    CONSTRAINT imports_judged CHECK (judged = ANY (ARRAY[0::bigint, 1::bigint])),
    CONSTRAINT imports_status CHECK (status = ANY (ARRAY['running'::text, 'done'::text, 'stopped'::text, 'failed'::text])),
    CONSTRAINT imports_sum CHECK (rows_read = (created + unchanged + refused))
);

CREATE INDEX imports_digest ON imports USING btree (program_id, digest);

CREATE INDEX imports_tenant ON imports USING btree (tenant_id, import_id);

CREATE INDEX imports_with_files ON imports USING btree (status, program_id, import_id) WHERE file IS NOT NULL;

CREATE TABLE joined_members (
    member_id bigint NOT NULL,
    program_id bigint NOT NULL,
    tenant_id bigint NOT NULL,
    joined_at bigint NOT NULL,
    CONSTRAINT joined_members_pkey PRIMARY KEY (member_id)
);

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

CREATE TABLE login_failures (
    login_hash bytea NOT NULL,
    failures bigint NOT NULL,
    locked_until bigint NOT NULL,
    last_at bigint NOT NULL,
    CONSTRAINT login_failures_pkey PRIMARY KEY (login_hash)
);

CREATE INDEX login_failures_last ON login_failures USING btree (last_at);

CREATE TABLE lot_births (
    account_id bigint NOT NULL,
    born_at bigint NOT NULL,
    lot integer NOT NULL,
    shard smallint NOT NULL,
    CONSTRAINT lot_births_pkey PRIMARY KEY (shard, account_id, lot)
);

CREATE TABLE lot_rows (
    account_id bigint NOT NULL,
    lot integer NOT NULL,
    seq integer NOT NULL,
    shard smallint NOT NULL,
    closed text,
    CONSTRAINT lot_rows_pkey PRIMARY KEY (shard, account_id, lot, seq),
    CONSTRAINT lot_rows_numbers CHECK (lot > 0 AND seq > 0)
);

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
    merged_into bigint,
    erased_at bigint,
    CONSTRAINT members_pkey PRIMARY KEY (member_id),
    CONSTRAINT members_deleted CHECK ((status = 'deleted'::text) = (deleted_at IS NOT NULL)),
    CONSTRAINT members_status CHECK (status = ANY (ARRAY['active'::text, 'inactive'::text, 'deleted'::text]))
);

CREATE INDEX members_created ON members USING btree (program_id, created_at);

CREATE INDEX members_email ON members USING btree (program_id, email_key) WHERE email_key IS NOT NULL;

CREATE INDEX members_phone ON members USING btree (program_id, phone_key) WHERE phone_key IS NOT NULL;

CREATE INDEX members_program ON members USING btree (program_id, member_id);

CREATE INDEX members_search ON members USING gin (member_search(tenant_id, program_id, name, email_key, phone_key)) WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX members_external_id ON members USING btree (program_id, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE merges (
    merge_id bigint NOT NULL,
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    member_id bigint NOT NULL,
    into_id bigint NOT NULL,
    status_before text NOT NULL,
    reason text,
    actor text,
    user_id bigint,
    api_key_id bigint,
    dialect text,
    request_id text,
    address text,
    audited smallint NOT NULL DEFAULT 0,
    merged_at bigint NOT NULL,
    undone_at bigint,
    CONSTRAINT merges_pkey PRIMARY KEY (merge_id)
);

CREATE INDEX merges_into ON merges USING btree (into_id);

CREATE INDEX merges_unaudited ON merges USING btree (merge_id) WHERE audited <
CASE
    WHEN undone_at IS NULL THEN 1
    ELSE 2
END;

CREATE UNIQUE INDEX merges_member ON merges USING btree (member_id) WHERE undone_at IS NULL;

CREATE TABLE oauth_tokens (
    token_hash bytea NOT NULL,
    api_key_id bigint NOT NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT oauth_tokens_pkey PRIMARY KEY (token_hash),
    CONSTRAINT oauth_tokens_hash_length CHECK (octet_length(token_hash) = 32)
);

CREATE INDEX oauth_tokens_expiry ON oauth_tokens USING btree (expires_at);

CREATE TABLE offers (
    offer_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    reward_id bigint NOT NULL,
    stock bigint,
    redeemed bigint NOT NULL DEFAULT 0,
    written_off bigint NOT NULL DEFAULT 0,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    ended_at bigint,
    CONSTRAINT offers_pkey PRIMARY KEY (offer_id),
    CONSTRAINT offers_redeemed CHECK (redeemed >= 0),
    CONSTRAINT offers_stock CHECK (stock >= 0),
    CONSTRAINT offers_written_off CHECK (written_off >= 0)
);

CREATE INDEX offers_of_reward ON offers USING btree (reward_id);

CREATE UNIQUE INDEX offers_reward ON offers USING btree (program_id, reward_id);

CREATE TABLE open_lots (
    account_id bigint NOT NULL,
    currency_id bigint NOT NULL,
    expires_at bigint NOT NULL,
    pending bigint NOT NULL,
    available bigint NOT NULL,
    held bigint NOT NULL,
    owed bigint NOT NULL,
    lot integer NOT NULL,
    shard smallint NOT NULL,
    CONSTRAINT open_lots_pkey PRIMARY KEY (shard, account_id, lot)
);

CREATE INDEX open_lots_expiry ON open_lots USING btree (currency_id, expires_at);

CREATE TABLE orders (
    order_id bigint NOT NULL,
    tenant_id bigint NOT NULL,
    program_id bigint,
    member_id bigint,
    customer text,
    external_id text,
    status text NOT NULL,
    money text NOT NULL,
    scale smallint NOT NULL,
    amount bigint NOT NULL,
    total bigint NOT NULL,
    refunded bigint NOT NULL DEFAULT 0,
    lines text NOT NULL,
    channel text,
    location text,
    metadata text NOT NULL DEFAULT '{}'::text,
    origin text,
    judged text,
    effective_at bigint NOT NULL,
    paid_at bigint,
    fulfilled_at bigint,
    cancelled_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT orders_pkey PRIMARY KEY (order_id),
    CONSTRAINT orders_amount CHECK (amount >= 0),
    CONSTRAINT orders_refunded CHECK (refunded >= 0 AND refunded <= total),
    CONSTRAINT orders_scale CHECK (scale >= 0 AND scale <= 4),
    CONSTRAINT orders_status CHECK (status = ANY (ARRAY['created'::text, 'paid'::text, 'partly_refunded'::text, 'refunded'::text, 'cancelled'::text])),
    CONSTRAINT orders_total CHECK (total >= 0)
);

CREATE INDEX orders_customer ON orders USING btree (tenant_id, customer, order_id) WHERE customer IS NOT NULL;

CREATE INDEX orders_member ON orders USING btree (member_id, order_id) WHERE member_id IS NOT NULL;

CREATE INDEX orders_program ON orders USING btree (tenant_id, program_id, order_id);

CREATE UNIQUE INDEX orders_external_id ON orders USING btree (tenant_id, COALESCE(program_id, 0::bigint), external_id) WHERE external_id IS NOT NULL;

CREATE TABLE outbox (
    number bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    "position" bigint NOT NULL DEFAULT draw_position(),
    tenant_id bigint NOT NULL,
    program_id bigint,
    member_id bigint,
    account_id bigint,
    type text NOT NULL,
    at bigint NOT NULL,
    value text NOT NULL,
    CONSTRAINT outbox_pkey PRIMARY KEY (number)
);

CREATE INDEX outbox_by_instant ON outbox USING btree (at);

CREATE INDEX outbox_by_member ON outbox USING btree (member_id) WHERE member_id IS NOT NULL;

CREATE INDEX outbox_by_position ON outbox USING btree ("position", number);

CREATE INDEX outbox_by_tenant ON outbox USING btree (tenant_id, "position", number);

CREATE TABLE outbox_pruned (
    tenant_id bigint NOT NULL,
    "position" bigint NOT NULL,
    number bigint NOT NULL,
    CONSTRAINT outbox_pruned_pkey PRIMARY KEY (tenant_id)
);

CREATE TABLE payments (
    payment_id bigint NOT NULL,
    tenant_id bigint NOT NULL,
    order_id bigint NOT NULL,
    shard smallint NOT NULL,
    account_id bigint NOT NULL,
    seq bigint NOT NULL,
    currency_id bigint NOT NULL,
    amount bigint NOT NULL,
    points bigint NOT NULL,
    exchange_points bigint NOT NULL,
    exchange_money bigint NOT NULL,
    return_spent text NOT NULL,
    created_at bigint NOT NULL,
    returned_at bigint,
    CONSTRAINT payments_pkey PRIMARY KEY (payment_id),
    CONSTRAINT payments_amount CHECK (amount > 0),
    CONSTRAINT payments_exchange_money CHECK (exchange_money > 0),
    CONSTRAINT payments_exchange_points CHECK (exchange_points > 0),
    CONSTRAINT payments_points CHECK (points > 0),
    CONSTRAINT payments_return_spent CHECK (return_spent = ANY (ARRAY['proportional'::text, 'points_first'::text, 'points_last'::text, 'on_whole'::text, 'none'::text]))
);

CREATE INDEX payments_order ON payments USING btree (order_id, payment_id);

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
    phone_region text,
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

CREATE TABLE purchase_refunds (
    refund_id bigint NOT NULL,
    purchase_id bigint NOT NULL,
    quantity integer NOT NULL,
    refunded integer NOT NULL,
    points bigint NOT NULL,
    target_points bigint NOT NULL,
    seq integer,
    target_seq integer,
    is_written_off boolean NOT NULL,
    origin text,
    created_at bigint NOT NULL,
    CONSTRAINT purchase_refunds_pkey PRIMARY KEY (refund_id),
    CONSTRAINT purchase_refunds_points CHECK (points >= 0),
    CONSTRAINT purchase_refunds_quantity CHECK (quantity > 0),
    CONSTRAINT purchase_refunds_refunded CHECK (refunded >= quantity),
    CONSTRAINT purchase_refunds_target_points CHECK (target_points >= 0)
);

CREATE UNIQUE INDEX purchase_refunds_order ON purchase_refunds USING btree (purchase_id, refunded);

CREATE TABLE purchases (
    purchase_id bigint NOT NULL,
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    member_id bigint NOT NULL,
    reward_id bigint NOT NULL,
    offer_id bigint NOT NULL,
    state text NOT NULL,
    quantity integer NOT NULL,
    refunded integer NOT NULL DEFAULT 0,
    written_off integer NOT NULL DEFAULT 0,
    "position" integer NOT NULL,
    currency_id bigint NOT NULL,
    account_id bigint NOT NULL,
    seq integer NOT NULL,
    points bigint NOT NULL,
    target_currency_id bigint,
    target_account_id bigint,
    target_seq integer,
    target_points bigint,
    is_refundable boolean NOT NULL,
    external_id text,
    metadata text NOT NULL,
    origin text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT purchases_pkey PRIMARY KEY (purchase_id),
    CONSTRAINT purchases_points CHECK (points > 0),
    CONSTRAINT purchases_quantity CHECK (quantity > 0),
    CONSTRAINT purchases_refunded CHECK (refunded >= 0 AND refunded <= quantity),
    CONSTRAINT purchases_state CHECK (state = ANY (ARRAY['approved'::text, 'partly_refunded'::text, 'refunded'::text])),
    CONSTRAINT purchases_states CHECK (state =
CASE refunded
    WHEN 0 THEN 'approved'::text
    WHEN quantity THEN 'refunded'::text
    ELSE 'partly_refunded'::text
END),
    CONSTRAINT purchases_target CHECK ((target_account_id IS NULL) = (target_seq IS NULL) AND (target_account_id IS NULL) = (target_points IS NULL) AND (target_account_id IS NULL) = (target_currency_id IS NULL)),
    CONSTRAINT purchases_target_points CHECK (target_points > 0),
    CONSTRAINT purchases_written_off CHECK (written_off >= 0 AND written_off <= refunded)
);

CREATE INDEX purchases_member ON purchases USING btree (member_id, purchase_id);

CREATE INDEX purchases_of_reward ON purchases USING btree (reward_id, member_id, created_at);

CREATE INDEX purchases_reward ON purchases USING btree (reward_id, purchase_id);

CREATE UNIQUE INDEX purchases_external_id ON purchases USING btree (program_id, external_id) WHERE external_id IS NOT NULL;

CREATE UNIQUE INDEX purchases_movement ON purchases USING btree (account_id, seq);

CREATE TABLE refunds (
    refund_id bigint NOT NULL,
    tenant_id bigint NOT NULL,
    program_id bigint,
    order_id bigint NOT NULL,
    external_id text,
    fingerprint text NOT NULL,
    cause text NOT NULL,
    amount bigint NOT NULL,
    lines text NOT NULL,
    effects text NOT NULL,
    reason text,
    created_at bigint NOT NULL,
    voided_at bigint,
    CONSTRAINT refunds_pkey PRIMARY KEY (refund_id),
    CONSTRAINT refunds_amount CHECK (amount >= 0),
    CONSTRAINT refunds_cause CHECK (cause = ANY (ARRAY['refund'::text, 'change'::text, 'cancel'::text]))
);

CREATE INDEX refunds_order ON refunds USING btree (order_id, refund_id);

CREATE UNIQUE INDEX refunds_external_id ON refunds USING btree (tenant_id, COALESCE(program_id, 0::bigint), external_id) WHERE external_id IS NOT NULL;

CREATE TABLE repeated_keys (
    account_id bigint NOT NULL,
    seq integer NOT NULL,
    count integer NOT NULL,
    shard smallint NOT NULL,
    already boolean NOT NULL,
    key_digest bytea NOT NULL,
    fingerprint bytea NOT NULL,
    CONSTRAINT repeated_keys_pkey PRIMARY KEY (key_digest),
    CONSTRAINT repeated_keys_bytes CHECK (octet_length(key_digest) = 16 AND octet_length(fingerprint) = 16),
    CONSTRAINT repeated_keys_rows CHECK (seq > 0 AND count >= 0)
);

CREATE TABLE reward_codes (
    code_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    reward_id bigint,
    code text NOT NULL,
    state text NOT NULL,
    purchase_id bigint,
    grant_id bigint,
    created_at bigint NOT NULL,
    issued_at bigint,
    used_at bigint,
    voided_at bigint,
    CONSTRAINT reward_codes_pkey PRIMARY KEY (code_id),
    CONSTRAINT reward_codes_owner CHECK (
CASE
    WHEN state = 'free'::text THEN purchase_id IS NULL AND grant_id IS NULL AND issued_at IS NULL
    ELSE (purchase_id IS NULL) <> (grant_id IS NULL) AND issued_at IS NOT NULL
END),
    CONSTRAINT reward_codes_state CHECK (state = ANY (ARRAY['free'::text, 'issued'::text, 'used'::text, 'voided'::text])),
    CONSTRAINT reward_codes_used CHECK ((state = 'used'::text) = (used_at IS NOT NULL)),
    CONSTRAINT reward_codes_voided CHECK ((state = 'voided'::text) = (voided_at IS NOT NULL))
);

CREATE INDEX reward_codes_free ON reward_codes USING btree (reward_id, code_id) WHERE state = 'free'::text;

CREATE INDEX reward_codes_grant ON reward_codes USING btree (grant_id) WHERE grant_id IS NOT NULL;

CREATE INDEX reward_codes_of_reward ON reward_codes USING btree (reward_id, code_id);

CREATE INDEX reward_codes_purchase ON reward_codes USING btree (purchase_id) WHERE purchase_id IS NOT NULL;

CREATE UNIQUE INDEX reward_codes_code ON reward_codes USING btree (tenant_id, code);

CREATE TABLE rewards (
    reward_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    program_id bigint,
    name text NOT NULL,
    type text NOT NULL,
    status text NOT NULL,
    starts_at bigint,
    ends_at bigint,
    is_refundable boolean NOT NULL,
    terms text NOT NULL,
    metadata text NOT NULL,
    origin text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT rewards_pkey PRIMARY KEY (reward_id),
    CONSTRAINT rewards_dates CHECK (ends_at > starts_at),
    CONSTRAINT rewards_status CHECK (status = ANY (ARRAY['draft'::text, 'active'::text, 'inactive'::text, 'deleted'::text])),
    CONSTRAINT rewards_type CHECK (type = ANY (ARRAY['material'::text, 'code'::text, 'points'::text]))
);

CREATE INDEX rewards_listed ON rewards USING btree (tenant_id, program_id, reward_id);

CREATE TABLE rule_catalogues (
    program_id bigint NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT rule_catalogues_pkey PRIMARY KEY (program_id)
);

CREATE TABLE rule_programs (
    assignment_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    program_id bigint NOT NULL,
    rule_id bigint NOT NULL,
    assigned_at bigint NOT NULL,
    ended_at bigint,
    CONSTRAINT rule_programs_pkey PRIMARY KEY (assignment_id)
);

CREATE INDEX rule_programs_rule ON rule_programs USING btree (rule_id);

CREATE UNIQUE INDEX rule_programs_present ON rule_programs USING btree (program_id, rule_id) WHERE ended_at IS NULL;

CREATE TABLE rule_versions (
    rule_id bigint NOT NULL,
    version integer NOT NULL,
    valid_from bigint NOT NULL,
    body text NOT NULL,
    library text NOT NULL,
    CONSTRAINT rule_versions_pkey PRIMARY KEY (rule_id, version)
);

CREATE TABLE rules (
    rule_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    program_id bigint,
    name text NOT NULL,
    status text NOT NULL,
    version integer NOT NULL,
    trigger_type text NOT NULL,
    trigger_name text,
    has_given boolean NOT NULL DEFAULT false,
    origin text,
    metadata text NOT NULL DEFAULT '{}'::text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT rules_pkey PRIMARY KEY (rule_id),
    CONSTRAINT rules_status CHECK (status = ANY (ARRAY['draft'::text, 'active'::text, 'inactive'::text, 'deleted'::text])),
    CONSTRAINT rules_version CHECK (version > 0)
);

CREATE INDEX rules_tenant ON rules USING btree (tenant_id, rule_id);

CREATE TABLE schema_code (
    oldest text NOT NULL,
    newest text NOT NULL
);

CREATE TABLE segment_members (
    program_id bigint NOT NULL,
    segment text NOT NULL,
    member_id bigint NOT NULL,
    entered_at bigint NOT NULL,
    left_at bigint,
    stay_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    CONSTRAINT segment_members_pkey PRIMARY KEY (stay_id),
    CONSTRAINT segment_members_left_at CHECK (left_at >= entered_at)
);

CREATE INDEX segment_members_member ON segment_members USING btree (member_id, entered_at);

CREATE UNIQUE INDEX segment_members_present ON segment_members USING btree (member_id, segment) WHERE left_at IS NULL;

CREATE TABLE sessions (
    session_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    user_id bigint NOT NULL,
    token_hash bytea NOT NULL,
    created_at bigint NOT NULL,
    last_used_at bigint NOT NULL,
    address text,
    user_agent text,
    confirmed_at bigint,
    is_stale boolean NOT NULL DEFAULT false,
    CONSTRAINT sessions_pkey PRIMARY KEY (session_id)
);

CREATE INDEX sessions_user ON sessions USING btree (user_id, session_id);

CREATE UNIQUE INDEX sessions_token ON sessions USING btree (token_hash);

CREATE TABLE standings (
    account_id bigint NOT NULL,
    base bigint NOT NULL,
    cancelled bigint NOT NULL,
    deadline_at bigint,
    target integer NOT NULL,
    seq integer NOT NULL,
    committed_by integer NOT NULL,
    released_by integer NOT NULL,
    cancelled_by integer NOT NULL,
    shard smallint NOT NULL,
    status smallint NOT NULL,
    parts text,
    CONSTRAINT standings_pkey PRIMARY KEY (shard, account_id, target, seq),
    CONSTRAINT standings_amounts CHECK (base > 0 AND cancelled >= 0 AND cancelled <= base),
    CONSTRAINT standings_links CHECK (target > 0 AND target <= seq AND (committed_by = 0 OR committed_by > target) AND (released_by = 0 OR released_by > target) AND (cancelled_by = 0 OR cancelled_by > target)),
    CONSTRAINT standings_released CHECK ((status = 2) = (released_by > 0)),
    CONSTRAINT standings_status CHECK (status >= 0 AND status <= 2)
);

CREATE TABLE tenants (
    tenant_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    name text NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT tenants_pkey PRIMARY KEY (tenant_id)
);

CREATE TABLE tier_due (
    member_id bigint NOT NULL,
    program_id bigint NOT NULL,
    tenant_id bigint NOT NULL,
    since bigint NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT tier_due_pkey PRIMARY KEY (member_id)
);

CREATE TABLE tier_groups (
    tier_group_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    currency_id bigint NOT NULL,
    name text NOT NULL,
    created_at bigint NOT NULL,
    status text NOT NULL DEFAULT 'active'::text,
    terms text NOT NULL DEFAULT '{"on_cancel":"ordinary"}'::text,
    metadata text NOT NULL DEFAULT '{}'::text,
    origin text,
    revision integer NOT NULL DEFAULT 1,
    activated_at bigint,
    updated_at bigint NOT NULL DEFAULT 0,
    CONSTRAINT tier_groups_pkey PRIMARY KEY (tier_group_id),
    CONSTRAINT tier_groups_status CHECK (status = ANY (ARRAY['draft'::text, 'active'::text, 'inactive'::text, 'deleted'::text]))
);

CREATE INDEX tier_groups_program ON tier_groups USING btree (program_id, tier_group_id);

CREATE TABLE tier_heralds (
    tier_group_id bigint NOT NULL,
    member_id bigint NOT NULL,
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    basis text NOT NULL,
    steps integer NOT NULL,
    next_at bigint,
    CONSTRAINT tier_heralds_pkey PRIMARY KEY (tier_group_id, member_id),
    CONSTRAINT tier_heralds_steps CHECK (steps >= 0)
);

CREATE INDEX tier_heralds_next ON tier_heralds USING btree (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE tier_standings (
    tier_group_id bigint NOT NULL,
    account_id bigint NOT NULL,
    basis text NOT NULL,
    seq integer NOT NULL,
    state text NOT NULL,
    history text NOT NULL,
    CONSTRAINT tier_standings_pkey PRIMARY KEY (tier_group_id, account_id)
);

CREATE TABLE tiers (
    tier_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tier_group_id bigint NOT NULL,
    external_id text,
    name text NOT NULL,
    threshold bigint NOT NULL,
    ceiling bigint,
    segment text,
    keep_forever boolean NOT NULL DEFAULT false,
    metadata text NOT NULL DEFAULT '{}'::text,
    origin text,
    CONSTRAINT tiers_pkey PRIMARY KEY (tier_id),
    CONSTRAINT tiers_ceiling CHECK (ceiling >= threshold),
    CONSTRAINT tiers_threshold CHECK (threshold >= 0)
);

CREATE INDEX tiers_group ON tiers USING btree (tier_group_id, threshold);

CREATE UNIQUE INDEX tiers_external_id ON tiers USING btree (tier_group_id, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE transactions (
    account_id bigint NOT NULL,
    amount bigint NOT NULL,
    balance_before bigint NOT NULL,
    balance_after bigint NOT NULL,
    recorded_at bigint NOT NULL,
    effective_at bigint NOT NULL,
    shortfall bigint NOT NULL,
    pending bigint NOT NULL,
    available bigint NOT NULL,
    held bigint NOT NULL,
    spent bigint NOT NULL,
    expired bigint NOT NULL,
    revoked bigint NOT NULL,
    owed bigint NOT NULL,
    owed_held bigint NOT NULL,
    restored bigint NOT NULL,
    due_at bigint,
    peer bigint,
    deadline_at bigint,
    slides_at bigint,
    api_key_id bigint,
    user_id bigint,
    seq integer NOT NULL,
    target integer NOT NULL,
    root integer NOT NULL,
    link integer NOT NULL,
    state_seq integer NOT NULL,
    shard smallint NOT NULL,
    kind smallint NOT NULL,
    key_rows smallint,
    by_clock boolean NOT NULL,
    hash bytea NOT NULL,
    postings text NOT NULL,
    terms text NOT NULL,
    state text NOT NULL,
    external_id text,
    reason text,
    actor text,
    metadata text,
    subject text,
    dialect text,
    request_id text,
    salt bytea,
    texts_digest bytea,
    key_digest bytea,
    fingerprint bytea,
    "position" bigint NOT NULL,
    CONSTRAINT transactions_pkey PRIMARY KEY (shard, account_id, seq),
    CONSTRAINT transactions_amount CHECK (amount >= 1 AND amount <= '9000000000000000'::bigint),
    CONSTRAINT transactions_balance CHECK (balance_after = (available - owed)),
    CONSTRAINT transactions_effective CHECK (effective_at <= recorded_at),
    CONSTRAINT transactions_hash CHECK (octet_length(hash) = 32),
    CONSTRAINT transactions_key CHECK ((key_digest IS NULL) = (fingerprint IS NULL) AND (key_digest IS NULL) = (key_rows IS NULL) AND octet_length(key_digest) = 16 AND octet_length(fingerprint) = 16 AND key_rows > 0),
    CONSTRAINT transactions_kind CHECK (kind >= 1 AND kind <= 13),
    CONSTRAINT transactions_link CHECK (link >= 0),
    CONSTRAINT transactions_not_negative CHECK (pending >= 0 AND available >= 0 AND held >= 0 AND spent >= 0 AND expired >= 0 AND revoked >= 0 AND restored >= 0 AND owed_held >= 0 AND owed >= owed_held),
    CONSTRAINT transactions_pays_deficits CHECK (owed = 0 OR available = 0),
    CONSTRAINT transactions_peer CHECK (peer > 0),
    CONSTRAINT transactions_postings CHECK (postings !~ '\[[0-9]+,[-0]'::text),
    CONSTRAINT transactions_root CHECK (root > 0 AND root <= seq),
    CONSTRAINT transactions_seal CHECK ((salt IS NULL OR texts_digest IS NOT NULL) AND octet_length(salt) = 16 AND octet_length(texts_digest) = 32),
    CONSTRAINT transactions_seq CHECK (seq >= 1 AND seq <= 8388607),
    CONSTRAINT transactions_shortfall CHECK (shortfall >= 0),
    CONSTRAINT transactions_state_seq CHECK (state_seq >= 1 AND state_seq <= seq),
    CONSTRAINT transactions_target CHECK (target >= 0 AND target < seq)
);

CREATE INDEX transactions_position ON transactions USING btree ("position");

CREATE INDEX transactions_subject ON transactions USING btree (shard, account_id, subject, seq) WHERE subject IS NOT NULL;

CREATE INDEX transactions_user ON transactions USING btree (user_id, recorded_at) WHERE user_id IS NOT NULL;

CREATE UNIQUE INDEX transactions_key_digest ON transactions USING btree (key_digest) WHERE key_digest IS NOT NULL;

CREATE TABLE unrewarded (
    event_id bigint NOT NULL,
    rule_id bigint NOT NULL,
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    member_id bigint NOT NULL,
    recorded_at bigint NOT NULL,
    reason text NOT NULL,
    CONSTRAINT unrewarded_pkey PRIMARY KEY (event_id, rule_id),
    CONSTRAINT unrewarded_reason CHECK (reason = ANY (ARRAY['cooldown'::text, 'frequency'::text, 'budget'::text, 'nothing'::text, 'capped'::text]))
);

CREATE INDEX unrewarded_program ON unrewarded USING btree (program_id, recorded_at);

CREATE TABLE user_amount_limits (
    user_id bigint NOT NULL,
    currency_id bigint NOT NULL,
    per_transaction bigint,
    per_day bigint,
    CONSTRAINT user_amount_limits_pkey PRIMARY KEY (user_id, currency_id),
    CONSTRAINT user_amount_limits_day CHECK (per_day >= 0),
    CONSTRAINT user_amount_limits_transaction CHECK (per_transaction >= 0)
);

CREATE TABLE user_days (
    user_id bigint NOT NULL,
    currency_id bigint NOT NULL,
    day bigint NOT NULL,
    used bigint NOT NULL,
    CONSTRAINT user_days_pkey PRIMARY KEY (user_id, currency_id)
);

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
    role text NOT NULL DEFAULT 'viewer'::text,
    status text NOT NULL DEFAULT 'active'::text,
    language text NOT NULL DEFAULT 'en'::text,
    totp_secret text,
    totp_step bigint NOT NULL DEFAULT 0,
    last_login_at bigint,
    CONSTRAINT users_pkey PRIMARY KEY (user_id),
    CONSTRAINT users_language CHECK (language = ANY (ARRAY['en'::text, 'ru'::text])),
    CONSTRAINT users_role CHECK (role = ANY (ARRAY['viewer'::text, 'support'::text, 'manager'::text, 'admin'::text])),
    CONSTRAINT users_status CHECK (status = ANY (ARRAY['active'::text, 'disabled'::text]))
);

CREATE INDEX users_tenant ON users USING btree (tenant_id, user_id);

CREATE UNIQUE INDEX users_login ON users USING btree (login);

CREATE TABLE verifications (
    name text NOT NULL,
    verified_at bigint NOT NULL,
    faults bigint NOT NULL,
    sound_at bigint,
    CONSTRAINT verifications_pkey PRIMARY KEY (name),
    CONSTRAINT verifications_faults CHECK (faults >= 0)
);

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
    CONSTRAINT voucherify_activities_entity CHECK (entity = ANY (ARRAY['program'::text, 'member'::text, 'card'::text, 'card_definition'::text, 'tier_structure'::text, 'reward'::text, 'earning_rule'::text, 'benefit'::text]))
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

CREATE TABLE voucherify_earnings (
    rule_id bigint NOT NULL,
    version bigint NOT NULL,
    earning smallint NOT NULL,
    serial bigint NOT NULL,
    CONSTRAINT voucherify_earnings_pkey PRIMARY KEY (rule_id, version, earning)
);

CREATE TABLE voucherify_event_names (
    name_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    tenant_id bigint NOT NULL,
    name text NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT voucherify_event_names_pkey PRIMARY KEY (name_id),
    CONSTRAINT voucherify_event_names_name UNIQUE (tenant_id, name)
);

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

CREATE TABLE voucherify_order_transactions (
    transaction_id bigint NOT NULL,
    tenant_id bigint NOT NULL,
    member_id bigint NOT NULL,
    account_id bigint NOT NULL,
    definition bigint NOT NULL,
    order_id bigint NOT NULL,
    seq bigint,
    details text NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT voucherify_order_transactions_pkey PRIMARY KEY (transaction_id)
);

CREATE INDEX voucherify_order_transactions_member ON voucherify_order_transactions USING btree (member_id, created_at, transaction_id);

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

CREATE TABLE voucherify_tier_groups (
    tier_group_id bigint NOT NULL,
    program_id bigint NOT NULL,
    structure_id bigint NOT NULL,
    created_at bigint NOT NULL,
    ended_at bigint,
    CONSTRAINT voucherify_tier_groups_pkey PRIMARY KEY (tier_group_id)
);

CREATE INDEX voucherify_tier_groups_structure ON voucherify_tier_groups USING btree (structure_id);

CREATE UNIQUE INDEX voucherify_tier_groups_present ON voucherify_tier_groups USING btree (program_id, structure_id) WHERE ended_at IS NULL;

CREATE TABLE voucherify_tier_structures (
    structure_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    tenant_id bigint NOT NULL,
    name text NOT NULL,
    status text NOT NULL,
    type text NOT NULL,
    body text NOT NULL,
    metadata text NOT NULL DEFAULT '{}'::text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT voucherify_tier_structures_pkey PRIMARY KEY (structure_id),
    CONSTRAINT voucherify_tier_structures_status CHECK (status = ANY (ARRAY['DRAFT'::text, 'ACTIVE'::text, 'INACTIVE'::text, 'DELETED'::text])),
    CONSTRAINT voucherify_tier_structures_type CHECK (type = ANY (ARRAY['POINT_BALANCE'::text, 'POINT_EARNED'::text]))
);

CREATE INDEX voucherify_tier_structures_tenant ON voucherify_tier_structures USING btree (tenant_id, structure_id);

CREATE TABLE voucherify_tiers (
    tier_id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    structure_id bigint NOT NULL,
    name text NOT NULL,
    body text NOT NULL,
    metadata text NOT NULL DEFAULT '{}'::text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    deleted_at bigint,
    CONSTRAINT voucherify_tiers_pkey PRIMARY KEY (tier_id)
);

CREATE INDEX voucherify_tiers_structure ON voucherify_tiers USING btree (structure_id, tier_id);

CREATE TABLE webhooks (
    webhook_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    tenant_id bigint NOT NULL,
    program_id bigint,
    url text NOT NULL,
    events text NOT NULL,
    format text NOT NULL,
    description text NOT NULL,
    headers text NOT NULL,
    status text NOT NULL,
    disabled_reason text,
    secret text NOT NULL,
    old_secret text,
    old_secret_until bigint,
    cursor text NOT NULL,
    failures bigint NOT NULL DEFAULT 0,
    succeeded_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT webhooks_pkey PRIMARY KEY (webhook_id),
    CONSTRAINT webhooks_check CHECK (disabled_reason IS NULL OR status <> 'active'::text),
    CONSTRAINT webhooks_check1 CHECK ((old_secret IS NULL) = (old_secret_until IS NULL)),
    CONSTRAINT webhooks_failures_check CHECK (failures >= 0),
    CONSTRAINT webhooks_format_check CHECK (format = ANY (ARRAY['stampbook'::text, 'voucherify'::text])),
    CONSTRAINT webhooks_status_check CHECK (status = ANY (ARRAY['active'::text, 'disabled'::text, 'deleted'::text]))
);

CREATE INDEX webhooks_by_tenant ON webhooks USING btree (tenant_id, webhook_id);

ALTER TABLE accounts ADD CONSTRAINT accounts_currency_id_fkey FOREIGN KEY (currency_id) REFERENCES currencies(currency_id);

ALTER TABLE accounts ADD CONSTRAINT accounts_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(member_id);

ALTER TABLE accounts ADD CONSTRAINT accounts_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE accounts ADD CONSTRAINT accounts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE altcraft_export_parts ADD CONSTRAINT altcraft_export_parts_export_id_fkey FOREIGN KEY (export_id) REFERENCES altcraft_exports(export_id);

ALTER TABLE altcraft_exports ADD CONSTRAINT altcraft_exports_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_keys(api_key_id);

ALTER TABLE altcraft_exports ADD CONSTRAINT altcraft_exports_currency_id_fkey FOREIGN KEY (currency_id) REFERENCES currencies(currency_id);

ALTER TABLE altcraft_exports ADD CONSTRAINT altcraft_exports_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE altcraft_exports ADD CONSTRAINT altcraft_exports_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE anchors ADD CONSTRAINT anchors_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE api_keys ADD CONSTRAINT api_keys_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE api_keys ADD CONSTRAINT api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE approvals ADD CONSTRAINT approvals_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES users(user_id);

ALTER TABLE approvals ADD CONSTRAINT approvals_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE approvals ADD CONSTRAINT approvals_requested_by_fkey FOREIGN KEY (requested_by) REFERENCES users(user_id);

ALTER TABLE approvals ADD CONSTRAINT approvals_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE audit ADD CONSTRAINT audit_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE audit_heads ADD CONSTRAINT audit_heads_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE benefits ADD CONSTRAINT benefits_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE benefits ADD CONSTRAINT benefits_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE completed_visits ADD CONSTRAINT completed_visits_event_id_fkey FOREIGN KEY (event_id) REFERENCES events(event_id);

ALTER TABLE completed_visits ADD CONSTRAINT completed_visits_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(member_id);

ALTER TABLE completed_visits ADD CONSTRAINT completed_visits_visit_id_fkey FOREIGN KEY (visit_id) REFERENCES visits(visit_id);

ALTER TABLE currencies ADD CONSTRAINT currencies_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE currencies ADD CONSTRAINT currencies_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE currency_options ADD CONSTRAINT currency_options_currency_id_fkey FOREIGN KEY (currency_id) REFERENCES currencies(currency_id);

ALTER TABLE deliveries ADD CONSTRAINT deliveries_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE deliveries ADD CONSTRAINT deliveries_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES webhooks(webhook_id);

ALTER TABLE delivery_tries ADD CONSTRAINT delivery_tries_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES deliveries(delivery_id);

ALTER TABLE exports ADD CONSTRAINT exports_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE exports ADD CONSTRAINT exports_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE grants ADD CONSTRAINT grants_benefit_id_fkey FOREIGN KEY (benefit_id) REFERENCES benefits(benefit_id);

ALTER TABLE grants ADD CONSTRAINT grants_currency_id_fkey FOREIGN KEY (currency_id) REFERENCES currencies(currency_id);

ALTER TABLE grants ADD CONSTRAINT grants_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(member_id);

ALTER TABLE grants ADD CONSTRAINT grants_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE grants ADD CONSTRAINT grants_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE import_cards ADD CONSTRAINT import_cards_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE import_refusals ADD CONSTRAINT import_refusals_import_id_fkey FOREIGN KEY (import_id) REFERENCES imports(import_id);

ALTER TABLE imports ADD CONSTRAINT imports_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE imports ADD CONSTRAINT imports_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE joined_members ADD CONSTRAINT joined_members_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(member_id);

ALTER TABLE joined_members ADD CONSTRAINT joined_members_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE joined_members ADD CONSTRAINT joined_members_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE locations ADD CONSTRAINT locations_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE locations ADD CONSTRAINT locations_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE members ADD CONSTRAINT members_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES members(member_id);

ALTER TABLE members ADD CONSTRAINT members_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE members ADD CONSTRAINT members_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE merges ADD CONSTRAINT merges_into_id_fkey FOREIGN KEY (into_id) REFERENCES members(member_id);

ALTER TABLE merges ADD CONSTRAINT merges_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(member_id);

ALTER TABLE merges ADD CONSTRAINT merges_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE merges ADD CONSTRAINT merges_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE oauth_tokens ADD CONSTRAINT oauth_tokens_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_keys(api_key_id);

ALTER TABLE offers ADD CONSTRAINT offers_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE offers ADD CONSTRAINT offers_reward_id_fkey FOREIGN KEY (reward_id) REFERENCES rewards(reward_id);

ALTER TABLE offers ADD CONSTRAINT offers_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE orders ADD CONSTRAINT orders_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(member_id);

ALTER TABLE orders ADD CONSTRAINT orders_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE orders ADD CONSTRAINT orders_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE outbox ADD CONSTRAINT outbox_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE outbox_pruned ADD CONSTRAINT outbox_pruned_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE payments ADD CONSTRAINT payments_currency_id_fkey FOREIGN KEY (currency_id) REFERENCES currencies(currency_id);

ALTER TABLE payments ADD CONSTRAINT payments_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(order_id);

ALTER TABLE payments ADD CONSTRAINT payments_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE point_promotion_rules ADD CONSTRAINT point_promotion_rules_currency_id_fkey FOREIGN KEY (currency_id) REFERENCES currencies(currency_id);

ALTER TABLE point_promotion_rules ADD CONSTRAINT point_promotion_rules_promotion_id_fkey FOREIGN KEY (promotion_id) REFERENCES point_promotions(promotion_id);

ALTER TABLE point_promotions ADD CONSTRAINT point_promotions_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE point_promotions ADD CONSTRAINT point_promotions_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE programs ADD CONSTRAINT programs_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE promotions ADD CONSTRAINT promotions_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE promotions ADD CONSTRAINT promotions_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE purchase_refunds ADD CONSTRAINT purchase_refunds_purchase_id_fkey FOREIGN KEY (purchase_id) REFERENCES purchases(purchase_id);

ALTER TABLE purchases ADD CONSTRAINT purchases_currency_id_fkey FOREIGN KEY (currency_id) REFERENCES currencies(currency_id);

ALTER TABLE purchases ADD CONSTRAINT purchases_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(member_id);

ALTER TABLE purchases ADD CONSTRAINT purchases_offer_id_fkey FOREIGN KEY (offer_id) REFERENCES offers(offer_id);

ALTER TABLE purchases ADD CONSTRAINT purchases_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE purchases ADD CONSTRAINT purchases_reward_id_fkey FOREIGN KEY (reward_id) REFERENCES rewards(reward_id);

ALTER TABLE purchases ADD CONSTRAINT purchases_target_currency_id_fkey FOREIGN KEY (target_currency_id) REFERENCES currencies(currency_id);

ALTER TABLE purchases ADD CONSTRAINT purchases_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE refunds ADD CONSTRAINT refunds_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(order_id);

ALTER TABLE refunds ADD CONSTRAINT refunds_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE refunds ADD CONSTRAINT refunds_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE reward_codes ADD CONSTRAINT reward_codes_reward_id_fkey FOREIGN KEY (reward_id) REFERENCES rewards(reward_id);

ALTER TABLE reward_codes ADD CONSTRAINT reward_codes_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE rewards ADD CONSTRAINT rewards_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE rewards ADD CONSTRAINT rewards_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE rule_catalogues ADD CONSTRAINT rule_catalogues_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE rule_programs ADD CONSTRAINT rule_programs_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE rule_programs ADD CONSTRAINT rule_programs_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES rules(rule_id);

ALTER TABLE rule_versions ADD CONSTRAINT rule_versions_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES rules(rule_id);

ALTER TABLE rules ADD CONSTRAINT rules_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE rules ADD CONSTRAINT rules_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE segment_members ADD CONSTRAINT segment_members_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(member_id);

ALTER TABLE segment_members ADD CONSTRAINT segment_members_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE sessions ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id);

ALTER TABLE tier_due ADD CONSTRAINT tier_due_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(member_id);

ALTER TABLE tier_due ADD CONSTRAINT tier_due_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE tier_due ADD CONSTRAINT tier_due_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE tier_groups ADD CONSTRAINT tier_groups_currency_id_fkey FOREIGN KEY (currency_id) REFERENCES currencies(currency_id);

ALTER TABLE tier_groups ADD CONSTRAINT tier_groups_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE tier_groups ADD CONSTRAINT tier_groups_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE tier_heralds ADD CONSTRAINT tier_heralds_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(member_id);

ALTER TABLE tier_heralds ADD CONSTRAINT tier_heralds_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE tier_heralds ADD CONSTRAINT tier_heralds_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE tier_heralds ADD CONSTRAINT tier_heralds_tier_group_id_fkey FOREIGN KEY (tier_group_id) REFERENCES tier_groups(tier_group_id);

ALTER TABLE tier_standings ADD CONSTRAINT tier_standings_tier_group_id_fkey FOREIGN KEY (tier_group_id) REFERENCES tier_groups(tier_group_id);

ALTER TABLE tiers ADD CONSTRAINT tiers_tier_group_id_fkey FOREIGN KEY (tier_group_id) REFERENCES tier_groups(tier_group_id);

ALTER TABLE unrewarded ADD CONSTRAINT unrewarded_event_id_fkey FOREIGN KEY (event_id) REFERENCES events(event_id);

ALTER TABLE unrewarded ADD CONSTRAINT unrewarded_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(member_id);

ALTER TABLE unrewarded ADD CONSTRAINT unrewarded_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE unrewarded ADD CONSTRAINT unrewarded_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES rules(rule_id);

ALTER TABLE unrewarded ADD CONSTRAINT unrewarded_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE user_amount_limits ADD CONSTRAINT user_amount_limits_currency_id_fkey FOREIGN KEY (currency_id) REFERENCES currencies(currency_id);

ALTER TABLE user_amount_limits ADD CONSTRAINT user_amount_limits_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id);

ALTER TABLE user_days ADD CONSTRAINT user_days_currency_id_fkey FOREIGN KEY (currency_id) REFERENCES currencies(currency_id);

ALTER TABLE user_days ADD CONSTRAINT user_days_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(user_id);

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

ALTER TABLE voucherify_earnings ADD CONSTRAINT voucherify_earnings_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES rules(rule_id);

ALTER TABLE voucherify_event_names ADD CONSTRAINT voucherify_event_names_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE voucherify_exports ADD CONSTRAINT voucherify_exports_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE voucherify_exports ADD CONSTRAINT voucherify_exports_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE voucherify_members ADD CONSTRAINT voucherify_members_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES voucherify_customers(customer_id);

ALTER TABLE voucherify_members ADD CONSTRAINT voucherify_members_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(member_id);

ALTER TABLE voucherify_members ADD CONSTRAINT voucherify_members_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE voucherify_order_transactions ADD CONSTRAINT voucherify_order_transactions_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(member_id);

ALTER TABLE voucherify_order_transactions ADD CONSTRAINT voucherify_order_transactions_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(order_id);

ALTER TABLE voucherify_order_transactions ADD CONSTRAINT voucherify_order_transactions_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE voucherify_programs ADD CONSTRAINT voucherify_programs_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE voucherify_rejections ADD CONSTRAINT voucherify_rejections_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE voucherify_tier_groups ADD CONSTRAINT voucherify_tier_groups_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE voucherify_tier_groups ADD CONSTRAINT voucherify_tier_groups_structure_id_fkey FOREIGN KEY (structure_id) REFERENCES voucherify_tier_structures(structure_id);

ALTER TABLE voucherify_tier_groups ADD CONSTRAINT voucherify_tier_groups_tier_group_id_fkey FOREIGN KEY (tier_group_id) REFERENCES tier_groups(tier_group_id);

ALTER TABLE voucherify_tier_structures ADD CONSTRAINT voucherify_tier_structures_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

ALTER TABLE voucherify_tiers ADD CONSTRAINT voucherify_tiers_structure_id_fkey FOREIGN KEY (structure_id) REFERENCES voucherify_tier_structures(structure_id);

ALTER TABLE webhooks ADD CONSTRAINT webhooks_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs(program_id);

ALTER TABLE webhooks ADD CONSTRAINT webhooks_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);

CREATE TRIGGER anchors_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON anchors FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

CREATE TRIGGER audit_append_only BEFORE DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

CREATE TRIGGER audit_not_edited BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_audit_edit();

CREATE TRIGGER idempotency_keys_in_turn BEFORE INSERT ON idempotency_keys FOR EACH ROW EXECUTE FUNCTION take_turn();

CREATE TRIGGER lot_rows_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON lot_rows FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change();

CREATE TRIGGER members_phone_key BEFORE UPDATE OF phone_key ON members FOR EACH ROW EXECUTE FUNCTION hold_phone_region();

CREATE TRIGGER programs_phone_region BEFORE UPDATE OF phone_region ON programs FOR EACH ROW EXECUTE FUNCTION change_phone_region();

CREATE TRIGGER standings_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON standings FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change();

CREATE TRIGGER transactions_append_only BEFORE DELETE OR TRUNCATE ON transactions FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change();

CREATE TRIGGER transactions_not_edited BEFORE UPDATE ON transactions FOR EACH ROW EXECUTE FUNCTION refuse_journal_edit();

