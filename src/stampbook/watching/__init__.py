"""What an operator sees of a running server: counts, logs and traces. Every layer may use it."""
