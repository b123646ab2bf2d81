"""An assignment as its instructor wrote it: `read_assignment` takes any nbgrader source folder."""

from __future__ import annotations

import builtins
import copy
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import nbformat
from nbgrader.nbgraderformat import MetadataValidator, ValidationError
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions, Execute, IncludeHeaderFooter, InstantiateTests
from traitlets.config import Config

from .attachments import Attachments, pictures
from .errors import CourseError, first_line
from .files import TooLarge, is_ignored, read_regular, regular_files
from .marks import Marks
from .names import (
    Names,
    imported_from,
    imported_modules,
    meters_of,
    names_of,
    parses,
    scripts_of,
    statements_of,
)

GIVEN, SOLUTION, TEST, MANUAL, TEXT = "given", "solution", "test", "manual", "text"
HISTORY = {"In", "Out", "_ih", "_oh"}  # what IPython keeps of the student's cells
READ_TEXT = {"doctest", "ipytest"}  # these search the text of a notebook for tests
MAX_FILES = 256 << 20  # total bytes of the files beside the notebooks
_FILE = re.compile(r"[\w-]+\.\w+(?=['\"])")  # the end of a path
IGNORED_FILES = {".ipynb_checkpoints", "__pycache__", ".DS_Store", "timestamp.txt", "feedback"}


@dataclass(frozen=True)
class SourceCell:
    """One cell of the instructor's notebook.

    ``source`` is the instructor's text and ``release`` what the student was given. For test cells: ``students``
    are the names that belong to the student there, ``down`` those that the test binds or deletes and that the student's
    or given functions read, ``borrowed`` the imports of solution cells that it uses, ``needs`` the solution cells
    it depends on, ``hidden`` the lines within hidden regions; ``isolated``, ``lent`` (see `judging.lending`),
    ``classes``, ``apart`` and ``changes`` are determined by running the reference.
    """

    kind: str
    name: str  # empty for a cell that nbgrader does not know
    cell_type: str
    source: str
    release: str
    metadata: dict
    points: float = 0.0
    locked: bool = False
    binds: frozenset[str] = frozenset()
    own: str = ""  # the part of a given cell that the judge runs itself
    students: frozenset[str] = frozenset()
    down: frozenset[str] = frozenset()
    borrowed: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()
    hidden: frozenset[int] = frozenset()
    isolated: bool = True
    changes: frozenset[str] | None = None  # in place, made by the reference
    lent: frozenset[str] = frozenset()  # what it is lent to be isolated
    classes: tuple[tuple[str, str], ...] = ()  # of test cells, created in the worker for isolation
    why: str = ""  # why it is not isolated
    apart: bool = True  # judged against its own copy of the worker
    shared: str = ""  # why it is not
    attachments: Attachments = field(default_factory=dict)


@dataclass(frozen=True)
class SourceNotebook:
    name: str
    cells: tuple[SourceCell, ...]
    metadata: dict
    expected: dict[str, tuple[str, ...]] | None = None
    modules: tuple[str, ...] = ()
    touched: dict[str, tuple[str, ...]] | None = None  # see `owned`
    students_modules: frozenset[str] = frozenset()  # edited by students
    skipped_tag: str = ""  # cells with this tag are not run
    siblings: Mapping[str, frozenset[str]] = field(default_factory=dict)  # the assignment's other notebooks
    lost: tuple[str, ...] = ()  # tests in which the reference itself loses points, graded like a submission; and why
    partial: tuple[str, ...] = ()  # tests that give the reference part of the points; and which part

    def cell(self, name: str) -> SourceCell:
        return next(cell for cell in self.cells if cell.name == name)

    @property
    def names(self) -> frozenset[str]:
        """The cells with a grade_id of nbgrader's, by that id."""
        return frozenset(cell.name for cell in self.cells if cell.name)

    @property
    def graded(self) -> bool:
        """Whether it has points; a notebook without any is only for reading, and is not run."""
        return any(cell.kind in (TEST, MANUAL) for cell in self.cells)

    def tests(self) -> list[SourceCell]:
        return [cell for cell in self.cells if cell.kind == TEST]


@dataclass(frozen=True)
class Variant:
    """Code that replaces one solution cell: a named mistake, or an alternative right solution."""

    kind: str  # "mistake" or "alternative"; or "allowed", where `code` is only the changed lines
    name: str
    replaces: str
    code: str
    costs: tuple[str, ...] = ()
    message: str = ""


@dataclass(frozen=True)
class Assignment:
    """What the grader knows of one assignment. ``files`` are its other files: path in the folder -> content."""

    name: str
    notebooks: tuple[SourceNotebook, ...]
    files: dict[str, bytes] = field(default_factory=dict)
    variants: tuple[Variant, ...] = ()
    allowed: tuple[Variant, ...] = ()  # changes to the reference that are also right
    folder: str = ""
    marks: Marks = Marks()
    students_files: frozenset[str] = frozenset()  # files whose submitted version counts
    ignore: tuple[str, ...] = ()  # name patterns of files that are not placed beside a submission
    follow_through: bool = False  # whether a test that fails only because of an earlier exercise gets its points

    def files_beside(self, handed_in: Mapping[str, bytes]) -> tuple[dict[str, bytes], dict[str, bytes]]:
        """The files beside a submission: those of the assignment, and those handed in.

        Files that the course ignores are left out. Where the student's version counts and exists, the assignment's is
        left out, too.
        """
        kept = (path for path in handed_in if not is_ignored(f"{self.name}/{path}", self.ignore))
        theirs = {path: handed_in[path] for path in kept}
        replaced = self.students_files & theirs.keys()
        return {path: content for path, content in self.files.items() if path not in replaced}, theirs

    @property
    def max_score(self) -> float:
        return sum(cell.points for nb in self.notebooks for cell in nb.cells)

    @property
    def imports(self) -> list[str]:
        """Modules that the instructor's notebooks import; the template preloads them.

        Modules beside the notebooks are left out: the template, which does not know that folder, would import a
        module of the same name from elsewhere.
        """
        found: set[str] = set()
        for notebook in self.notebooks:
            found.update(notebook.modules)
            for cell in notebook.cells:
                if cell.cell_type == "code":
                    found.update(imported_modules(cell.source))
        own = {path.split("/")[0].removesuffix(".py") for path in self.files}
        return sorted(name for name in found if name.split(".")[0] not in own)

    def fingerprint(self) -> str:
        """Changes with everything that could change a score or its messages."""
        cells = [
            [nb.name, [[c.source, c.points, c.name, c.kind, c.metadata.get("tags")] for c in nb.cells]]
            for nb in self.notebooks
        ]
        digest = hashlib.sha256((json.dumps(cells) + repr(self.variants) + repr(self.marks)).encode())
        digest.update(repr([self.notebooks[0].skipped_tag, *sorted(self.students_files), self.ignore]).encode())
        for path, content in sorted(self.files.items()):
            digest.update(path.encode() + b"\0" + content)
        return digest.hexdigest()


# -- reading -----------------------------------------------------------------------------------------------


def read_assignment(folder: Path, name: str, config: Config | None = None, ignore: Sequence[str] = ()) -> Assignment:
    """Reads an nbgrader source folder.

    Args:
        ignore: name patterns of files and folders that are part of no submission (``CourseDirectory.ignore``).

    Raises CourseError, naming the file and what to do.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise CourseError(f"{folder}: there is no such source folder; write the assignment there first")
    paths = sorted(folder.glob("*.ipynb"))
    skipped_tag = Execute(config=config).skip_cells_with_tag
    if not paths:
        raise CourseError(f"{folder}: no notebook (*.ipynb) in this folder; an assignment needs at least one")
    theirs = frozenset(_students_files(name, config))
    read = [_read_source(path, config, theirs, skipped_tag) for path in paths]
    notebooks = tuple(replace(nb, siblings={it.name: it.names for it in read if it is not nb}) for nb in read)
    if not any(notebook.graded for notebook in notebooks):
        raise _nothing_graded(paths[0])
    return Assignment(
        name,
        notebooks,
        read_files(folder, ignore),
        folder=str(folder),
        marks=Marks.of(config),
        students_files=theirs,
        ignore=tuple(ignore),
    )


def _nothing_graded(path: Path) -> CourseError:
    return CourseError(
        f"{path}: no nbgrader cell in this notebook; mark tests and answers in nbgrader's Create Assignment sidebar"
    )


def _students_files(name: str, config: Config | None) -> list[str]:
    """The files that students edit and hand in, by nbgrader's setting ``Autograde.exclude_overwriting``."""
    setting = config.Autograde.get("exclude_overwriting", {}) if config else {}
    return [Path(path).as_posix() for path in setting.get(name, [])]


def read_files(folder: Path, ignore: Sequence[str] = ()) -> dict[str, bytes]:
    """The assignment's own files, by path: all below its folder except notebooks, ignored files, and temporary files.

    As in the release, a link to a file counts as the file, and a link to a folder is left out. There are none if the
    folder's own name is ignored, as with nbgrader.

    Raises CourseError if one cannot be read, or if they are too large to be given to every student.
    """
    files: dict[str, bytes] = {}
    left = MAX_FILES
    try:
        for path, _ in () if is_ignored(folder.name, ignore) else regular_files(folder, links=True):
            if not path.endswith(".ipynb") and not is_ignored(path, (*IGNORED_FILES, *ignore)):
                files[path] = read_regular((folder / path).resolve(), left)
                left -= len(files[path])
    except TooLarge:
        raise CourseError(
            f"{folder}: its files are larger than {MAX_FILES >> 20} MB, and each submission is given a copy; put large "
            "data into a folder outside, and name that in c.Autograder.readable"
        ) from None
    except OSError as error:
        raise CourseError(f"{error.filename or folder}: {error.strerror or error}") from None
    return files


def _read_source(
    path: Path, config: Config | None, students_files: frozenset[str] = frozenset(), skipped_tag: str = ""
) -> SourceNotebook:
    try:
        nb = nbformat.read(path, as_version=4)
    except Exception as error:
        raise CourseError(
            f"{path}: not a readable notebook ({first_line(error)}); open it in JupyterLab and save it"
        ) from None
    language = nb.metadata.get("kernelspec", {}).get("language") or nb.metadata.get("language_info", {}).get(
        "name", "python"
    )
    if language.lower() not in ("python", "python3", "ipython"):
        raise CourseError(f"{path}: its kernel language is {language}; this grader runs Python notebooks only")
    try:
        MetadataValidator().validate_nb(nb)
    except ValidationError as error:
        raise CourseError(
            f"{path}: {first_line(error)}; fix the cell in nbgrader's Create Assignment sidebar"
        ) from None
    except Exception as error:
        raise CourseError(
            f"{path}: {first_line(error)}; `nbgrader update {path}` brings old metadata up to date"
        ) from None
    try:
        nb, _ = IncludeHeaderFooter(config=config)(nb, {})
    except Exception as error:
        raise CourseError(f"{path}: no header or footer can be added ({first_line(error)})") from None
    try:  # autotest directives become plain asserts; a notebook without any is left alone
        nb, _ = InstantiateTests(config=config)(nb, {"metadata": {"path": str(path.parent)}})
    except Exception as error:
        raise CourseError(f"{path}: autotests could not be made ({first_line(error)}); see autotests.yml") from None
    try:
        release = ClearSolutions(config=config)(copy.deepcopy(nb), {})[0]
        release = ClearHiddenTests(config=config)(release, {})[0]
    except Exception as error:
        if not any(_meta(cell).get("grade") or _meta(cell).get("task") for cell in nb.cells):
            raise _nothing_graded(path) from None
        raise CourseError(f"{path}: {first_line(error)}") from None
    marks = Marks.of(config)
    pairs = zip(nb.cells, release.cells, strict=True)
    cells = tuple(_source_cell(cell, given, marks, skipped_tag) for cell, given in pairs)
    for cell in cells:
        try:
            names_of(cell.source) if is_run(cell) else None
        except SyntaxError as error:
            raise CourseError(
                f"{path}: cell {cell.name or cell.source[:30]!r} is not valid Python: {error.msg}"
            ) from None
    modules = _modules(students_files)
    return owned(SourceNotebook(path.stem, cells, dict(nb.metadata), students_modules=modules, skipped_tag=skipped_tag))


def _meta(cell: nbformat.NotebookNode) -> dict:
    return cell.metadata.get("nbgrader") or {}


def _source_cell(
    cell: nbformat.NotebookNode, release: nbformat.NotebookNode, marks: Marks, skipped_tag: str
) -> SourceCell:
    meta = _meta(cell)
    grade, solution, task = (bool(meta.get(key)) for key in ("grade", "solution", "task"))
    if task or (grade and (solution or cell.cell_type != "code")):
        kind = MANUAL
    elif grade:
        kind = TEST
    elif cell.cell_type == "code" and (solution or (marks.solution(cell.source) and release.source != cell.source)):
        kind = SOLUTION  # also where a course allows solutions in other cells, by enforce_metadata = False
    else:
        kind = GIVEN if cell.cell_type == "code" else TEXT
    if kind == GIVEN and (not parses(cell.source) or is_tagged(cell.metadata, skipped_tag)):
        kind = TEXT  # such as an example of invalid Python: it runs as the student's, and fails as in a kernel
    source = cell.source
    if kind == SOLUTION and not parses(source) and (alone := marks.solution(source)) and parses(alone):
        source = alone  # the rest is the beginning of what students complete, such as a `def` without a body
    points = float(meta.get("points") or 0) if grade or task else 0.0
    locked = bool(meta.get("locked") or grade) and not solution and kind != SOLUTION
    hidden = marks.hidden_lines(cell.source) if kind == TEST else frozenset()
    name = meta.get("grade_id") or "" if grade or solution or task or locked else ""
    return SourceCell(
        kind,
        name,
        cell.cell_type,
        source,
        release.source,
        dict(cell.metadata),
        points,
        locked,
        hidden=hidden,
        attachments=pictures(cell.get("attachments")),
    )


def _modules(students_files: frozenset[str]) -> frozenset[str]:
    """The modules that can be imported from these files."""
    return frozenset(path.split("/")[0].removesuffix(".py") for path in students_files if path.endswith(".py"))


def owned(notebook: SourceNotebook, touched: dict[str, tuple[str, ...]] | None = None) -> SourceNotebook:
    """The notebook, with the student's and the instructor's own names determined for each cell.

    What a solution cell binds is the student's, and so is what a given statement computes from it. A statement that
    uses the student's names only inside functions is the instructor's own: the judge calls what they call.
    Imports are the instructor's wherever they are, except those of modules that students edit. A given value that a
    cell changes in place becomes the student's.

    Args:
        touched: the given names whose values changed when the reference was run, by `places_to_watch`. Until this is
            known, a name counts as changed where the text suggests it.
    """
    ownership, cells = _Ownership(notebook.students_modules, touched), []
    for cell in notebook.cells:
        if is_run(cell) and cell.kind in (GIVEN, SOLUTION):
            names = names_of(cell.source)
            ownership.read |= (names.loaded - names.bound) | (names.loaded - names.at_once)
    for position, cell in enumerate(notebook.cells):
        cells.append(ownership.after(cell, position) if is_run(cell) else cell)
    return replace(notebook, cells=tuple(cells), touched=touched)


def places_to_watch(notebook: SourceNotebook) -> dict[str, tuple[str, ...]]:
    """The given statements and the solution cells that may change given values, with the names of those values.

    A place is ``"3.1"``: the second statement of the fourth cell.
    """
    ownership = _Ownership(notebook.students_modules)
    for position, cell in enumerate(notebook.cells):
        if is_run(cell):
            ownership.after(cell, position)
    return ownership.places


class _Ownership:
    """Who owns which name, followed from the top of a notebook down."""

    def __init__(self, students_modules: frozenset[str], touched: dict[str, tuple[str, ...]] | None = None):
        self.students_modules, self.touched = students_modules, touched
        self.read: set[str] = set()  # by functions, or from other cells, in code that the worker runs
        self.students: dict[str, str | None] = {}  # name -> the solution cell it depends on
        self.callers: dict[str, set[str]] = {}  # the instructor's own function -> the students' names it uses
        self.imported: set[str] = set()
        self.borrowed: set[str] = set()  # imported only by solution cells
        self.instructors: set[str] = set()  # bound by given cells and tests
        self.given: set[str] = set()  # bound by the instructor's own statements
        self.changed: set[str] = set()  # judging by the text of the students' cells
        self.places: dict[str, tuple[str, ...]] = {}

    def after(self, cell: SourceCell, position: int) -> SourceCell:
        """The cell with the ownership of its names; the names it binds count from here on."""
        names, theirs = names_of(cell.source), imported_from(cell.source, self.students_modules)
        self.imported |= names.imported - theirs
        if cell.kind == SOLUTION:
            self.borrowed |= names.imported - theirs - self.instructors
        else:
            self.instructors |= names.bound
        if cell.kind == GIVEN:
            self.borrowed -= names.bound
            parts = statements_of(cell.source)
            own = [part for n, part in enumerate(parts) if self._is_own(part, f"{position}.{n}")]
            source = cell.source if len(own) == len(parts) else "\n".join(own)
            return replace(cell, own=source, binds=frozenset(names.bound))
        later = self._later(names)
        needs = _needs(later, self.students)
        if cell.kind == TEST:
            why = f"it imports {', '.join(sorted(theirs))}, which students edit" if theirs else cell.why
            if not theirs and (scripts := sorted(scripts_of(cell.source))):
                why = f"it runs {scripts[0]}, and what that creates is the worker's; run it in a given cell above"
            if readers := sorted(READ_TEXT & (names.loaded | imported_modules(cell.source))):
                why = f"{readers[0]} runs code that it finds in the student's text; write its examples as asserts"
            if meters := sorted(meters_of(cell.source)):
                why = (
                    f"{meters[0]} measures the process in which it is called, and the student's code runs in the worker"
                )
            down = frozenset(names.bound & (self.read | (vars(builtins).keys() - names.imported)))
            borrowed = frozenset(self.borrowed & names.loaded - names.bound)
            self.borrowed -= names.bound
            theirs = self.students.keys() | (HISTORY & names.loaded - names.bound)
            cell = replace(cell, students=frozenset(theirs), down=down, borrowed=borrowed, needs=needs, why=why)
            for name in names.bound:
                self.students.pop(name, None)
                self.callers.pop(name, None)
            return cell
        changed = names.bound | self._changed(names, f"{position}.0")
        self.changed |= names.changed
        mine = dict.fromkeys(changed - names.imported | theirs, cell.name)
        self.students.update(mine)
        self.callers = {name: uses for name, uses in self.callers.items() if name not in mine}
        return replace(cell, binds=frozenset(changed), needs=needs)

    def _later(self, names: Names) -> set[str]:
        """The students' names that are read, directly or through the instructor's functions."""
        return {s for name in names.loaded for s in self.callers.get(name, {name} & self.students.keys())}

    def _is_own(self, statement: str, place: str) -> bool:
        """Whether the judge can run this statement of a given cell itself; its names count from here on."""
        names, theirs = names_of(statement), imported_from(statement, self.students_modules)
        later = self._later(names)
        own = not theirs and names.at_once.isdisjoint(self.students.keys() | self.callers.keys())
        source = next(iter(_needs(later, self.students)), None)
        for name in names.bound:
            self.students.pop(name, None)
            self.callers.pop(name, None)
        if own:
            self.callers.update(dict.fromkeys(names.defined if later else (), later))
            self.given |= names.bound
        else:
            changed = names.bound | self._changed(names, place)
            self.students.update(dict.fromkeys(changed - names.imported | theirs, source))
        return own

    def _changed(self, names: Names, place: str) -> set[str]:
        """The given names whose values the cell or statement at this place changes."""
        looks = names.changed - self.imported
        if watch := self.given & (names.loaded | self.changed) - self.imported - self.students.keys():
            self.places[place] = tuple(sorted(watch))
        if self.touched is None:
            return looks
        return (looks - self.given) | {name for name in self.touched.get(place, ()) if name in self.given}


def _needs(loaded: set[str], students: dict[str, str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cell for name, cell in students.items() if name in loaded and cell))


def is_run(cell: SourceCell) -> bool:
    """Whether it is a cell of Python code; an answer graded by a person may be in another language, or in none."""
    return cell.cell_type == "code" and cell.kind != TEXT and (cell.kind != MANUAL or parses(cell.source))


def is_tagged(metadata: Mapping[str, object], tag: str) -> bool:
    """Whether a cell has a tag; its metadata may come from a student, and contain anything."""
    tags = metadata.get("tags")
    return isinstance(tags, list) and tag in tags


def makers_of(test: SourceCell, earlier: Sequence[SourceCell]) -> list[SourceCell]:
    """The test cells before a test cell that bind a name that it uses, directly or through other cells."""
    wanted, found = set(names_of(test.source).loaded), []
    for cell in reversed(earlier):
        if is_run(cell) and wanted & names_of(cell.source).bound:
            wanted |= names_of(cell.source).loaded
            found += [cell] if cell.kind == TEST else []
    return found


def leading_to(test: SourceCell, earlier: Sequence[SourceCell], variants: Sequence[Variant] = ()) -> list[SourceCell]:
    """The code cells before a test cell that create what it uses, also with a variant in a cell's place.

    Where a test is lent files, they include the cells that name a file which the test names, too.
    """
    wanted, found = set(names_of(test.source).loaded), []
    files = _FILE.findall(test.source) if test.lent else []
    for cell in reversed(earlier):
        if not is_run(cell) or cell.kind == TEST:
            continue
        names = names_of(cell.source)
        if wanted & (names.bound | names.changed) or any(file in cell.source for file in files):
            instead = [names_of(variant.code) for variant in variants if variant.replaces == cell.name]
            wanted.update(*(it.loaded for it in (names, *instead)))
            found.append(cell)
    return found[::-1]
