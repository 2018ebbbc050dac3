-- migrate:up

-- E-mail addresses are compared in their composed form.
UPDATE members SET email_key = nfc(email_key) WHERE email_key <> nfc(email_key);

-- migrate:down
