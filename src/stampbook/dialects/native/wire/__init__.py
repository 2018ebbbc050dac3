"""What the native API sends and is sent: bodies and answers as structs, and how they are made."""
