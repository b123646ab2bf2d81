"""Extensions: who may hand in later, from a table that instructors keep, ``extensions.csv`` in the course directory.

student,assignment,until
bob,mlp,2026-12-08 23:59 Europe/Paris
"""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path

from .errors import CourseError
from .timestamps import parsed

COLUMNS = ("student", "assignment", "until")


def read_extensions(path: Path, assignment: str) -> dict[str, datetime]:
    """Student id -> extended deadline for one assignment, in UTC without a time zone; empty if there is no such file.

    Raises:
        CourseError: the table cannot be read, lacks a column, names a student twice for one assignment, or has
            something other than a time.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(f"{path}: cannot be read ({error}); save it as CSV in UTF-8") from None
    first = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in first else ",", skipinitialspace=True)
    heads = [(head or "").strip() for head in rows.fieldnames or ()]
    if missing := [column for column in COLUMNS if column not in heads]:
        raise CourseError(f"{path}: no column {missing[0]!r}; its first line must be {','.join(COLUMNS)}")
    rows.fieldnames = heads
    found: dict[str, datetime] = {}
    for row in rows:
        student, name, until = ((row[column] or "").strip() for column in COLUMNS)
        if name != assignment:
            continue
        if not student or student in found:
            why = f"{student} has two extensions for {name}" if student else "no student"
            raise CourseError(f"{path}, line {rows.line_num}: {why}; keep one line for each student and assignment")
        try:
            found[student] = parsed(until)
        except (ValueError, OverflowError):
            raise CourseError(
                f"{path}, line {rows.line_num}: {until!r} is not a time; write one like 2026-03-02 23:59 Europe/Paris "
                "(without a time zone it is UTC)"
            ) from None
    return found
