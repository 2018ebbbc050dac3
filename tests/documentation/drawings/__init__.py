"""The pictures of docs/concepts, drawn from what the engine does.

`python -m tests.documentation.drawings` writes them to docs/images; a test compares them with what
is drawn now. `acting` is an account that a picture tells about, `stories` has one for each picture,
`framing` makes a file of a figure of the console.
"""
