"""The engine's link to a clerk: requests, and replies of bounded length; one that dies or is late affects no other."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import nbformat

from ..course.assignment import SourceNotebook
from ..course.errors import Unreadable
from ..course.limits import Limits
from ..course.submission import MergedCell
from ..judging.plan import CellLine, VerdictLine
from ..sandbox.cage import Cage
from . import clerk
from .results import MAX_GRADED, CellResult, GradedNotebook
from .slot import Place, clerk_template
from .template import Template, TemplateLost

LIMITS = Limits(cell_seconds=20.0, total_seconds=20.0, memory=768 << 20, file_size=1 << 20, scratch=1 << 20)
MAX_REPLY = MAX_GRADED


class ClerkLost(Exception):
    """The clerk died or was late; the text tells the student why."""


class _Cell(msgspec.Struct, forbid_unknown_fields=True):
    """A submitted cell as the clerk returns it."""

    cell_type: str
    source: str
    metadata: dict[str, dict[str, str] | list[str]]
    attachments: dict[str, dict[str, str]] | None = None


class Clerk:
    """One clerk for one notebook, and a second one if the first is lost; a context manager."""

    def __init__(self, place: Place):
        self._place = place
        self._scratch = Path(tempfile.mkdtemp(prefix=f"grading-{os.getpid()}-"))
        self._fork()

    def _fork(self) -> None:
        self._lost = False
        try:
            self._fork_from(clerk_template())
        except TemplateLost:  # it was killed; it is replaced, but only once
            if clerk_template() is self._template:
                clerk_template.cache_clear()
            self._fork_from(clerk_template())

    def _fork_from(self, template: Template) -> None:
        self._template = template
        self._socket, theirs = socket.socketpair()
        uid = self._place.uid
        if uid is not None:
            os.chown(self._scratch, uid, uid)
        cage = Cage(str(self._scratch), self._place.readable, LIMITS, uid, self._place.unsafe)
        self._pid = self._template.fork("clerk", [theirs], cage=cage.as_json())

    def __enter__(self) -> Clerk:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        with contextlib.suppress(OSError):
            self._scratch.rmdir()

    def _end(self) -> None:
        self._socket.close()
        with contextlib.suppress(RuntimeError):  # its parent has ended, or no longer knows it
            self._template.reap(self._pid)

    def _was_killed(self) -> bool:
        """Whether the clerk, or its parent process, was killed from outside; it never ends itself in this way."""
        try:
            return self._template.end(self._pid, self._pid, gone=True) == signal.SIGKILL
        except TemplateLost:
            return True

    def read(self, text: str, name: str) -> nbformat.NotebookNode:
        """A submitted notebook, with the relevant parts of its cells. Raises Unreadable for the student."""
        try:
            reply = self.call(clerk.read, text, name)
            if reply[:1] == b"!":
                raise Unreadable(reply[1:].decode("utf-8", "replace")[:2000])
            cells = msgspec.json.decode(reply, type=list[_Cell])
        except (ClerkLost, msgspec.DecodeError) as error:
            raise Unreadable(
                f"{name}.ipynb could not be read as a notebook ({error}). Open it in JupyterLab, clear all outputs, "
                "save it and submit it again."
            ) from None
        plain = [{k: v for k, v in msgspec.to_builtins(cell).items() if v is not None} for cell in cells]
        return nbformat.from_dict({"cells": plain})

    def graded(
        self,
        source: SourceNotebook,
        merged: list[MergedCell],
        lines: Mapping[int, CellLine | VerdictLine],
        results: dict[str, CellResult],
        problem: str = "",
    ) -> bytes:
        """`clerk.graded` with these arguments; if the clerk cannot make it, one without the parts to be cleaned."""
        try:
            reply = self.call(clerk.graded, source, merged, dict(lines), results, problem)
            msgspec.json.decode(reply, type=GradedNotebook)
            return reply
        except (ClerkLost, msgspec.DecodeError, RecursionError) as error:
            ours = {cell.release for cell in source.cells}
            bare = [cell if cell.source in ours else _bare(cell, str(error)) for cell in merged]
            verdicts = {i: line for i, line in lines.items() if isinstance(line, VerdictLine)}
            return clerk.graded(source, bare, verdicts, results, problem)

    def call(self, function: Callable[..., bytes], *arguments: Any) -> bytes:
        """The result of a function of this package, run in the clerk. Raises ClerkLost.

        The request is pickled, since it is the grader's own. The reply is bytes, and never unpickled. A clerk that
        was killed from outside is replaced once.
        """
        if self._lost:
            self._end()
            self._fork()
        for others in (1, 0):
            try:
                self._socket.settimeout(LIMITS.total_seconds + 5)
                clerk.send(self._socket, pickle.dumps((function, arguments)))
                return clerk.receive(self._socket, MAX_REPLY, time.monotonic() + LIMITS.total_seconds)
            except TimeoutError:
                self._lost = True
                raise ClerkLost("it takes too long") from None
            except OSError:
                if not (others and self._was_killed()):
                    break
                self._end()
                self._fork()
        self._lost = True
        raise ClerkLost("it takes more time or memory than a notebook may")


def _bare(cell: MergedCell, why: str) -> MergedCell:
    if cell.cell_type == "code":
        return cell
    return replace(cell, source=f"*(This cell is not shown: {why}.)*", attachments={})
