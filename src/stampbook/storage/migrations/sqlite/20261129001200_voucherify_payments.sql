-- migrate:up

-- As on PostgreSQL: see the file of the same name there.
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

-- migrate:down

DROP TABLE voucherify_order_transactions;
