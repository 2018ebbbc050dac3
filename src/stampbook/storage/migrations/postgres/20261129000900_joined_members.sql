-- migrate:up

-- Members whose joining rules are still to judge. The row is written with the member where a rule
-- of the program is for it, and goes in the commit of the event.
CREATE TABLE joined_members (
    member_id bigint PRIMARY KEY REFERENCES members,
    program_id bigint NOT NULL REFERENCES programs,
    tenant_id bigint NOT NULL REFERENCES tenants,
    joined_at bigint NOT NULL
);

-- migrate:down

DROP TABLE joined_members;
