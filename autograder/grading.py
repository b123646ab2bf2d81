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
from datetime import datetime
from functools import cache
from pathlib import Path

from .assignment import MANUAL, TEST, Assignment, Submission, merge, read_submission
from .course import Course
from .engine import Slot, grade, prepare
from .feedback import graded_notebook
from .gradebook import GradebookWriter
from .results import CellResult, GradedSubmission, Outcome, cell_from_json
from .template import TemplateLost

FEW_MODULES = 50  # as many may be imported anew for each submission; more are worth a warmer template


def prepared(course: Course, name: str, unsafe: bool = False) -> tuple[Assignment, Slot]:
    """Reads an assignment, runs its reference both ways, and returns it with a slot that is warm for it.

    What the runs of an unchanged reference found out is kept in ``.autograder/`` of the course.
    """
    assignment = course.assignment(name)
    store = _store(course, assignment)
    if known := _load_prepared(store, assignment):
        return known, new_slot(course, known, unsafe)
    slot = new_slot(course, assignment, unsafe)
    try:
        assignment = prepare(assignment, slot)
        if max(len(nb.modules) for nb in assignment.notebooks) > slot.template.modules + FEW_MODULES:
            slot.restart(assignment.imports)  # with what the reference was seen to import
    except BaseException:
        slot.close()
        raise
    _store_prepared(store, assignment)
    return assignment, slot


def _store(course: Course, assignment: Assignment) -> Path:
    """Where it stands what the runs of this reference found out."""
    return course.root / ".autograder" / f"{assignment.name}-{_identity(course, assignment)[:16]}.json"


def _identity(course: Course, assignment: Assignment) -> str:
    """Changes with whatever could change a score of this assignment on this installation."""
    text = assignment.fingerprint() + engine_version() + repr(course.settings.limits) + sys.version
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def engine_version() -> str:
    """Changes with this package: a hash of its code."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


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


def new_slot(course: Course, assignment: Assignment, unsafe: bool = False) -> Slot:
    """One more slot for the same assignment."""
    return Slot(assignment.imports, list(course.settings.packages), course.settings.limits, unsafe)


def grade_class(
    course: Course,
    name: str,
    students: str = "*",
    jobs: int = 1,
    force: bool = False,
    unsafe: bool = False,
    cluster: str | None = None,
    ready: tuple[Assignment, Slot] | None = None,
    progress: Callable[[GradedSubmission, int, int], None] = lambda graded, done, total: None,
    say: Callable[[str], None] = lambda line: None,
) -> tuple[Assignment, list[GradedSubmission]]:
    """Grades every submission of an assignment and records it. Returns them in the order of the students' ids.

    What is unchanged since it was graded is not graded again, unless `force`. What is returned has no notebooks any
    more, so that a large class takes no more memory than a small one.

    Args:
        jobs: submissions at a time on this machine.
        cluster: address of a Dask scheduler whose workers grade instead.
        ready: what `prepared` returned, where the caller has it already.

    Raises:
        CourseError: what was graded until then is recorded, and the same call goes on from there.
    """
    assignment = course.assignment(name)
    folders = course.submissions(name, students)
    identity = _identity(course, assignment)
    results: dict[str, GradedSubmission] = {}
    with GradebookWriter(course, assignment) as writer:
        if not force:
            results = _graded_before(course, name, folders, identity, writer)
        todo = {student: folder for student, folder in folders.items() if student not in results}
        if results:
            say(f"{len(results)} unchanged since they were graded; --force grades them again")
        if todo:
            if cluster:
                from .cluster import Settings, grade_on_cluster

                known = None if ready else _load_prepared(_store(course, assignment), assignment)
                if known is None:  # the reference runs here, the class there
                    known, slot = ready or prepared(course, name, unsafe)
                    slot.close()
                assignment = known
                settings = Settings(tuple(course.settings.packages), course.settings.limits, unsafe)
                stream = grade_on_cluster(cluster, assignment, settings, todo)
            else:
                assignment, slot = ready or prepared(course, name, unsafe)
                stream = _on_this_machine(course, assignment, todo, slot, jobs)
            for done, (graded, content) in enumerate(stream, 1):
                folder = folders[graded.student]
                writer.write(graded, folder, fingerprint(identity, content, course.timestamp(folder)))
                results[graded.student] = replace(graded, notebooks={})
                progress(graded, done, len(todo))
    return assignment, [results[student] for student in sorted(results)]


def _graded_before(
    course: Course, name: str, folders: dict[str, Path], identity: str, writer: GradebookWriter
) -> dict[str, GradedSubmission]:
    found = {}
    for student, folder in folders.items():
        before = writer.graded_before(student)
        if before is None:
            continue
        content = content_hash(read_submission(folder, student))
        if before["fingerprint"] == fingerprint(identity, content, course.timestamp(folder)):
            found[student] = GradedSubmission(
                name, student, tuple(map(cell_from_json, before["cells"])), notes=tuple(before["notes"]),
                seconds=before["seconds"], memory=before["memory"], unsafe=before["unsafe"],
            )  # fmt: skip
    return found


def content_hash(submission: Submission) -> str:
    """Changes with whatever was handed in."""
    digest = hashlib.sha256()
    for name, text in sorted(submission.notebooks.items()):
        digest.update(f"{name}\0{text}\0".encode("utf-8", "surrogatepass"))
    for path, content in sorted(submission.files.items()):
        digest.update(path.encode("utf-8", "surrogatepass") + b"\0" + content)
    return digest.hexdigest()


def fingerprint(identity: str, content: str, when: datetime | None) -> str:
    """Changes with whatever could change the score: the assignment's side, what was handed in, and when."""
    return hashlib.sha256(f"{identity} {content} {when}".encode()).hexdigest()


def _on_this_machine(
    course: Course, assignment: Assignment, todo: dict[str, Path], first: Slot, jobs: int
) -> Iterator[tuple[GradedSubmission, str]]:
    """Yields each graded submission with the hash of what was handed in, as they come, from `jobs` slots."""
    waiting: queue.SimpleQueue = queue.SimpleQueue()
    done: queue.Queue = queue.Queue(maxsize=2 * jobs)  # a slow writer holds the slots up, and memory stays level
    for student, folder in todo.items():
        waiting.put((student, folder))
    stop = threading.Event()

    def work(slot: Slot) -> None:
        while not stop.is_set():
            try:
                student, folder = waiting.get_nowait()
            except queue.Empty:
                return
            done.put(grade_safely(assignment, read_submission(folder, student), slot))

    slots = [first, *(new_slot(course, assignment, first.unsafe) for _ in range(1, min(jobs, len(todo))))]
    threads = [threading.Thread(target=work, args=[slot], daemon=True) for slot in slots]
    for thread in threads:
        thread.start()
    try:
        for _ in todo:
            yield done.get()
    finally:
        stop.set()
        for slot in slots:
            slot.close()


def grade_safely(assignment: Assignment, submission: Submission, slot: Slot) -> tuple[GradedSubmission, str]:
    """`grade` and the hash of what was graded; the grader's own fault is reported as such, and the class goes on."""
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
    """What stands for a submission that the grader could not grade, for a reason of its own."""
    message = f"The grader broke ({type(error).__name__}: {error}); this will be graded again."
    cells = tuple(
        CellResult(nb.name, cell.name, Outcome.GRADER_ERROR, None, cell.points, cell.isolated, message)
        for nb in assignment.notebooks
        for cell in nb.cells
        if cell.kind in (TEST, MANUAL)
    )
    notebooks = {
        nb.name: graded_notebook(nb, merge(nb, None), {}, {c.cell: c for c in cells if c.notebook == nb.name}, message)
        for nb in assignment.notebooks
    }
    graded = GradedSubmission(assignment.name, submission.student, cells, notebooks, notes=(message,))
    return graded, content_hash(submission)


def unreadable_lines(folders: dict[str, Path], graded: list[GradedSubmission]) -> list[str]:
    """One line for each submitted notebook that could not be read, naming the file."""
    return [f"{folders[g.student]}: {problem}" for g in graded for problem in g.unreadable]
