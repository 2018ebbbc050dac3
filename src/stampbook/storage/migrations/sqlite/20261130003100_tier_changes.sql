-- migrate:up

-- How many of a member's standings in a group of tiers have been announced (loyalty/tiers/
-- heralding.py), of which revision of the group, and when time alone will change the standing.
CREATE TABLE tier_heralds (
    tier_group_id INTEGER NOT NULL REFERENCES tier_groups,
    member_id INTEGER NOT NULL REFERENCES members,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    program_id INTEGER NOT NULL REFERENCES programs,
    basis TEXT NOT NULL,
    steps INTEGER NOT NULL CONSTRAINT tier_heralds_steps CHECK (steps >= 0),
    next_at INTEGER,
    PRIMARY KEY (tier_group_id, member_id)
) STRICT;

CREATE INDEX tier_heralds_next ON tier_heralds (next_at) WHERE next_at IS NOT NULL;

-- Members whose standings may have changed by what is not in the journal.
CREATE TABLE tier_due (
    member_id INTEGER NOT NULL PRIMARY KEY REFERENCES members,
    program_id INTEGER NOT NULL REFERENCES programs,
    tenant_id INTEGER NOT NULL REFERENCES tenants,
    since INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
) STRICT;

-- Standings of before are announced to nobody.
INSERT INTO followers (name, position, updated_at)
SELECT 'tiers', COALESCE(max(position), 0), 0 FROM transactions;

-- migrate:down

DELETE FROM followers WHERE name = 'tiers';
DROP TABLE tier_due;
DROP TABLE tier_heralds;
