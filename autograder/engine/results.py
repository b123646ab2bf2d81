"""The results of grading: one outcome per cell, one graded submission per student, and the record kept of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from ..course.errors import on_terminal
from ..course.files import read_regular
from ..judging.outcome import Outcome

MAX_GRADED = 256 << 20  # bytes of a graded notebook


class CellResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One graded cell of one student.

    ``score`` is None if a person has to grade, or if the grader itself failed.
    ``apart``: judged against its own copy of the submission's process, after all of the submission's cells had run.
    ``message`` is plain text for the student; it contains no hidden input or expected value.
    ``followed``: it has its points though it did not pass, since it fails only because of an earlier exercise.
    """

    notebook: str
    cell: str
    outcome: Outcome
    score: float | None
    max_score: float
    isolated: bool = True
    message: str = ""
    mistake: str | None = None
    seconds: float = 0.0
    apart: bool = True
    followed: bool = False


@dataclass(frozen=True)
class GradedSubmission:
    """All results of grading one submission.

    ``notebooks`` maps a notebook's name to its graded nbformat JSON, which contains what a student wrote and stays text
    in the grader's own process. ``notes`` are remarks for the instructor, ``seconds`` is wall-clock time and ``memory``
    the worker's peak in bytes. ``unanswered`` are the code cells to write, as (notebook, cell), that are as they were
    released.
    """

    assignment: str
    student: str
    cells: tuple[CellResult, ...]
    notebooks: dict[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    seconds: float = 0.0
    memory: int = 0
    unsafe: bool = False  # a core layer of the sandbox was missing
    unanswered: frozenset[tuple[str, str]] = frozenset()

    @property
    def score(self) -> float:
        """Points given so far; what a person still has to grade counts as 0."""
        return sum(cell.score or 0.0 for cell in self.cells)

    @property
    def max_score(self) -> float:
        return sum(cell.max_score for cell in self.cells)

    @property
    def isolated(self) -> bool:
        """Whether every verdict was reached out of the student's reach."""
        return all(cell.isolated for cell in self.cells)

    @property
    def broken(self) -> bool:
        """Whether the grader, not the student, failed: such work is graded again."""
        return any(cell.outcome is Outcome.GRADER_ERROR for cell in self.cells)


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An autograded notebook's record of its own grading, in its metadata under ``autograder``.

    ``fingerprint`` changes with everything that could change the score; it is empty if nbgrader's own command graded.
    """

    cells: tuple[CellResult, ...] = ()
    fingerprint: str = ""
    seconds: float = 0.0
    memory: int = 0
    unsafe: bool = False
    notes: tuple[str, ...] = ()


class GradedNotebook(msgspec.Struct, forbid_unknown_fields=True):
    """A graded notebook as far as the grader's own process decodes it: its cells stay text."""

    cells: msgspec.Raw
    metadata: dict[str, msgspec.Raw]
    nbformat: int
    nbformat_minor: int


class _Metadata(msgspec.Struct):
    autograder: Record


class _Recorded(msgspec.Struct):
    metadata: _Metadata


def with_record(notebook: bytes, name: str, graded: GradedSubmission, fingerprint: str = "") -> bytes:
    """The graded notebook called `name` with the record of its grading in its metadata."""
    record = Record(
        cells=tuple(_rounded(cell) for cell in graded.cells if cell.notebook == name),
        fingerprint=fingerprint,
        seconds=graded.seconds,
        memory=graded.memory,
        unsafe=graded.unsafe,
        notes=graded.notes,
    )
    nb = msgspec.json.decode(notebook, type=GradedNotebook)
    nb.metadata["autograder"] = msgspec.Raw(msgspec.json.encode(record))
    return msgspec.json.encode(nb) + b"\n"


def read_record(path: Path) -> Record | None:
    """The record in an autograded notebook; None if it has none, or none of this version."""
    try:
        return msgspec.json.decode(read_regular(path, 2 * MAX_GRADED), type=_Recorded).metadata.autograder
    except (OSError, ValueError, RecursionError):
        return None


def _rounded(cell: CellResult) -> CellResult:
    return msgspec.structs.replace(cell, seconds=round(cell.seconds, 3))


def cell_as_json(cell: CellResult) -> dict[str, Any]:
    """One cell as plain data."""
    return msgspec.to_builtins(_rounded(cell))


def plain_text(text: str, limit: int = 4000) -> str:
    """Text that may contain what a student wrote, safe for a terminal, a database and a page: one line, printable."""
    text = " ".join(text[: 2 * limit].split())
    text = on_terminal(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"
