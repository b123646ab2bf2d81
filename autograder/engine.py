"""The heart: ``grade(assignment, submission, slot) -> GradedSubmission``.

It reads no gradebook and writes no file. A slot is a warm template process; for each notebook it forks a worker and a
judge, sends the judge its plan and collects what the judge streams back.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import sandbox
from .assignment import (
    GIVEN,
    MANUAL,
    SOLUTION,
    TEST,
    Assignment,
    CourseError,
    MergedCell,
    SourceCell,
    SourceNotebook,
    Submission,
    Unreadable,
    find_notebook,
    imports_of,
    leading_to,
    merge,
    parse_notebook,
    untouched,
)
from .feedback import graded_notebook
from .judge import compiled
from .results import CellResult, GradedSubmission, Outcome, plain_text
from .sandbox import Cage, Limits
from .template import Template

SLOT_UIDS = range(60_100, 60_400)
MAX_THREADS = 256  # of one worker; the kernel has no limit of its own for root's
MAX_NESTING = 100  # folders within folders
BLOCK = 4096  # bytes that even the smallest file takes
IN_WORKER_TAG, ISOLATED_TAG = "grade-in-worker", "grade-isolated"


class Slot:
    """One warm template, and with it the place for one submission at a time. Use as a context manager.

    Args:
        imports: modules to have ready before the first fork.
        packages: the course's own importable packages that students' code may read.
    """

    def __init__(self, imports: list[str], packages: list[str], limits: Limits, unsafe: bool = False):
        self.limits, self.unsafe = limits, unsafe
        missing = sandbox.missing_core()
        if missing and not unsafe:
            raise CourseError(
                f"this machine offers no {' and no '.join(missing)}, so students' code cannot be shut in; "
                "see `autograder doctor`, grade on another machine, or say --unsafe"
            )
        _remove_leftovers()
        self.readable = sandbox.readable_paths(packages)
        self.number, self._claim = _claim_number()
        as_root = os.geteuid() == 0 and sandbox.uid_can_read(SLOT_UIDS[0], self.readable)
        self.uid = SLOT_UIDS[self.number] if as_root else None
        self._imports = imports
        self._start()

    def _start(self) -> None:
        """A template on a core of its own: worker and judge take turns, and to wake another core takes long."""
        self.template = Template(self._imports)
        cores = sorted(os.sched_getaffinity(0))
        self.template.pin(cores[self.number % len(cores)])

    def restart(self, imports: list[str] | None = None) -> None:
        """A new template, in the place of one that died or that knew too few modules."""
        self.template.close()
        self._imports = imports or self._imports
        self._start()

    def close(self) -> None:
        """Ends the template, and gives the slot's number back."""
        self.template.close()
        self._claim.close()

    def __enter__(self) -> Slot:
        return self

    def __exit__(self, *_) -> None:
        self.close()


def _claim_number() -> tuple[int, socket.socket]:
    """A number that no other slot of this machine has, of whatever grader; with it go a user id and a core.

    The claim is a name in the kernel, which is free again when this process ends, however it ends.
    """
    for number in range(len(SLOT_UIDS)):
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        with contextlib.suppress(OSError):
            claim.bind(f"\0autograder-slot-{SLOT_UIDS[number]}")
            return number, claim
        claim.close()
    raise CourseError(f"all {len(SLOT_UIDS)} slots for grading are in use on this machine; end other graders")


def grade(assignment: Assignment, submission: Submission, slot: Slot) -> GradedSubmission:
    """Grades one submission; a pure function of its arguments (but for the seconds it took).

    Whatever the submission holds, the result has one `CellResult` for every graded cell of the assignment.
    """
    started = time.monotonic()
    cells: list[CellResult] = []
    notebooks: dict[str, dict] = {}
    notes: list[str] = []
    unreadable: list[str] = []
    memory, unsafe = 0, False
    for source in assignment.notebooks:
        submitted = None
        problem = f"{source.name}.ipynb is missing from the submission."
        if found := find_notebook(source, submission):
            if found[0] != source.name:
                notes.append(
                    f"{found[0]}.ipynb was handed in for {source.name}.ipynb: it carries its cells, so it was graded."
                )
            try:
                submitted = parse_notebook(found[1], found[0])
            except Unreadable as error:
                problem = str(error)
                unreadable.append(problem)
        else:
            notes.append(problem)
        merged = merge(source, submitted)
        if submitted is None:
            results, run = _nothing_to_grade(source, problem), Run()
        else:
            run = _run_notebook(assignment, source, merged, submission.files, slot)
            results = _results(source, merged, run)
            notes.extend(run.notes)
            unsafe |= not set(sandbox.CORE) <= set(run.layers)
        memory = max(memory, run.memory)
        cells.extend(results)
        notebooks[source.name] = graded_notebook(
            source, merged, run.lines, {r.cell: r for r in results}, problem if submitted is None else ""
        )
    return GradedSubmission(
        assignment.name, submission.student, tuple(cells), notebooks, tuple(map(plain_text, notes)),
        tuple(map(plain_text, unreadable)),
        time.monotonic() - started, memory, unsafe,
    )  # fmt: skip


def prepare(assignment: Assignment, slot: Slot) -> Assignment:
    """Runs the reference both ways, judged and in the worker, and notes for each test cell which way it can be graded.

    A test cell with the same result both ways is *isolated*; any other is graded in the worker and labelled.
    """
    notebooks = []
    for source in assignment.notebooks:
        plain = _run_reference(assignment, source, slot, isolated=False)
        judged = _run_reference(assignment, source, slot, isolated=True)
        if fault := plain.fault or judged.fault:
            raise CourseError(f"{source.name}.ipynb: {fault}")
        if not (plain.done and judged.done):
            raise CourseError(f"{source.name}.ipynb: the reference did not finish in time")
        cells = [_settle(cell, plain.tests, judged.tests) if cell.kind == TEST else cell for cell in source.cells]
        notebooks.append(replace(source, cells=tuple(cells), expected=judged.recorded, modules=tuple(judged.modules)))
    return replace(assignment, notebooks=tuple(notebooks))


def _run_reference(assignment: Assignment, source: SourceNotebook, slot: Slot, isolated: bool) -> Run:
    """Runs the instructor's own notebook, all its test cells in the judge or all in the worker."""
    cells = tuple(replace(c, isolated=isolated, mutates=None) if c.kind == TEST else c for c in source.cells)
    source = replace(source, cells=cells, expected=None)
    merged = [MergedCell(c.cell_type, c.source, c.metadata, c if c.name else None) for c in cells]
    return _run_notebook(assignment, source, merged, {}, slot, recording=isolated)


def _settle(cell: SourceCell, plain: dict[str, dict], judged: dict[str, dict]) -> SourceCell:
    there, here = plain.get(cell.name), judged.get(cell.name)
    tags = cell.metadata.get("tags", [])
    same = bool(there and here) and (there["outcome"], there["score"]) == (here["outcome"], here["score"])
    why = "" if same else f"judged it gives {_say(here)}, in the worker {_say(there)}"
    if IN_WORKER_TAG in tags:
        same, why = False, f"the cell's tag {IN_WORKER_TAG!r} asks for it"
    elif ISOLATED_TAG in tags:
        same = True
    return replace(cell, isolated=same, mutates=bool(here and here["mutates"]), why=why)


def _say(line: dict | None) -> str:
    return (
        f"{line['outcome']} ({line['message']})" if line and line["message"] else line["outcome"] if line else "nothing"
    )


# -- one notebook --------------------------------------------------------------------------------------------


@dataclass
class Run:
    """What came out of running one notebook: lines of the judge by the position of the merged cell."""

    lines: dict[int, dict] = field(default_factory=dict)
    tests: dict[str, dict] = field(default_factory=dict)
    recorded: dict[str, list[str]] = field(default_factory=dict)
    modules: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    fault: str = ""
    timed_out: bool = False
    done: bool = False
    memory: int = 0
    layers: list[str] = field(default_factory=list)


def _run_notebook(assignment, source, merged, files, slot: Slot, recording: bool = False) -> Run:
    plan = _plan(source, merged, assignment, slot.limits, recording)
    scratch = Path(tempfile.mkdtemp(prefix=f"grading-{os.getpid()}-"))
    run = Run()
    try:
        _fill(scratch, assignment.files, files, slot.uid)
        cage = Cage(str(scratch), slot.readable, slot.limits, slot.uid, slot.unsafe)
        control, judges_control = socket.socketpair()
        judges_end, workers_end = socket.socketpair()
        worker = slot.template.fork("worker", [workers_end], cage=cage.as_json())
        judge = slot.template.fork(
            "judge", [judges_control, judges_end], folder=assignment.folder or str(scratch), memory=slot.limits.memory
        )
        try:
            control.sendall(json.dumps(plan).encode() + b"\n")
            _collect(control, plan, scratch, worker, slot.limits, run)
        finally:
            control.close()
            slot.template.reap(judge)
            ended = slot.template.reap(worker)
        run.memory = ended["memory"]
        _name_the_death(run, ended["status"])
    finally:
        _remove(scratch)
    return run


def _plan(
    source: SourceNotebook, merged: list[MergedCell], assignment: Assignment, limits: Limits, recording: bool
) -> dict:
    """What the judge is to do, step by step. The instructor's given cells come before the test they precede."""
    steps: list[dict] = []
    judged = 0  # source cells up to here have had their turn in the judge
    order = {cell.name: position for position, cell in enumerate(source.cells) if cell.name}
    left_alone = {
        cell.origin.name for cell in merged if cell.origin and cell.origin.kind == SOLUTION and untouched(cell)
    }
    for index, cell in enumerate(merged):
        if cell.cell_type != "code":
            continue
        origin = cell.origin
        if origin is None or origin.kind != TEST:
            steps.append({"do": "student", "index": index, "source": cell.source, "binds": _binds(cell)})
            continue
        position = order[origin.name]
        for given in source.cells[judged:position]:
            if code := _for_the_judge(given):
                steps.append({"do": "given", "source": code, "code": compiled(code, "<given>")})
        judged = max(judged, position)
        mistakes = [v for v in assignment.variants if origin.name in v.costs]
        earlier = leading_to(origin, source.cells[:position], mistakes)
        steps.append(
            {
                "do": "test",
                "index": index,
                "name": origin.name,
                "source": origin.source,
                "code": compiled(origin.source, f"<{origin.name}>"),
                "points": origin.points,
                "students": sorted(origin.students),
                "isolated": origin.isolated,
                "mutates": origin.mutates,
                "hidden": sorted(origin.hidden),
                "needs": list(origin.needs),
                "unwritten": sorted(left_alone & set(origin.needs)),
                "untouched": bool(left_alone & set(origin.needs)),
                "reference": [[c.name, c.source] for c in earlier],
                "given": [compiled(code, "<given>") for c in earlier if (code := _for_the_judge(c))],
            }
        )
    return {
        "cell_seconds": limits.cell_seconds,
        "expected": None if recording else source.expected,
        "recording": recording,
        "steps": steps,
        "mistakes": [
            {
                "name": v.name,
                "replaces": v.replaces,
                "code": v.code,
                "message": v.message,
                "costs": list(v.costs),
            }
            for v in assignment.variants
            if v.kind == "mistake"
        ],
    }


def _for_the_judge(cell: SourceCell) -> str:
    if cell.kind == GIVEN and cell.own:
        return cell.source
    return imports_of(cell.source) if cell.kind == SOLUTION else ""


def _binds(cell: MergedCell) -> list[str]:
    """The names that a student's cell binds, or was to bind.

    They only word messages, so a glance at the text will do: to parse it can take a hostile cell minutes.
    """
    wanted = cell.origin.binds if cell.origin else frozenset()
    return sorted(wanted.union(*map(re.Match.groups, _BINDING.finditer(cell.source))) - {None})


_BINDING = re.compile(r"^(?:(?:async +)?def|class) +(\w+)|^(\w+) *=(?!=)", re.MULTILINE)


def _fill(scratch: Path, given: dict[str, bytes], handed_in: dict[str, bytes], uid: int | None) -> None:
    """Copies the assignment's own files, then what was handed in beside the notebook as far as it can stand there."""
    for name, content in given.items():
        path = scratch / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name, content in handed_in.items():
        path = scratch / name
        if name in given or ".." in path.parts or scratch not in path.parents:
            continue
        with contextlib.suppress(OSError, ValueError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    if uid is not None:
        for path in (scratch, *scratch.rglob("*")):
            os.chown(path, uid, uid)


def _remove(folder: Path) -> None:
    """Removes a folder whatever was made in it: folders too deep to be walked, or shut to their owner."""
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
            subprocess.run([*command, str(folder)], stderr=subprocess.DEVNULL)


def _remove_leftovers() -> None:
    """Removes the scratch folders of graders that were killed."""
    for folder in Path(tempfile.gettempdir()).glob("grading-*-*"):
        if has_ended(folder.name.split("-")[1]) and os.access(folder, os.W_OK):
            _remove(folder)


def has_ended(process: str) -> bool:
    """Whether this is the number of a process of this machine, and that process is gone."""
    return process.isdigit() and not Path(f"/proc/{process}").exists()


def _collect(control: socket.socket, plan: dict, scratch: Path, worker: int, limits: Limits, run: Run) -> None:
    """Reads the judge's lines until it is done, dies, or the time for the whole submission is up."""
    deadline = time.monotonic() + limits.total_seconds
    names = {step["index"]: step["name"] for step in plan["steps"] if step["do"] == "test"}
    pending, looked = b"", time.monotonic()
    while not run.done and not run.fault:
        if time.monotonic() > deadline:
            run.timed_out = True
            return
        if time.monotonic() > looked + 0.2:
            if excess := _excess(scratch, worker, limits):
                run.notes.append(f"The submission was stopped: {excess}.")
                return
            looked = time.monotonic()
        if not select.select([control], [], [], 0.2)[0]:
            continue
        try:
            data = control.recv(1 << 20)
        except ConnectionError:
            data = b""
        if not data:
            return
        *lines, pending = (pending + data).split(b"\n")
        for line in map(json.loads, lines):
            if "fault" in line:
                run.fault = line["fault"]
            elif "started" in line:
                run.layers = line["started"]
            elif "done" in line:
                run.done, run.recorded, run.modules = True, line["recorded"], line["modules"]
            elif "test" in line:
                run.lines[line["test"]] = line
                run.tests[names[line["test"]]] = line
            elif "cell" in line:
                run.lines[line["cell"]] = line


def _excess(scratch: Path, worker: int, limits: Limits) -> str:
    """What the submission uses too much of, of the things that the kernel does not limit by itself."""
    with contextlib.suppress(OSError):
        if int(Path(f"/proc/{worker}/stat").read_text().rsplit(")", 1)[1].split()[17]) > MAX_THREADS:
            return f"it started more than {MAX_THREADS} threads"
    total, folders = 0, [(str(scratch), 0)]
    while folders and total <= limits.scratch:
        folder, depth = folders.pop()
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                total += max(entry.stat(follow_symlinks=False).st_size, BLOCK)
                if entry.is_dir(follow_symlinks=False):
                    folders.append((entry.path, depth + 1))
        if depth > MAX_NESTING:
            return "it nested folders too deeply"
    return "it filled its scratch folder" if total > limits.scratch else ""


def _name_the_death(run: Run, status: int | None) -> None:
    """Where the worker died by itself, says of what in every cell that this cost."""
    if status is None or not os.WIFSIGNALED(status) and os.WEXITSTATUS(status) == 0 and run.done:
        return
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    outcome, message = {
        signal.SIGKILL: (
            Outcome.MEMORY,
            "Your code was stopped by the system, most likely because memory ran out.",
        ),
        signal.SIGXCPU: (Outcome.TIMEOUT, "Your code used more processor time than it may."),
        signal.SIGSYS: (
            Outcome.BREACH,
            "Your code was stopped by the sandbox: it made a forbidden system call.",
        ),
        signal.SIGXFSZ: (Outcome.BREACH, "Your code was stopped by the sandbox: it wrote too large a file."),
    }.get(
        number,
        (
            Outcome.RAISED,
            "Your code ended the Python process (exit, or a crash), so nothing after it could run.",
        ),
    )
    for line in run.tests.values():
        if line["message"].startswith("The Python process ended"):
            line["outcome"], line["message"] = outcome, message


# -- results -------------------------------------------------------------------------------------------------


def _results(source: SourceNotebook, merged: list[MergedCell], run: Run) -> list[CellResult]:
    by_name = {cell.origin.name: cell for cell in merged if cell.origin}
    results = []
    for cell in source.cells:
        if cell.kind == MANUAL:
            results.append(_manual(source, cell, by_name[cell.name]))
        elif cell.kind == TEST:
            results.append(_tested(source, cell, run))
    return results


def _manual(source: SourceNotebook, cell: SourceCell, merged: MergedCell) -> CellResult:
    task = cell.metadata["nbgrader"].get("task")
    if not task and (merged.missing or merged.source == cell.release):
        return CellResult(source.name, cell.name, Outcome.NOT_ATTEMPTED, 0.0, cell.points, message="Not answered.")
    return CellResult(
        source.name, cell.name, Outcome.MANUAL, None, cell.points, message="A person will grade this answer."
    )


def _tested(source: SourceNotebook, cell: SourceCell, run: Run) -> CellResult:
    line = run.tests.get(cell.name)
    if line is None:
        if run.timed_out:
            outcome, message = (
                Outcome.TIMEOUT,
                "The whole submission took longer than it may, and this test was not reached.",
            )
        elif run.notes:
            outcome, message = Outcome.BREACH, run.notes[-1]
        else:
            outcome, message = (
                Outcome.GRADER_ERROR,
                run.fault or "The grader stopped before this test; it will be graded again.",
            )
        score = None if outcome is Outcome.GRADER_ERROR else 0.0
        return CellResult(source.name, cell.name, outcome, score, cell.points, cell.isolated, message)
    return CellResult(
        source.name, cell.name, Outcome(line["outcome"]), line["score"], cell.points, cell.isolated,
        plain_text(line["message"]), line["mistake"], line["seconds"],
    )  # fmt: skip


def _nothing_to_grade(source: SourceNotebook, problem: str) -> list[CellResult]:
    graded = [cell for cell in source.cells if cell.kind in (TEST, MANUAL)]
    return [CellResult(source.name, c.name, Outcome.NOT_ATTEMPTED, 0.0, c.points, True, problem) for c in graded]
