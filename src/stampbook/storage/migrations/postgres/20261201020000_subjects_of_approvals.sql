-- migrate:up

-- What a request asks for, as a digest, where it is asked for once however often it is sent (programs/approvals.py).
ALTER TABLE approvals ADD COLUMN subject text;

-- migrate:down

ALTER TABLE approvals DROP COLUMN subject;
