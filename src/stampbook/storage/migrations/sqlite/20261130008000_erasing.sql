-- migrate:up

-- A person's data can be erased: from then on a member has no name or address, and texts of the journal and of the
-- audit log are gone together with their salts. Nothing else of these tables can be changed.
ALTER TABLE members ADD COLUMN erased_at INTEGER;

DROP TRIGGER transactions_not_edited;
CREATE TRIGGER transactions_not_edited BEFORE UPDATE ON transactions
WHEN NOT (
    NEW.reason IS NULL AND NEW.actor IS NULL AND NEW.metadata IS NULL AND NEW.salt IS NULL
    AND NEW.account_id IS OLD.account_id AND NEW.amount IS OLD.amount AND NEW.balance_before IS OLD.balance_before
    AND NEW.balance_after IS OLD.balance_after AND NEW.recorded_at IS OLD.recorded_at AND NEW.effective_at IS OLD.effective_at
    AND NEW.shortfall IS OLD.shortfall AND NEW.pending IS OLD.pending AND NEW.available IS OLD.available
    AND NEW.held IS OLD.held AND NEW.spent IS OLD.spent AND NEW.expired IS OLD.expired
    AND NEW.revoked IS OLD.revoked AND NEW.owed IS OLD.owed AND NEW.owed_held IS OLD.owed_held
    AND NEW.restored IS OLD.restored AND NEW.due_at IS OLD.due_at AND NEW.peer IS OLD.peer
    AND NEW.deadline_at IS OLD.deadline_at AND NEW.slides_at IS OLD.slides_at AND NEW.api_key_id IS OLD.api_key_id
    AND NEW.user_id IS OLD.user_id AND NEW.seq IS OLD.seq AND NEW.target IS OLD.target
    AND NEW.root IS OLD.root AND NEW.link IS OLD.link AND NEW.state_seq IS OLD.state_seq
    AND NEW.shard IS OLD.shard AND NEW.kind IS OLD.kind AND NEW.key_rows IS OLD.key_rows
    AND NEW.by_clock IS OLD.by_clock AND NEW.hash IS OLD.hash AND NEW.postings IS OLD.postings
    AND NEW.terms IS OLD.terms AND NEW.state IS OLD.state AND NEW.external_id IS OLD.external_id
    AND NEW.subject IS OLD.subject AND NEW.dialect IS OLD.dialect AND NEW.request_id IS OLD.request_id
    AND NEW.texts_digest IS OLD.texts_digest AND NEW.key_digest IS OLD.key_digest AND NEW.fingerprint IS OLD.fingerprint
    AND NEW.position IS OLD.position
)
BEGIN
    SELECT RAISE(ABORT, 'the journal is never edited');
END;

DROP TRIGGER audit_not_edited;
CREATE TRIGGER audit_not_edited BEFORE UPDATE ON audit
WHEN NOT (
    NEW.changes = '{}' AND NEW.reason IS NULL AND length(NEW.salt) = 0
    AND NEW.tenant_id IS OLD.tenant_id AND NEW.number IS OLD.number AND NEW.at IS OLD.at
    AND NEW.action IS OLD.action AND NEW.entity IS OLD.entity AND NEW.program_id IS OLD.program_id
    AND NEW.user_id IS OLD.user_id AND NEW.api_key_id IS OLD.api_key_id AND NEW.address IS OLD.address
    AND NEW.request_id IS OLD.request_id AND NEW.dialect IS OLD.dialect AND NEW.actor IS OLD.actor
    AND NEW.digest IS OLD.digest AND NEW.hash IS OLD.hash
)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is never edited');
END;

-- migrate:down

DROP TRIGGER audit_not_edited;
CREATE TRIGGER audit_not_edited BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit log is never edited');
END;

DROP TRIGGER transactions_not_edited;
CREATE TRIGGER transactions_not_edited BEFORE UPDATE ON transactions BEGIN
    SELECT RAISE(ABORT, 'the journal is never edited');
END;

ALTER TABLE members DROP COLUMN erased_at;
