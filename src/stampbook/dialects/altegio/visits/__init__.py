"""Visits: records, what cards pay for them, sale documents, and the lists of both."""
