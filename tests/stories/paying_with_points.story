# Points that pay for an order.

== Points come back with the part that is refunded
currency points: {"exchange": {"points": "1", "money": "0.01"}}
anna gets 2000
anna orders A: 50.00
anna pays for A with points: 20.00
    anna loses 2000
A is paid
A is refunded: 16.67
    anna earns 666
A is refunded: 16.67
    anna earns 667
A is refunded: 16.66
    anna earns 667

== Points last
currency points: {"exchange": {"points": "1", "money": "0.01"}, "return_spent": "points_last"}
anna gets 2000
anna orders A: 50.00
anna pays for A with points: 20.00
A is paid
A is refunded: 25.00
    nothing changes for anna
A is refunded: 25.00
    anna earns 2000

== Points first
currency points: {"exchange": {"points": "1", "money": "0.01"}, "return_spent": "points_first"}
anna gets 2000
anna orders A: 50.00
anna pays for A with points: 20.00
A is paid
A is refunded: 25.00
    anna earns 2000
A is refunded: 25.00
    nothing changes for anna

== Only what the points are worth
currency points: {"exchange": {"points": "3", "money": "0.01"}}
anna gets 1000
anna orders A: 50.00
anna pays for A with points: 50.00
    anna loses 999

== Points that are earned for the money alone
currency points: {"exchange": {"points": "100", "money": "1.00"}}
rule p: for orders
    1 points for every 1.00 of order.money
anna gets 2000
anna orders A: 50.00
anna pays for A with points: 20.00
A is paid
    anna earns 30

== A cancelled order gives all points back
currency points: {"exchange": {"points": "1", "money": "0.01"}, "return_spent": "none"}
anna gets 2000
anna orders A: 50.00
anna pays for A with points: 20.00
order A is cancelled
    anna has 2000
