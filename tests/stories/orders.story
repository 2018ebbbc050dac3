# Points for orders: by amount, by line, at a rate, above a limit.

== One point for every full 1.00, taken back in three parts
rule p: for orders
    1 points for every 1.00 of order.total
anna buys A: 120.50
    anna earns 120
A is refunded: 40.17
    anna loses 40
A is refunded: 40.17
    anna loses 40
A is refunded: 40.16
    anna loses 40
    anna has 0

== A cancelled order leaves nothing
rule p: for orders
    1 points for every 1.00 of order.total
anna buys A: 120.50
    anna has 120
order A is cancelled
    anna has 0

== Full steps, and a rate
rule steps: for orders
    3 points for every 10.00 of order.total
anna buys A: 199.99
    anna earns 57
rule steps is deleted
rule rate: for orders
    3 points per 10.00 of order.total
ben buys B: 199.99
    ben earns 59

== 1.5 % with two decimals
currency points: {"scale": 2}
rule cashback: for orders
    1.50 points per 100.00 of order.total
anna buys A: 33.35
    anna earns 0.50
A is refunded: 11.12
    anna loses 0.17
A is refunded: 11.12
    anna loses 0.17
A is refunded: 11.11
    anna loses 0.16

== Two points for every full 10.00 of tea
rule tea: for orders
    2 points for every 10.00 of lines.total on tea
anna buys A: tea 30.00, cake 70.00
    anna earns 6
A is refunded: cake
    nothing changes for anna
A is refunded: tea
    anna loses 6

== By order, and by line
rule whole: for orders
    1 points for every 1.00 of order.total
anna buys A: tea 1.99, cake 1.99, mug 1.99
    anna earns 5
rule whole is deleted
rule lines: for orders
    1 points for every 1.00 of lines.total by line
ben buys B: tea 1.99, cake 1.99, mug 1.99
    ben earns 3

== 500 points from 100.00 on, 200 from 50.00 on
rule steps: for orders
    500 points if order.total >= 10000
    200 points if order.total >= 5000
anna buys A: 120.00
    anna earns 500
A is refunded: 30.00
    anna loses 300
A is refunded: 50.00
    anna loses 200
ben buys B: 49.99
    nothing changes for ben

== What a part of the order takes is the rule's choice
rule all: for orders
    500 points if order.total >= 10000
anna buys A: 120.00
A is refunded: 30.00
    anna loses 500
rule all is deleted
rule share: for orders
    500 points if order.total >= 10000
    partial refunds: proportional
ben buys B: 120.00
B is refunded: 30.00
    ben loses 125
rule share is deleted
rule kept: for orders
    500 points if order.total >= 10000
    partial refunds: keep
carla buys C: 120.00
C is refunded: 30.00
    nothing changes for carla
C is refunded: all
    carla loses 500

== A refund never gives points
rule small: for orders
    10 points if order.total < 5000
anna buys A: 60.00
    nothing changes for anna
A is refunded: 20.00
    nothing changes for anna

== The rule as it was counts
rule p: for orders
    1 points for every 1.00 of order.total
anna buys A: 100.00
    anna earns 100
rule p: for orders
    5 points for every 1.00 of order.total
A is refunded: 50.00
    anna loses 50
rule p is deleted
A is refunded: 50.00
    anna loses 50

== A refund that was a mistake
rule p: for orders
    1 points for every 1.00 of order.total
anna buys A: 100.00
A is refunded: 30.00
    anna has 70
    70.00 of A remains
the refund of A is void
    anna has 100
    100.00 of A remains

== More than the order is refused
rule p: for orders
    1 points for every 1.00 of order.total
anna buys A: 100.00
A is refunded: 60.00
A is refunded: 50.00 -> refused exceeds_order
    anna has 40
