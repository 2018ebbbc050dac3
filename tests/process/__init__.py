"""Real processes: started, asked, killed, and looked at afterwards."""
