"""A deterministic simulation: the product's own coroutines in a loop whose time, order and faults
come from a seed."""
