-- As on PostgreSQL, but that one writer at a time gives the positions.

-- name: last_position
SELECT COALESCE(max(position), 0) AS position FROM transactions
