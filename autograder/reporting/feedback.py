"""Feedback for students: a graded notebook as one page, lost points first.

`feedback_page` is a pure function: it reads no file and no gradebook. The page needs no network, runs no script
(its policy forbids any), and its formulas are MathML, which browsers render themselves. Pages of students' work are
made in clerks, by `page`.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from latex2mathml.converter import convert
from markupsafe import Markup
from nbconvert.filters.ansi import strip_ansi
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from ..course.errors import without_piles
from .sheets import Bodies, Sheet

LONGEST_FORMULA = 2000  # characters; a longer one is shown as it was written
LONGEST_PLAIN = 20_000  # characters of a cell on a short page
_POINTS = re.compile(r"\s*\(\d+(?:\.\d+)? points?\)\s*$")
_QUOTED = re.compile(r"`([^`\n]+)`")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass
class Exercise:
    """The graded cells below one heading."""

    title: str
    anchor: str
    score: float = 0.0
    points: float = 0.0
    waiting: float = 0.0  # points that a person still has to give
    messages: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    @property
    def lost(self) -> float:
        return self.points - self.waiting - self.score


@dataclass(frozen=True)
class Shown:
    """One cell as shown: a kind for the template ("text", "code", "test"), its HTML and its output."""

    kind: str
    anchor: str
    body: Markup
    outputs: tuple[Markup, ...] = ()
    title: str = ""
    points: str = ""
    comment: str = ""


def page(notebook: bytes, sheet: Sheet, known: Bodies, short: bool = False) -> bytes:
    """The page of a graded notebook, in UTF-8.

    Args:
        notebook: JSON, as in ``autograded/``.
        known: cells that need not be rendered again.
        short: leave out outputs, and show other cells as plain text.
    """
    nb = json.loads(notebook)
    for cell in nb["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        name = about.get("grade_id")
        if given := sheet.given.get(name):
            about |= {"score": given.score, "points": given.points, "waiting": given.waiting}
        if comment := sheet.comments.get(name):
            about["comment"] = comment
        if short and (cell["cell_type"], "".join(cell["source"])) not in known:
            text = "".join(cell["source"])[:LONGEST_PLAIN]
            cell |= {"cell_type": "raw", "source": text, "outputs": [], "attachments": {}}
    of = {
        "notebook": sheet.notebook,
        "score": sum(given.score for given in sheet.given.values()) - sheet.late_penalty,
        "max_score": sum(given.points for given in sheet.given.values()),
        "late_penalty": sheet.late_penalty,
    }
    return feedback_page(nb, of, known).encode("utf-8", "replace")


def bodies(cells: list[tuple[str, str]]) -> bytes:
    """The HTML of cells, each given as type and source; a JSON list."""
    return json.dumps([_body(kind, _printable(source), {}) for kind, source in cells]).encode()


def feedback_page(notebook: Mapping[str, Any], about: Mapping[str, Any], known: Bodies = MappingProxyType({})) -> str:
    """Makes the page of a graded notebook.

    Args:
        notebook: as in ``autograded/``. The metadata ``nbgrader`` of its cells has "score" and "points" if points are
            given, "waiting" if a person still has to give them, and "comment" if one was written.
        about: "notebook", "score", "max_score" and "late_penalty" (points).
        known: cells that need not be rendered again.

    Returns:
        HTML.
    """
    exercises, shown, title = _read(notebook["cells"], known)
    lost = sorted((e for e in exercises if e.lost > 0), key=lambda e: -e.lost)
    return _template().render(
        title=title or about["notebook"],
        name=about["notebook"],
        score=_number(about["score"]),
        possible=_number(about["max_score"] - sum(e.waiting for e in exercises)),
        max_score=_number(about["max_score"]),
        late=_number(about["late_penalty"]) if about.get("late_penalty") else "",
        waiting=[e for e in exercises if e.waiting],
        lost=lost,
        full=[e for e in exercises if e.lost <= 0 and not e.waiting],
        said=[e for e in exercises if e.comments],
        cells=shown,
    )


def _number(points: float) -> str:
    return f"{points:g}" if points == round(points, 1) else f"{points:.2f}"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("autograder.reporting"), undefined=StrictUndefined, autoescape=True, trim_blocks=True
    )
    environment.filters["number"] = _number
    environment.filters["code"] = lambda text: Markup(_QUOTED.sub(r"<code>\1</code>", html.escape(text)))
    return environment.get_template("feedback.html.j2")


def _read(cells: list[Mapping[str, Any]], known: Bodies) -> tuple[list[Exercise], list[Shown], str]:
    """The exercises, the cells, and the first heading."""
    exercises: dict[str, Exercise] = {}
    shown: list[Shown] = []
    heading = title = ""
    pending: list[str] = []  # comments on answers whose test comes later
    for number, cell in enumerate(cells):
        source, about = _printable("".join(cell["source"])), cell["metadata"].get("nbgrader", {})
        graded = {"grade_id", "score", "points"} <= about.keys()
        if cell["cell_type"] == "markdown" and not graded:
            found = re.findall(r"^(#+) +(.*)$", source, re.MULTILINE)
            title = title or next((plain(text) for marks, text in found if marks == "#"), "")
            heading = ([heading] + [plain(text) for marks, text in found if len(marks) > 1])[-1]
        comment = _printable(about.get("comment") or "")
        anchor = f"cell-{number}"
        if graded:
            exercise = exercises.setdefault(
                heading or about["grade_id"], Exercise(heading or about["grade_id"], anchor)
            )
            exercise.points += about["points"]
            exercise.score += about["score"]
            exercise.waiting += about["points"] if about.get("waiting") else 0.0
            exercise.comments += [*pending, *filter(None, [comment])]
            if about["score"] < about["points"] and not about.get("waiting"):
                exercise.messages += [said for said in _messages(cell) if said not in exercise.messages]
            pending = []
        elif comment:
            pending.append(comment)
        shown.append(_shown(cell, source, about, graded, anchor, comment, heading, known))
    return list(exercises.values()), shown, title


def plain(heading: str) -> str:
    """A heading without Markdown characters and points."""
    return _POINTS.sub("", re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading)).strip()


def _messages(cell: Mapping[str, Any]) -> Iterator[str]:
    """The grader's messages about a test, the name of the outcome first."""
    for output in cell.get("outputs", ()):
        if output["output_type"] == "error":
            name, text = output["ename"], output["evalue"]
            yield _printable(text if name == "Not passed" or text.startswith(name) else f"{name}. {text}")
        elif output["output_type"] == "stream":
            yield _printable("".join(output["text"]).strip())


def _shown(
    cell: Mapping[str, Any],
    source: str,
    about: Mapping[str, Any],
    graded: bool,
    anchor: str,
    comment: str,
    heading: str,
    known: Bodies,
) -> Shown:
    points = ""
    if graded:
        waiting = about.get("waiting")
        of = f"of {_number(about['points'])} points"
        points = f"{_number(about['points'])} points, not graded yet" if waiting else f"{_number(about['score'])} {of}"
    kind, attachments = cell["cell_type"], cell.get("attachments", {})
    body = None if attachments else known.get((kind, source))
    body = Markup(_body(kind, source, attachments) if body is None else body)
    if kind == "markdown":
        return Shown("answer" if graded else "text", anchor, body, title=heading, points=points, comment=comment)
    if kind == "raw":
        return Shown("text", anchor, body, comment=comment)
    outputs = tuple(html for output in cell.get("outputs", ()) for html in _output(output))
    kind = "test" if graded and not about.get("solution") else "answer" if graded else "code"
    return Shown(kind, anchor, body, outputs, heading, points, comment)


def _body(kind: str, source: str, attachments: Mapping[str, Any]) -> str:
    """The HTML of a cell without its outputs."""
    if kind == "markdown":
        return markdown(source, attachments)
    if kind == "raw":
        return Markup("<pre>%s</pre>") % source
    lexer, formatter = _highlighter()
    return f'<pre class="code" tabindex="0">{highlight(source, lexer, formatter)}</pre>'


@cache
def _highlighter() -> tuple[PythonLexer, HtmlFormatter]:
    return PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)


def _output(output: Mapping[str, Any]) -> Iterator[Markup]:
    """The content of one output. Its HTML was cleaned during grading."""
    block = Markup('<pre tabindex="0">%s</pre>')
    if output["output_type"] == "stream":
        yield block % _printable("".join(output["text"]))
    elif output["output_type"] == "error":
        yield block % _printable(strip_ansi("\n".join(output["traceback"]) or output["evalue"]))
    else:
        data = output["data"]
        for kind in ("image/png", "image/jpeg"):
            if kind in data:
                picture = Markup('<img src="data:%s;base64,%s" alt="a picture that the cell made">')
                yield picture % (kind, "".join(data[kind]))
                return
        if "text/html" in data:
            yield Markup('<div class="table" tabindex="0">%s</div>') % Markup("".join(data["text/html"]))
        elif "text/plain" in data:
            yield block % _printable("".join(data["text/plain"]))


def _printable(text: str) -> str:
    return without_piles(_CONTROL.sub("\ufffd", text))


class _WithMathML(IPythonRenderer):
    """nbconvert's renderer, with formulas as MathML."""

    def block_math(self, body: str) -> str:
        return _formula(body, "block")

    def multiline_math(self, text: str) -> str:
        return _formula(text, "block")

    def latex_environment(self, name: str, body: str) -> str:
        return _formula(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")

    def inline_math(self, body: str) -> str:
        return _formula(body, "inline")


def _formula(body: str, display: str) -> str:
    """A formula as MathML; unchanged if it is too long, invalid, or contains a link."""
    if len(body) <= LONGEST_FORMULA and "href" not in body:
        try:
            made = convert(body.strip(), display=display)
            return f'<div class="formula" tabindex="0">{made}</div>' if display == "block" else made
        except Exception:  # whatever the library raises for an invalid formula
            pass
    return f"<code>{html.escape(body)}</code>"


def markdown(source: str, attachments: Mapping[str, Any] = MappingProxyType({})) -> Markup:
    """The HTML of a Markdown text, its formulas as MathML. HTML in it stays as it is."""
    try:
        renderer = _WithMathML(escape=False, attachments=dict(attachments), exclude_anchor_links=True)
        return Markup(MarkdownWithMath(renderer=renderer).render(source))
    except Exception:  # a student's text that is nested too deeply, or refers to something missing
        return Markup("<pre>%s</pre>") % source


def _autograder_warm_up() -> None:
    """Prepares what every page needs, once for all clerks: the compiled template, and lazy imports."""
    cells = [("markdown", "# A\n\n*b* $\\frac{1}{2}$"), ("code", "def f(x):\n    return 'x'"), ("raw", "r")]
    nb = {"cells": [{"cell_type": kind, "source": source, "metadata": {}} for kind, source in cells]}
    page(json.dumps(nb).encode(), Sheet("warm", 0.0, {}, {}), {})
