-- migrate:up

-- By what members are found (programs/searching.py): whose they are (t for the tenant, p for the program), the words
-- of their name and of the first part of their e-mail address, and each four digits of their phone that follow one
-- another. Triggers keep it, whoever writes.
CREATE VIRTUAL TABLE member_search USING fts5(
    place, words, digits,
    tokenize = 'unicode61 remove_diacritics 0', detail = column, columnsize = 0, prefix = '1 2 3'
);

CREATE VIEW member_texts AS
SELECT member_id, deleted_at,
    't' || tenant_id || ' p' || program_id AS place,
    replace(replace(coalesce(name, '') || ' '
        || coalesce(substr(email_key, 1, instr(email_key, '@') - 1), ''), 'ё', 'е'), 'Ё', 'Е') AS words,
    CASE WHEN phone_key IS NULL THEN '' ELSE
        substr(phone_key, 1, 4) || ' ' || substr(phone_key, 2, 4) || ' ' || substr(phone_key, 3, 4) || ' '
        || substr(phone_key, 4, 4) || ' ' || substr(phone_key, 5, 4) || ' ' || substr(phone_key, 6, 4) || ' '
        || substr(phone_key, 7, 4) || ' ' || substr(phone_key, 8, 4) || ' ' || substr(phone_key, 9, 4) || ' '
        || substr(phone_key, 10, 4) || ' ' || substr(phone_key, 11, 4) || ' ' || substr(phone_key, 12, 4) || ' '
        || substr(phone_key, 13, 4) || ' ' || substr(phone_key, 14, 4) || ' ' || substr(phone_key, 15, 4) || ' '
        || substr(phone_key, 16, 4) END AS digits
FROM members;

INSERT INTO member_search (rowid, place, words, digits)
SELECT member_id, place, words, digits FROM member_texts WHERE deleted_at IS NULL;

CREATE TRIGGER members_found AFTER INSERT ON members BEGIN
    INSERT INTO member_search (rowid, place, words, digits)
    SELECT member_id, place, words, digits FROM member_texts
    WHERE member_id = new.member_id AND deleted_at IS NULL;
END;

CREATE TRIGGER members_found_anew AFTER UPDATE OF name, email_key, phone_key, deleted_at ON members BEGIN
    DELETE FROM member_search WHERE rowid = new.member_id;
    INSERT INTO member_search (rowid, place, words, digits)
    SELECT member_id, place, words, digits FROM member_texts
    WHERE member_id = new.member_id AND deleted_at IS NULL;
END;

CREATE TRIGGER members_not_found AFTER DELETE ON members BEGIN
    DELETE FROM member_search WHERE rowid = old.member_id;
END;

-- migrate:down

DROP TRIGGER members_found;
DROP TRIGGER members_found_anew;
DROP TRIGGER members_not_found;
DROP VIEW member_texts;
DROP TABLE member_search;
