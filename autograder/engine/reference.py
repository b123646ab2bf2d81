"""The preparation of an assignment: runs the reference like a submission, and determines how to grade each test."""

from __future__ import annotations

import re
from dataclasses import replace

from ..course.assignment import (
    GIVEN,
    TEST,
    Assignment,
    SourceCell,
    SourceNotebook,
    is_run,
    makers_of,
    owned,
    places_to_watch,
)
from ..course.errors import CourseError
from ..course.names import class_in, imported_modules, names_of, statements_of
from ..course.submission import MergedCell
from ..judging.lending import FILES, OBJECTS, PICTURES
from ..judging.outcome import Outcome
from ..judging.plan import REPLACES, CellLine, VerdictLine
from .advice import advice, class_that_cannot_cross
from .run import Run, run_notebook
from .slot import Slot

LENT = (frozenset({PICTURES, FILES}), frozenset({PICTURES, FILES, OBJECTS}))  # what tests are tried with, in turn
IN_WORKER_TAG, ISOLATED_TAG = "grade-in-worker", "grade-isolated"


def prepare(assignment: Assignment, slot: Slot) -> Assignment:
    """Runs the reference both ways, judged and in the worker, and records for each test cell how it can be graded.

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
        source, judged = _settle_classes(assignment, source, slot, plain, judged)
        settled = _settle_lent(assignment, source, slot, plain, judged)
        notebooks.append(_settle_as_graded(assignment, settled, slot, plain))
    return replace(assignment, notebooks=tuple(notebooks))


def _settle_as_graded(assignment: Assignment, source: SourceNotebook, slot: Slot, plain: Run) -> SourceNotebook:
    """Determines which tests are judged, and which of them apart, by grading the reference like a class.

    One run is enough if it has no problems.
    """
    apart = _each_apart(source)
    if _all_is_well(apart, plain, _run_in_mix(assignment, apart, slot)):
        return apart
    settled, mixed = _settle_mix(assignment, source, slot, plain.tests)
    return _settle_copies(assignment, settled, slot, mixed)


def _each_apart(source: SourceNotebook) -> SourceNotebook:
    """Each test with its own copy of the worker."""
    return replace(source, cells=tuple(replace(c, apart=c.kind == TEST) for c in source.cells))


def _all_is_well(source: SourceNotebook, plain: Run, tried: Run) -> bool:
    """Whether the reference gets all points when it is graded like a class, and none of its cells fails."""
    lines = [*plain.lines.values(), *tried.lines.values()]
    failed = any(isinstance(line, CellLine) and line.error for line in lines)
    shared = any(line.shared for line in tried.tests.values())
    return not (failed or shared) and all(
        _came_to(plain.tests, cell) == _came_to(tried.tests, cell) == (Outcome.PASSED, cell.points)
        for cell in source.tests()
    )


def _settle_classes(
    assignment: Assignment, source: SourceNotebook, slot: Slot, plain: Run, judged: Run
) -> tuple[SourceNotebook, Run]:
    """Makes the worker define the test cells' classes whose objects the tests hand to the student's code."""
    best = source, judged
    while wanted := _classes_wanted(source, judged):
        cells = (replace(c, classes=(*wanted.get(c.name, ()), *c.classes)) for c in source.cells)
        source = replace(source, cells=tuple(cells))
        judged = _run_reference(assignment, source, slot, isolated=True)
        if not judged.done:
            break
        right = {cell.name for cell in source.tests() if _came_to(plain.tests, cell) == _came_to(judged.tests, cell)}
        kept = (replace(c, classes=c.classes if c.name in right else ()) for c in source.cells)
        best = replace(source, cells=tuple(kept)), judged
    return best


def _classes_wanted(source: SourceNotebook, judged: Run) -> dict[str, tuple[tuple[str, str], ...]]:
    """For each test that failed because it handed over an object: its class, if a test up to there defines it."""
    defined: list[SourceCell] = []
    wanted: dict[str, tuple[tuple[str, str], ...]] = {}
    for cell in source.cells:
        if cell.kind != TEST:
            continue
        defined.append(cell)
        if kind := class_that_cannot_cross(_say(judged.tests.get(cell.name))):
            found = [code for it in defined if (code := class_in(it.source, kind))]
            if found and kind not in dict(cell.classes):
                wanted[cell.name] = ((kind, found[-1]),)
    return wanted


def _settle_lent(assignment: Assignment, source: SourceNotebook, slot: Slot, plain: Run, judged: Run) -> SourceNotebook:
    """Decides on each test by two runs; a test with a different result when judged is tried with more lent to it."""
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
    for position, cell in enumerate(source.cells):  # what is computed from the student's answers is used, too
        if cell.kind == TEST and asking.intersection(it.name for it in makers_of(cell, source.cells[:position])):
            asking.add(cell.name)
    cells = (_settle(cell, plain.tests, judged.tests, asking) if cell.kind == TEST else cell for cell in source.cells)
    return replace(source, cells=tuple(cells), expected=judged.recorded, modules=judged.modules)


def _can_be_helped(cell: SourceCell, plain: Run, judged: Run) -> bool:
    """Whether a test is not isolated only because of its result."""
    asked_for = {IN_WORKER_TAG, ISOLATED_TAG} & set(cell.metadata.get("tags", []))
    return not cell.isolated and not asked_for and _came_to(plain.tests, cell) != _came_to(judged.tests, cell)


def _settle_mix(
    assignment: Assignment, source: SourceNotebook, slot: Slot, plain: dict[str, VerdictLine]
) -> tuple[SourceNotebook, Run]:
    """Tries the reference with some cells judged and some in the worker, until all pass; also returns the last run.

    What an isolated test binds is missing in the worker: if a cell that is graded there uses it, both go there.
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
                moved[cell.name] = f"together with the other cells it gives {_say(mixed.get(cell.name))}"
            else:
                made_by = makers_of(cell, source.cells[:position])
                moved |= dict.fromkeys((it.name for it in made_by if it.isolated), f"{cell.name} uses what it makes")
        if not moved:
            below = [f"{cell.name}: {_say(mixed.get(cell.name))}" for cell in lost]
            partial = []
            for cell in source.tests():
                if cell in lost or _names_a_module_of(cell, source.students_modules):  # given unsolved, to be edited
                    continue
                line = mixed.get(cell.name)
                if line and line.outcome is Outcome.PARTIAL:  # as in plain nbgrader
                    partial.append(f"{line.score:g} of {cell.points:g} points in {cell.name}")
                elif line is None or (line.score or 0) < cell.points:
                    below.append(f"{cell.name}: {_say(line)}")
            return replace(source, lost=tuple(below), partial=tuple(partial)), run
        cells = (replace(c, isolated=False, why=moved[c.name]) if c.name in moved else c for c in source.cells)
        source = replace(source, cells=tuple(cells))


def _settle_copies(assignment: Assignment, source: SourceNotebook, slot: Slot, usual: Run) -> SourceNotebook:
    """Tries the reference with a copy of the worker for each test, except tests that build on one another.

    If a cell has a different result than in the usual run, which was without copies, the tests up to there that
    mention the same names are judged together; if that does not help, all tests up to there.
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
    """Whether a cell has the same result in two runs."""
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
    return run_notebook(assignment, source, merged, {}, slot)


def _came_to(tests: dict[str, VerdictLine], cell: SourceCell) -> tuple | None:
    line = tests.get(cell.name or "")
    return (line.outcome, line.score) if line else None


def _run_plainly(assignment: Assignment, source: SourceNotebook, slot: Slot) -> tuple[SourceNotebook, Run]:
    """Runs the instructor's notebook only in the worker; returns it with the ownership of names that this showed."""
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
    run = run_notebook(assignment, replace(source, cells=cells, expected=None), merged, {}, slot, watch=watch)
    lines = ((place, run.lines.get(index)) for index, place in at.items())
    touched = {place: line.touched for place, line in lines if isinstance(line, CellLine) and line.touched}
    return owned(source, touched), run


def _run_reference(assignment: Assignment, source: SourceNotebook, slot: Slot, isolated: bool) -> Run:
    """Runs the instructor's own notebook, with all test cells in the judge or all in the worker."""
    cells = tuple(_together(replace(c, isolated=isolated, changes=None), "") for c in source.cells)
    source = replace(source, cells=cells, expected=None)
    merged = [MergedCell(c.cell_type, c.source, c.metadata, c if c.name else None) for c in cells]
    return run_notebook(assignment, source, merged, {}, slot, recording=isolated)


def _settle(
    cell: SourceCell, plain: dict[str, VerdictLine], judged: dict[str, VerdictLine], asking: set[str]
) -> SourceCell:
    there, here = plain.get(cell.name), judged.get(cell.name)
    tags = cell.metadata.get("tags", [])
    same = there is not None and here is not None and (there.outcome, there.score) == (here.outcome, here.score)
    said = _say(here)
    why = "" if same else f"judged it gives {said}, in the worker {_say(there)}{advice(cell.source, said)}"
    if same and cell.name not in asking and not cell.borrowed and not cell.lent:
        same, why = (
            False,
            "judged, it uses nothing of the student's, so it would pass for everybody; call what is tested",
        )
    changes = here.changes if here else ()
    replaced = sorted(what.removeprefix(REPLACES) for what in changes if what.startswith(REPLACES))
    if same and replaced:
        what = _what_it_replaces(cell.source, replaced)
        same, why = False, f"it replaces {what}; when judged, the student's code would call the old one"
    if cell.why:  # known before it was tried
        same, why = False, cell.why
    elif IN_WORKER_TAG in tags:
        same, why = False, f"the cell's tag {IN_WORKER_TAG!r} asks for it"
    elif ISOLATED_TAG in tags:
        same = True
    return replace(cell, isolated=same, changes=here.changes if here else frozenset(), why=why)


def _what_it_replaces(source: str, names: list[str]) -> str:
    """The function that the test sets, or names in a text; if there is none, as after a reload, the module."""
    for name in names:
        word = name.rpartition(".")[2]
        if re.search(rf"\.{word}\s*=(?!=)|[.'\"]{word}['\"]|\bdel\b.*\.{word}\b", source):
            return f"`{name}`"
    return f"functions of `{names[0].partition('.')[0]}`"


def _say(line: VerdictLine | None) -> str:
    if line is None:
        return "nothing"
    return f"{line.outcome} ({line.message})" if line.message else str(line.outcome)


def _names_a_module_of(cell: SourceCell, modules: frozenset[str]) -> bool:
    return not modules.isdisjoint(name.partition(".")[0] for name in imported_modules(cell.source))
