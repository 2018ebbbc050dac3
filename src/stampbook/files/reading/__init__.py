"""Files as rows. Without I/O but for the open file that it is given; no database, no clock."""
