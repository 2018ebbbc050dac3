"""Sentences about points: why a balance is what it is, what a movement did, what one would do, and
why a request is refused; in every language that there is.

The native API, the command line and the console say the same, since all of them ask here.
"""
