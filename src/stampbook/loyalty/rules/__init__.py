"""Rules: how they are stored, their versions, and which of them count in a program."""
