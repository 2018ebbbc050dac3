-- migrate:up transaction:false

-- By what members are found (programs/searching.py): whose they are (@ and the tenant, # and the program), the words of
-- their name and of the first part of their e-mail address, and, after ~, each four digits of their phone that follow
-- one another. Letters are made small without regard to the database's locale, which may know no Cyrillic.
CREATE OR REPLACE FUNCTION member_search(
    tenant_id bigint, program_id bigint, name text, email_key text, phone_key text
) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(ARRAY['@' || tenant_id, '#' || program_id]
        || array_remove(regexp_split_to_array(
            translate(
                lower(left(coalesce(name, ''), 400) || ' ' || left(split_part(coalesce(email_key, ''), '@', 1), 80)),
                'АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯёІЇЄҐЎÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞĄĆČĎĘĚĞİŁŃŇŐŘŚŞŠŤŮŰŹŻŽ',
                'абвгдеежзийклмнопрстуфхцчшщъыьэюяеіїєґўàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþąćčďęěğiłńňőřśşšťůűźżž'),
            '[][ \t\r\n!"#$%&''()*+,./:;<=>?@\\^_`{|}~’‘“”«»–—-]+'), '')
        || ARRAY(SELECT '~' || substr(phone_key, at, 4) FROM generate_series(1, least(length(coalesce(phone_key, '')), 19) - 3) at))
$$;

DROP INDEX CONCURRENTLY IF EXISTS members_search;

CREATE INDEX CONCURRENTLY members_search ON members
    USING gin (member_search(tenant_id, program_id, name, email_key, phone_key)) WHERE deleted_at IS NULL;

-- migrate:down

DROP INDEX members_search;
DROP FUNCTION member_search(bigint, bigint, text, text, text);
