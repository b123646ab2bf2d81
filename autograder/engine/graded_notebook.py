"""The graded notebook: what nbgrader stores in ``autograded/`` and shows in feedback and formgrader.

Test cells contain the released source (without hidden tests) and, as output, the message for the student, in a
form from which nbgrader itself derives the same score.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import signal
import textwrap
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import bleach
import nbformat
from bleach.css_sanitizer import CSSSanitizer
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbformat import v4
from nbgrader.utils import compute_checksum

from ..course.assignment import TEST, SourceNotebook
from ..course.attachments import without_missing
from ..course.submission import MergedCell
from ..judging.outcome import Outcome
from ..judging.plan import CellLine, VerdictLine
from .results import CellResult, plain_text

MAX_HTML = 100_000  # characters of a table; longer ones take long to check
SECONDS = 8.0  # for all tables and texts of a notebook; what is not checked by then is shown as plain text
LINE_WIDTH = 96  # characters of a message that fit on a line of a feedback page
_TABLE_TAGS = {
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "div",
    "p",
    "span",
    "b",
    "i",
    "em",
    "strong",
    "code",
    "pre",
}
NAMES = {
    Outcome.NOT_ATTEMPTED: "Not attempted",
    Outcome.FAILED: "Not passed",
    Outcome.RAISED: "Your code raised an error",
    Outcome.TIMEOUT: "Out of time",
    Outcome.MEMORY: "Out of memory",
    Outcome.BREACH: "Stopped by the sandbox",
}


def graded_notebook(
    source: SourceNotebook,
    merged: list[MergedCell],
    lines: Mapping[int, CellLine | VerdictLine],
    results: dict[str, CellResult],
    problem: str = "",
) -> dict:
    """The notebook as nbformat JSON.

    Args:
        lines: the judge's line for each merged cell that ran, by position.
        results: the result of each graded cell, by grade_id.
        problem: why nothing could be graded; shown at the top.
    """
    nb = v4.new_notebook(metadata={k: v for k, v in source.metadata.items() if k in ("kernelspec", "language_info")})
    if problem:
        text = f"**This submission could not be graded.** {safe_markdown(problem)}"
        nb.cells.append({"cell_type": "markdown", "source": text, "metadata": {}})
    ours = {cell.release for cell in source.cells}
    patience = Patience(SECONDS)
    for index, cell in enumerate(merged):
        nb.cells.append(_cell(cell, lines.get(index), results, ours, patience))
    for number, cell in enumerate(nb.cells):
        cell["id"] = f"cell-{number}"
    nb = nbformat.from_dict(nb)
    nbformat.validate(nb)  # all together: nbformat's functions for single cells are ten times slower
    return nb


def _cell(
    cell: MergedCell,
    line: CellLine | VerdictLine | None,
    results: dict[str, CellResult],
    ours: set[str],
    patience: Patience,
) -> dict:
    metadata = _plain_metadata(cell.metadata)
    if cell.origin and "nbgrader" in metadata:  # nbgrader uses this to recognise an answer that was left as released
        released = nbformat.from_dict(
            {"cell_type": cell.cell_type, "source": cell.origin.release, "metadata": metadata}
        )
        metadata["nbgrader"]["checksum"] = compute_checksum(released)
    if cell.cell_type == "markdown":
        text = cell.source if cell.source in ours else _shown_markdown(cell.source, patience)
        text = without_missing(text, cell.attachments)
        shown = {"attachments": dict(cell.attachments)} if cell.attachments else {}
        return {"cell_type": "markdown", "source": text, "metadata": metadata, **shown}
    if cell.cell_type == "raw":  # nbconvert copies the text of such a cell unchanged into the page
        text = cell.source if cell.source in ours else html.escape(cell.source)
        return {"cell_type": "raw", "source": text, "metadata": metadata}
    if cell.origin and cell.origin.kind == TEST:
        result = results[cell.origin.name]
        return _code_cell(cell.origin.release, metadata, verdict_outputs(result))
    ran = line if isinstance(line, CellLine) else None
    outputs = [made for output in (ran.outputs if ran else ()) if (made := _safe_output(output, patience))]
    if ran and (error := ran.error):
        lines = [_CONTROL.sub("\ufffd", text) for text in error.traceback]
        name, text = plain_text(error.name, 200), plain_text(error.text)
        outputs.append({"output_type": "error", "ename": name, "evalue": text, "traceback": lines})
    return _code_cell(cell.source, metadata, outputs)


def _code_cell(source: str, metadata: dict, outputs: list[dict]) -> dict:
    return {"cell_type": "code", "source": source, "metadata": metadata, "outputs": outputs, "execution_count": None}


def verdict_outputs(result: CellResult) -> list[dict]:
    """Outputs from which nbgrader's own `determine_grade` reads the same score, and a person reads the reason."""
    outputs = []
    if not result.isolated:
        text = "(This test ran inside the submission's own process: not isolated.)\n"
        outputs.append({"output_type": "stream", "name": "stdout", "text": text})
    if result.score == result.max_score and result.followed:
        outputs.append({"output_type": "stream", "name": "stdout", "text": result.message + "\n"})
    if result.score == result.max_score:
        return outputs
    if result.score:
        outputs.append({"output_type": "stream", "name": "stdout", "text": result.message + "\n"})
        number = {"text/plain": repr(float(result.score))}
        value = {"output_type": "execute_result", "data": number, "metadata": {}, "execution_count": None}
        return [*outputs, value]
    title = NAMES.get(result.outcome, "Not passed")
    lines = textwrap.wrap(f"{title}. {result.message}", LINE_WIDTH)
    return [*outputs, {"output_type": "error", "ename": title, "evalue": result.message, "traceback": lines}]


def _safe_output(output: dict, patience: Patience) -> dict | None:
    """A student's output without anything that a browser would run."""
    if output["output_type"] == "stream":
        # for both streams: nbgrader treats stderr as a failure
        return {"output_type": "stream", "name": "stdout", "text": output["text"]}
    data = {
        kind: safe for kind, value in output["data"].items() if (safe := _safe_data(kind, value, patience)) is not None
    }
    return {"output_type": "display_data", "data": data, "metadata": {}} if data else None


def _safe_data(kind: str, value: Any, patience: Patience) -> str | None:
    if not isinstance(value, str):
        return None
    if kind in ("image/png", "image/jpeg"):
        try:
            base64.b64decode(value, validate=False)
            return "".join(value.split()) if set(value) <= _BASE64 else None
        except binascii.Error:
            return None
    if kind == "text/html" and len(value) > MAX_HTML:  # its plain text is also there
        return None
    if kind == "text/html":
        look = {"tags": _TABLE_TAGS, "attributes": ["class", "style"], "css_sanitizer": CSSSanitizer(), "strip": True}
        return patience.spent_on(lambda: bleach.clean(value, **look))
    if kind == "text/latex":
        return _without_scripts(value)
    return value if kind == "text/plain" else None


_BASE64 = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n")


class OutOfPatience(Exception):
    """One table, or one text, exceeded its time limit."""


class Patience:
    """A time limit for what a hostile text can make slow, shared by everything that is checked.

    Args:
        seconds: for everything together; a quarter of it for a single text.
    """

    def __init__(self, seconds: float):
        self.left, self.most = seconds, seconds / 4

    def spent_on(self, work: Callable[[], str]) -> str | None:
        """The result of `work`; None if it takes too long, or the text is nested too deeply.

        It is stopped only in a main thread, such as a clerk's: no other thread checks student text.
        """
        if self.left <= 0:
            return None
        started, clocked = time.monotonic(), threading.current_thread() is threading.main_thread()
        try:
            if clocked:
                signal.signal(signal.SIGALRM, _ring)
                signal.setitimer(signal.ITIMER_REAL, min(self.left, self.most))
            return work()
        except (OutOfPatience, RecursionError, ValueError):
            return None
        finally:
            if clocked:
                signal.setitimer(signal.ITIMER_REAL, 0)
            self.left -= time.monotonic() - started


def _ring(signum: int, frame: object) -> None:
    raise OutOfPatience


def _shown_markdown(text: str, patience: Patience) -> str:
    """A student's Markdown; as plain text if it cannot be converted to a page in a short time."""
    safe = safe_markdown(text)
    plain = safe.replace("attachment:", "attachment ")  # pictures take no time, and are not available here
    if patience.spent_on(lambda: markdown2html_mistune(plain)) is not None:
        return safe
    return textwrap.indent(_CONTROL.sub("\ufffd", text), "    ", lambda line: True)


def safe_markdown(text: str) -> str:
    """A student's Markdown, changed so that no page runs anything, whatever converts it to HTML.

    nbconvert passes on HTML in Markdown, and links with any scheme. So a space after its bracket disables a tag (except
    the simplest ones), and a space before its colon disables a link that would run a script. Entities are checked as
    the characters that they represent. Formulas and code look as before.
    """
    try:
        text = html.unescape(html.unescape(text))
        text = text if text == html.unescape(text) else text.replace("&", "& ")
    except ValueError:  # a character reference of thousands of digits
        text = text.replace("&", "& ")
    return _without_scripts(_TAG.sub("< ", text))


def _without_scripts(text: str) -> str:
    return _SCHEME.sub(lambda found: f"{found[1] or found[2]} :", text)


_TAG = re.compile(r"<(?!/?(?:b|i|em|strong|u|sub|sup|br|hr|p|code|pre)\s*/?>)(?=[A-Za-z/!?])", re.IGNORECASE)
_IGNORED = r"[\x00-\x20\\\x7f-\xa0\xad\u200b-\u200f\ufeff]*"  # what a browser, or Markdown, ignores
_SCHEME = re.compile(
    f"({_IGNORED.join('javascript')}|{_IGNORED.join('vbscript')}){_IGNORED}:"
    f"|({_IGNORED.join('data')}){_IGNORED}:(?={_IGNORED}(?:text|application|image/svg))",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u202a-\u202e\u2066-\u2069]")


def _plain_metadata(metadata: dict) -> dict:
    kept = {key: value for key, value in metadata.items() if key in ("nbgrader", "deletable", "editable", "tags")}
    return nbformat.from_dict(kept)
