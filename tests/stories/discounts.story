# Money off the bill: discounts, packages, and a friend who sent the guest.

== Ten per cent, given once and taken away once
currency points: {"scale": 2}
tenth: discount of 10 %
anna is served V: cut 1000.00, color 500.00
tenth is given on V
    V costs 150 less
tenth is given on V
    V costs 150 less
tenth is taken from V
    V costs 0 less

== A discount that grows with what was sold before
currency points: {"scale": 2}
more: growing discount of 5 %, 10 % from 1000
anna visits one: cut 1000.00
anna is served two: cut 200.00
more is given on two
    two costs 20 less

== A package: one gone, all gone
currency points: {"scale": 2}
both: package of 10 % of cut, 10 % of color
anna is served V: cut 1000.00, color 2000.00
both is given on V
    V costs 300 less
visit V is now: cut 1000.00
    V costs 0 less

== A friend has sent the guest
currency points: {"scale": 2}
friend: referral of 10 %
ben joins
anna is served V: cut 1000.00
ben has sent the guest of V
    V costs 100 less
    ben earns 100
ben spends 60
visit V is deleted
    ben loses 100
    ben has -60

== Nobody sends themselves, and nobody is sent twice
currency points: {"scale": 2}
friend: referral of 10 %
anna is served V: cut 1000.00
anna has sent the guest of V -> refused referrer_phone
ben joins
ben has sent the guest of V
anna is served W: cut 1000.00
ben has sent the guest of W -> refused limit_reached
