-- migrate:up

-- What a person did last, over all accounts. Rows that no person wrote are not in it.
CREATE INDEX transactions_user ON transactions (user_id, recorded_at) WHERE user_id IS NOT NULL;

-- migrate:down

DROP INDEX transactions_user;
