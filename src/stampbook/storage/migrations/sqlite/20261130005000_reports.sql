-- migrate:up

-- As on PostgreSQL (see the file of the same name there).
ALTER TABLE currency_options ADD COLUMN unit_amount INTEGER
    CONSTRAINT currency_options_unit_amount CHECK (unit_amount > 0);
ALTER TABLE currency_options ADD COLUMN unit_money INTEGER
    CONSTRAINT currency_options_unit_money CHECK (unit_money > 0);

-- migrate:down

ALTER TABLE currency_options DROP COLUMN unit_amount;
ALTER TABLE currency_options DROP COLUMN unit_money;
