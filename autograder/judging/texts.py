"""What a text lacks that a test may read from it: values in JSON and in tables, and the rows of a table.

A text is only changed in places that readers do not accept as a number, so that it can still be read.
"""

from __future__ import annotations

import itertools
import re

_NUMBER = re.compile(r"(?<![\w.])-?\d+(\.\d+)?")
# Strings, which stay as they are, to the end if one is not closed: otherwise the time could grow with the square of the
# length. And the places without a value: constants that are no numbers, and empty lists.
_IN_JSON = re.compile(
    r'"[^"\\]*(?:\\[\s\S][^"\\]*)*(?:"|\\?\Z)'
    r"|'[^'\\]*(?:\\[\s\S][^'\\]*)*(?:'|\\?\Z)"
    r"|(?P<gap>(?<![\w.])(?:NaN|nan|-?Infinity|-?inf|null|None)(?!\w)|(?<=\[)\s*(?=\]))"
)
# In a table some only as a whole field. Empty fields are filled.
_IN_TABLE = re.compile(
    r"(?P<gap>(?i:(?<![^\s,;])[-+]?(?:nan|inf|infinity)(?![^\s,;])|(?<![^,;\t\n])(?:#?n/?a|<na>|none|nat|null)(?![^,;\t\r\n]))"
    r"|(?<=[,;\t])(?=[,;\t\r\n]|$)|(?m:^)(?=[,;\t]))"
)


def gaps_in_text(text: str) -> int:
    """The number of places without a value in a text that is JSON or a table."""
    return sum(match["gap"] is not None for match in _pattern(text).finditer(text))


def gaps_in_answer(text: str) -> int:
    """The same for any text; 0 if it looks like neither."""
    return gaps_in_text(text) if _is_json(text) or _looks_like_a_table(text) else 0


def filled_text(text: str) -> str:
    """A JSON text or a table, with a large number in each place without a value."""
    return _pattern(text).sub(lambda match: match[0] if match["gap"] is None else "1e6", text)


def _looks_like_a_table(text: str) -> bool:
    """Whether a text has several lines, each with as many separators as the first."""
    lines = [line for line in text.split("\n") if line.strip()]
    return len(lines) > 1 and any(
        lines[0].count(mark) and all(line.count(mark) == lines[0].count(mark) for line in lines) for mark in ",;\t"
    )


def has_no_rows(text: str) -> bool:
    """Whether a text may be the header of a table, without any row."""
    lines = text.split("\n")
    return not any(map(str.strip, lines[1:])) and not re.search(r"[\d{\[\0]", lines[0])


def is_header(text: str) -> bool:
    """Whether an answer looks like the header of a table, without any row."""
    return has_no_rows(text) and any(mark in text for mark in ",;\t")


def with_rows_of(header: str, table: str, off: int = 0) -> str:
    """A header with the rows of a table, or with wrong rows if they are to be ``off``, 1 or -1."""
    rows = table.strip().split("\n")[1:]
    if not header.strip() or not rows:
        return header
    return "\n".join([header.strip(), *(_other_row(row, off) if off else row for row in rows), ""])


def _is_json(text: str) -> bool:
    return text.lstrip().startswith(("{", "["))


def _pattern(text: str) -> re.Pattern[str]:
    return _IN_JSON if _is_json(text) else _IN_TABLE


def _other_row(row: str, sign: int) -> str:
    """A row with another number in place of each, and other differences between them; without numbers, other text."""
    far = itertools.count(sign, sign)

    def other(number: re.Match) -> str:
        return str(float(number[0]) + next(far) * 1e6 if number[1] else int(number[0]) + next(far) * 1_000_003)

    if _NUMBER.search(row):
        return _NUMBER.sub(other, row)
    return re.sub(r"\w", lambda letter: "x" if letter[0] != "x" else "y", row)
