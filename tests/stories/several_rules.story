# Rules that fit the same order.

== They add up
rule p: for orders
    1 points for every 1.00 of order.total
rule more: for orders
    5 points if order.total >= 1000
anna buys A: 10.00
    anna earns 15

== Only the first of a group counts
rule three: for orders
    300 points if order.total >= 10000
    the first of gifts
    priority 2
rule two: for orders
    200 points
    the first of gifts
    priority 1
anna buys A: 120.00
    anna earns 300
A is refunded: 30.00
    anna loses 300     # the other is not started by a refund
ben buys B: 20.00
    ben earns 200

== Or the one that gives most
rule fixed: for orders
    50 points
    the best of gifts
    priority 2
rule rate: for orders
    1 points for every 1.00 of order.total
    the best of gifts
    priority 1
anna buys A: 10.00
    anna earns 50
anna buys B: 80.00
    anna earns 80
