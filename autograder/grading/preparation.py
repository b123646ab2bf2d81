"""The preparation of an assignment for its class: the results of running the reference, kept for the next run."""

from __future__ import annotations

import contextlib
import hashlib
import sys
from dataclasses import replace
from pathlib import Path

import msgspec

from ..course.assignment import TEST, Assignment, SourceCell, SourceNotebook, owned
from ..course.errors import CourseError
from ..course.folders import Course
from ..engine.reference import prepare
from ..engine.safely import engine_version
from ..engine.slot import Place, Slot
from ..sandbox import cage

FEW_MODULES = 50  # so many may be imported again for each submission; more justify a warmer template


def prepared(course: Course, name: str, unsafe: bool = False, slot: Slot | None = None) -> tuple[Assignment, Slot]:
    """Reads an assignment, runs its reference both ways, and returns it with a slot that is warm for it.

    Args:
        slot: an existing slot, which is then used, and closed if the assignment cannot be prepared.

    The results for an unchanged reference are kept in the course's ``.autograder/``.
    """
    assignment = course.assignment(name)
    store = store_of(course, assignment)
    if known := load_prepared(store, assignment):
        return known, slot or new_slot(course, known, unsafe)
    slot = slot or new_slot(course, assignment, unsafe)
    try:
        assignment = prepare(assignment, slot)
        if max(len(nb.modules) for nb in assignment.notebooks) > slot.template.modules + FEW_MODULES:
            slot.restart(assignment.imports)  # with the modules that the reference imported
    except BaseException:
        slot.close()
        raise
    _keep(store, assignment)
    return assignment, slot


def ready_to_grade(course: Course, name: str, unsafe: bool = False) -> tuple[Assignment, Slot]:
    """As `prepared`, for grading. Raises CourseError if the reference itself loses points."""
    assignment, slot = prepared(course, name, unsafe)
    assignment = with_settings(course, assignment)
    try:
        refuse_if_lost(assignment)
    except CourseError:
        slot.close()
        raise
    return assignment, slot


def with_settings(course: Course, assignment: Assignment) -> Assignment:
    """The assignment as a class is graded: `verify` ignores the course's settings for points."""
    return replace(assignment, follow_through=course.settings.follow_through)


def refuse_if_lost(assignment: Assignment) -> None:
    """Raises CourseError if the reference itself would lose points, as every student would."""
    if lost := [f"{nb.name}.ipynb: {text}" for nb in assignment.notebooks for text in nb.lost]:
        raise CourseError(
            "the reference solution itself loses points, so nobody is graded; see `autograder verify`. "
            + "; ".join(lost)
        )


def said_of_reference(assignment: Assignment) -> list[str]:
    """One line for each test that gives the reference only part of its points, as in plain nbgrader."""
    return [
        f"{nb.name}.ipynb: the reference solution itself has {text}, and so may every right answer"
        for nb in assignment.notebooks
        for text in nb.partial
    ]


def store_of(course: Course, assignment: Assignment) -> Path:
    """The file with the results of running this reference."""
    return course.root / ".autograder" / f"{assignment.name}-{identity_of(course, assignment)[:16]}.json"


def identity_of(course: Course, assignment: Assignment) -> str:
    """Changes with everything that could change a score of this assignment on this installation."""
    text = assignment.fingerprint() + engine_version() + repr(course.settings.limits) + sys.version
    if course.readable:
        text += repr(course.readable)
    if course.settings.follow_through:
        text += "follow_through"
    return hashlib.sha256(text.encode()).hexdigest()


class _Test(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    isolated: bool
    changes: frozenset[str] | None
    lent: frozenset[str]
    classes: tuple[tuple[str, str], ...]
    why: str
    apart: bool
    shared: str


class _Notebook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    expected: dict[str, tuple[str, ...]] | None
    modules: tuple[str, ...]
    touched: dict[str, tuple[str, ...]] | None
    lost: tuple[str, ...]
    partial: tuple[str, ...]
    tests: dict[str, _Test]


def _keep(store: Path, assignment: Assignment) -> None:
    found = [
        _Notebook(
            nb.expected,
            nb.modules,
            nb.touched,
            nb.lost,
            nb.partial,
            {
                c.name: _Test(c.isolated, c.changes, c.lent, c.classes, c.why, c.apart, c.shared)
                for c in nb.tests()
                if c.name
            },
        )
        for nb in assignment.notebooks
    ]
    with contextlib.suppress(OSError):
        store.parent.mkdir(exist_ok=True)
        store.write_bytes(msgspec.json.encode(found))


def load_prepared(store: Path, assignment: Assignment) -> Assignment | None:
    """The assignment with the results found before; None if there are none."""
    try:
        found = msgspec.json.decode(store.read_bytes(), type=list[_Notebook])
        notebooks = (_with(*pair) for pair in zip(assignment.notebooks, found, strict=True))
        return replace(assignment, notebooks=tuple(notebooks))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _with(notebook: SourceNotebook, known: _Notebook) -> SourceNotebook:
    def settled(cell: SourceCell) -> SourceCell:
        if cell.kind != TEST:
            return cell
        test = known.tests[cell.name or ""]
        return replace(cell, **msgspec.structs.asdict(test))

    notebook = owned(notebook, known.touched)
    cells = tuple(map(settled, notebook.cells))
    return replace(
        notebook, cells=cells, expected=known.expected, modules=known.modules, lost=known.lost, partial=known.partial
    )


def new_slot(course: Course, assignment: Assignment, unsafe: bool = False, like: Slot | None = None) -> Slot:
    """One more slot for an assignment. Raises CourseError if students' code could read the course.

    Args:
        like: an existing slot for the assignment, which makes this one ready immediately.
    """
    packages = _packages(course)
    return Slot(assignment.imports, packages, course.settings.limits, unsafe, course.readable, like)


def more_slots(course: Course, assignment: Assignment, first: Slot, jobs: int) -> list[Slot]:
    """The slots that bring their number to `jobs` with the first one, each ready as soon as that one is."""
    return [new_slot(course, assignment, first.unsafe, first) for _ in range(1, jobs)]


def new_place(course: Course, unsafe: bool = False) -> Place:
    """A place for clerks, without a template for students' code."""
    return Place(_packages(course), unsafe, course.readable)


def _packages(course: Course) -> list[str]:
    if sys.platform != "linux":
        raise CourseError(
            "notebook code runs in a sandbox that exists only on Linux; on Windows use WSL, elsewhere a Linux "
            "container. `autograder init`, `new`, `report`, `answers`, `export` and `settings` work on this system"
        )
    packages = list(course.settings.packages)
    try:
        paths = cage.readable_paths(packages)
    except ModuleNotFoundError as error:
        raise CourseError(f"{error}; put it beside nbgrader_config.py, or install it") from None
    for path in paths:
        if course.root.is_relative_to(Path(path).resolve()):
            raise CourseError(
                f"{course.root}: students' code may read {path}, where Python or a package of the course is, and "
                "with it the solutions, the gradebook and everybody's work; move the course out of that folder"
            )
    return packages
