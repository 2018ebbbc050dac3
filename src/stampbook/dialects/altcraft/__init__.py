"""The Altcraft dialect: the vendor's loyalty API, JSON and XML, on the common ledger.

A request's way: dialect (credentials, format) → wire (typed requests) → one module per group of
methods → answers (the vendor's words).
"""
