-- migrate:up

-- Voucherify: payments for orders as their transactions, whose number an accepted one shares with
-- its payment. A rejected one has no `seq`, the row of the account that took the points. `definition`
-- is the number of the card definition, `details` is JSON.
CREATE TABLE voucherify_order_transactions (
    transaction_id bigint PRIMARY KEY,
    tenant_id bigint NOT NULL REFERENCES tenants,
    member_id bigint NOT NULL REFERENCES members,
    account_id bigint NOT NULL,
    definition bigint NOT NULL,
    order_id bigint NOT NULL REFERENCES orders,
    seq bigint,
    details text NOT NULL,
    created_at bigint NOT NULL
);
CREATE INDEX voucherify_order_transactions_member
    ON voucherify_order_transactions (member_id, created_at, transaction_id);

-- migrate:down

DROP TABLE voucherify_order_transactions;
