-- migrate:up

-- What a batch writes comes to the statement `save` as an array of each of these records.
CREATE TYPE saved_account AS (
    account_id bigint, version integer, seq integer, lots integer, clock bigint, issued bigint,
    pending bigint, available bigint, held bigint, spent bigint, expired bigint, revoked bigint,
    owed bigint, owed_held bigint, restored bigint, slides_at bigint, slid_at bigint,
    next_due_at bigint, head bytea
);
CREATE TYPE saved_visit AS (visit_id bigint, version bigint);
CREATE TYPE standing_policy AS (currency_id bigint, version bigint);
CREATE TYPE new_row AS (
    account_id bigint, seq integer, kind smallint, amount bigint, balance_before bigint,
    balance_after bigint, recorded_at bigint, effective_at bigint, target integer, root integer,
    link integer, peer bigint, by_clock boolean, deadline_at bigint, slides_at bigint,
    shortfall bigint, external_id text, reason text, actor text, metadata text, subject text,
    postings text, terms text, hash bytea
);
CREATE TYPE new_lot AS (
    account_id bigint, lot integer, accrued_by integer, activates_at bigint, expires_at bigint,
    created_at bigint, sliding boolean, grace boolean, locked boolean, doomed bigint,
    reinstated bigint, issued bigint, pending bigint, available bigint, held bigint, spent bigint,
    expired bigint, revoked bigint
);
CREATE TYPE changed_lot AS (
    account_id bigint, lot integer, activates_at bigint, expires_at bigint, locked boolean,
    doomed bigint, reinstated bigint, pending bigint, available bigint, held bigint, spent bigint,
    expired bigint, revoked bigint
);
CREATE TYPE saved_part AS (
    account_id bigint, txn_seq integer, lot integer, amount bigint, held boolean
);
CREATE TYPE gone_part AS (account_id bigint, txn_seq integer, lot integer);
CREATE TYPE saved_movement AS (
    account_id bigint, seq integer, base bigint, status smallint, cancelled bigint,
    deadline_at bigint, committed_by integer, released_by integer, cancelled_by integer
);
CREATE TYPE new_key AS (
    tenant_id bigint, shard smallint, account_id bigint, seq integer, count integer,
    already boolean, fingerprint bytea, key text
);
CREATE TYPE new_external_id AS (
    program_id bigint, shard smallint, account_id bigint, seq integer, fingerprint bytea,
    external_id text
);

-- migrate:down

DROP TYPE saved_account, saved_visit, standing_policy, new_row, new_lot, changed_lot, saved_part,
    gone_part, saved_movement, new_key, new_external_id;
