-- migrate:up

-- A person's data can be erased: from then on a member has no name or address, and texts of the journal and of the
-- audit log are gone together with their salts. Nothing else of these tables can be changed.
ALTER TABLE members ADD COLUMN erased_at bigint;

CREATE FUNCTION refuse_journal_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    OLD.reason := NULL;
    OLD.actor := NULL;
    OLD.metadata := NULL;
    OLD.salt := NULL;
    IF NEW IS NOT DISTINCT FROM OLD THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the journal is never edited and nothing is deleted from it'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transactions_append_only';
END $$;

DROP TRIGGER transactions_append_only ON transactions;
CREATE TRIGGER transactions_append_only BEFORE DELETE OR TRUNCATE ON transactions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change();
CREATE TRIGGER transactions_not_edited BEFORE UPDATE ON transactions
    FOR EACH ROW EXECUTE FUNCTION refuse_journal_edit();

CREATE FUNCTION refuse_audit_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    OLD.changes := '{}';
    OLD.reason := NULL;
    OLD.salt := '';
    IF NEW IS NOT DISTINCT FROM OLD THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit log is never edited and nothing is deleted from it'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'audit_append_only';
END $$;

DROP TRIGGER audit_append_only ON audit;
CREATE TRIGGER audit_append_only BEFORE DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_not_edited BEFORE UPDATE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_edit();

-- migrate:down

DROP TRIGGER audit_not_edited ON audit;
DROP TRIGGER audit_append_only ON audit;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
DROP FUNCTION refuse_audit_edit();

DROP TRIGGER transactions_not_edited ON transactions;
DROP TRIGGER transactions_append_only ON transactions;
CREATE TRIGGER transactions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transactions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change();
DROP FUNCTION refuse_journal_edit();

ALTER TABLE members DROP COLUMN erased_at;
