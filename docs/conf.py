"""The Sphinx configuration of the site; `docs/build_site.py` prepares its input and runs it."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from docutils import nodes
from latex2mathml.converter import convert
from pygments.formatters import HtmlFormatter
from pygments.token import Name, Punctuation, Token, Whitespace
from sphinx.application import Sphinx
from sphinx.highlighting import PygmentsBridge

project = "Multilayer perceptrons, hands on"
author = "the course's authors"
project_copyright = "text and pictures under CC BY 4.0, code under MIT"
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_live"]
suppress_warnings = ["myst.header", "mystnb.unknown_mime_type", "myst.xref_missing"]

nb_execution_mode = "off"  # docs/build_site.py has executed them
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 4

default_role = "code"
autodoc_typehints = "none"  # the signature has them
autodoc_member_order = "bysource"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = "Multilayer perceptrons, hands on"
html_static_path = []
html_css_files = ["live.css", "playground.css", "site.css"]
html_js_files = [("course.js", {"defer": "defer"})]
html_show_sphinx = False
html_last_updated_fmt = None
html_math_renderer = "mathml"
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
html_theme_options = {
    "navigation_with_keys": False,  # the arrow keys move the pictures
    "top_of_page_buttons": [],
}
html_show_search_summary = False  # it would have to be fetched, which a page from a disk cannot do

# Where to get the course: for the buttons, and for a notebook that is opened elsewhere.
REPOSITORY = os.environ.get("MLP_REPOSITORY", "").rstrip("/").removesuffix(".git")
BINDER, COLAB = "https://mybinder.org/v2/gh", "https://colab.research.google.com/github"


def mathml(translator: object, node: nodes.Element) -> None:
    """Writes a formula as MathML, which browsers render themselves, so that nothing has to be loaded."""
    block = isinstance(node, nodes.math_block)
    formula = convert(node.astext().strip(), display="block" if block else "inline")
    formula = formula.replace("<math ", f'<math aria-label="{html.escape(node.astext().strip(), quote=True)}" ', 1)
    translator.body.append(f'<div class="math">{formula}</div>' if block else formula)
    raise nodes.SkipNode


class FewElements(HtmlFormatter):
    """Removes from highlighted code the elements for names and commas, which have the text's colour.

    They are half of a page's elements: without them, the page is usable a third sooner.
    """

    def format(self, tokens: Iterable[tuple[type, str]], file: TextIO) -> None:
        plain = (Name, Punctuation, Whitespace)
        super().format(((Token if kind in plain else kind, text) for kind, text in tokens), file)


def level_the_captions(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: object) -> None:
    """Marks the captions of the table of contents as headings with a level."""
    tree = context.get("furo_navigation_tree")
    if tree:
        context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def links(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: object) -> None:
    """Adds links above each notebook: where to get it, and where to run it."""
    notebook = Path(app.srcdir, f"{pagename}.ipynb")
    if not notebook.exists() or "body" not in context:
        return
    base = context["pathto"]("", 1)
    shown = [f'<a href="{base}_downloads/{notebook.name}" download>Download this notebook</a>']
    owner = REPOSITORY.removeprefix("https://github.com/")
    if owner and owner != REPOSITORY:
        path = f"{pagename}.ipynb"
        shown += [
            f'<a href="{BINDER}/{owner}/HEAD?urlpath=lab/tree/{path}">Run it on Binder</a>',
            f'<a href="{COLAB}/{owner}/blob/HEAD/{path}">Open it in Colab</a>',
        ]
    context["body"] = f'<p class="course-links">{" ".join(shown)}</p>' + context["body"]


def as_markdown(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Docstrings are written for people; this adds the markup that reStructuredText needs for code and tables."""
    told: list[str] = []
    before, kind, head = "", "text", ""  # the line before, what it belongs to, the last line that was not indented
    for line in lines:
        if line.startswith("|"):
            told += [".. list-table::", ""] if kind != "table" else []
            told += [] if set(line) <= set("|-: ") else row_of(line)
            kind = "table"
        elif line.startswith("    ") and (kind == "code" or not before.strip()) and not head.startswith(":"):
            told += ["::", ""] if kind != "code" and not head.endswith("::") else []
            told.append(f"    {line}")
            kind = "code"
        else:
            told.append(re.sub(MARKS, lambda it: it[1] or "\\" + it[3], line))
            kind = kind if not line.strip() and kind == "code" else "text"
        head = line if line.strip() and not line.startswith(" ") else head
        before = line
    lines[:] = told


# Left alone: code, existing markup, *words* and **words**; and what has to be escaped.
MARKS = r"(`+[^`]*`+|\\.|(?<![\w*])(?P<star>\*\*?)(?=\w).+?(?<=\S)(?P=star)(?![\w*]))|([|*_])"


def row_of(line: str) -> list[str]:
    """A row of a Markdown table as an entry of a list-table."""
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    return [f"   {'* -' if not i else '  -'} {cell}" for i, cell in enumerate(cells)]


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    PygmentsBridge.html_formatter = FewElements
    app.add_html_math_renderer("mathml", inline_renderers=(mathml, None), block_renderers=(mathml, None))
    app.connect("html-page-context", links)
    app.connect("html-page-context", level_the_captions, priority=900)  # after the theme has made it
    app.connect("autodoc-process-docstring", as_markdown, priority=900)  # after napoleon
    return {"parallel_read_safe": True, "parallel_write_safe": True}
