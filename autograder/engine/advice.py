"""What an instructor can change in a test that cannot be judged, by what stands in it and what became of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CANNOT_CROSS = re.compile(r"\ba (\w+) cannot be handed to the submission")
# (in what the test came to when judged, in its text, what to change); where an expression is empty, it is always found.
_KINDS = [
    ("", r"\A\s*%%capture\b", "IPython keeps errors to itself under %%capture with a name; use its capture_output()"),
    ("", r"\A\s*%%", "write it as plain Python; a cell magic is not run in the judge"),
    ("", r"=\s*%\w", "a line magic gives no value in the judge; measure with time.perf_counter()"),
    (r"Permission denied", r"\btempfile\b|\btmp_?path\b", "hand over a relative path: the worker has its own folder"),
    ("", r"\bassertLogs\b", "what student code logs stays in the worker; test what a function returns or prints"),
    (
        "is made by an earlier test",
        "",
        "the judge runs few magics: what %run -i, %load or %%capture makes, make in plain Python, with an import",
    ),
    ("a TextIOWrapper cannot|a Buffered", "", "hand over the name of the file, or an io.StringIO"),
    ("", r"\.backward\(|\boptim\.|\bautograd\.", "the graph stays in the worker; test the numbers that come out"),
    ("is not run in the judge|is not unpickled", "", "test the values, and run no text that a student may have made"),
]  # fmt: skip


def advice(source: str, came_to: str) -> str:
    """What to change in a test cell, to be put behind the reason; empty where nothing is known.

    Args:
        source: the test cell.
        came_to: what the reference got for it when judged, in words.
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
            yield f"hand over what the {kind} is made of, or make it in a given cell"


def class_that_cannot_cross(came_to: str) -> str:
    """The name of the class whose object a test handed over in vain, by what it came to; "" where it did not."""
    found = _CANNOT_CROSS.search(came_to)
    return found[1] if found else ""
