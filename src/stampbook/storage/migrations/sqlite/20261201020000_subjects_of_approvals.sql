-- migrate:up

-- What a request asks for, as a digest, where it is asked for once however often it is sent (programs/approvals.py).
ALTER TABLE approvals ADD COLUMN subject TEXT;

-- migrate:down

ALTER TABLE approvals DROP COLUMN subject;
