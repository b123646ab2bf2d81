"""How much of its time the student's code has used, as measured by the judge."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from ..course.limits import used


class Clock:
    """The time of one task of a worker, including what the judge does between its answers."""

    def __init__(self, seconds: float, process: int):
        """Args: the seconds allowed (as `course.limits.used` counts them), and the worker's process id."""
        self.seconds, self.process = seconds, process
        self.started, self.before = time.monotonic(), _worked(process)

    def used(self) -> float:
        """The seconds that are used up."""
        return used(time.monotonic() - self.started, _worked(self.process) - self.before)

    def left(self, more: float = 0.0) -> float:
        """Seconds that are certainly left, plus ``more``; not above 0 when time is up.

        When they have passed, some may still be left: on a busy machine the process gets only part of the time.
        """
        left = self.started + self.seconds + more - time.monotonic()
        return left if left > 0 else self.seconds + more - self.used()


class Budget:
    """The time of a submission, of which each task gets a part."""

    def __init__(self, seconds: float):
        self._left, self._latest, self._counts = seconds, Clock(0.0, 0), True

    def clock(self, seconds: float, process: int) -> Clock:
        """A clock for the next task; ends the previous one."""
        if not self._counts:
            return Clock(seconds, process)
        self._left -= self._latest.used()
        self._latest = Clock(min(seconds, max(self._left, 0.0)), process)
        return self._latest

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """A context in which no time counts: finding one test's message takes no time from the others."""
        self._left -= self._latest.used()
        self._counts = False
        try:
            yield
        finally:
            self._latest, self._counts = Clock(0.0, 0), True

    def over(self) -> bool:
        """Whether the time of the submission is up."""
        return self._latest.used() >= self._left


def _worked(process: int) -> float:
    """Seconds of processor time of a process and of this one; 0 for a process that is gone."""
    try:
        theirs = time.clock_gettime(~process << 3 | 2) if process else 0.0  # as of clock_getcpuclockid(3)
    except OSError:
        theirs = 0.0
    return time.process_time() + theirs
