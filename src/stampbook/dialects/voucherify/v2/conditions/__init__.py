"""Conditions of earning rules and costs: groups on the wire, as text of the engine."""
