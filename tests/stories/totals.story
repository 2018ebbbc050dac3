# Rules that read how much somebody has bought before.

== 3 %, and 5 % from 1000.00 on
currency points: {"scale": 2}
rule back: for orders
    5.00 points per 100.00 of order.total if totals.sold >= 100000
    3.00 points per 100.00 of order.total
anna buys one: 600.00
    anna earns 18
anna buys two: 500.00
    anna earns 25
anna buys three: 200.00
    anna earns 10
order one is cancelled
    anna loses 32      # 18 of its own, 10 and 4 of the later ones
    anna has 21
