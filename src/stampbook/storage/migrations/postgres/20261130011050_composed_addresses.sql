-- migrate:up transaction:false

-- E-mail addresses are compared in their composed form. Hardly any is in another: the others are not locked.
UPDATE members SET email_key = normalize(email_key, NFC) WHERE email_key IS NOT NFC NORMALIZED;

-- migrate:down
