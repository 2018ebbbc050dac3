# Points for becoming a member.

== A welcome for those who join from now on
ben joins
rule welcome: for joining
    100 points
anna joins
    anna earns 100
    ben has 0
