-- name: find_members
-- Planned as if all were wanted: with a limit the index would seem dearer than reading the table from its beginning.
WITH found AS MATERIALIZED (
    SELECT member_id FROM members
    WHERE member_search(tenant_id, program_id, name, email_key, phone_key) @@ CAST(CAST(:terms AS text) AS tsquery)
      AND deleted_at IS NULL
)
SELECT member_id FROM found LIMIT CAST(:most AS bigint)
