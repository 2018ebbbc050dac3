-- migrate:up

-- The purchases of a reward, newest first.
CREATE INDEX purchases_reward ON purchases (reward_id, purchase_id);

-- migrate:down

DROP INDEX purchases_reward;
