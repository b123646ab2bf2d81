"""The two errors that are for people: the instructor's input is bad, or a student's is."""

from __future__ import annotations

import re
import unicodedata


class CourseError(Exception):
    """Bad input from the instructor's side: the message names the file or cell and the way out."""


class Unreadable(Exception):
    """A submitted notebook that cannot be read; the message is for the student."""


def first_line(error: Exception) -> str:
    """The first line of what an error says, or its name; 200 characters at most."""
    try:
        text = str(error)
    except Exception:  # nbgrader's error of a kernel holds a coloured traceback in place of words
        lines = [line for part in error.args for line in (part if isinstance(part, list) else [part])]
        text = re.sub(r"\x1b\[[\d;]*m", "", str(lines[-1])) if lines else ""
    return (text.strip().splitlines() or [type(error).__name__])[0][:200]


def on_terminal(text: str) -> str:
    """Text of several lines, in which a name may be a student's, without what would paint or move on a terminal."""
    text = "".join(character if character.isprintable() or character == "\n" else "\ufffd" for character in text)
    return without_piles(text)


def without_piles(text: str) -> str:
    """Text with three marks on a letter at most: a pile of them covers the lines above and below it."""
    kept, marks = [], 0
    for character in "" if text.isascii() else text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= 3:
            kept.append(character)
    return "".join(kept) or text
