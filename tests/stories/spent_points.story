# What happens to points that are spent, pending or expired when their order is refunded.

== Spent points become a debt
rule p: for orders
    1 points for every 1.00 of order.total
anna buys A: 100.00
anna spends 80
A is refunded: all
    anna has -80

== Or only what is left is taken
currency points: {"spent_accrual": "clamp"}
rule p: for orders
    1 points for every 1.00 of order.total
anna buys A: 100.00
anna spends 80
A is refunded: all
    anna loses 20
    anna has 0

== Or the refund is refused
currency points: {"spent_accrual": "refuse"}
rule p: for orders
    1 points for every 1.00 of order.total
anna buys A: 100.00
anna spends 80
A is refunded: all -> refused points_already_spent
    anna has 20
    100.00 of A remains

== Pending points fall before they become active
currency points: {"pending": {"type": "period", "period": {"value": 14, "unit": "day"}}}
rule p: for orders
    1 points for every 1.00 of order.total
anna buys A: 100.00
    anna has 0
13 days later
A is refunded: all
    anna has 0
2 days later
    anna has 0

== And after that as active ones
currency points: {"pending": {"type": "period", "period": {"value": 14, "unit": "day"}}}
rule p: for orders
    1 points for every 1.00 of order.total
anna buys A: 100.00
14 days later
    anna has 100
A is refunded: 25.00
    anna loses 25

== Points that have expired are not taken twice
currency points: {"expiry": {"type": "rolling", "period": {"value": 10, "unit": "day"}}}
rule p: for orders
    1 points for every 1.00 of order.total
anna buys A: 100.00
    anna has 100
10 days later
    anna has 0
A is refunded: all
    anna has 0
