"""The two errors whose messages are for people: the instructor's input is bad, or a student's is."""

from __future__ import annotations

import re
import unicodedata


class CourseError(Exception):
    """Bad input from the instructor: the message names the file or cell and what to do."""


class Unreadable(Exception):
    """A submitted notebook that cannot be read; the message is for the student."""


def first_line(error: Exception) -> str:
    """The first line of an error's message, or the error's name; 200 characters at most."""
    try:
        text = str(error)
    except Exception:  # nbgrader's error of a kernel has a coloured traceback instead of a message
        lines = [line for part in error.args for line in (part if isinstance(part, list) else [part])]
        text = re.sub(r"\x1b\[[\d;]*m", "", str(lines[-1])) if lines else ""
    return (text.strip().splitlines() or [type(error).__name__])[0][:200]


def on_terminal(text: str) -> str:
    """Text of several lines, possibly with a student's names, without codes that would colour or move on a terminal."""
    text = "".join(character if character.isprintable() or character == "\n" else "\ufffd" for character in text)
    return without_piles(text)


def without_piles(text: str) -> str:
    """Text with at most three combining marks on a letter: a pile of them covers the lines above and below."""
    kept, marks = [], 0
    for character in "" if text.isascii() else text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= 3:
            kept.append(character)
    return "".join(kept) or text
