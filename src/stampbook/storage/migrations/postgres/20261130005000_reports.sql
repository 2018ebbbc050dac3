-- migrate:up

-- What points are worth: `unit_amount` (smallest units) of a currency are worth `unit_money`
-- (millionths of the unit of money).
ALTER TABLE currency_options ADD COLUMN unit_amount bigint
    CONSTRAINT currency_options_unit_amount CHECK (unit_amount > 0);
ALTER TABLE currency_options ADD COLUMN unit_money bigint
    CONSTRAINT currency_options_unit_money CHECK (unit_money > 0);

-- migrate:down

ALTER TABLE currency_options DROP COLUMN unit_amount, DROP COLUMN unit_money;
