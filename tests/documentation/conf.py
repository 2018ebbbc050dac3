"""Sphinx's settings. The source tree is the one that `assembling` has put together."""

from pathlib import Path

from stampbook import __version__

project = "Stampbook"
release = version = __version__
html_title = f"Stampbook {__version__}"
copyright = "The maintainers of Stampbook. Apache License 2.0"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
myst_heading_anchors = 6  # as on GitHub
nitpicky = True
smartquotes = False  # they would change `--`
suppress_warnings = [
    "misc.highlighting_failure",  # examples shorten what they show with an ellipsis
]

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_search_scorer = str(Path(__file__).parent / "_static" / "scorer.js")
html_use_index = False  # the index of Python's names, of which there are none
html_copy_source = False
html_show_sourcelink = False
html_show_search_summary = False  # it is fetched, which a browser refuses a page from the disk
html_theme_options = {
    "sidebar_hide_name": False,
    "top_of_page_buttons": [],
}
pygments_style = "friendly"
pygments_dark_style = "github-dark"
