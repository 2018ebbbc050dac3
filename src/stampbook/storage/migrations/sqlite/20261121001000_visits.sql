-- migrate:up

-- The same tables as on PostgreSQL (see the file of the same name there).

CREATE TABLE locations (
    location_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    title TEXT NOT NULL,
    timezone TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX locations_program ON locations (tenant_id, program_id, location_id);

-- To what a user is limited; location 0: to the whole program. No row: to nothing.
CREATE TABLE user_limits (
    user_id INTEGER NOT NULL REFERENCES users,
    program_id INTEGER NOT NULL REFERENCES programs,
    location_id INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, program_id, location_id)
) STRICT, WITHOUT ROWID;

-- Until now the table held versions only and nothing wrote to it.
DROP TABLE visits;
CREATE TABLE visits (
    visit_id INTEGER PRIMARY KEY AUTOINCREMENT,
    version INTEGER NOT NULL DEFAULT 1 CONSTRAINT visits_version CHECK (version > 0),
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    location_id INTEGER NOT NULL REFERENCES locations,
    member_id INTEGER REFERENCES members,
    attendance INTEGER NOT NULL
        CONSTRAINT visits_attendance CHECK (attendance BETWEEN -1 AND 2),
    starts_at INTEGER NOT NULL,
    comment TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX visits_location ON visits (location_id, visit_id);
CREATE INDEX visits_member ON visits (program_id, member_id) WHERE member_id IS NOT NULL;

CREATE TABLE visit_records (
    record_id INTEGER PRIMARY KEY AUTOINCREMENT,
    visit_id INTEGER NOT NULL REFERENCES visits,
    staff_id INTEGER NOT NULL,
    starts_at INTEGER NOT NULL,
    length_s INTEGER NOT NULL CONSTRAINT visit_records_length CHECK (length_s >= 0),
    attendance INTEGER NOT NULL
        CONSTRAINT visit_records_attendance CHECK (attendance BETWEEN -1 AND 2),
    comment TEXT NOT NULL,
    extra TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;
CREATE INDEX visit_records_visit ON visit_records (visit_id, record_id);

CREATE TABLE visit_lines (
    line_id INTEGER PRIMARY KEY AUTOINCREMENT,
    visit_id INTEGER NOT NULL REFERENCES visits,
    record_id INTEGER NOT NULL REFERENCES visit_records,
    kind TEXT NOT NULL CONSTRAINT visit_lines_kind CHECK (kind IN ('service', 'good')),
    item_id INTEGER NOT NULL,
    title TEXT NOT NULL,
    quantity INTEGER NOT NULL CONSTRAINT visit_lines_quantity CHECK (quantity > 0),
    first_cost INTEGER NOT NULL
        CONSTRAINT visit_lines_first_cost CHECK (first_cost BETWEEN 0 AND 9000000000000000),
    discount INTEGER NOT NULL
        CONSTRAINT visit_lines_discount CHECK (discount BETWEEN 0 AND 10000),
    cost INTEGER NOT NULL
        CONSTRAINT visit_lines_cost CHECK (cost BETWEEN 0 AND 9000000000000000),
    staff_id INTEGER NOT NULL,
    extra TEXT NOT NULL DEFAULT '{}',
    deleted_at INTEGER
) STRICT;
CREATE INDEX visit_lines_visit ON visit_lines (visit_id, line_id);

-- Without a line: money beyond what any line costs.
CREATE TABLE visit_payments (
    payment_id INTEGER PRIMARY KEY AUTOINCREMENT,
    visit_id INTEGER NOT NULL REFERENCES visits,
    line_id INTEGER REFERENCES visit_lines,
    amount INTEGER NOT NULL
        CONSTRAINT visit_payments_amount CHECK (amount BETWEEN 1 AND 9000000000000000),
    desk_id INTEGER NOT NULL,
    paid_at INTEGER NOT NULL,
    comment TEXT NOT NULL,
    deleted_at INTEGER
) STRICT;
CREATE INDEX visit_payments_visit ON visit_payments (visit_id, payment_id);

-- What a promotion gives: terms are a JSON object (visits/promotions.py).
CREATE TABLE promotions (
    promotion_id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    terms TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;
CREATE INDEX promotions_program ON promotions (program_id, promotion_id);

-- Account 0: given without a card. A beneficiary is rewarded for a referral.
-- A discount's transaction number is its own number where journal rows have their account's.
CREATE TABLE visit_discounts (
    discount_id INTEGER PRIMARY KEY AUTOINCREMENT
        CONSTRAINT visit_discounts_number CHECK (discount_id <= 1073741823),
    visit_id INTEGER NOT NULL REFERENCES visits,
    line_id INTEGER NOT NULL REFERENCES visit_lines,
    promotion_id INTEGER NOT NULL REFERENCES promotions,
    account_id INTEGER NOT NULL,
    amount INTEGER NOT NULL
        CONSTRAINT visit_discounts_amount CHECK (amount BETWEEN 1 AND 9000000000000000),
    beneficiary_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    cancelled_at INTEGER
) STRICT;
CREATE INDEX visit_discounts_visit ON visit_discounts (visit_id, discount_id);
CREATE UNIQUE INDEX visit_discounts_once ON visit_discounts (line_id, promotion_id, account_id)
    WHERE cancelled_at IS NULL;

-- The accounts that may have paid for a visit or been credited for it: where to look in the journal.
CREATE TABLE visit_accounts (
    visit_id INTEGER NOT NULL REFERENCES visits,
    account_id INTEGER NOT NULL,
    PRIMARY KEY (visit_id, account_id)
) STRICT, WITHOUT ROWID;

-- migrate:down

DROP TABLE visit_accounts;
DROP TABLE visit_discounts;
DROP TABLE promotions;
DROP TABLE visit_payments;
DROP TABLE visit_lines;
DROP TABLE visit_records;
DROP TABLE visits;
DROP TABLE user_limits;
DROP TABLE locations;
CREATE TABLE visits (
    visit_id INTEGER PRIMARY KEY AUTOINCREMENT,
    version INTEGER NOT NULL DEFAULT 1 CONSTRAINT visits_version CHECK (version > 0)
) STRICT;
