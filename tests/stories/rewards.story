# What points buy, and how it is given back.

== Three pieces of cake, given back one and two
reward cake: 100 points, stock 10
anna gets 300
anna takes 3 cake
    anna loses 300
    stock of cake: 7
1 of it is given back
    anna earns 100
    stock of cake: 8
2 of it are given back
    anna earns 200
    stock of cake: 10

== The last piece
reward cake: 100 points, stock 1
anna gets 100
ben gets 100
anna takes 1 cake
    anna has 0
ben takes 1 cake -> refused out_of_stock
    ben has 100

== Too few points
reward cake: 100 points, stock 1
anna gets 99
anna takes 1 cake -> refused insufficient_points
    anna has 99
    stock of cake: 1

== A code that was used is not given back
reward coupon: 100 points, gives a code
anna gets 100
anna takes 1 coupon
    anna has 0
the code is used
1 of it is given back -> refused code_used
    anna has 0

== Points of another kind: both or neither
currency points
currency stars
reward exchange: 500 points, gives 100 stars
anna gets 500
anna takes 1 exchange
    anna has 0
    anna has 100 stars
anna spends 100 stars
1 of it is given back
    anna has 500
    anna has -100 stars
