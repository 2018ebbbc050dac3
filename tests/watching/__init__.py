"""What an operator sees: counts, logs, traces, readiness."""
