-- migrate:up transaction:false

-- What waits for a second person is looked up for each page of an account, a visit or an order. The index is made beside
-- the writers.
DROP INDEX CONCURRENTLY IF EXISTS approvals_waiting;
CREATE INDEX CONCURRENTLY approvals_waiting ON approvals (tenant_id, approval_id) WHERE status = 'pending';

-- migrate:down

DROP INDEX approvals_waiting;
