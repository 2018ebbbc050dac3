"""The commands of the command line: each translates words into calls, and answers into words."""
