# Points for visits that were paid and to which the guest came.

== Two points for every full 1.00
currency points: {"scale": 2}
rule p: for visits
    2.00 points for every 1.00 of visit.sold
anna is served V: cut 100.50
    anna has 0
visit V is paid
    anna earns 200
visit V is paid
    nothing changes for anna
visit V is deleted
    anna loses 200

== Cashback that grows with what was sold
currency points: {"scale": 2}
back: cashback of 3 %, 5 % from 1000
anna visits one: cut 600.00
    anna earns 18
anna visits two: cut 500.00
    anna earns 25
anna visits three: cut 200.00
    anna earns 10
visit one is deleted
    anna loses 32    # 18 of its own, 10 and 4 of the later ones
