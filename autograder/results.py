"""What grading yields: one outcome for each cell, one graded submission for each student."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """What became of one graded cell. The set is closed: a reader may rely on it."""

    PASSED = "passed"
    FAILED = "failed"  # an assertion did not hold
    PARTIAL = "partial"  # the cell's last value was a number below full marks
    NOT_ATTEMPTED = "not_attempted"  # the cell to write was left as released
    RAISED = "raised"  # the student's code raised an exception
    TIMEOUT = "timeout"
    MEMORY = "memory"
    BREACH = "breach"  # stopped by the sandbox, or broke the wire's rules
    MANUAL = "manual"  # left for a person
    GRADER_ERROR = "grader_error"  # our fault: never scored, graded again by the next run


@dataclass(frozen=True)
class CellResult:
    """One graded cell of one student.

    ``score`` is None where a person has to grade, or where the grader itself failed.
    ``message`` is plain text for the student; it holds no hidden input or expected value.
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


@dataclass(frozen=True)
class GradedSubmission:
    """All that grading one submission found out.

    ``notebooks`` maps a notebook's name to its graded nbformat JSON, ``notes`` are remarks
    for the instructor, ``seconds`` is wall-clock time and ``memory`` the worker's peak in bytes.
    """

    assignment: str
    student: str
    cells: tuple[CellResult, ...]
    notebooks: dict[str, dict] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    seconds: float = 0.0
    memory: int = 0
    unsafe: bool = False  # a core layer of the sandbox was missing

    @property
    def score(self) -> float:
        """Points given so far, in points; what a person still has to grade counts as 0."""
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


def plain_text(text: str, limit: int = 4000) -> str:
    """Text that may hold what a student wrote, fit for a terminal, a database and a page: one line, printable."""
    text = " ".join(text[: 2 * limit].split())
    text = "".join(character if character.isprintable() else "\ufffd" for character in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def cell_as_json(cell: CellResult) -> dict:
    """One cell as plain data; the reverse of `cell_from_json`."""
    return {
        "notebook": cell.notebook,
        "cell": cell.cell,
        "score": cell.score,
        "max_score": cell.max_score,
        "outcome": str(cell.outcome),
        "isolated": cell.isolated,
        "message": cell.message,
        "mistake": cell.mistake,
        "seconds": round(cell.seconds, 3),
    }


def cell_from_json(data: dict) -> CellResult:
    """The reverse of `cell_as_json`."""
    return CellResult(**{**data, "outcome": Outcome(data["outcome"])})
