"""A class: submissions stream through slots, results stream to one writer."""

from __future__ import annotations

import contextlib
import hashlib
import json
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from . import __version__
from .assignment import TEST, Assignment, Submission, read_submission
from .course import Course
from .engine import Slot, grade, prepare
from .gradebook import GradebookWriter
from .results import CellResult, GradedSubmission, Outcome, cell_from_json
from .template import Template

FEW_MODULES = 50  # as many may be imported anew for each submission; more are worth a warmer template


def prepared(course: Course, name: str, unsafe: bool = False) -> tuple[Assignment, Slot]:
    """Reads an assignment, runs its reference both ways, and returns it with a slot that is warm for it.

    What the runs of an unchanged reference found out is kept in ``.autograder/`` of the course.
    """
    assignment = course.assignment(name)
    store = course.root / ".autograder" / f"{name}-{_identity(course, assignment)[:16]}.json"
    if known := _load_prepared(store, assignment):
        return known, new_slot(course, known, 0, unsafe)
    slot = new_slot(course, assignment, 0, unsafe)
    try:
        assignment = prepare(assignment, slot)
        if max(len(nb.modules) for nb in assignment.notebooks) > slot.template.modules + FEW_MODULES:
            slot.template.close()
            slot.template = Template(assignment.imports)  # with what the reference was seen to import
    except BaseException:
        slot.template.close()
        raise
    _store_prepared(store, assignment)
    return assignment, slot


def _identity(course: Course, assignment: Assignment) -> str:
    """Changes with whatever could change a score of this assignment on this installation."""
    text = assignment.fingerprint() + __version__ + repr(course.settings.limits) + sys.version
    return hashlib.sha256(text.encode()).hexdigest()


def _store_prepared(store: Path, assignment: Assignment) -> None:
    data = [
        {
            "expected": nb.expected,
            "modules": nb.modules,
            "tests": {c.name: [c.isolated, c.mutates, c.why] for c in nb.tests()},
        }
        for nb in assignment.notebooks
    ]
    with contextlib.suppress(OSError):
        store.parent.mkdir(exist_ok=True)
        store.write_text(json.dumps(data), encoding="utf-8")


def _load_prepared(store: Path, assignment: Assignment) -> Assignment | None:
    try:
        data = json.loads(store.read_text(encoding="utf-8"))
        notebooks = []
        for notebook, known in zip(assignment.notebooks, data, strict=True):
            cells = []
            for cell in notebook.cells:
                if cell.kind == TEST:
                    isolated, mutates, why = known["tests"][cell.name]
                    cell = replace(cell, isolated=isolated, mutates=mutates, why=why)
                cells.append(cell)
            found = {"expected": known["expected"], "modules": tuple(known["modules"])}
            notebooks.append(replace(notebook, cells=tuple(cells), **found))
        return replace(assignment, notebooks=tuple(notebooks))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def new_slot(course: Course, assignment: Assignment, number: int, unsafe: bool = False) -> Slot:
    """One more slot for the same assignment."""
    settings = course.settings
    return Slot(assignment.imports, list(settings.packages), settings.limits, number, unsafe)


def grade_class(
    course: Course,
    name: str,
    students: str = "*",
    jobs: int = 1,
    force: bool = False,
    unsafe: bool = False,
    ready: tuple[Assignment, Slot] | None = None,
    progress: Callable[[GradedSubmission, int, int], None] = lambda graded, done, total: None,
    say: Callable[[str], None] = lambda line: None,
) -> tuple[Assignment, list[GradedSubmission]]:
    """Grades every submission of an assignment and records it. Returns them in the order of the students' ids.

    What is unchanged since it was graded is not graded again, unless `force`. `ready` is what `prepared` returned,
    where the caller has it already. Raises CourseError.
    """
    assignment = course.assignment(name)
    folders = course.submissions(name, students)
    writer = GradebookWriter(course, assignment)
    identity = _identity(course, assignment)
    submissions = {student: read_submission(folder, student) for student, folder in folders.items()}
    prints = {student: fingerprint(identity, submission) for student, submission in submissions.items()}
    results: dict[str, GradedSubmission] = {}
    if not force:
        for student in folders:
            before = writer.graded_before(student)
            if before and before["fingerprint"] == prints[student]:
                results[student] = _from_record(name, student, before)
    todo = [submission for student, submission in submissions.items() if student not in results]
    if results:
        say(f"{len(results)} unchanged since they were graded; --force grades them again")
    if todo:
        assignment, slot = ready or prepared(course, name, unsafe)
        slots = [slot, *(new_slot(course, assignment, n, unsafe) for n in range(1, min(jobs, len(todo))))]
        try:
            for graded in _stream(assignment, todo, slots):
                writer.write(graded, folders[graded.student], prints[graded.student])
                results[graded.student] = graded
                progress(graded, len(results) - len(folders) + len(todo), len(todo))
        finally:
            for slot in slots:
                slot.template.close()
    writer.close()
    return assignment, [results[student] for student in sorted(results)]


def fingerprint(assignment: str, submission: Submission) -> str:
    """Changes with whatever could change the submission's score."""
    digest = hashlib.sha256(assignment.encode())
    for name, text in sorted(submission.notebooks.items()):
        digest.update(f"{name}\0{text}\0".encode("utf-8", "surrogatepass"))
    for path, content in sorted(submission.files.items()):
        digest.update(path.encode("utf-8", "surrogatepass") + b"\0" + content)
    return digest.hexdigest()


def _stream(assignment: Assignment, submissions: list[Submission], slots: list[Slot]) -> Iterator[GradedSubmission]:
    todo: queue.SimpleQueue = queue.SimpleQueue()
    done: queue.SimpleQueue = queue.SimpleQueue()
    for submission in submissions:
        todo.put(submission)

    def work(slot: Slot) -> None:
        while True:
            try:
                submission = todo.get_nowait()
            except queue.Empty:
                return
            try:
                done.put(grade(assignment, submission, slot))
            except Exception as error:  # the grader's own fault: reported as such, and the class goes on
                done.put(_grader_broke(assignment, submission, error))

    threads = [threading.Thread(target=work, args=[slot], daemon=True) for slot in slots]
    for thread in threads:
        thread.start()
    for _ in submissions:
        yield done.get()


def _grader_broke(assignment: Assignment, submission: Submission, error: Exception) -> GradedSubmission:
    message = f"The grader broke ({type(error).__name__}: {error}); this will be graded again."
    cells = tuple(
        CellResult(nb.name, cell.name, Outcome.GRADER_ERROR, None, cell.points, cell.isolated, message)
        for nb in assignment.notebooks
        for cell in nb.cells
        if cell.points or cell.kind in ("test", "manual")
    )
    return GradedSubmission(assignment.name, submission.student, cells, notes=(message,))


def _from_record(assignment: str, student: str, record: dict) -> GradedSubmission:
    return GradedSubmission(
        assignment, student, tuple(map(cell_from_json, record["cells"])),
        notes=tuple(record["notes"]), seconds=record["seconds"], memory=record["memory"],
    )  # fmt: skip


def unreadable_lines(folders: dict[str, Path], graded: list[GradedSubmission]) -> list[str]:
    """One line for each submitted notebook that could not be read, naming the file."""
    return [f"{folders[g.student]}: {problem}" for g in graded for problem in g.unreadable]
