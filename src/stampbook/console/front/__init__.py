"""The way in: signing in and out, the first page, how the console looks, files of pages."""
