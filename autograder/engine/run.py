"""One notebook in a slot: a worker and a judge are forked, and the judge's lines are collected."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from ..course.assignment import Assignment, SourceNotebook
from ..course.limits import WAITS
from ..course.submission import MergedCell
from ..judging.outcome import Outcome
from ..judging.plan import (
    CellLine,
    Done,
    Fault,
    GivenLine,
    JudgeStep,
    Line,
    Over,
    Plan,
    Started,
    VerdictLine,
    read_line,
    written,
)
from ..sandbox.cage import Cage
from . import scratch as scratch_folder
from .planning import plan_for
from .slot import Slot
from .template import TemplateLost

LOOK = 0.2  # seconds between two checks of a submission's resources


@dataclass
class Run:
    """The result of running one notebook: the judge's lines by the position of the merged cell, and by test."""

    lines: dict[int, CellLine | VerdictLine] = field(default_factory=dict)
    tests: dict[str, VerdictLine] = field(default_factory=dict)
    recorded: dict[str, tuple[str, ...]] = field(default_factory=dict)
    modules: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    fault: str = ""
    timed_out: bool = False
    hung_up: bool = False  # whether the judge did, before it was done
    done: bool = False
    memory: int = 0
    layers: tuple[str, ...] = ()


def run_notebook(
    assignment: Assignment,
    source: SourceNotebook,
    merged: list[MergedCell],
    files: dict[str, bytes],
    slot: Slot,
    recording: bool = False,
    watch: dict[int, tuple[str, ...]] | None = None,
) -> Run:
    """Runs a notebook, the student's or the reference's, and judges it.

    Args:
        merged: the cells to run, in order.
        files: the files handed in beside the notebook, by path.
        recording: whether the reference is run, to record what it gives and changes.
        watch: the names whose values are compared before and after a cell, by its position.
    """
    plan = plan_for(source, merged, assignment, slot.limits, recording, watch or {})
    given, files = assignment.files_beside(files)
    scratch, judges = (Path(tempfile.mkdtemp(prefix=f"grading-{os.getpid()}-")).resolve() for _ in range(2))
    run = Run()
    try:
        scratch_folder.fill(judges, assignment.files, {}, None)
        scratch_folder.fill(scratch, given, files, slot.uid)
        cage = Cage(str(scratch), slot.readable, slot.limits, slot.uid, slot.unsafe)
        control, judges_control = socket.socketpair()
        judges_end, workers_end = socket.socketpair()
        worker = slot.template.fork("worker", [workers_end], cage=cage.as_json())
        judge = slot.template.fork(
            "judge", [judges_control, judges_end], worker=worker, folder=str(judges), workers=str(scratch),
            memory=slot.limits.memory, seconds=slot.limits.total_seconds, readable=slot.readable,
        )  # fmt: skip
        try:
            with contextlib.suppress(ConnectionError):  # the judge was killed already: noticed below
                control.sendall(written(plan))
            _collect(control, plan, scratch, worker, slot, run)
        finally:
            control.close()
            try:
                judged = slot.template.reap(judge, run.hung_up)
                ended = slot.template.reap(worker)
            except TemplateLost:
                with contextlib.suppress(OSError):  # copies of the worker do not end with the template
                    os.killpg(worker, signal.SIGKILL)
                raise
        if _crashed(judged["status"]) and not recording:
            run.notes.append("The submission was stopped: a value that it returned ended the process of the tests.")
        elif judged["status"] == signal.SIGKILL and judged["memory"] > slot.limits.memory:  # killed by the system
            run.notes.append("The submission was stopped: what it returned took too much memory.")
        run.memory = ended["memory"]
        _name_the_death(run, ended["status"], [*run.tests])
    finally:
        scratch_folder.remove(scratch)
        scratch_folder.remove(judges)
    return run


def _collect(control: socket.socket, plan: Plan, scratch: Path, worker: int, slot: Slot, run: Run) -> None:
    """Reads the judge's lines until it is done, or dies; the judge keeps the time limits, or is stopped."""
    deadline = time.monotonic() + slot.limits.total_seconds / WAITS
    names = {step.index: step.name for step in plan.steps if isinstance(step, JudgeStep)}
    held = scratch_folder.memory_of(slot.template.process.pid)
    pending, next_look = b"", time.monotonic() + LOOK
    while not run.done and not run.fault:
        if time.monotonic() > deadline:
            run.timed_out = True
            return
        if (started := time.monotonic()) > next_look:
            if excess := scratch_folder.excess(scratch, worker, slot.limits, held):
                run.notes.append(f"The submission was stopped: {excess}.")
                return
            next_look = time.monotonic() + max(LOOK, 10 * (time.monotonic() - started))
        if not select.select([control], [], [], LOOK)[0]:
            continue
        try:
            data = control.recv(1 << 20)
        except ConnectionError:
            data = b""
        if not data:
            run.hung_up = True
            return
        *lines, pending = (pending + data).split(b"\n")
        for line in map(read_line, lines):
            if isinstance(line, Over):
                ended = slot.template.end(line.process or worker, worker, line.gone)
                _name_the_death(run, ended, [] if line.index is None else [names[line.index]])
            else:
                _note(run, line, names)


def _note(run: Run, line: Line, names: dict[int, str]) -> None:
    match line:
        case Started():
            run.layers = line.layers
        case CellLine():
            run.lines[line.index] = line
        case VerdictLine():
            run.lines[line.index] = line
            run.tests[names[line.index]] = line
        case Done():
            run.done, run.recorded, run.modules = True, line.recorded, line.modules
            run.timed_out = not line.in_time
        case Fault():
            run.fault = line.why
        case GivenLine():  # the tests that needed it say so themselves
            pass


def _crashed(status: int | None) -> bool:
    """Whether a process ended by its own signal; a process killed from outside has not crashed."""
    return status is not None and os.WIFSIGNALED(status) and os.WTERMSIG(status) != signal.SIGKILL


def _name_the_death(run: Run, status: int | None, tests: list[str]) -> None:
    """If one of the worker's processes died by itself, gives the cause in the tests that failed because of this."""
    if status is None or not os.WIFSIGNALED(status) and os.WEXITSTATUS(status) == 0 and run.done:
        return
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    of_signals: dict[int, tuple[Outcome, str]] = {
        signal.SIGKILL: (
            Outcome.MEMORY,
            "Your code was stopped by the system, most likely because memory ran out.",
        ),
        signal.SIGXCPU: (Outcome.TIMEOUT, "Your code exceeded its limit of processor time."),
        signal.SIGSYS: (
            Outcome.BREACH,
            "Your code was stopped by the sandbox: it made a forbidden system call.",
        ),
        signal.SIGXFSZ: (Outcome.BREACH, "Your code was stopped by the sandbox: it wrote too large a file."),
    }
    exited = "Your code ended the Python process (exit, or a crash)."
    outcome, message = of_signals.get(number, (Outcome.RAISED, exited))
    for name in tests:
        line = run.tests[name]
        if line.message.startswith("The Python process ended"):
            run.tests[name] = msgspec.structs.replace(line, outcome=outcome, message=message)
