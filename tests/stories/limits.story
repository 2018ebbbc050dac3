# How often a rule gives, and how much.

== Once a day
rule daily: for event played
    100 points
    1 time a day
anna has played as event A
    anna earns 100
anna has played as event B
    nothing changes for anna
event A is cancelled
    anna loses 100
anna has played as event C
    anna earns 100
1 day later
anna has played as event D
    anna earns 100

== Not again within two hours
rule calm: for event played
    100 points
    not again within 2 hours
anna has played as event A
    anna earns 100
1 hour later
anna has played as event B
    nothing changes for anna
1 hour later
anna has played as event C
    anna earns 100

== A budget of 250 points for everybody
rule gift: for event played
    100 points
    at most 250 points in all
anna has played as event A
    anna earns 100
ben has played as event B
    ben earns 100
carla has played as event C
    carla earns 50
dora has played as event D
    nothing changes for dora

== 100 points a day in the currency
currency points: {"earning_limits": {"period": {"max": "100", "period": "day"}}}
rule p: for orders
    1 points for every 1.00 of order.total
anna buys A: 60.00
    anna earns 60
anna buys B: 60.00
    anna earns 40
B is refunded: 30.00
    anna loses 10     # 30 are due for the rest

== No more than 100 points an order: more gives nothing
currency points: {"earning_limits": {"per_transaction": "100"}}
rule p: for orders
    1 points for every 1.00 of order.total
anna buys A: 150.00
    nothing changes for anna
A is refunded: 70.00
    nothing changes for anna

== A balance of at most 150 points
currency points: {"earning_limits": {"balance": "150"}}
rule p: for orders
    1 points for every 1.00 of order.total
anna buys A: 100.00
    anna earns 100
anna buys B: 100.00
    anna earns 50
