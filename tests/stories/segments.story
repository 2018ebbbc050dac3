# Points for entering a segment.

== Once inside, entering again gives nothing
rule welcome: for segment regulars
    50 points
anna enters regulars
    anna earns 50
anna enters regulars
    nothing changes for anna
ben enters tourists
    nothing changes for ben

== A condition asks for a segment
rule double: for orders
    2 points for every 1.00 of order.total if "regulars" in member.segments
    1 points for every 1.00 of order.total
anna enters regulars
anna buys A: 10.00
    anna earns 20
ben buys B: 10.00
    ben earns 10
