-- migrate:up

-- When the sweeper looks at an account: never later than something is due, but perhaps earlier. A
-- hold and its commit move `next_due_at` there and back. If that were indexed, each would write the
-- account into all of its indexes anew; `sweep_at` stands still meanwhile.
ALTER TABLE accounts ADD sweep_at bigint NOT NULL DEFAULT 9223372036854775807;
UPDATE accounts SET sweep_at = next_due_at WHERE next_due_at < 9223372036854775807;
ALTER TABLE accounts ADD CONSTRAINT accounts_swept_in_time CHECK (sweep_at <= next_due_at);
DROP INDEX accounts_due;
CREATE INDEX accounts_due ON accounts (shard, sweep_at) WHERE sweep_at < 9223372036854775807;

-- migrate:down

DROP INDEX accounts_due;
CREATE INDEX accounts_due ON accounts (shard, next_due_at)
    WHERE next_due_at < 9223372036854775807;
ALTER TABLE accounts DROP sweep_at;
