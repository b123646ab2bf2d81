"""The main function: ``grade(assignment, submission, slot) -> GradedSubmission``.

It reads no gradebook and writes no file: a clerk reads the notebooks and makes the graded ones, `run` forks a worker
and a judge for each, and the judge's messages become the results.
"""

from __future__ import annotations

import time

from ..course.assignment import MANUAL, SOLUTION, TEST, Assignment, SourceCell, SourceNotebook
from ..course.errors import Unreadable
from ..course.submission import MergedCell, Submission, file_name, find_notebook, merge
from ..judging.outcome import Outcome
from ..sandbox.cage import CORE
from .clerk_link import Clerk
from .results import CellResult, GradedSubmission, plain_text
from .run import Run, run_notebook
from .slot import Slot

MOST_NAMED = 5  # files that a note lists
ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".tgz", ".gz", ".bz2", ".xz")


def grade(assignment: Assignment, submission: Submission, slot: Slot) -> GradedSubmission:
    """Grades one submission; a pure function of its arguments (except for the seconds it took).

    Whatever the submission contains, the result has one `CellResult` for every graded cell of the assignment.
    """
    started = time.monotonic()
    cells: list[CellResult] = []
    notebooks: dict[str, bytes] = {}
    notes: list[str] = [*submission.notes]
    unreadable: list[str] = []
    unanswered: set[tuple[str, str]] = set()
    memory, unsafe = 0, False
    for source in assignment.notebooks:
        submitted = None
        problem = f"{source.name}.ipynb is missing from the submission."
        with Clerk(slot) as clerk:
            if found := find_notebook(source, submission, clerk.read):
                if found.name != source.name:
                    notes.append(
                        f"{file_name(found.name)} was handed in for {source.name}.ipynb: "
                        "it contains its cells, so it was graded."
                    )
                if found.others:
                    notes.append(
                        f"{file_name(found.name)} was graded; edited versions of the same cells are in "
                        f"{', '.join(map(file_name, found.others))}: ask which one counts."
                    )
                try:
                    submitted = clerk.read(found.text, found.name)
                except Unreadable as error:
                    problem = str(error)
                    unreadable.append(problem)
            elif source.graded:
                notes.append(problem + _what_there_is(submission))
            merged = merge(source, submitted)
            unanswered |= {
                (source.name, cell.origin.name)
                for cell in merged
                if cell.origin and cell.origin.kind == SOLUTION and cell.source == cell.origin.release
            }
            if submitted is None:
                results, run = _nothing_to_grade(source, problem), Run()
            elif not source.graded:  # it is only for reading
                results, run = [], Run()
            else:
                run = run_notebook(assignment, source, merged, submission.files, slot)
                if run.fault:  # the worker ended before any of the student's code ran: it was killed from outside
                    run = run_notebook(assignment, source, merged, submission.files, slot)
                results = _results(source, merged, run)
                notes += [*run.notes, *_what_was_shared(run)]
                unsafe |= not set(CORE) <= set(run.layers)
            memory = max(memory, run.memory)
            cells.extend(results)
            by_name = {result.cell: result for result in results}
            notebooks[source.name] = clerk.graded(
                source, merged, run.lines, by_name, problem if submitted is None else ""
            )
    return GradedSubmission(
        assignment.name, submission.student, tuple(cells), notebooks, tuple(map(plain_text, notes)),
        tuple(map(plain_text, unreadable)),
        time.monotonic() - started, memory, unsafe, frozenset(unanswered),
    )  # fmt: skip


def _what_there_is(submission: Submission) -> str:
    """For the instructor: what was handed in when a notebook is missing, and what to do about an archive."""
    files = [*map(file_name, submission.notebooks), *submission.files]
    said = f" There is {', '.join(files[:MOST_NAMED])}{' and more' * (len(files) > MOST_NAMED)}." if files else ""
    packed = any(name.lower().endswith(ARCHIVES) for name in files)
    return said + " Unpack the archive in its folder, and grade again." * packed


def _what_was_shared(run: Run) -> list[str]:
    """Which tests should have been judged against their own copies, and were not."""
    tests: dict[str, list[str]] = {}
    for name, line in run.tests.items():
        if line.shared:
            tests.setdefault(line.shared, []).append(name)
    return [f"Judged in one process, since {why}: {', '.join(names)}." for why, names in tests.items()]


def _results(source: SourceNotebook, merged: list[MergedCell], run: Run) -> list[CellResult]:
    by_name = {cell.origin.name: cell for cell in merged if cell.origin}
    nameless = all(cell.missing for cell in by_name.values())  # the notebook has lost its metadata
    own = {cell.cell_type for cell in merged if cell.origin is None}
    results = []
    for cell in source.cells:
        if cell.kind == MANUAL:
            results.append(_manual(source, cell, by_name[cell.name], nameless and cell.cell_type in own))
        elif cell.kind == TEST:
            results.append(_tested(source, cell, run))
    return results


def _manual(source: SourceNotebook, cell: SourceCell, merged: MergedCell, elsewhere: bool) -> CellResult:
    """``elsewhere``: the answer may be in a cell that cannot be distinguished from others."""
    task = cell.metadata["nbgrader"].get("task")
    around = elsewhere or merged.elsewhere
    if not task and not around and (merged.missing or merged.source == cell.release):
        return CellResult(source.name, cell.name, Outcome.NOT_ATTEMPTED, 0.0, cell.points, message="Not answered.")
    message = "A person will grade this answer."
    if merged.elsewhere:
        message = "The cell of this answer is missing: a person will look for the answer in the cells in its place."
    if elsewhere:
        message = "The notebook has lost its metadata: a person will look for this answer among its cells."
    return CellResult(source.name, cell.name, Outcome.MANUAL, None, cell.points, message=message)


def _tested(source: SourceNotebook, cell: SourceCell, run: Run) -> CellResult:
    line = run.tests.get(cell.name)
    if line is None:
        if run.timed_out:
            outcome, message = (
                Outcome.TIMEOUT,
                "The whole submission exceeded its time limit, and this test was not reached.",
            )
        elif run.notes:
            outcome, message = Outcome.BREACH, run.notes[-1]
        else:
            outcome, message = (
                Outcome.GRADER_ERROR,
                run.fault or "The grader stopped before this test; it will be graded again.",
            )
        score = None if outcome is Outcome.GRADER_ERROR else 0.0
        return CellResult(source.name, cell.name, outcome, score, cell.points, cell.isolated, message)
    return CellResult(
        source.name, cell.name, line.outcome, line.score, cell.points, cell.isolated,
        plain_text(line.message), line.mistake, line.seconds, cell.apart and not line.shared, line.followed,
    )  # fmt: skip


def _nothing_to_grade(source: SourceNotebook, problem: str) -> list[CellResult]:
    graded = [cell for cell in source.cells if cell.kind in (TEST, MANUAL)]
    return [CellResult(source.name, c.name, Outcome.NOT_ATTEMPTED, 0.0, c.points, True, problem) for c in graded]
