"""The console: pages for people, made of what the native API answers."""
