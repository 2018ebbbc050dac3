"""How what is in force of movements came to be, in SQL: one row for each change of it."""


def history_of(rows: str) -> str:
    """A statement that gives the rows of another one, `rows`, once for each change of what is in
    force of the transaction that they name by `shard`, `account_id` and `seq`; `amount` is what its
    row moved.

    It adds the instant `at` at which the change was recorded, what was in force before and is since
    (`was`, `rest`), and whether the transaction moved no available points when it was recorded
    (`is_pending`, 1 or 0).
    """
    named = "{0}.shard = w.shard AND {0}.account_id = w.account_id AND {0}.seq = {1}"
    root = f"JOIN transactions r ON {named.format('r', 'w.seq')}"
    is_pending = "CASE WHEN r.balance_before = r.balance_after THEN 1 ELSE 0 END AS is_pending"
    return f"""
    SELECT h.*, coalesce(lag(h.rest) OVER (
        PARTITION BY h.account_id, h.seq ORDER BY h.changed_by
    ), 0) AS was
    FROM (
        SELECT w.*, r.recorded_at AS at, r.seq AS changed_by, w.amount AS rest, {is_pending}
        FROM ({rows}) w {root}
        UNION ALL
        SELECT w.*, t.recorded_at, s.seq, s.base - s.cancelled, {is_pending}
        FROM ({rows}) w {root}
        JOIN standings s ON s.shard = w.shard AND s.account_id = w.account_id
            AND s.target = w.seq AND s.seq > s.target
        JOIN transactions t ON {named.format("t", "s.seq")}
    ) h
    """  # noqa: S608 - made of constants
