"""`grade`, such that a fault of the grader itself does not stop the class; and hashes that identify a submission."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from ..course.assignment import MANUAL, TEST, Assignment
from ..course.submission import Submission, merge
from ..judging.outcome import Outcome
from . import clerk
from .grade import grade
from .results import CellResult, GradedSubmission
from .slot import Slot
from .template import TemplateLost


@cache
def engine_version() -> str:
    """Changes with this package: a hash of its code."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def content_hash(submission: Submission) -> str:
    """Changes with everything that was handed in."""
    digest = hashlib.sha256()
    for name, text in sorted(submission.notebooks.items()):
        digest.update(f"{name}\0{text}\0".encode("utf-8", "surrogatepass"))
    for path, content in sorted(submission.files.items()):
        digest.update(path.encode("utf-8", "surrogatepass") + b"\0" + content)
    return digest.hexdigest()


def grade_safely(assignment: Assignment, submission: Submission, slot: Slot) -> tuple[GradedSubmission, str]:
    """`grade` and the hash of what was graded; the grader's own fault is reported as such, and the class continues."""
    try:
        try:
            graded = grade(assignment, submission, slot)
        except TemplateLost:
            slot.restart()
            graded = grade(assignment, submission, slot)
    except Exception as error:
        return grader_broke(assignment, submission, error)
    return graded, content_hash(submission)


def grader_broke(assignment: Assignment, submission: Submission, error: BaseException) -> tuple[GradedSubmission, str]:
    """The result for a submission that could not be graded because of the grader's own fault."""
    message = f"The grader broke ({type(error).__name__}: {error}); this will be graded again."
    cells = tuple(
        CellResult(nb.name, cell.name, Outcome.GRADER_ERROR, None, cell.points, cell.isolated, message)
        for nb in assignment.notebooks
        for cell in nb.cells
        if cell.kind in (TEST, MANUAL)
    )
    notebooks = {
        nb.name: clerk.graded(nb, merge(nb, None), {}, {c.cell: c for c in cells if c.notebook == nb.name}, message)
        for nb in assignment.notebooks
    }
    graded = GradedSubmission(assignment.name, submission.student, cells, notebooks, notes=(message,))
    return graded, content_hash(submission)
