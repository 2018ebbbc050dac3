"""Pictures of points: values in, shapes out, and one place that prints shapes as SVG.

- `values`: what is drawn, and the words that it takes.
- `history`: the values of an account's journal and of what the clock will do.
- `moving`: the values of a dry run.
- `lots`, `balance`, `lanes`: the picture of lots over time. `preview`: what a command would move.
- `time`, `steps`, `patterns`: the axis of time, lines of steps, and how states look.
- `shapes`: elements, and their text.

Colors are classes of `console/static/pictures.css`.
"""
