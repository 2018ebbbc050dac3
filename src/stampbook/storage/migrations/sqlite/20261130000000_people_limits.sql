-- migrate:up

-- What a person may move in one act and on one day, what they have done on a day, and above which
-- amount an act of a person needs a second one (programs/people/overseeing.py).
CREATE TABLE user_amount_limits (
    user_id INTEGER NOT NULL REFERENCES users,
    currency_id INTEGER NOT NULL REFERENCES currencies,
    per_transaction INTEGER CONSTRAINT user_amount_limits_transaction CHECK (per_transaction >= 0),
    per_day INTEGER CONSTRAINT user_amount_limits_day CHECK (per_day >= 0),
    PRIMARY KEY (user_id, currency_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE user_days (
    user_id INTEGER NOT NULL REFERENCES users,
    currency_id INTEGER NOT NULL REFERENCES currencies,
    day INTEGER NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (user_id, currency_id)
) STRICT, WITHOUT ROWID;

ALTER TABLE currency_options ADD COLUMN approval_above INTEGER
    CONSTRAINT currency_options_approval CHECK (approval_above >= 0);

-- migrate:down

ALTER TABLE currency_options DROP COLUMN approval_above;
DROP TABLE user_days;
DROP TABLE user_amount_limits;
