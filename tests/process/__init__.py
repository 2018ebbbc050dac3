"""Real processes: started, called, killed, and examined afterwards."""
