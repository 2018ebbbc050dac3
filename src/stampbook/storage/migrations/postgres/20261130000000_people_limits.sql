-- migrate:up

-- What a person may move in one act and on one day, what they have done on a day, and above which
-- amount an act of a person needs a second one (programs/people/overseeing.py).
CREATE TABLE user_amount_limits (
    user_id bigint NOT NULL REFERENCES users,
    currency_id bigint NOT NULL REFERENCES currencies,
    per_transaction bigint CONSTRAINT user_amount_limits_transaction CHECK (per_transaction >= 0),
    per_day bigint CONSTRAINT user_amount_limits_day CHECK (per_day >= 0),
    PRIMARY KEY (user_id, currency_id)
);

CREATE TABLE user_days (
    user_id bigint NOT NULL REFERENCES users,
    currency_id bigint NOT NULL REFERENCES currencies,
    day bigint NOT NULL,
    used bigint NOT NULL,
    PRIMARY KEY (user_id, currency_id)
);

ALTER TABLE currency_options ADD COLUMN approval_above bigint
    CONSTRAINT currency_options_approval CHECK (approval_above >= 0);

-- migrate:down

ALTER TABLE currency_options DROP COLUMN approval_above;
DROP TABLE user_days;
DROP TABLE user_amount_limits;
