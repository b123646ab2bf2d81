"""The heart: ``grade(assignment, submission, slot) -> GradedSubmission``.

It reads no gradebook and writes no file. A slot is a warm template process; for each notebook it forks a worker and a
judge, sends the judge its plan and collects what the judge streams back.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from ..course.assignment import (
    GIVEN,
    MANUAL,
    TEST,
    Assignment,
    SourceCell,
    SourceNotebook,
    is_run,
    makers_of,
    owned,
    places_to_watch,
)
from ..course.errors import CourseError, Unreadable
from ..course.limits import WAITS
from ..course.names import imported_modules, names_of, statements_of
from ..course.submission import MergedCell, Submission, file_name, find_notebook, merge
from ..judging.lending import FILES, OBJECTS, PICTURES
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
from ..sandbox.cage import CORE, Cage
from . import scratch as scratch_folder
from .advice import advice
from .clerk_link import Clerk
from .planning import plan_for
from .results import CellResult, GradedSubmission, plain_text
from .slot import Slot
from .template import TemplateLost

LOOK = 0.2  # seconds between two looks at what a submission uses
LENT = (frozenset({PICTURES, FILES}), frozenset({PICTURES, FILES, OBJECTS}))  # what tests are tried with, by turns
IN_WORKER_TAG, ISOLATED_TAG = "grade-in-worker", "grade-isolated"


def grade(assignment: Assignment, submission: Submission, slot: Slot) -> GradedSubmission:
    """Grades one submission; a pure function of its arguments (but for the seconds it took).

    Whatever the submission holds, the result has one `CellResult` for every graded cell of the assignment.
    """
    started = time.monotonic()
    cells: list[CellResult] = []
    notebooks: dict[str, bytes] = {}
    notes: list[str] = [*submission.notes]
    unreadable: list[str] = []
    memory, unsafe = 0, False
    for source in assignment.notebooks:
        submitted = None
        problem = f"{source.name}.ipynb is missing from the submission."
        with Clerk(slot) as clerk:
            if found := find_notebook(source, submission, clerk.read):
                if found.name != source.name:
                    notes.append(
                        f"{file_name(found.name)} was handed in for {source.name}.ipynb: "
                        "it carries its cells, so it was graded."
                    )
                if found.others:
                    notes.append(
                        f"{file_name(found.name)} was graded; the same cells, worked on, stand in "
                        f"{', '.join(map(file_name, found.others))}: ask which one counts."
                    )
                try:
                    submitted = clerk.read(found.text, found.name)
                except Unreadable as error:
                    problem = str(error)
                    unreadable.append(problem)
            elif source.graded:
                notes.append(problem)
            merged = merge(source, submitted)
            if submitted is None:
                results, run = _nothing_to_grade(source, problem), Run()
            elif not source.graded:  # it is there to be read
                results, run = [], Run()
            else:
                run = _run_notebook(assignment, source, merged, submission.files, slot)
                if run.fault:  # the worker ended before any code of the student's ran: somebody killed it
                    run = _run_notebook(assignment, source, merged, submission.files, slot)
                results = _results(source, merged, run)
                notes += [*run.notes, *_what_was_shared(run)]
                unsafe |= not set(CORE) <= set(run.layers)
            memory = max(memory, run.memory)
            cells.extend(results)
            by_name = {result.cell: result for result in results}
            notebooks[source.name] = clerk.graded(
                source, merged, run.lines, by_name, problem if submitted is None else ""
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
        if not source.graded:
            notebooks.append(source)
            continue
        source, plain = _run_plainly(assignment, source, slot)
        judged = _run_reference(assignment, source, slot, isolated=True)
        if fault := plain.fault or judged.fault:
            raise CourseError(f"{source.name}.ipynb: {fault}")
        if not (plain.done and judged.done):
            raise CourseError(f"{source.name}.ipynb: the reference did not finish in time")
        settled = _settle_lent(assignment, source, slot, plain, judged)
        notebooks.append(_settle_as_graded(assignment, settled, slot, plain))
    return replace(assignment, notebooks=tuple(notebooks))


def _settle_as_graded(assignment: Assignment, source: SourceNotebook, slot: Slot, plain: Run) -> SourceNotebook:
    """Settles which tests are judged, and which of them apart, by grading the reference as a class will be graded.

    One run is enough where all is well in it.
    """
    apart = _each_apart(source)
    if _all_is_well(apart, plain, _run_in_mix(assignment, apart, slot)):
        return apart
    settled, mixed = _settle_mix(assignment, source, slot, plain.tests)
    return _settle_copies(assignment, settled, slot, mixed)


def _each_apart(source: SourceNotebook) -> SourceNotebook:
    """Each test with a copy of the worker of its own."""
    return replace(source, cells=tuple(replace(c, apart=c.kind == TEST) for c in source.cells))


def _all_is_well(source: SourceNotebook, plain: Run, tried: Run) -> bool:
    """Whether the reference gets all points when it is graded as a class will be, and no cell of it fails."""
    lines = [*plain.lines.values(), *tried.lines.values()]
    failed = any(isinstance(line, CellLine) and line.error for line in lines)
    shared = any(line.shared for line in tried.tests.values())
    return not (failed or shared) and all(
        _came_to(plain.tests, cell) == _came_to(tried.tests, cell) == (Outcome.PASSED, cell.points)
        for cell in source.tests()
    )


def _settle_lent(assignment: Assignment, source: SourceNotebook, slot: Slot, plain: Run, judged: Run) -> SourceNotebook:
    """Settles each test by two runs; one that comes to something else when judged is tried with more lent to it."""
    settled = _settled(source, plain, judged)
    for lent in LENT:
        trying = {cell.name for cell in settled.tests() if _can_be_helped(cell, plain, judged)}
        if not trying:
            break
        tried = _run_reference(assignment, _lend(source, trying, lent), slot, isolated=True)
        better = {c.name for c in source.tests() if _came_to(tried.tests, c) == _came_to(plain.tests, c)} & trying
        if better and tried.done:
            source, judged = _lend(source, better, lent), tried
            settled = _settled(source, plain, judged)
    return settled


def _lend(source: SourceNotebook, tests: set[str], lent: frozenset[str]) -> SourceNotebook:
    cells = (replace(c, lent=lent) if c.kind == TEST and c.name in tests else c for c in source.cells)
    return replace(source, cells=tuple(cells))


def _settled(source: SourceNotebook, plain: Run, judged: Run) -> SourceNotebook:
    asking = {name for name, line in judged.tests.items() if line.asks}
    for position, cell in enumerate(source.cells):  # what is made of the student's answers is asked for, too
        if cell.kind == TEST and asking.intersection(it.name for it in makers_of(cell, source.cells[:position])):
            asking.add(cell.name)
    cells = (_settle(cell, plain.tests, judged.tests, asking) if cell.kind == TEST else cell for cell in source.cells)
    return replace(source, cells=tuple(cells), expected=judged.recorded, modules=judged.modules)


def _can_be_helped(cell: SourceCell, plain: Run, judged: Run) -> bool:
    """Whether a test is not isolated, for no other reason than what it came to."""
    asked_for = {IN_WORKER_TAG, ISOLATED_TAG} & set(cell.metadata.get("tags", []))
    return not cell.isolated and not asked_for and _came_to(plain.tests, cell) != _came_to(judged.tests, cell)


def _settle_mix(
    assignment: Assignment, source: SourceNotebook, slot: Slot, plain: dict[str, VerdictLine]
) -> tuple[SourceNotebook, Run]:
    """Tries the reference with some cells judged and some in the worker, until all is well; also returns the last run.

    What an isolated test binds is missing in the worker: where a cell that is graded there uses it, both go there.
    """
    source = replace(source, cells=tuple(_together(cell, "") for cell in source.cells))
    while True:
        run = _run_in_mix(assignment, source, slot)
        mixed = run.tests
        lost = [cell for cell in source.tests() if _came_to(mixed, cell) != _came_to(plain, cell)]
        moved = {}
        for cell in lost:
            position = source.cells.index(cell)
            if ISOLATED_TAG in cell.metadata.get("tags", []):
                continue
            if cell.isolated:
                moved[cell.name] = f"among the other cells it gives {_say(mixed.get(cell.name))}"
            else:
                made_by = makers_of(cell, source.cells[:position])
                moved |= dict.fromkeys((it.name for it in made_by if it.isolated), f"{cell.name} uses what it makes")
        if not moved:
            below = [f"{cell.name}: {_say(mixed.get(cell.name))}" for cell in lost]
            below += [
                f"{cell.name}: {_say(line)}"
                for cell in source.tests()
                if cell not in lost
                and not _names_a_module_of(cell, source.students_modules)  # given unsolved, for students to edit
                and ((line := mixed.get(cell.name)) is None or (line.score or 0) < cell.points)
            ]
            return replace(source, lost=tuple(below)), run
        cells = (replace(c, isolated=False, why=moved[c.name]) if c.name in moved else c for c in source.cells)
        source = replace(source, cells=tuple(cells))


def _settle_copies(assignment: Assignment, source: SourceNotebook, slot: Slot, usual: Run) -> SourceNotebook:
    """Tries the reference with a copy of the worker for each test, which those that build on one another do without.

    Where a cell comes to something else than in the usual run, which was without copies, the tests up to there that
    speak of the same things are judged together; if that does not help, all of them up to there.
    """
    source = _each_apart(source)
    made = {name for cell in source.cells if is_run(cell) for name in names_of(cell.source).bound}
    made -= {name for cell in source.cells if is_run(cell) for name in names_of(cell.source).imported}

    def things(cell: SourceCell) -> set[str]:
        names = names_of(cell.source)
        return (names.loaded | names.bound | names.changed) & made

    while True:
        tried = _run_in_mix(assignment, source, slot)
        other_now = (n for n, cell in enumerate(source.cells) if is_run(cell) and not _is_same(n, cell, usual, tried))
        position = next(other_now, None)
        before = [cell for cell in source.cells[: position or 0] if cell.apart]
        if position is None or not (before or source.cells[position].apart):
            return source
        other = source.cells[position]
        before = [cell for cell in before if things(cell) & things(other)] or before
        moved = {it.name: f"{other.name or 'a cell after it'} builds on it" for it in before}
        moved |= {other.name: "it builds on a test before it"} if other.apart else {}
        cells = (_together(cell, moved[cell.name]) if cell.name in moved else cell for cell in source.cells)
        source = replace(source, cells=tuple(cells))


def _is_same(position: int, cell: SourceCell, usual: Run, tried: Run) -> bool:
    """Whether a cell has come to the same in two runs."""
    if cell.kind == TEST:
        return _came_to(usual.tests, cell) == _came_to(tried.tests, cell)
    lines = [run.lines.get(position) for run in (usual, tried)]
    one, other = (isinstance(line, CellLine) and line.error is None for line in lines)
    return one == other


def _together(cell: SourceCell, why: str) -> SourceCell:
    """A test cell that is judged in one process with others."""
    return replace(cell, apart=False, shared=why) if cell.kind == TEST else cell


def _run_in_mix(assignment: Assignment, source: SourceNotebook, slot: Slot) -> Run:
    merged = [MergedCell(c.cell_type, c.source, c.metadata, c if c.name else None) for c in source.cells]
    return _run_notebook(assignment, source, merged, {}, slot)


def _came_to(tests: dict[str, VerdictLine], cell: SourceCell) -> tuple | None:
    line = tests.get(cell.name or "")
    return (line.outcome, line.score) if line else None


def _run_plainly(assignment: Assignment, source: SourceNotebook, slot: Slot) -> tuple[SourceNotebook, Run]:
    """Runs the instructor's notebook in the worker alone; returns it with what that showed of whose names are whose."""
    places, watch = places_to_watch(source), {}
    cells = tuple(_together(replace(c, isolated=False, changes=None), "") for c in source.cells)
    merged: list[MergedCell] = []
    at: dict[int, str] = {}
    for position, cell in enumerate(cells):
        parts = [cell.source]
        if cell.kind == GIVEN and any(place.startswith(f"{position}.") for place in places):
            parts = list(statements_of(cell.source))
        for n, part in enumerate(parts):
            if names := places.get(f"{position}.{n}"):
                at[len(merged)], watch[len(merged)] = f"{position}.{n}", names
            merged.append(MergedCell(cell.cell_type, part, cell.metadata, cell if cell.name else None))
    run = _run_notebook(assignment, replace(source, cells=cells, expected=None), merged, {}, slot, watch=watch)
    lines = ((place, run.lines.get(index)) for index, place in at.items())
    touched = {place: line.touched for place, line in lines if isinstance(line, CellLine) and line.touched}
    return owned(source, touched), run


def _run_reference(assignment: Assignment, source: SourceNotebook, slot: Slot, isolated: bool) -> Run:
    """Runs the instructor's own notebook, all its test cells in the judge or all in the worker."""
    cells = tuple(_together(replace(c, isolated=isolated, changes=None), "") for c in source.cells)
    source = replace(source, cells=cells, expected=None)
    merged = [MergedCell(c.cell_type, c.source, c.metadata, c if c.name else None) for c in cells]
    return _run_notebook(assignment, source, merged, {}, slot, recording=isolated)


def _settle(
    cell: SourceCell, plain: dict[str, VerdictLine], judged: dict[str, VerdictLine], asking: set[str]
) -> SourceCell:
    there, here = plain.get(cell.name), judged.get(cell.name)
    tags = cell.metadata.get("tags", [])
    same = there is not None and here is not None and (there.outcome, there.score) == (here.outcome, here.score)
    said = _say(here)
    why = "" if same else f"judged it gives {said}, in the worker {_say(there)}{advice(cell.source, said)}"
    if same and cell.name not in asking and not cell.borrowed and not cell.lent:
        same, why = False, "judged, it asks for nothing of the student's, so it would pass for everybody"
    if cell.why:  # known before it was tried
        same, why = False, cell.why
    elif IN_WORKER_TAG in tags:
        same, why = False, f"the cell's tag {IN_WORKER_TAG!r} asks for it"
    elif ISOLATED_TAG in tags:
        same = True
    return replace(cell, isolated=same, changes=here.changes if here else frozenset(), why=why)


def _say(line: VerdictLine | None) -> str:
    if line is None:
        return "nothing"
    return f"{line.outcome} ({line.message})" if line.message else str(line.outcome)


# -- one notebook --------------------------------------------------------------------------------------------


@dataclass
class Run:
    """What came out of running one notebook: the judge's lines by the position of the merged cell, and by test."""

    lines: dict[int, CellLine | VerdictLine] = field(default_factory=dict)
    tests: dict[str, VerdictLine] = field(default_factory=dict)
    recorded: dict[str, tuple[str, ...]] = field(default_factory=dict)
    modules: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    fault: str = ""
    timed_out: bool = False
    hung_up: bool = False  # the judge, before it was done
    done: bool = False
    memory: int = 0
    layers: tuple[str, ...] = ()


def _run_notebook(
    assignment: Assignment,
    source: SourceNotebook,
    merged: list[MergedCell],
    files: dict[str, bytes],
    slot: Slot,
    recording: bool = False,
    watch: dict[int, tuple[str, ...]] | None = None,
) -> Run:
    plan = plan_for(source, merged, assignment, slot.limits, recording, watch or {})
    scratch, judges = (Path(tempfile.mkdtemp(prefix=f"grading-{os.getpid()}-")) for _ in range(2))
    run = Run()
    try:
        scratch_folder.fill(judges, assignment.files, {}, None)
        scratch_folder.fill(scratch, assignment.given_beside(files), files, slot.uid)
        cage = Cage(str(scratch), slot.readable, slot.limits, slot.uid, slot.unsafe)
        control, judges_control = socket.socketpair()
        judges_end, workers_end = socket.socketpair()
        worker = slot.template.fork("worker", [workers_end], cage=cage.as_json())
        judge = slot.template.fork(
            "judge", [judges_control, judges_end], worker=worker, folder=str(judges), memory=slot.limits.memory,
            seconds=slot.limits.total_seconds, readable=slot.readable,
        )  # fmt: skip
        try:
            with contextlib.suppress(ConnectionError):  # somebody killed the judge already, as will be seen
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
        elif judged["status"] == signal.SIGKILL and judged["memory"] > slot.limits.memory:  # by the system
            run.notes.append("The submission was stopped: what it returned took too much memory.")
        run.memory = ended["memory"]
        _name_the_death(run, ended["status"], [*run.tests])
    finally:
        scratch_folder.remove(scratch)
        scratch_folder.remove(judges)
    return run


def _collect(control: socket.socket, plan: Plan, scratch: Path, worker: int, slot: Slot, run: Run) -> None:
    """Reads the judge's lines until it is done, or dies; it keeps the time, and is stopped should it not."""
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


def _names_a_module_of(cell: SourceCell, modules: frozenset[str]) -> bool:
    return not modules.isdisjoint(name.partition(".")[0] for name in imported_modules(cell.source))


def _crashed(status: int | None) -> bool:
    """Whether a process ended by a signal of its own making; who is killed from outside has not crashed."""
    return status is not None and os.WIFSIGNALED(status) and os.WTERMSIG(status) != signal.SIGKILL


def _what_was_shared(run: Run) -> list[str]:
    """Which tests were to be judged each against a copy of its own, and were not."""
    tests: dict[str, list[str]] = {}
    for name, line in run.tests.items():
        if line.shared:
            tests.setdefault(line.shared, []).append(name)
    return [f"Judged in one process, since {why}: {', '.join(names)}." for why, names in tests.items()]


def _name_the_death(run: Run, status: int | None, tests: list[str]) -> None:
    """Where a process of the worker's died by itself, says of what in those of these tests that this cost."""
    if status is None or not os.WIFSIGNALED(status) and os.WEXITSTATUS(status) == 0 and run.done:
        return
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    of_signals: dict[int, tuple[Outcome, str]] = {
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
    }
    exited = "Your code ended the Python process (exit, or a crash)."
    outcome, message = of_signals.get(number, (Outcome.RAISED, exited))
    for name in tests:
        line = run.tests[name]
        if line.message.startswith("The Python process ended"):
            run.tests[name] = msgspec.structs.replace(line, outcome=outcome, message=message)


# -- results -------------------------------------------------------------------------------------------------


def _results(source: SourceNotebook, merged: list[MergedCell], run: Run) -> list[CellResult]:
    by_name = {cell.origin.name: cell for cell in merged if cell.origin}
    nameless = all(cell.missing for cell in by_name.values())  # whatever was handed in has lost its metadata
    own = {cell.cell_type for cell in merged if cell.origin is None}
    results = []
    for cell in source.cells:
        if cell.kind == MANUAL:
            results.append(_manual(source, cell, by_name[cell.name], nameless and cell.cell_type in own))
        elif cell.kind == TEST:
            results.append(_tested(source, cell, run))
    return results


def _manual(source: SourceNotebook, cell: SourceCell, merged: MergedCell, elsewhere: bool) -> CellResult:
    """``elsewhere``: the answer may stand in a cell that cannot be told from others."""
    task = cell.metadata["nbgrader"].get("task")
    if not task and not elsewhere and (merged.missing or merged.source == cell.release):
        return CellResult(source.name, cell.name, Outcome.NOT_ATTEMPTED, 0.0, cell.points, message="Not answered.")
    message = "A person will grade this answer."
    if elsewhere:
        message = "The notebook has lost its metadata: a person will look for this answer among its cells."
    return CellResult(source.name, cell.name, Outcome.MANUAL, None, cell.points, message=message)


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
        source.name, cell.name, line.outcome, line.score, cell.points, cell.isolated,
        plain_text(line.message), line.mistake, line.seconds, cell.apart and not line.shared, line.followed,
    )  # fmt: skip


def _nothing_to_grade(source: SourceNotebook, problem: str) -> list[CellResult]:
    graded = [cell for cell in source.cells if cell.kind in (TEST, MANUAL)]
    return [CellResult(source.name, c.name, Outcome.NOT_ATTEMPTED, 0.0, c.points, True, problem) for c in graded]
