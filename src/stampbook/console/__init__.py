"""The console: pages for people, under `/console`.

It has no rule and no SQL of its own: it is a client of the native API in the same process
(console/api.py), as the person who has signed in. A page is a function of a view (console/view.py)
that answers with a template and its values (console/results.py).
"""
