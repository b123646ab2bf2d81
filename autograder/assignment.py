"""An assignment as its instructor wrote it, and a submission as its student left it.

`read_assignment` takes any nbgrader source folder; `merge` lays a submitted notebook over the source one, so that
locked cells are as released, test cells are the instructor's, and only the student's own cells are the student's.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import json
import re
import symtable
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import nbformat
from nbgrader.nbgraderformat import MetadataValidator, ValidationError
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions, InstantiateTests

from .judge import transform

GIVEN, SOLUTION, TEST, MANUAL, TEXT = "given", "solution", "test", "manual", "text"
MAX_NOTEBOOK, MAX_CELLS, MAX_SOURCE = 64 << 20, 2000, 500_000  # characters, cells, characters in a cell
_IGNORED_FILES = {".ipynb_checkpoints", "__pycache__", ".DS_Store", "timestamp.txt", "feedback"}


class CourseError(Exception):
    """Bad input from the instructor's side: the message names the file or cell and the way out."""


class Unreadable(Exception):
    """A submitted notebook that cannot be read; the message is for the student."""


@dataclass(frozen=True)
class SourceCell:
    """One cell of the instructor's notebook.

    ``source`` is the instructor's text and ``release`` what the student was given. For test cells: ``students``
    are the names that belong to the student there, ``needs`` the solution cells it depends on, ``hidden`` the
    lines within hidden regions; ``isolated`` and ``mutates`` are found out by running the reference.
    """

    kind: str
    name: str | None
    cell_type: str
    source: str
    release: str
    metadata: dict
    points: float = 0.0
    locked: bool = False
    binds: frozenset[str] = frozenset()
    own: bool = False  # a given cell that the judge can run by itself
    students: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()
    hidden: frozenset[int] = frozenset()
    isolated: bool = True
    mutates: bool | None = None
    why: str = ""  # why it is not isolated


@dataclass(frozen=True)
class SourceNotebook:
    name: str
    cells: tuple[SourceCell, ...]
    metadata: dict
    expected: dict[str, list[str]] | None = None
    modules: tuple[str, ...] = ()

    def cell(self, name: str) -> SourceCell:
        return next(cell for cell in self.cells if cell.name == name)

    def tests(self) -> list[SourceCell]:
        return [cell for cell in self.cells if cell.kind == TEST]


@dataclass(frozen=True)
class Variant:
    """Code that takes the place of one solution cell: a named mistake, or an alternative right solution."""

    kind: str  # "mistake" or "alternative"
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
    folder: str = ""

    @property
    def max_score(self) -> float:
        return sum(cell.points for nb in self.notebooks for cell in nb.cells)

    @property
    def imports(self) -> list[str]:
        """Modules that the instructor's notebooks import; the template has them ready."""
        found = set()
        for notebook in self.notebooks:
            found.update(notebook.modules)
            for cell in notebook.cells:
                if cell.cell_type == "code":
                    found.update(_imported_modules(cell.source))
        return sorted(found)

    def fingerprint(self) -> str:
        """Changes with whatever could change a score, or what is said of it."""
        cells = [
            [nb.name, [[c.source, c.points, c.name, c.kind, c.metadata.get("tags")] for c in nb.cells]]
            for nb in self.notebooks
        ]
        digest = hashlib.sha256((json.dumps(cells) + repr(self.variants)).encode())
        for path, content in sorted(self.files.items()):
            digest.update(path.encode() + b"\0" + content)
        return digest.hexdigest()


@dataclass(frozen=True)
class Submission:
    """What one student handed in: notebooks as raw text by name, other files by path."""

    student: str
    notebooks: dict[str, str]
    files: dict[str, bytes] = field(default_factory=dict)


# -- reading -----------------------------------------------------------------------------------------------


def read_assignment(folder: Path, name: str, config=None) -> Assignment:
    """Reads an nbgrader source folder. Raises CourseError, naming the file and the way out."""
    folder = Path(folder)
    if not folder.is_dir():
        raise CourseError(f"{folder}: there is no such source folder; write the assignment there first")
    paths = sorted(folder.glob("*.ipynb"))
    if not paths:
        raise CourseError(f"{folder}: no notebook (*.ipynb) in this folder; an assignment needs at least one")
    notebooks = tuple(_read_source(path, config) for path in paths)
    return Assignment(name, notebooks, read_files(folder), folder=str(folder))


def read_submission(folder: Path, student: str) -> Submission:
    """Reads a submitted folder as it is; what cannot be read is found out when it is graded."""
    found = [path for path in sorted(folder.glob("*.ipynb")) if path.is_file() and not path.is_symlink()]
    return Submission(student, {path.stem: _read_text(path) for path in found}, read_files(folder))


def _read_text(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(MAX_NOTEBOOK + 1)


def read_files(folder: Path, limit: int = 64 << 20) -> dict[str, bytes]:
    """All regular files below a folder but notebooks and droppings; links are not followed."""
    files: dict[str, bytes] = {}
    total = 0
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_symlink() or not path.is_file() or _IGNORED_FILES & set(parts) or path.suffix == ".ipynb":
            continue
        if any((folder / Path(*parts[:i])).is_symlink() for i in range(1, len(parts))):
            continue
        total += path.stat().st_size
        if total > limit:
            break
        files["/".join(parts)] = path.read_bytes()
    return files


def _read_source(path: Path, config) -> SourceNotebook:
    try:
        nb = nbformat.read(path, as_version=4)
    except Exception as error:
        raise CourseError(
            f"{path}: not a readable notebook ({_first_line(error)}); open it in JupyterLab and save it"
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
            f"{path}: {_first_line(error)}; mend the cell in nbgrader's Create Assignment sidebar"
        ) from None
    except Exception as error:
        raise CourseError(
            f"{path}: {_first_line(error)}; `nbgrader update {path}` brings old metadata up to date"
        ) from None
    if not any(_meta(cell).get("grade") or _meta(cell).get("task") for cell in nb.cells):
        raise CourseError(
            f"{path}: no nbgrader cell in this notebook; mark tests and answers in nbgrader's Create Assignment sidebar"
        )
    try:  # autotest directives become plain asserts; a notebook without any is left alone
        nb, _ = InstantiateTests(config=config).preprocess(nb, {"metadata": {"path": str(path.parent)}})
    except Exception as error:
        raise CourseError(f"{path}: autotests could not be made ({_first_line(error)}); see autotests.yml") from None
    try:
        release = ClearSolutions(config=config).preprocess(copy.deepcopy(nb), {})[0]
        release = ClearHiddenTests(config=config).preprocess(release, {})[0]
    except Exception as error:
        raise CourseError(f"{path}: {_first_line(error)}") from None
    cells = tuple(_source_cell(cell, given) for cell, given in zip(nb.cells, release.cells, strict=True))
    return SourceNotebook(path.stem, _who_owns_what(path, cells), dict(nb.metadata))


def _meta(cell) -> dict:
    return cell.metadata.get("nbgrader") or {}


def _source_cell(cell, release) -> SourceCell:
    meta = _meta(cell)
    grade, solution, task = (bool(meta.get(key)) for key in ("grade", "solution", "task"))
    if task or (grade and (solution or cell.cell_type != "code")):
        kind = MANUAL
    elif grade:
        kind = TEST
    elif solution and cell.cell_type == "code":
        kind = SOLUTION
    else:
        kind = GIVEN if cell.cell_type == "code" else TEXT
    points = float(meta.get("points") or 0) if grade or task else 0.0
    locked = bool(meta.get("locked") or grade) and not solution
    hidden = _hidden_lines(cell.source) if kind == TEST else frozenset()
    name = meta.get("grade_id") if grade or solution or task or locked else None
    return SourceCell(
        kind,
        name,
        cell.cell_type,
        cell.source,
        release.source,
        dict(cell.metadata),
        points,
        locked,
        hidden=hidden,
    )


def _hidden_lines(source: str) -> frozenset[int]:
    hidden, inside = set(), False
    for number, line in enumerate(source.split("\n"), 1):
        if ClearHiddenTests.begin_test_delimeter.default_value in line:
            inside = True
        if inside:
            hidden.add(number)
        if ClearHiddenTests.end_test_delimeter.default_value in line:
            inside = False
    return frozenset(hidden)


def _who_owns_what(path: Path, cells: tuple[SourceCell, ...]) -> tuple[SourceCell, ...]:
    """Decides, cell by cell, which names are the student's and which the instructor's own.

    What a solution cell binds or changes is the student's, and so is what a given cell makes out of it. A given cell
    that uses the student's names in functions only is the instructor's own: the judge calls what the functions
    call. Imports are the instructor's wherever they stand.
    """
    students: dict[str, str | None] = {}  # name -> the solution cell it depends on
    callers: dict[str, set[str]] = {}  # the instructor's own function -> the students' names it uses when called
    imported: set[str] = set()
    result = []
    for cell in cells:
        if cell.cell_type != "code" or cell.kind == TEXT:
            result.append(cell)
            continue
        try:
            names = names_of(cell.source)
        except SyntaxError as error:
            raise CourseError(
                f"{path}: cell {cell.name or cell.source[:30]!r} is not valid Python: {error.msg}"
            ) from None
        imported |= names.imported
        changed = names.bound | names.changed - imported
        later = {s for name in names.loaded for s in callers.get(name, {name} & students.keys())}
        if cell.kind in (SOLUTION, MANUAL):
            cell = replace(cell, binds=frozenset(changed), needs=_needs(later, students))
            mine = dict.fromkeys(changed - names.imported, cell.name)
            students.update(mine)
            callers = {name: uses for name, uses in callers.items() if name not in mine}
        elif cell.kind == GIVEN:
            own = not later or not names.at_once & (students.keys() | callers.keys() | names.defined)
            source = next(iter(_needs(later, students)), None)
            for name in names.bound:
                students.pop(name, None)
                callers.pop(name, None)
            if own:
                callers.update(dict.fromkeys(names.defined if later else (), later))
            else:
                students.update(dict.fromkeys(changed - names.imported, source))
            cell = replace(cell, own=own, binds=frozenset(names.bound))
        else:
            cell = replace(cell, students=frozenset(students), needs=_needs(later, students))
            for name in names.bound:
                students.pop(name, None)
                callers.pop(name, None)
        result.append(cell)
    return tuple(result)


def _needs(loaded: set[str], students: dict[str, str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cell for name, cell in students.items() if name in loaded and cell))


@dataclass
class Names:
    """The global names that a cell binds, changes in place, reads and imports.

    ``defined`` are the functions and classes among the bound ones; ``at_once`` are the names that are read when the
    cell runs, and not only when its functions are called.
    """

    bound: set[str]
    changed: set[str]
    loaded: set[str]
    imported: set[str]
    defined: set[str]
    at_once: set[str]


@cache
def names_of(source: str) -> Names:
    """Finds the names by reading the syntax tree. Raises SyntaxError."""
    code = transform(source)
    tree = ast.parse(code)
    table = symtable.symtable(code, "<cell>", "exec")
    names = Names(set(), set(), _globals_read(table), set(), set(), _globals_read(table, at_once=True))
    for statement in tree.body:
        _bindings(statement, names)
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.defined.add(statement.name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            names.bound.update(node.names)
        elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            _change(node, names)
        elif (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Attribute)
        ):
            _change(node.value.func, names)
    names.changed &= names.loaded
    return names


def leading_to(test: SourceCell, earlier: Sequence[SourceCell], variants: Sequence[Variant] = ()) -> list[SourceCell]:
    """Of the code cells before a test cell, those that make what it uses, also with a variant in a cell's place."""
    wanted, found = set(names_of(test.source).loaded), []
    for cell in reversed(earlier):
        if cell.cell_type != "code" or cell.kind in (TEST, TEXT):
            continue
        names = names_of(cell.source)
        if wanted & (names.bound | names.changed):
            instead = [names_of(variant.code) for variant in variants if variant.replaces == cell.name]
            wanted.update(*(it.loaded for it in (names, *instead)))
            found.append(cell)
    return found[::-1]


def _globals_read(table: symtable.SymbolTable, at_once: bool = False) -> set[str]:
    top = table.get_type() == "module"
    read = {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
    inner = [
        t for t in table.get_children() if not at_once or t.get_type() == "class" or t.get_name() in _COMPREHENSIONS
    ]
    return read.union(*(_globals_read(t, at_once) for t in inner))


_COMPREHENSIONS = ("listcomp", "setcomp", "dictcomp", "genexpr")


def _bindings(node: ast.AST, names: Names) -> None:
    """Collects what a statement binds at module level, without entering functions and classes."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        names.bound.add(node.name)
        return
    if isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return
    if isinstance(node, ast.Import | ast.ImportFrom):
        found = {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        names.bound |= found
        names.imported |= found
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
        names.bound.add(node.id)
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        names.bound.add(node.name)
    for child in ast.iter_child_nodes(node):
        _bindings(child, names)


def _change(node: ast.AST, names: Names) -> None:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        names.changed.add(node.id)


@cache
def imports_of(source: str) -> str:
    """The import statements of a cell, at its top level, as source."""
    return "\n".join(
        ast.unparse(s) for s in ast.parse(transform(source)).body if isinstance(s, ast.Import | ast.ImportFrom)
    )


def _imported_modules(source: str) -> set[str]:
    modules = set()
    try:
        tree = ast.parse(transform(source))
    except SyntaxError:
        return modules
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.add(node.module)
    return modules


# -- submissions -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MergedCell:
    """One cell of the notebook that is graded: the student's text, or the source cell that stands in its place."""

    cell_type: str
    source: str
    metadata: dict
    origin: SourceCell | None = None
    missing: bool = False


def parse_notebook(text: str, name: str) -> nbformat.NotebookNode:
    """A submitted notebook. Raises Unreadable with a message for the student."""
    try:
        if len(text) > MAX_NOTEBOOK:
            raise ValueError(f"it is larger than {MAX_NOTEBOOK >> 20} MB")
        nb = nbformat.convert(nbformat.reader.reads(text), 4)  # what is not of the form is told below, or left out
        if len(nb.cells) > MAX_CELLS:
            raise ValueError(f"it has more than {MAX_CELLS} cells")
        nb.cells = [_what_counts(cell) for cell in nb.cells]
        return nb
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
    except nbformat.reader.NotJSONError:
        where = _where_json_breaks(text)
    except RecursionError:
        where = "it is nested too deeply"
    except Exception as error:
        where = _first_line(error)
    raise Unreadable(
        f"{name}.ipynb could not be read as a notebook ({where}). "
        "Open it in JupyterLab: if it opens, save it and submit it again; if not, go back to an earlier copy."
    )


def _where_json_breaks(text: str) -> str:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"not JSON: line {error.lineno}, column {error.colno}"
    return "not JSON"


def _what_counts(cell) -> nbformat.NotebookNode:
    """Of a submitted cell its type, its text, and which cell of the assignment it says it is; nothing else."""
    kind, source, metadata = cell.cell_type, cell.source, cell.get("metadata")
    if kind not in ("code", "markdown", "raw"):
        raise ValueError("a cell has an unknown type")
    if not isinstance(source, str):
        raise ValueError("a cell's source is not text")
    if len(source) > MAX_SOURCE:
        raise ValueError(f"a cell is longer than {MAX_SOURCE:,} characters")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = marks.get("grade_id") if isinstance(marks, dict) else None
    source = source.encode("utf-8", "replace").decode()  # half a surrogate pair can be in no file
    marks = {"nbgrader": {"grade_id": name}} if isinstance(name, str) else {}
    return nbformat.from_dict({"cell_type": kind, "source": source, "metadata": marks})


def find_notebook(source: SourceNotebook, submission: Submission) -> tuple[str, str] | None:
    """The submitted notebook for a source notebook: by name, else the one that carries its cells.

    Returns (name, text), or None where there is none.
    """
    if source.name in submission.notebooks:
        return source.name, submission.notebooks[source.name]
    wanted = {cell.name for cell in source.cells if cell.name}
    best, most = None, 0
    for name, text in submission.notebooks.items():
        found = sum(f'"{grade_id}"' in text for grade_id in wanted)
        if found > most:
            best, most = (name, text), found
    return best if most * 2 >= len(wanted) else None


def merge(source: SourceNotebook, submitted: nbformat.NotebookNode | None) -> list[MergedCell]:
    """Lays a submitted notebook over the source one.

    Of a cell that stands there twice the last one counts (nbgrader's rule). Locked cells and test cells are the
    source's, cell types too; test cells that were deleted come back after the cell they followed.
    """
    known = {cell.name: cell for cell in source.cells if cell.name}
    merged: list[MergedCell] = []
    seen: set[str] = set()
    for cell in reversed(submitted.cells if submitted else []):
        meta = cell.metadata.get("nbgrader")
        name = meta.get("grade_id") if isinstance(meta, dict) else None
        origin = known.get(name) if isinstance(name, str) and name not in seen else None
        if origin is None:
            metadata = {key: value for key, value in cell.metadata.items() if key != "nbgrader"}
            merged.append(MergedCell(cell.cell_type, cell.source, metadata))
            continue
        seen.add(name)
        text = origin.source if origin.locked else cell.source
        merged.append(MergedCell(origin.cell_type, text, origin.metadata, origin))
    merged.reverse()
    for position, cell in enumerate(source.cells):
        if cell.name in seen or not cell.name or cell.kind == SOLUTION:
            continue
        before = [c.name for c in source.cells[:position] if c.name in seen]
        anchor = next((i for i, m in enumerate(merged) if m.origin and before and m.origin.name == before[-1]), None)
        where = len(merged) if anchor is None else anchor + 1
        merged.insert(where, MergedCell(cell.cell_type, cell.release, cell.metadata, cell, missing=True))
        seen.add(cell.name)
    return merged


def untouched(cell: MergedCell) -> bool:
    """Whether the student left a cell as it was released."""
    return cell.origin is not None and _squeeze(cell.source) == _squeeze(cell.origin.release)


def _squeeze(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
