# Tiers: up by what is earned, down by what is taken back.

== Up, and down again with the order
tiers: Silver from 100, Gold from 1000
rule p: for orders
    1 points for every 1.00 of order.total
anna buys A: 600.00
    anna is Silver
anna buys B: 500.00
    anna is Gold
order A is cancelled
    anna is Silver
order B is cancelled
    anna is in no tier

== A cancel takes no tier away, if the program says so
tiers: Gold from 1000 {"on_cancel": "keep"}
rule p: for orders
    1 points for every 1.00 of order.total
anna buys A: 600.00
anna buys B: 500.00
    anna is Gold
order A is cancelled
    anna is Gold

== Gold earns double, and what it earned stays
tiers: Gold from 1000
rule p: for orders
    2 points for every 1.00 of order.total as Gold
    1 points for every 1.00 of order.total
anna buys A: 600.00
anna buys B: 500.00
    anna is Gold
anna buys C: 100.00
    anna earns 200
order A is cancelled
    anna loses 600
    anna is in no tier
C is refunded: 50.00
    anna loses 100      # as gold, which she was

== A tier by the balance goes down with what is spent
tiers: Silver from 100 {"basis": "balance", "downgrade": {"type": "multi"}}
anna gets 150
    anna is Silver
anna spends 100
    anna is in no tier

== Points that were cancelled while pending, and given back
currency points: {"pending": {"type": "period", "period": {"value": 1, "unit": "day"}}}
tiers: Silver from 50 {"basis": "balance"}
rule p: for orders
    1 points for every 1.00 of order.total
anna buys A: 60.00
    anna is in no tier
A is refunded: all
2 days later
the refund of A is void
    anna has 60
    anna is Silver
