-- migrate:up

-- As on PostgreSQL, where it is a CHECK. SQLite cannot add one to a table, and has no regular
-- expressions; a trigger judges new rows only.
CREATE TRIGGER transactions_postings BEFORE INSERT ON transactions
WHEN EXISTS (SELECT 1 FROM json_each(NEW.postings) WHERE json_extract(value, '$[1]') < 1)
BEGIN
    SELECT RAISE(ABORT, 'the amount of every posting is positive');
END;

-- migrate:down

DROP TRIGGER transactions_postings;
