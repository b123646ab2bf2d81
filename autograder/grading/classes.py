"""A class: submissions stream through slots, results stream to one writer."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ..course.assignment import Assignment
from ..course.folders import Course
from ..course.submission import Submission, read_submission
from ..engine.results import GradedSubmission
from ..engine.safely import content_hash, grade_safely, grader_broke
from ..engine.slot import Slot
from .cluster import Settings, grade_on_cluster
from .gradebook import GradebookWriter
from .preparation import (
    identity_of,
    load_prepared,
    more_slots,
    prepared,
    ready_to_grade,
    refuse_if_lost,
    said_of_reference,
    store_of,
    with_settings,
)


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

    What is unchanged since it was graded is not graded again, unless `force`. The returned submissions have no
    notebooks, so that a large class takes no more memory than a small one.

    Args:
        jobs: submissions at a time on this machine.
        cluster: address of a Dask scheduler whose workers grade instead.
        ready: the result of `prepared`, if the caller has it already.

    Raises:
        CourseError: what was graded until then is recorded, and the same call continues from there.
    """
    assignment = course.assignment(name)
    folders = course.submissions(name, students)
    identity = identity_of(course, assignment)
    results: dict[str, GradedSubmission] = {}
    with GradebookWriter(course, assignment) as writer:
        if not force:
            results = _graded_before(course, name, folders, identity, writer)
        todo = {student: folder for student, folder in folders.items() if student not in results}
        if results:
            say(f"{len(results)} unchanged since they were graded; --force grades them again")
            if changed := writer.recalculate_penalties(results):
                say(f"late penalty changed: {', '.join(changed)}")
        if todo:
            if cluster:
                known = None if ready else load_prepared(store_of(course, assignment), assignment)
                if known is None:  # the reference runs here, the class on the cluster
                    known, slot = ready or prepared(course, name, unsafe)
                    slot.close()
                assignment = with_settings(course, known)
                refuse_if_lost(assignment)
                settings = Settings(
                    tuple(course.settings.packages), course.settings.limits, unsafe, tuple(course.readable)
                )
                stream = grade_on_cluster(cluster, assignment, settings, todo)
            else:
                assignment, slot = ready or ready_to_grade(course, name, unsafe)
                stream = _on_this_machine(course, assignment, todo, slot, jobs)
            for line in said_of_reference(assignment):
                say(f"note: {line}")
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
        if before.fingerprint == fingerprint(identity, content, course.timestamp(folder)):
            found[student] = GradedSubmission(
                name, student, before.cells, notes=before.notes, seconds=before.seconds, memory=before.memory,
                unsafe=before.unsafe,
            )  # fmt: skip
    return found


def fingerprint(identity: str, content: str, when: datetime | None) -> str:
    """Changes with everything that could change the score: the assignment, what was handed in, and when."""
    return hashlib.sha256(f"{identity} {content} {when}".encode()).hexdigest()


def _on_this_machine(
    course: Course, assignment: Assignment, todo: dict[str, Path], first: Slot, jobs: int
) -> Iterator[tuple[GradedSubmission, str]]:
    """Yields each graded submission with the hash of what was handed in, in order of completion, from `jobs` slots."""
    waiting: queue.SimpleQueue = queue.SimpleQueue()
    done: queue.Queue = queue.Queue(maxsize=2 * jobs)  # a slow writer delays the slots, and memory stays constant
    for student, folder in todo.items():
        waiting.put((student, folder))
    stop = threading.Event()

    def work(slot: Slot) -> None:
        while not stop.is_set():
            try:
                student, folder = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                done.put(grade_safely(assignment, read_submission(folder, student), slot))
            except Exception as error:  # whatever it is, the class does not wait for this one forever
                done.put(grader_broke(assignment, Submission(student, {}), error))

    slots = [first, *more_slots(course, assignment, first, min(jobs, len(todo)))]
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


def unreadable_lines(folders: dict[str, Path], graded: list[GradedSubmission]) -> list[str]:
    """One line for each submitted notebook that could not be read, naming the file."""
    return [f"{folders[g.student]}: {problem}" for g in graded for problem in g.unreadable]
