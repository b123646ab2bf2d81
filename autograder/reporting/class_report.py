"""A graded class as data, as a table and as a report."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from nbgrader.api import Assignment as ReleasedAssignment
from nbgrader.api import Grade, Gradebook, Student, SubmittedAssignment, SubmittedNotebook
from sqlalchemy.orm import joinedload, selectinload, undefer

from ..course.assignment import MANUAL, SOLUTION, TEST, Assignment, SourceCell
from ..course.converting import waits_for_a_person
from ..course.errors import CourseError
from ..course.files import read_regular
from ..course.folders import Course
from ..engine.results import MAX_GRADED, Record, cell_as_json, plain_text, read_record
from ..grading.gradebook import find_released
from ..judging.outcome import Outcome
from .report import render_report

AT_A_TIME = 200  # submissions whose gradebook rows are in memory


def class_data(course: Course, name: str, students: list[str] | None = None) -> dict[str, Any]:
    """The class as plain data: what ``grade --json`` writes and the report shows.

    Outcomes and messages come from the autograded notebooks, scores (including manual ones and late penalties)
    from the gradebook.
    """
    assignment = course.assignment(name)
    with course.gradebook(name) as book:
        known = find_released(book, name)
        notebooks = [nb.name for nb in assignment.notebooks]
        wanted = None if students is None else set(students)
        rows = [
            _submission(course, name, notebooks, submission)
            for submission in _all_at_once(book, known).order_by(SubmittedAssignment.student_id).yield_per(AT_A_TIME)
            if wanted is None or submission.student_id in wanted
        ]
        missing, gone, due = _not_handed_in(course, book, known), _gone(course, book, known), known.duedate
    if not rows:
        raise CourseError(f"nobody is graded in {name!r} yet; run `autograder grade {name}` first")
    unsafe = any(row["unsafe"] for row in rows)
    return {
        "assignment": name,
        "max_score": assignment.max_score,
        "unsafe": unsafe,
        "due": due and f"{due:%Y-%m-%d %H:%M} UTC",
        "submissions": rows,
        "missing": missing,
        "gone": gone,
    }


def _not_handed_in(course: Course, book: Gradebook, assignment: ReleasedAssignment) -> list[dict[str, str]]:
    """Students on the class list who handed in nothing, with their data from the gradebook."""
    there = book.db.query(SubmittedAssignment.student_id).filter_by(assignment_id=assignment.id)
    students = book.db.query(Student).filter(Student.id.not_in(there)).order_by(Student.id)
    return [_person(student, student.id) for student in students if student.id not in course.excluded]


def _gone(course: Course, book: Gradebook, assignment: ReleasedAssignment) -> list[str]:
    """Students who have a submission in the gradebook that is no longer in the folder of submissions."""
    there = book.db.query(SubmittedAssignment.student_id).filter_by(assignment_id=assignment.id)
    folders = course.handed_in(assignment.name)
    return sorted(student for (student,) in there if student not in folders and student not in course.excluded)


def _person(student: Student, name: str) -> dict[str, str]:
    return {
        "student": name,
        "first_name": student.first_name or "",
        "last_name": student.last_name or "",
        "email": student.email or "",
        "lms_user_id": student.lms_user_id or "",
    }


def _all_at_once(book: Gradebook, assignment: ReleasedAssignment) -> Any:
    """The submissions of an assignment, with all related rows: a few queries in total instead of many for each."""
    notebooks = selectinload(SubmittedAssignment.notebooks)
    return (
        book.db.query(SubmittedAssignment)
        .filter_by(assignment_id=assignment.id)
        .options(
            undefer(SubmittedAssignment.score),
            undefer(SubmittedAssignment.max_score),
            joinedload(SubmittedAssignment.student),
            notebooks.joinedload(SubmittedNotebook.notebook),
            notebooks.selectinload(SubmittedNotebook.grades).joinedload(Grade.cell),
        )
    )


def _submission(course: Course, name: str, notebooks: list[str], submission: SubmittedAssignment) -> dict[str, Any]:
    folder = course.path("autograded", submission.student_id, name)
    records = {nb: read_record(folder / f"{nb}.ipynb") or Record() for nb in notebooks}
    grades = {(nb.name, grade.name): grade for nb in submission.notebooks for grade in nb.grades}
    cells = []
    for notebook, record in records.items():
        for result in record.cells:
            cell = cell_as_json(result)
            grade = grades.get((notebook, result.cell))
            if grade is not None and result.outcome is not Outcome.GRADER_ERROR:
                cell["score"] = None if waits_for_a_person(grade) else grade.score
            cells.append(cell)
    first = next(iter(records.values()), Record())
    penalty = sum(nb.late_submission_penalty or 0.0 for nb in submission.notebooks)
    return {
        **_person(submission.student, submission.student_id),
        "timestamp": submission.timestamp.isoformat(" ") if submission.timestamp else "",
        "score": submission.score,
        "max_score": submission.max_score,
        "seconds": round(first.seconds, 3),
        "memory": first.memory,
        "isolated": all(cell["isolated"] for cell in cells),
        "late_penalty": penalty,
        "late_seconds": submission.total_seconds_late,
        "notes": list(first.notes),
        "unsafe": first.unsafe,
        "cells": cells,
    }


def headings(assignment: Assignment) -> dict[tuple[str, str], str]:
    """(notebook, graded cell) -> the last heading above it, without Markdown characters and points."""
    from .feedback import plain

    found = {}
    for notebook in assignment.notebooks:
        heading = ""
        for cell in notebook.cells:
            if cell.cell_type == "markdown" and cell.kind != MANUAL:
                for line in re.findall(r"^##+ +(.*)$", cell.source, re.MULTILINE):
                    heading = plain(line)
            elif heading and cell.kind in (TEST, MANUAL):
                found[notebook.name, cell.name] = heading
    return found


def solutions(course: Course, data: dict[str, Any]) -> list[dict[str, Any]]:
    """Each cell to write: as released, in the reference, and as each student left it; for instructors only.

    "mistakes" are the names of the assignment's named mistakes in this cell, "known" all of its known code.
    """
    assignment = course.assignment(data["assignment"])
    found = []
    for notebook in assignment.notebooks:
        for cell in notebook.cells:
            if cell.kind == SOLUTION:
                found.append(_solution(assignment, notebook.name, cell))
    for row in data["submissions"]:
        folder = course.path("autograded", row["student"], data["assignment"])
        written = {notebook.name: cells_of(folder / f"{notebook.name}.ipynb") for notebook in assignment.notebooks}
        for solution in found:
            code = written[solution["notebook"]].get(solution["cell"])
            if code is not None:
                solution["students"][row["student"]] = code
    return found


def _solution(assignment: Assignment, notebook: str, cell: SourceCell) -> dict[str, Any]:
    variants = [variant for variant in assignment.variants if variant.replaces == cell.name]
    reference = assignment.marks.unmarked(cell.source)
    return {
        "notebook": notebook,
        "cell": cell.name,
        "release": cell.release,
        "reference": reference,
        "mistakes": [variant.name for variant in variants if variant.kind == "mistake"],
        "known": [cell.release, reference, *(variant.code for variant in variants)],
        "students": {},
    }


class _Marks(msgspec.Struct):
    grade_id: str


class _Metadata(msgspec.Struct):
    nbgrader: _Marks | None = None


class _Cell(msgspec.Struct):
    metadata: _Metadata
    source: str | list[str]


class _Sources(msgspec.Struct):
    """The parts of an autograded notebook that are decoded: no outputs, nor anything else of the students'."""

    cells: list[_Cell]


def cells_of(path: Path) -> dict[str, str]:
    """The sources of nbgrader's cells in an autograded notebook, by name."""
    try:
        notebook = msgspec.json.decode(read_regular(path, 2 * MAX_GRADED), type=_Sources)
    except (OSError, ValueError, RecursionError):
        return {}
    named = ((cell.metadata.nbgrader, cell.source) for cell in notebook.cells)
    return {marks.grade_id: "".join(source) for marks, source in named if marks}


def print_table(data: dict[str, Any]) -> None:
    """One line per student: points, time, and what did not pass."""
    names = [plain_text(row["student"]) for row in data["submissions"]]
    width = max(8, *map(len, names))
    print(f"\n{'student':<{width}}   points   time  what did not pass")
    for name, row in zip(names, data["submissions"], strict=True):
        waiting = sum(cell["score"] is None for cell in row["cells"])
        print(
            f"{name:<{width}}  {row['score'] - row['late_penalty']:>5.1f}{'+' if waiting else ' '}  "
            f"{row['seconds']:>5.1f}s  " + (_summary(row["cells"]) or "—")
        )
    if any(cell["score"] is None for row in data["submissions"] for cell in row["cells"]):
        print("+ a person still has to grade an answer")
    if data["unsafe"]:
        print("UNSAFE: a core layer of the sandbox was missing, so these scores can be forged (autograder doctor)")
    print()


SHOWN_NOTES = 30  # remarks shown on a terminal; the report has all of them


def remarks_on(course: Course, data: dict[str, Any], students: str = "*") -> list[str]:
    """Remarks on a graded class: work that was found elsewhere, could not be read, or is missing."""
    lines = [f"{row['student']}: {note}" for row in data["submissions"] for note in row["notes"]]
    if len(lines) > SHOWN_NOTES:
        lines[SHOWN_NOTES:] = [f"and {len(lines) - SHOWN_NOTES} more: see the report"]
    if followed := [cell for row in data["submissions"] for cell in row["cells"] if cell["followed"]]:
        points = sum(cell["max_score"] for cell in followed)
        lines.append(
            f"follow-through gave {points:g} points for {len(followed)} tests failing only because of earlier exercises"
        )
    name = data["assignment"]
    for student, names in course.astray(name).items():
        if course.is_meant(student, students):
            lines.append(f"{student}: no folder {name!r}, but {', '.join(names[:5])}; move it there to have it graded")
    for folder in course.misnamed(name):
        if (reads := sys.getfilesystemencoding()) == "utf-8":
            lines.append(f"{folder}: not graded, since its name is not in UTF-8; rename it, and grade again")
        else:
            lines.append(f"{folder}: not graded, since names are read as {reads} here; grade again with LC_ALL=C.UTF-8")
    later = course.extensions(name)
    if missing := [person["student"] for person in data["missing"]]:
        until = {student: f" (extended to {when:%Y-%m-%d %H:%M} UTC)" for student, when in later.items()}
        lines.append(f"nothing handed in by {', '.join(student + until.get(student, '') for student in missing)}")
    if gone := data.get("gone", []):
        where = course.folders.submitted_directory
        lines.append(f"graded before, but no longer in {where!r}: {', '.join(gone)}; the gradebook keeps their scores")
    known = {*missing, *gone, *(row["student"] for row in data["submissions"])}
    if students == "*" and (unknown := [student for student in later if student not in known]):
        lines.append(f"{course.settings.extensions}: there are no students called {', '.join(unknown)}")
    if later and data["due"] is None:
        lines.append(f"{course.settings.extensions}: {name} has no deadline in the gradebook, so nothing is extended")
    return [plain_text(line) for line in lines]


def _summary(cells: list[dict]) -> str:
    groups: dict[str, list[str]] = {}
    for cell in cells:
        if cell["outcome"] not in (Outcome.PASSED, Outcome.MANUAL):
            label = cell["mistake"] or cell["outcome"].replace("_", " ")
            groups.setdefault(label, []).append(cell["cell"].removeprefix("test_"))
    if len(groups) == 1 and sum(map(len, groups.values())) == sum(c["outcome"] != Outcome.MANUAL for c in cells):
        return f"{next(iter(groups))}: everything"
    return "; ".join(
        f"{label}: {', '.join(c[:2])}{f' and {len(c) - 2} more' if len(c) > 2 else ''}" for label, c in groups.items()
    )


def earlier_class(path: Path) -> list[dict[str, Any]]:
    """The submissions of a class that was graded before, from a file that ``report --json`` wrote.

    Raises CourseError if it is not such a file.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        render_report(data["assignment"], data["submissions"])
        return data["submissions"]
    except OSError as error:
        raise CourseError(f"--compare {path}: cannot be read ({error.strerror})") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise CourseError(
            f"--compare {path}: not a graded class; name a file that `autograder report PS --json FILE` wrote"
        ) from None


def write_report(
    course: Course, data: dict[str, Any], output: Path | None, earlier: Sequence[dict[str, Any]] = ()
) -> Path:
    """Writes the HTML report, with the means of an earlier class if given; returns its path."""
    assignment = course.assignment(data["assignment"])
    path = output or course.root / "reports" / f"{data['assignment']}.html"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            render_report(**data, solutions=solutions(course, data), headings=headings(assignment), earlier=earlier),
            encoding="utf-8",
        )
    except OSError as error:
        raise CourseError(
            f"{path}: the report cannot be written ({error.strerror}); name another file with --output"
        ) from None
    return path
