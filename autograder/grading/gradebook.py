"""Writes graded submissions into nbgrader's gradebook and ``autograded/``.

Many submissions share one transaction. A submission's folder is made beside its final place, then the scores are
committed, then the folder is moved into place: its notebooks contain the fingerprint by which the next run recognises
finished work, so an interrupted submission is graded again.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from nbgrader.api import Assignment as ReleasedAssignment
from nbgrader.api import (
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import parse_utc
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import selectinload

from ..course.assignment import MANUAL, SOLUTION, TEST, Assignment, SourceNotebook
from ..course.errors import CourseError
from ..course.files import read_regular
from ..course.folders import Course
from ..course.nbgraders import setting
from ..course.submission import read_submission
from ..engine.results import CellResult, GradedSubmission, Record, read_record, with_record
from ..judging.outcome import Outcome
from .replacing import remove_leftovers, replace_folder, share, temporary

MOST_AT_ONCE, LONGEST_WAIT = 50, 2.0  # submissions in a transaction, and seconds before they are written
EXCHANGED_FILES = ("timestamp.txt", "submission_secret.txt")  # by which the exchange returns feedback
# Files handed in beside the notebook are kept, except pages that formgrader, or a student's browser, would run.
RUN_BY_BROWSERS = {".htm", ".html", ".js", ".mht", ".mhtml", ".mjs", ".shtml", ".svg", ".xht", ".xhtml", ".xml"}
PATIENCE = 60.0  # seconds to wait for another program's lock on the gradebook


def find_released(gradebook: Gradebook, name: str) -> ReleasedAssignment:
    """An assignment as the gradebook knows it. Raises CourseError if it does not know it."""
    try:
        return gradebook.find_assignment(name)
    except MissingEntry:
        raise CourseError(f"the gradebook does not know {name!r} yet; run `autograder release {name}` first") from None


@dataclass
class _Staged:
    """A graded submission whose folder is made and whose scores have yet to be written."""

    graded: GradedSubmission
    timestamp: datetime | None
    made: Path
    final: Path


class GradebookWriter:
    """Writes graded submissions; manual scores and comments are never changed.

    Use as a context manager: pending submissions are written at its end, however it ends.
    Raises CourseError immediately if the gradebook cannot be written, or does not know the assignment.
    """

    def __init__(self, course: Course, assignment: Assignment):
        self.course, self.assignment = course, assignment
        self._extensions = course.extensions(assignment.name)
        self._staged: list[_Staged] = []
        self._since = 0.0
        self._late = AssignLatePenalties(config=course.config)
        self._late.init_plugin()
        with self.course.saying_why():
            self._patiently(self._open)
            self._check()
            self._patiently(self._touch)

    def __enter__(self) -> GradebookWriter:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.flush()
        finally:
            for staged in self._staged:
                shutil.rmtree(staged.made, ignore_errors=True)
            self.gradebook.close()

    def write(self, graded: GradedSubmission, submitted: Path, fingerprint: str) -> None:
        """Schedules one submission for recording: its scores, and with them its folder."""
        self._since = self._since if self._staged else time.monotonic()
        self._staged.append(self._stage(graded, submitted, fingerprint))
        if len(self._staged) >= MOST_AT_ONCE or time.monotonic() - self._since > LONGEST_WAIT:
            self.flush()

    def flush(self) -> None:
        """Writes the pending submissions in one transaction."""
        if not self._staged:
            return
        with self.course.saying_why():
            self._patiently(self._write_scores)
        while self._staged:
            replace_folder(self._staged[0].made, self._staged[0].final)
            self._staged.pop(0)

    def graded_before(self, student: str) -> Record | None:
        """The grading record in the autograded notebooks; None if the submission has to be graded, or graded again."""
        folder = self.course.path("autograded", student, self.assignment.name)
        records = [read_record(folder / f"{nb.name}.ipynb") for nb in self.assignment.notebooks]
        known = [record for record in records if record]
        if len(known) < len(records) or student not in self._known:
            return None
        cells = tuple(cell for record in known for cell in record.cells)
        if any(cell.outcome is Outcome.GRADER_ERROR for cell in cells):
            return None
        return msgspec.structs.replace(known[0], cells=cells)

    def recalculate_penalties(self, students: Iterable[str]) -> list[str]:
        """Recalculates late penalties of work that is not graded again: deadline, extension, rule or scores may change.

        Returns the students whose penalty has changed.
        """
        changed: list[str] = []

        def calculate() -> None:
            changed.clear()
            released = self.gradebook.find_assignment(self.assignment.name)
            grades = selectinload(SubmittedAssignment.notebooks).selectinload(SubmittedNotebook.grades)
            rows = self.gradebook.db.query(SubmittedAssignment).filter_by(assignment_id=released.id).options(grades)
            for submission in rows:
                if submission.student_id in wanted:
                    self._extend(submission, released)
                    if self._calculate_penalty(submission, released):
                        changed.append(submission.student_id)

        if wanted := set(students):
            with self.course.saying_why():
                self._patiently(calculate)
        return sorted(changed)

    def _extend(self, submission: SubmittedAssignment, released: ReleasedAssignment) -> None:
        """Sets the extension from the course's table; without an entry there, the gradebook's own applies."""
        if released.duedate and (until := self._extensions.get(submission.student_id)):
            submission.extension = until - released.duedate

    def _calculate_penalty(self, submission: SubmittedAssignment, released: ReleasedAssignment) -> bool:
        """Sets the late penalty of each notebook; returns whether any has changed."""
        changed = False
        for row in submission.notebooks:
            scores = [grade.auto_score if grade.manual_score is None else grade.manual_score for grade in row.grades]
            extra = sum(grade.extra_credit or 0.0 for grade in row.grades)
            penalty = self._penalty(submission, released, submission.student_id, sum(filter(None, scores)) + extra)
            if (penalty or 0.0) != (row.late_submission_penalty or 0.0):
                row.late_submission_penalty = penalty
                changed = True
        return changed

    # -- the folder -----------------------------------------------------------------------------------------------

    def _stage(self, graded: GradedSubmission, submitted: Path, fingerprint: str) -> _Staged:
        final = self.course.path("autograded", graded.student, graded.assignment)
        made = None
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            remove_leftovers(final)
            made = temporary(final)
            self._fill(made, graded, submitted, fingerprint)
        except BaseException as error:
            if made:
                shutil.rmtree(made, ignore_errors=True)
            if isinstance(error, OSError):
                raise CourseError(
                    f"{final}: cannot be written ({error.strerror}); what was graded before is in the gradebook: "
                    "free some space or grant the permission, and run the same command again: it goes on from there"
                ) from None
            raise
        return _Staged(replace(graded, notebooks={}), self.course.timestamp(submitted), made, final)

    def _fill(self, made: Path, graded: GradedSubmission, submitted: Path, fingerprint: str) -> None:
        given, handed_in = self.assignment.files_beside(read_submission(submitted, graded.student).files)
        for name, content in given.items():
            path = made / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for name in EXCHANGED_FILES:
            with contextlib.suppress(OSError):
                (made / name).write_bytes(read_regular(submitted / name, 10_000))
        for name, nb in graded.notebooks.items():
            (made / f"{name}.ipynb").write_bytes(with_record(nb, name, graded, fingerprint))
        for name, content in handed_in.items():
            path = made / name
            with contextlib.suppress(OSError, ValueError):  # something of ours is in its place
                if path.suffix.lower() not in RUN_BY_BROWSERS and not path.exists():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content)
        os.chmod(made, 0o755)
        shared = self.course.folders.groupshared
        share(made, setting(self.course.config, "Autograde", "permissions", 664 if shared else None), shared)

    # -- the gradebook --------------------------------------------------------------------------------------------

    def _check(self) -> None:
        name = self.assignment.name
        known = find_released(self.gradebook, name)
        graded = {
            (nb.name, c.name): c.points
            for nb in self.assignment.notebooks
            for c in nb.cells
            if c.kind in (TEST, MANUAL)
        }
        listed = {(nb.name, c.name): c.max_score for nb in known.notebooks for c in (*nb.grade_cells, *nb.task_cells)}
        if graded != listed:
            changed = sorted({cell for (_, cell), _ in graded.items() ^ listed.items()})
            raise CourseError(
                f"source/{name} is not what was released: {', '.join(changed[:5])} differ from the gradebook; "
                f"run `autograder release {name}` to bring the gradebook up to date"
            )

    def _open(self) -> None:
        self.gradebook = self.course.open_gradebook(self.assignment.name)

    def _touch(self) -> None:
        """Fails if nothing can be written; finds out who is in the gradebook already."""
        self.gradebook.db.execute(
            text("UPDATE assignment SET name = name WHERE name = :name"), {"name": self.assignment.name}
        )
        released = self.gradebook.find_assignment(self.assignment.name)
        rows = self.gradebook.db.query(SubmittedAssignment.student_id).filter_by(assignment_id=released.id)
        self._known = {student for (student,) in rows}

    def _patiently(self, work: Callable[[], None]) -> None:
        """Does `work` in a transaction, and repeats it if another program's lock, or row, came first."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                work()
                self.gradebook.db.commit()
                return
            except (OperationalError, IntegrityError) as error:
                if hasattr(self, "gradebook"):
                    self.gradebook.db.rollback()
                came_first = isinstance(error, IntegrityError) or "lock" in str(error.orig).lower()
                if not came_first or time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def _write_scores(self) -> None:
        db = self.gradebook.db
        released = self.gradebook.find_assignment(self.assignment.name)
        staged = {entry.graded.student: entry for entry in self._staged}
        students = {id_ for (id_,) in db.query(Student.id).filter(Student.id.in_(staged))}
        db.add_all(Student(id=student) for student in staged if student not in students)
        db.flush()
        notebooks = selectinload(SubmittedAssignment.notebooks)
        there = db.query(SubmittedAssignment).filter(
            SubmittedAssignment.assignment_id == released.id, SubmittedAssignment.student_id.in_(staged)
        )
        rows = notebooks.selectinload(SubmittedNotebook.grades), notebooks.selectinload(SubmittedNotebook.comments)
        found = {submission.student_id: submission for submission in there.options(*rows)}
        for student, entry in staged.items():
            submission = found.get(student)
            if submission is None:
                submission = SubmittedAssignment(assignment_id=released.id, student_id=student)
                db.add(submission)
            if entry.timestamp:
                submission.timestamp = parse_utc(entry.timestamp)
            self._extend(submission, released)
            with db.no_autoflush:
                self._score(submission, released, entry.graded)

    def _score(self, submission: SubmittedAssignment, released: ReleasedAssignment, graded: GradedSubmission) -> None:
        sources = {source.name: source for source in self.assignment.notebooks}
        handed_in = {row.notebook_id: row for row in submission.notebooks}
        for notebook in released.notebooks:
            if source := sources.get(notebook.name):
                row = handed_in.get(notebook.id) or SubmittedNotebook(notebook_id=notebook.id, assignment=submission)
                results = {cell.cell: cell for cell in graded.cells if cell.notebook == source.name}
                points = self._grades(row, notebook, results)
                self._comments(row, notebook, source, graded)
                row.late_submission_penalty = self._penalty(submission, released, graded.student, points)
                self.gradebook.db.add(row)  # and with it the new grades and comments

    def _grades(self, row: SubmittedNotebook, notebook: Notebook, results: dict[str, CellResult]) -> float:
        """Fills in the automatic scores of a notebook; returns its total including manual scores."""
        grades = {grade.cell_id: grade for grade in row.grades}
        points = 0.0
        for cell in (*notebook.grade_cells, *notebook.task_cells):
            grade = grades.get(cell.id) or Grade(cell_id=cell.id, notebook=row)
            result = results[cell.name]
            if not isinstance(cell, TaskCell):  # a manual score has to be reviewed
                grade.needs_manual_grade = grade.manual_score is not None or result.score is None
            elif grade.auto_score != result.score:  # nbgrader sets it only if the notebook is missing
                grade.needs_manual_grade = grade.manual_score is None and result.score is None
            grade.auto_score = result.score
            score = grade.manual_score if grade.manual_score is not None else grade.auto_score
            points += 0.0 if score is None else score + (grade.extra_credit or 0.0)
        return points

    def _comments(
        self, row: SubmittedNotebook, notebook: Notebook, source: SourceNotebook, graded: GradedSubmission
    ) -> None:
        """Notes which cells to write, or answers, were left as released, as nbgrader does."""
        comments = {comment.cell_id: comment for comment in row.comments}
        to_write = {cell.name for cell in source.cells if cell.kind in (SOLUTION, MANUAL)}
        empty = {(cell.notebook, cell.cell) for cell in graded.cells if cell.outcome is Outcome.NOT_ATTEMPTED}
        empty |= graded.unanswered
        empty -= {(source.name, cell.name) for cell in notebook.task_cells}
        for cell in (*notebook.solution_cells, *notebook.task_cells):
            comment = comments.get(cell.id) or Comment(cell_id=cell.id, notebook=row)
            if cell.name in to_write:
                comment.auto_comment = "No response." if (source.name, cell.name) in empty else None

    def _penalty(
        self, submission: SubmittedAssignment, released: ReleasedAssignment, student: str, points: float
    ) -> float | None:
        """The penalty by the course's own plugin, in points from 0 to `points`; None if the notebook is not late."""
        if submission.timestamp is None or released.duedate is None or not self._late.enabled:
            return None
        due = released.duedate + (submission.extension or timedelta())
        seconds = (submission.timestamp - due).total_seconds()
        penalty = self._late.plugin_inst.late_submission_penalty(student, points, seconds) if seconds > 0 else None
        return None if penalty is None else min(max(penalty, 0.0), points)
