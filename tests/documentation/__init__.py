"""The documentation as a site: `make docs` builds it into build/site with Sphinx.

- `navigation`: which page is where. `reference/`: pages that are made from the code.
- `assembling`: one tree of all pages, as they lie in the repository. `conf`: Sphinx's settings.
- `checking`: what the built site may link to. `drawings/`: the pictures of docs/concepts.
"""
