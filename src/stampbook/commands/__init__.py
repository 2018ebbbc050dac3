"""The commands of the command line. Each turns arguments into calls, and results into text."""
