"""How people prove who they are: passwords, second factors, sessions, and failed attempts."""
