"""What rules make of an event, as pure functions: nothing here reads, writes or asks the time."""
