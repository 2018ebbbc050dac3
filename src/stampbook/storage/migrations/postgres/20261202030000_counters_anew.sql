-- migrate:up

-- The sums of a card whose pending points passed over in a merge counted them as taken from its balance. All sums are
-- made from the journal anew, when they are asked for.
-- former code works: it makes them anew, too
TRUNCATE voucherify_counters;

-- migrate:down
