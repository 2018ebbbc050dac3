-- migrate:up

-- What waits for a second person is looked up for each page of an account, a visit or an order.
CREATE INDEX approvals_waiting ON approvals (tenant_id, approval_id) WHERE status = 'pending';

-- migrate:down

DROP INDEX approvals_waiting;
