"""A slot: the place for one submission at a time, and the warm template that its processes are forked from."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
from collections.abc import Sequence
from functools import cache
from typing import Self

from ..course.errors import CourseError
from ..course.limits import Limits
from ..sandbox import cage
from .scratch import remove_leftovers
from .template import Template

SLOT_UIDS = range(60_100, 60_400)


# What clerks call. They are named, not imported: clerks also make the pages of a higher room.
CLERKS_MODULES = ["autograder.engine.clerk", "autograder.reporting.feedback"]


class Place:
    """A place on this machine for one submission at a time, in a cage: enough for a clerk. Use as a context manager.

    Args:
        packages: the course's own importable packages that students' code may read.
        data: further files and folders that it may read.
    """

    def __init__(self, packages: Sequence[str], unsafe: bool = False, data: Sequence[str] = ()):
        self.unsafe = unsafe
        missing = cage.missing_core()
        if missing and not unsafe:
            raise CourseError(
                f"this machine offers no {' and no '.join(missing)}, so students' code cannot be confined; "
                "see `autograder doctor`, grade on another machine, or use --unsafe"
            )
        remove_leftovers()
        _give_memory_back()
        self.readable = [*cage.readable_paths(list(packages)), *data]
        self.number, self._claim = _claim_number()
        as_root = os.geteuid() == 0 and cage.uid_can_read(SLOT_UIDS[0], self.readable)
        self.uid = SLOT_UIDS[self.number] if as_root else None
        clerk_template()

    def close(self) -> None:
        """Releases the place's number."""
        self._claim.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Slot(Place):
    """A place with a warm template, from which workers and judges are forked.

    Args:
        imports: modules to import before the first fork, besides the packages.
        packages: as for a place; they are imported, too, since a worker may not search their folders.
        like: a slot for the same assignment, whose template is copied when it is warm.
    """

    template: Template

    def __init__(
        self,
        imports: list[str],
        packages: list[str],
        limits: Limits,
        unsafe: bool = False,
        data: Sequence[str] = (),
        like: Slot | None = None,
    ):
        super().__init__(packages, unsafe, data)
        self.limits = limits
        self._packages = packages
        self._imports = imports
        self._start(like)

    def _start(self, like: Slot | None = None) -> None:
        """A template on its own core: worker and judge take turns, and waking another core takes long."""
        if like and hasattr(os, "pidfd_open"):  # Linux 5.3
            self.template = like.template.twin()
        else:
            self.template = Template(list(dict.fromkeys([*self._packages, *self._imports])), readable=self.readable)
        cores = sorted(os.sched_getaffinity(0))
        self.template.pin(cores[self.number % len(cores)])

    def restart(self, imports: list[str] | None = None) -> None:
        """A new template, in place of one that died or that had imported too few modules."""
        self.template.close()
        self._imports = imports or self._imports
        self._start()

    def close(self) -> None:
        """Ends the template, and releases the place's number."""
        self.template.close()
        super().close()


@cache
def clerk_template() -> Template:
    """The process that clerks are forked from: one for all slots, separate from the parent of the workers.

    A slot creates it, in the thread that creates slots: the kernel ends a process when the thread that began it ends.
    """
    return Template(CLERKS_MODULES, shell=False)


@cache
def _give_memory_back() -> None:
    """Frees one submission's memory for others: the C library keeps large blocks, and more for each thread."""
    largest_kept, arenas = -3, -8  # M_MMAP_THRESHOLD, M_ARENA_MAX
    with contextlib.suppress(OSError, AttributeError):  # a C library other than glibc
        ctypes.CDLL(None).mallopt(largest_kept, 1 << 17)
        ctypes.CDLL(None).mallopt(arenas, 2)


def _claim_number() -> tuple[int, socket.socket]:
    """A number that no other slot of any grader on this machine has; it determines a user id and a core.

    The claim is a name in the kernel, which is freed when this process ends, however it ends.
    """
    for number in range(len(SLOT_UIDS)):
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        with contextlib.suppress(OSError):
            claim.bind(f"\0autograder-slot-{SLOT_UIDS[number]}")
            return number, claim
        claim.close()
    raise CourseError(f"all {len(SLOT_UIDS)} slots for grading are in use on this machine; end other graders")
