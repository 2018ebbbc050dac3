-- migrate:up

-- Voucherify: names of custom events that its rules and events use; an id of the form ms_… names
-- one of them.
CREATE TABLE voucherify_event_names (
    name_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id bigint NOT NULL REFERENCES tenants,
    name text NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT voucherify_event_names_name UNIQUE (tenant_id, name)
);

-- Which earning of the wire each earning of a version is: `serial` goes on when others come and go.
CREATE TABLE voucherify_earnings (
    rule_id bigint NOT NULL REFERENCES rules,
    version bigint NOT NULL,
    earning smallint NOT NULL,
    serial bigint NOT NULL,
    PRIMARY KEY (rule_id, version, earning)
);

-- Names of Voucherify's benefits are unique.
CREATE UNIQUE INDEX voucherify_benefits_name ON benefits (tenant_id, name)
    WHERE origin IS NOT NULL AND status <> 'deleted';

-- migrate:down

DROP INDEX voucherify_benefits_name;
DROP TABLE voucherify_earnings;
DROP TABLE voucherify_event_names;
