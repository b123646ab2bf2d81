"""The feedback pages of a class: made by clerks in parallel; the grader only moves them into place.

A student's work goes to a clerk as bytes, and comes back as a page. If a clerk dies or is late, only the page of that
student loses something: everything that is not the grader's own.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import queue
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import msgspec
from nbgrader.api import BaseCell, Comment, Notebook, SubmittedAssignment, SubmittedNotebook

from ..course.assignment import MAX_FILES, Assignment
from ..course.converting import generate_feedback
from ..course.errors import CourseError
from ..course.files import is_ignored, read_regular, regular_files
from ..course.folders import Course
from ..course.nbgraders import sections_of, setting
from ..engine.clerk_link import MAX_REPLY, Clerk, ClerkLost
from ..engine.slot import Place
from ..grading.gradebook import find_released
from ..grading.preparation import new_place
from ..grading.replacing import remove_leftovers, replace_folder, share, temporary
from .sheets import Bodies, Given, Sheet

Step = Callable[[str], None]


def write_feedback(
    course: Course, data: dict[str, Any], step: Step = lambda student: None, jobs: int = 1, unsafe: bool = False
) -> list[str]:
    """Makes the feedback pages of these students, except pages that would not change.

    Returns a line for each student without a page, with the reason.

    Args:
        data: the class data, as `class_data` gives it.
        jobs: students at a time.
    """
    name = data["assignment"]
    sheets = _sheets(course, data)
    states = {
        row["student"]: hashlib.sha256(msgspec.json.encode([row, sheets[row["student"]]])).hexdigest()
        for row in data["submissions"]
    }
    store = course.root / ".autograder" / f"feedback-{name}.json"
    try:
        made = json.loads(store.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        made = {}
    todo = []
    for student, state in states.items():
        if made.get(student) != state or not any(course.path("feedback", student, name).glob("*.html")):
            todo.append(student)
        else:
            step(student)
    failed: list[str] = []
    if not todo:
        return failed
    make = _by_nbgrader if _configured(course) else _side_by_side
    try:
        for student, problem in make(course, name, {student: sheets[student] for student in todo}, jobs, unsafe):
            if problem:
                failed.append(problem)
            else:
                made[student] = states[student]
            step(student)
    finally:
        with contextlib.suppress(OSError):
            store.parent.mkdir(exist_ok=True)
            store.write_text(json.dumps(made), encoding="utf-8")
    return failed


def _configured(course: Course) -> bool:
    """Whether the configuration asks for pages that only nbgrader's own command can make."""
    sections = ("Feedback", *sections_of("GenerateFeedback"))
    asked = [item for section in sections for item in course.config.get(section, {}).items()]
    return any(option not in ("permissions", "force") and str(value) != OUR_EXPORTER for option, value in asked)


OUR_EXPORTER = "autograder.reporting.exporter.FeedbackPage"  # with which stock nbgrader makes the same page
Sheets = dict[str, Sheet]  # of one student, by notebook
Made = Iterator[tuple[str, str]]  # a student, and why there is no page, or ""


def _side_by_side(course: Course, name: str, sheets: Mapping[str, Sheets], jobs: int, unsafe: bool) -> Made:
    jobs = max(1, min(jobs, len(sheets)))
    free: queue.SimpleQueue[Place] = queue.SimpleQueue()
    with ExitStack() as stack:
        places = [stack.enter_context(new_place(course, unsafe)) for _ in range(jobs)]
        known = _released(course.assignment(name), places[0])
        for place in places:
            free.put(place)

        def made(student: str) -> str:
            place = free.get()
            try:
                _write(course, name, student, sheets[student], known, place)
            except (OSError, CourseError) as error:
                return f"{student}: the feedback could not be written: {error}"
            finally:
                free.put(place)
            return ""

        pool = ThreadPoolExecutor(jobs)
        try:
            yield from zip(sheets, pool.map(made, sheets), strict=True)
        finally:
            pool.shutdown(cancel_futures=True)


def _released(assignment: Assignment, place: Place) -> Bodies:
    """The cells that everybody was given, rendered once for the class."""
    from . import feedback  # its libraries are not needed for an unchanged class

    texts = {(cell.cell_type, cell.release) for nb in assignment.notebooks for cell in nb.cells if not cell.attachments}
    given = sorted(texts)
    with Clerk(place) as clerk, contextlib.suppress(ClerkLost, msgspec.DecodeError):
        bodies = msgspec.json.decode(clerk.call(feedback.bodies, given), type=list[str])
        return dict(zip(given, bodies, strict=True))
    return {}


def _write(course: Course, name: str, student: str, sheets: Sheets, known: Bodies, place: Place) -> None:
    """Puts a student's pages, with the files beside the graded notebooks, into place in a single step."""
    graded, final = course.path("autograded", student, name), course.path("feedback", student, name)
    final.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(final)
    made = temporary(final)
    for path, _ in regular_files(graded):
        content = read_regular(graded / path, max(MAX_FILES, MAX_REPLY))
        target = made / path
        if path.endswith(".ipynb"):
            if sheet := sheets.get(path.removesuffix(".ipynb")):
                target.with_suffix(".html").write_bytes(_page(content, sheet, known, place))
        elif not is_ignored(path, course.folders.ignore):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    made.chmod(0o755)
    shared = course.folders.groupshared
    share(made, setting(course.config, "GenerateFeedback", "permissions", 664 if shared else 644), shared)
    replace_folder(made, final)


def _page(notebook: bytes, sheet: Sheet, known: Bodies, place: Place) -> bytes:
    from . import feedback

    for short in (False, True):
        with Clerk(place) as clerk, contextlib.suppress(ClerkLost):
            return clerk.call(feedback.page, notebook, sheet, known, short)
    raise CourseError(f"{sheet.notebook}: its page exceeds the limit of time or memory for a page")


def _by_nbgrader(course: Course, name: str, sheets: Mapping[str, Sheets], jobs: int, unsafe: bool) -> Made:
    """With nbgrader's own command, one after the other, as its configuration asks; clerks make the pages themselves."""
    with new_place(course, unsafe) as place:
        known = _released(course.assignment(name), place)
        for student in sheets:

            def page(notebook: Mapping[str, Any], about: Mapping[str, Any], of: Sheets = sheets[student]) -> str:
                content = json.dumps(notebook).encode()
                return _page(content, of[about["notebook"]], known, place).decode()

            try:
                generate_feedback(course, name, student, page)
                yield student, ""
            except CourseError as error:
                yield student, str(error)


def _sheets(course: Course, data: dict[str, Any]) -> dict[str, Sheets]:
    """The content of the pages besides the notebooks, by student and notebook."""
    comments: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    penalties: defaultdict[str, dict[str, float]] = defaultdict(dict)
    with course.gradebook(data["assignment"]) as book:
        rows = (
            book.db.query(SubmittedAssignment.student_id, Notebook.name, SubmittedNotebook.late_submission_penalty)
            .select_from(SubmittedNotebook)
            .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Notebook, SubmittedNotebook.notebook_id == Notebook.id)
            .filter(SubmittedAssignment.assignment_id == find_released(book, data["assignment"]).id)
        )
        for student, notebook, penalty in rows:
            penalties[student][notebook] = penalty or 0.0
        said = (
            rows.join(Comment, Comment.notebook_id == SubmittedNotebook.id)
            .join(BaseCell, Comment.cell_id == BaseCell.id)
            .filter(Comment.comment.isnot(None))
            .with_entities(SubmittedAssignment.student_id, Notebook.name, BaseCell.name, Comment.comment)
        )
        for student, notebook, cell, text in said:
            comments[student, notebook][cell] = text
    return {
        row["student"]: {
            notebook: _sheet(notebook, row["cells"], comments[row["student"], notebook], penalty)
            for notebook, penalty in penalties[row["student"]].items()
        }
        for row in data["submissions"]
    }


def _sheet(notebook: str, cells: list[dict[str, Any]], comments: dict[str, str], penalty: float) -> Sheet:
    given = {
        cell["cell"]: Given(cell["score"] or 0.0, cell["max_score"], cell["score"] is None)
        for cell in cells
        if cell["notebook"] == notebook
    }
    return Sheet(notebook, penalty, given, comments)
