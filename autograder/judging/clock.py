"""How much of its time the student's code has used, by the judge's own measure."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from ..course.limits import used


class Clock:
    """The time of one piece of work of a worker, and of what the judge does between its answers."""

    def __init__(self, seconds: float, process: int):
        """Args: the seconds that it may take (`course.limits.used`), and the number of the worker's process."""
        self.seconds, self.process = seconds, process
        self.started, self.before = time.monotonic(), _worked(process)

    def used(self) -> float:
        """The seconds that are used up."""
        return used(time.monotonic() - self.started, _worked(self.process) - self.before)

    def left(self, more: float = 0.0) -> float:
        """Seconds that are sure to be left, ``more`` being added; not above 0 when time is up.

        When they have passed there may be others: a busy machine has given the process only some of them.
        """
        left = self.started + self.seconds + more - time.monotonic()
        return left if left > 0 else self.seconds + more - self.used()


class Budget:
    """The time of a submission, of which each piece of its work gets a part."""

    def __init__(self, seconds: float):
        self._left, self._latest, self._counts = seconds, Clock(0.0, 0), True

    def clock(self, seconds: float, process: int) -> Clock:
        """A clock for the next piece of work; the one before it ends."""
        if not self._counts:
            return Clock(seconds, process)
        self._left -= self._latest.used()
        self._latest = Clock(min(seconds, max(self._left, 0.0)), process)
        return self._latest

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """Inside, nothing counts: what is asked to word one test's message takes no time from the others."""
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
    """Seconds of the processor that a process has had, and this one; of one that is gone nothing is known."""
    try:
        theirs = time.clock_gettime(~process << 3 | 2) if process else 0.0  # as of clock_getcpuclockid(3)
    except OSError:
        theirs = 0.0
    return time.process_time() + theirs
