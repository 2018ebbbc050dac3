# Points for what your own system tells: a game was played, a review was written.

== An event gives points, once
rule game: for event played
    10 points
anna has played as event monday
    anna earns 10
anna has played as event monday
    nothing changes for anna
anna has played as event tuesday
    anna earns 10

== Another event gives nothing
rule game: for event played
    10 points
anna has sung as event monday
    nothing changes for anna

== An event is cancelled, and restored
rule game: for event played
    10 points
anna has played as event monday
event monday is cancelled
    anna loses 10
event monday is cancelled
    nothing changes for anna
event monday is restored
    anna earns 10

== A piece of cake
benefit cake: stock 1
rule treat: for event played
    a cake
anna has played as event monday
    stock of cake: 0
event monday is cancelled
    stock of cake: 0   # it was handed out
