-- name: find_members
SELECT rowid AS member_id FROM member_search WHERE member_search MATCH $1 LIMIT $2
