"""One writer for nbgrader's gradebook and folders: what `grade` found out becomes what nbgrader knows."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from datetime import datetime
from pathlib import Path

import nbformat
from nbformat import v4
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from .assignment import MANUAL, SOLUTION, TEST, Assignment, CourseError
from .course import Course
from .results import GradedSubmission, Outcome


class GradebookWriter:
    """Writes graded submissions; manual scores and comments that people gave are never touched.

    Raises CourseError at once where the gradebook cannot be written, or does not know the assignment.
    """

    def __init__(self, course: Course, assignment: Assignment):
        self.course, self.assignment = course, assignment
        try:
            self.gradebook = Gradebook(course.db_url, course.folders.course_id)
            self._check()
            self.gradebook.db.execute(text("UPDATE assignment SET name = name WHERE name = :n"), {"n": assignment.name})
            self.gradebook.db.commit()
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise CourseError(
                f"{course.db_url}: the gradebook cannot be written ({reason}); "
                "see that the file and its folder are yours to write, and that the disk is not full"
            ) from None

    def _check(self) -> None:
        name = self.assignment.name
        try:
            known = self.gradebook.find_assignment(name)
        except MissingEntry:
            raise CourseError(
                f"the gradebook does not know {name!r} yet; run `autograder release {name}` first"
            ) from None
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

    def write(self, graded: GradedSubmission, submitted: Path, fingerprint: str) -> None:
        """Records one submission: first its folder, then its scores, so that a score always has its notebook."""
        self._write_folder(graded, submitted, fingerprint)
        self._write_scores(graded, self.course.timestamp(submitted))

    def _write_folder(self, graded: GradedSubmission, submitted: Path, fingerprint: str) -> None:
        final = self.course.path("autograded", graded.student, graded.assignment)
        final.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=final.parent, prefix=f".{final.name}-"))
        try:
            for name, content in self.assignment.files.items():
                path = made / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            if (submitted / "timestamp.txt").is_file():
                shutil.copyfile(submitted / "timestamp.txt", made / "timestamp.txt")
            for name, nb in graded.notebooks.items():
                nb["metadata"]["autograder"].update(
                    fingerprint=fingerprint,
                    seconds=graded.seconds,
                    memory=graded.memory,
                    unsafe=graded.unsafe,
                    notes=list(graded.notes),
                )
                nbformat.write(nbformat.from_dict(nb), made / f"{name}.ipynb")
            os.chmod(made, 0o755)
            replace_folder(made, final)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise

    def _write_scores(self, graded: GradedSubmission, timestamp: datetime | None) -> None:
        book, name = self.gradebook, graded.assignment
        book.update_or_create_student(graded.student)
        when = {"timestamp": timestamp} if timestamp else {}
        book.update_or_create_submission(name, graded.student, **when)
        for source in self.assignment.notebooks:
            results = {cell.cell: cell for cell in graded.cells if cell.notebook == source.name}
            row = book.find_submission_notebook(source.name, name, graded.student)
            for grade in row.grades:
                result = results[grade.name]
                grade.auto_score = result.score
                grade.needs_manual_grade = grade.manual_score is not None or result.score is None
            answered = {c.name: c for c in source.cells if c.kind in (SOLUTION, MANUAL)}
            for comment in row.comments:
                if comment.name in answered:
                    result = results.get(comment.name)
                    empty = result is not None and result.outcome is Outcome.NOT_ATTEMPTED
                    comment.auto_comment = "No response." if empty else None
        book.db.commit()
        for source in self.assignment.notebooks:
            where = {
                "notebook": source.name,
                "assignment": name,
                "student": graded.student,
                "db_url": self.course.db_url,
            }
            AssignLatePenalties(config=self.course.config).preprocess(v4.new_notebook(), {"nbgrader": where})

    def graded_before(self, student: str) -> dict | None:
        """What the autograded notebooks say of their own grading; None where it has to be done, or done again."""
        folder = self.course.path("autograded", student, self.assignment.name)
        records = [read_record(folder / f"{nb.name}.ipynb") for nb in self.assignment.notebooks]
        if not all(records):
            return None
        cells = [cell for record in records for cell in record["cells"]]
        if any(cell["outcome"] == Outcome.GRADER_ERROR for cell in cells):
            return None
        try:
            self.gradebook.find_submission(self.assignment.name, student)
        except MissingEntry:
            return None
        return {**records[0], "cells": cells}

    def close(self) -> None:
        self.gradebook.close()


def read_record(path: Path) -> dict | None:
    """The grader's own entry in the metadata of an autograded notebook; None where there is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))["metadata"]["autograder"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def replace_folder(made: Path, final: Path) -> None:
    """Puts a finished folder in the place of an old one (if any)."""
    if final.exists():
        old = Path(tempfile.mkdtemp(dir=final.parent, prefix=f".{final.name}-old-"))
        final.rename(old / "folder")
        made.rename(final)
        for path in (old, *old.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)
        shutil.rmtree(old)
    else:
        made.rename(final)
