-- migrate:up transaction:false

-- The purchases of a reward, newest first.
DROP INDEX CONCURRENTLY IF EXISTS purchases_reward;
CREATE INDEX CONCURRENTLY purchases_reward ON purchases (reward_id, purchase_id);

-- migrate:down

DROP INDEX purchases_reward;
