"""Conditions of earning rules and costs: groups of rules on the wire, as the text of one condition."""
