"""Appointments, what they consist of, and paying for them with points."""
