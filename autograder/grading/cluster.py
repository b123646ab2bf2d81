"""The same pure function on other machines: ``autograder grade PS --cluster ADDRESS`` and a Dask cluster.

The workers of the cluster only need this package installed and their own sandbox: no shared disk, no gradebook. They
are trusted like this machine; students' code is confined on them.
"""

from __future__ import annotations

import contextlib
import queue
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path

from ..course.assignment import Assignment
from ..course.errors import CourseError
from ..course.limits import Limits
from ..course.submission import Submission, read_submission
from ..engine.results import GradedSubmission
from ..engine.safely import engine_version, grade_safely, grader_broke
from ..engine.slot import Slot

AHEAD = 2  # submissions in progress for each thread of the cluster


@dataclass(frozen=True)
class Settings:
    """The settings of a slot."""

    packages: tuple[str, ...]
    limits: Limits
    unsafe: bool
    data: tuple[str, ...] = ()  # the same paths on every machine


def grade_on_cluster(
    address: str, assignment: Assignment, settings: Settings, todo: dict[str, Path]
) -> Iterator[tuple[GradedSubmission, str]]:
    """Yields each graded submission with the hash of what was handed in, in order of completion.

    A worker that dies costs only time: the scheduler gives its submissions to another.

    Raises:
        CourseError: the cluster cannot be reached, has no workers, or has another version of this package.
    """
    try:
        from distributed import as_completed
    except ImportError:
        raise CourseError("--cluster needs Dask: pip install distributed") from None
    with _connect(address) as client:
        # A task instead of scattered data: if the worker that holds it dies, it is computed again.
        there = client.submit(replace, assignment, folder="", pure=False)
        waiting = iter(todo.items())
        handed_in: dict = {}

        def send(count: int) -> list:
            futures = []
            for student, folder in islice(waiting, count):
                submission = read_submission(folder, student)
                futures.append(client.submit(_grade_there, there, submission, settings, pure=False))
                handed_in[futures[-1]] = submission
            return futures

        under_way = as_completed(send(AHEAD * max(1, sum(client.nthreads().values()))), loop=client.loop)
        for future in under_way:
            submission = handed_in.pop(future)
            if future.status == "finished":
                yield future.result()
            else:
                yield grader_broke(assignment, submission, future.exception())
            for more in send(1):
                under_way.add(more)


@contextlib.contextmanager
def _connect(address: str) -> Iterator:
    from distributed import Client

    try:
        client = Client(address, timeout="20s", set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise CourseError(f"--cluster {address}: no Dask scheduler answers there ({error})") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=60)
            versions = client.run(engine_version)
        except TimeoutError:
            raise CourseError(
                f"--cluster {address}: the scheduler has no workers; start some with `dask worker`"
            ) from None
        except Exception as error:
            raise CourseError(
                f"--cluster {address}: a worker cannot grade ({error}); install notebook-autograder on it"
            ) from None
        if others := [worker for worker, version in versions.items() if version != engine_version()]:
            raise CourseError(
                f"--cluster {address}: {', '.join(others)} has another version of notebook-autograder; install this one"
            )
        yield client


# -- on the workers -------------------------------------------------------------------------------------------


def _grade_there(assignment: Assignment, submission: Submission, settings: Settings) -> tuple[GradedSubmission, str]:
    folder, idle = _bench(assignment.fingerprint(), settings)
    assignment = replace(assignment, folder=_laid_out(folder, assignment))
    try:
        slot = idle.get_nowait()
    except queue.Empty:  # one for each thread that grades here
        slot = Slot(assignment.imports, list(settings.packages), settings.limits, settings.unsafe, settings.data)
    try:
        return grade_safely(assignment, submission, slot)
    finally:
        idle.put(slot)


@lru_cache(maxsize=4)
def _bench(fingerprint: str, settings: Settings) -> tuple[tempfile.TemporaryDirectory, queue.SimpleQueue]:
    """A folder for the assignment's files, and its idle slots; kept for the worker's lifetime."""
    return tempfile.TemporaryDirectory(prefix="assignment-"), queue.SimpleQueue()


def _laid_out(folder: tempfile.TemporaryDirectory, assignment: Assignment) -> str:
    for name, content in assignment.files.items():
        path = Path(folder.name, name)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            made = path.with_name(f".{path.name}-{id(path)}")
            made.write_bytes(content)
            made.rename(path)  # atomically: other threads look for it, too
    return folder.name
