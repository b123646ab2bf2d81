"""What an instructor can change in a test that cannot be judged, based on its text and its result."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CANNOT_CROSS = re.compile(r"\ba (\w+) cannot be handed to the submission")
# (pattern in the result when judged, pattern in its text, what to change); an empty pattern always matches.
_KINDS = [
    ("", r"\A\s*%%capture\b", "IPython hides errors under %%capture with a name; use its capture_output()"),
    ("", r"\A\s*%%", "write it as plain Python; a cell magic is not run in the judge"),
    ("", r"=\s*%\w", "a line magic gives no value in the judge; measure with time.perf_counter()"),
    (r"Permission denied", r"\btempfile\b|\btmp_?path\b", "pass a relative path: the worker has its own folder"),
    ("", r"\bassertLogs\b", "log messages of student code stay in the worker; test what a function returns or prints"),
    (
        "is made by an earlier test",
        "",
        "the judge runs few magics: instead of %run -i, %load or %%capture, use plain Python with an import",
    ),
    ("a TextIOWrapper cannot|a Buffered", "", "pass the name of the file, or an io.StringIO"),
    ("", r"\.backward\(|\boptim\.|\bautograd\.", "the graph stays in the worker; test the numbers that come out"),
    ("is not run in the judge|is not unpickled", "", "test the values, and run no text that may come from a student"),
]  # fmt: skip


def advice(source: str, came_to: str) -> str:
    """What to change in a test cell, appended to the reason; empty if nothing is known.

    Args:
        source: the test cell.
        came_to: the reference's result when judged, as text.
    """
    return "".join(f"; {text}" for text in list(_advice(source, came_to))[:1])


def _advice(source: str, came_to: str) -> Iterator[str]:
    for said, written, text in _KINDS:
        if re.search(said, came_to) and re.search(written, source):
            yield text
    if kind := class_that_cannot_cross(came_to):
        if re.search(rf"^\s*class {kind}\b", source, re.MULTILINE):
            yield f"define {kind} in a given cell"
        else:
            yield f"pass the parts of the {kind}, or create it in a given cell"


def class_that_cannot_cross(came_to: str) -> str:
    """The name of the class whose object a test could not pass on, from its result; "" if there was none."""
    found = _CANNOT_CROSS.search(came_to)
    return found[1] if found else ""
