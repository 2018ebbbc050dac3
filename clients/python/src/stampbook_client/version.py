"""The version of the package, that of the server from whose description it was made."""

VERSION = "0.1.0"
