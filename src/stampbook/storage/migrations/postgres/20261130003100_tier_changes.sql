-- migrate:up

-- How many of a member's standings in a group of tiers have been announced (loyalty/tiers/
-- heralding.py), of which revision of the group, and when time alone will change the standing.
CREATE TABLE tier_heralds (
    tier_group_id bigint NOT NULL REFERENCES tier_groups,
    member_id bigint NOT NULL REFERENCES members,
    tenant_id bigint NOT NULL REFERENCES tenants,
    program_id bigint NOT NULL REFERENCES programs,
    basis text NOT NULL,
    steps integer NOT NULL CONSTRAINT tier_heralds_steps CHECK (steps >= 0),
    next_at bigint,
    PRIMARY KEY (tier_group_id, member_id)
);

CREATE INDEX tier_heralds_next ON tier_heralds (next_at) WHERE next_at IS NOT NULL;

-- Members whose standings may have changed by what is not in the journal.
CREATE TABLE tier_due (
    member_id bigint NOT NULL PRIMARY KEY REFERENCES members,
    program_id bigint NOT NULL REFERENCES programs,
    tenant_id bigint NOT NULL REFERENCES tenants,
    since bigint NOT NULL,
    version integer NOT NULL DEFAULT 1
);

-- Standings of before are announced to nobody.
INSERT INTO followers (name, position, updated_at)
SELECT 'tiers', COALESCE(max(position), 0), 0 FROM transactions;

-- migrate:down

DELETE FROM followers WHERE name = 'tiers';
DROP TABLE tier_due;
DROP TABLE tier_heralds;
