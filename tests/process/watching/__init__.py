"""What processes say of themselves: metrics of several, logs, traces, the budget of connections."""
