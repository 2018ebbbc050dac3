-- migrate:up transaction:false

-- One person asks once with one key, and what is asked for once waits once.
-- former code works: it keeps the first rule by a lock, the new index serves its look-ups, and it has no subjects.
-- Before there was that lock, two requests at once could both be kept: the newest stays.
UPDATE approvals SET key = NULL, status = CASE WHEN status = 'pending' THEN 'withdrawn' ELSE status END
WHERE key IS NOT NULL AND EXISTS (
    SELECT 1 FROM approvals newer
    WHERE newer.requested_by = approvals.requested_by AND newer.key = approvals.key
      AND newer.approval_id > approvals.approval_id);
DROP INDEX CONCURRENTLY IF EXISTS approvals_once;
CREATE UNIQUE INDEX CONCURRENTLY approvals_once ON approvals (requested_by, key) WHERE key IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS approvals_subject;
CREATE UNIQUE INDEX CONCURRENTLY approvals_subject ON approvals (program_id, subject)
    WHERE subject IS NOT NULL AND status = 'pending';
DROP INDEX CONCURRENTLY IF EXISTS approvals_key;

-- migrate:down

CREATE INDEX approvals_key ON approvals (requested_by, key) WHERE key IS NOT NULL;
DROP INDEX approvals_subject;
DROP INDEX approvals_once;
