"""Runs `verify` each time an author saves: unchanged parts are not tried again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from ..course.assignment import Assignment
from ..course.folders import CONFIG_FILE, Course
from ..engine.slot import Slot
from .preparation import more_slots, new_slot, prepared
from .verify import Finding, verify

EVERY = 0.3  # seconds between two checks of the files


class Watcher:
    """An assignment being written, with warm slots. Use as a context manager.

    Raises CourseError if there is no course.

    Args:
        open_course: reads the course's configuration again.
        name: the name of the assignment.
        jobs: variants to try at a time.
    """

    def __init__(self, open_course: Callable[[], Course], name: str, unsafe: bool = False, jobs: int = 1):
        self.open_course, self.name, self.unsafe, self.jobs = open_course, name, unsafe, jobs
        self._slots: list[Slot] = []
        self._made_for: object = None
        self._known: dict[str, Finding] = {}
        self.course = open_course()
        self._files = _state(self.course, name)

    def __enter__(self) -> Watcher:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def verify(self, progress: Callable[[str], None]) -> tuple[Assignment, list[Finding], int]:
        """Tries what changed; returns the assignment, all findings, and how many of them are new.

        Raises CourseError if something cannot be read: earlier findings are kept for the next time.
        """
        self._files = _state(self.course, self.name)
        course = self.course = self.open_course()
        read = course.assignment(self.name)
        made_for = read.imports, course.settings.packages, course.settings.limits, course.readable, course.root
        if made_for != self._made_for:
            self._close()
            self._slots = [new_slot(course, read, self.unsafe)]
            self._slots += more_slots(course, read, self._slots[0], self.jobs)
            self._made_for = made_for
        try:
            assignment, _ = prepared(course, self.name, self.unsafe, self._slots[0])
        except BaseException:
            self._close()  # the first slot is already closed
            raise
        before = set(self._known)
        findings = verify(course, assignment, self._slots, progress, known=self._known)
        return assignment, findings, len(set(self._known) - before)

    def wait(self) -> None:
        """Returns when a file of the assignment, its named mistakes or the configuration has been completely saved."""
        before, now = self._files, _state(self.course, self.name)
        while now == self._files or now != before:
            time.sleep(EVERY)
            before, now = now, _state(self.course, self.name)

    def _close(self) -> None:
        for slot in self._slots:
            slot.close()
        self._slots, self._made_for = [], None


def _state(course: Course, name: str) -> list[tuple[str, int, int]]:
    """Name, time and size of every file that `verify` reads."""
    folder = course.path("source", ".", name)
    files = [course.root / CONFIG_FILE, course.root / course.settings.variants / f"{name}.py", *folder.rglob("*")]
    found = []
    for path in sorted(files):
        if not Path(path).is_dir() and ".ipynb_checkpoints" not in path.parts and os.path.exists(path):
            stat = path.stat()
            found.append((str(path), stat.st_mtime_ns, stat.st_size))
    return found
