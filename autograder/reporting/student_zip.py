"""The zip for students: the release and everything that its notebooks import from the course.

``release/PS`` alone runs only inside the course. The zip adds the course's modules that the notebooks import
(with what these import in turn), a requirements.txt, and START.html, which says how to begin. The packages are
beside the notebook, where Python looks first, and where a folder ``utils`` takes precedence over a file ``utils.py``.

A module may include data: its function ``_autograder_pack(folder)`` is called with the folder of the module's copy.
Before the zip is written, the reference is run in it.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path

import nbformat
from jinja2 import Environment, PackageLoader, StrictUndefined

from ..course.assignment import TEST, Assignment
from ..course.errors import CourseError
from ..course.folders import Course
from ..course.names import imported_modules
from ..grading.verify import find_leaks

PACK = "_autograder_pack"
_LEFT_OUT = {"__pycache__", ".ipynb_checkpoints", ".DS_Store"}
_OWN = "autograder"
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((\.\./[^)\s]*)\)")
_FENCE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Runs notebooks cell by cell in their folder, and writes which modules were loaded; a failed import ends it.
_TRIAL = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell

sys.path.insert(0, "")
cells, answer = json.load(open(sys.argv[1], encoding="utf-8")), sys.argv[2]
shell = InteractiveShell.instance()
failed = ""
for source in cells:
    error = shell.run_cell(source, silent=True).error_in_exec
    if isinstance(error, (ImportError, FileNotFoundError)):
        failed = f"{type(error).__name__}: {error.__cause__ or error}"
        break
json.dump({"failed": failed, "modules": sorted(sys.modules)}, open(answer, "w", encoding="utf-8"))
"""


def make_student_zip(course: Course, assignment: Assignment, release: Path, output: Path | None = None) -> Path:
    """Packs a release for students who do not have the course's files.

    Args:
        release: the folder of the release.
        output: the zip to write; if None, ``exports/PS.zip`` in the course.

    Returns:
        The path of the zip.

    Raises:
        CourseError: a module of the course cannot be found, the notebooks do not run in the zip, the zip would reveal
            a solution or a hidden test, or it cannot be written.
    """
    path = output or course.root / "exports" / f"{assignment.name}.zip"
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, assignment.name)
        folder.mkdir()
        packed = _fill(folder, course, release)
        wanted = _requirements(folder, assignment, packed)
        (folder / "requirements.txt").write_text("".join(f"{name}\n" for name in wanted), encoding="utf-8")
        (folder / "START.html").write_text(_start(assignment, wanted), encoding="utf-8")
        if leaks := find_leaks(assignment, folder):
            raise CourseError(f"{path.name} was not made, since it would show {'; '.join(leaks[:3])}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, folder)
        except OSError as error:
            raise CourseError(f"{path}: the zip cannot be written ({error.strerror})") from None
    return path


def _fill(folder: Path, course: Course, release: Path) -> set[str]:
    """Copies the release and the course's modules; returns the modules' names."""
    own: set[str] = set()
    wanted: set[str] = set()
    for file in _files(release):
        target = folder / file.relative_to(release)
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".ipynb":
            nb = nbformat.read(file, as_version=4)
            for cell in nb.cells:
                if cell.cell_type == "markdown":  # links to what is not in the zip become plain text
                    cell.source = _LINK.sub(r"\1", cell.source)
                elif cell.cell_type == "code":
                    wanted |= _imports(cell.source)
            nbformat.write(nb, target)
        else:
            target.write_bytes(file.read_bytes())
            own.add(file.relative_to(release).parts[0].removesuffix(".py"))
            wanted |= _imports(file.read_text(encoding="utf-8")) if file.suffix == ".py" else set()
    packed: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name in packed or name.split(".")[0] in own or not (source := _of_the_course(name, course)):
            continue
        packed.add(name)
        wanted |= _take(name, source, folder)
    return packed


def _files(folder: Path) -> list[Path]:
    return [file for file in sorted(folder.rglob("*")) if file.is_file() and not _LEFT_OUT & set(file.parts)]


def _of_the_course(name: str, course: Course) -> Path | None:
    """The file of a module that no package index has: in the course's packages, below its root, or the explainer's."""
    top, *parts = name.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        spec = None
    if spec is None or spec.origin is None or top in sys.stdlib_module_names:
        if top in course.settings.packages:
            raise CourseError(f"the package {top!r} of Autograder.packages cannot be imported here")
        return None
    origin = Path(spec.origin)
    here = origin.is_relative_to(course.root) and "site-packages" not in origin.parts
    if not (top in course.settings.packages or top == _OWN or here):
        return None
    if not parts:
        return origin
    at = origin.parent.joinpath(*parts)
    for file in (at.with_name(f"{at.name}.py"), at / "__init__.py"):
        if file.is_file():
            return file
    return None


def _take(name: str, source: Path, folder: Path) -> set[str]:
    """Copies a module, the files beside it that it names, and its data; returns its imports."""
    package = source.name == "__init__.py"
    inside = Path(*name.split("."))
    target = folder / (inside / "__init__.py" if package else inside.with_suffix(".py"))
    target.parent.mkdir(parents=True, exist_ok=True)
    text = source.read_text(encoding="utf-8")
    target.write_text(text, encoding="utf-8")
    for file in source.parent.iterdir():
        if package or "." in name:  # a single module is beside the whole course
            if file.is_file() and file.suffix not in (".py", ".pyc") and file.name in text:
                (target.parent / file.name).write_bytes(file.read_bytes())
    if re.search(rf"^def {PACK}\(", text, re.MULTILINE):
        getattr(importlib.import_module(name), PACK)(target.parent)
    parents = {name.rsplit(".", 1)[0]} if "." in name else set()
    return parents | _imports(text, name if package else name.rpartition(".")[0])


def _imports(source: str, package: str = "") -> set[str]:
    """The modules that code imports anywhere, including those of ``from package import module``."""
    found = imported_modules(source)
    try:
        tree = ast.parse(source)
    except SyntaxError:  # from a cell with IPython's own commands
        return found
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *filter(None, [node.module])])
                found.add(base)
            found.update(f"{base}.{alias.name}" for alias in node.names)
    return found


def _requirements(folder: Path, assignment: Assignment, packed: set[str]) -> list[str]:
    """The distributions to install: those imported by the notebooks and the packed modules that a run really loads.

    Raises CourseError if the reference cannot be run in the folder.
    """
    loaded, named, offered = _trial(folder, assignment), set[str](), set[str]()
    for file in _files(folder):
        if file.suffix == ".py":
            named |= _imports(file.read_text(encoding="utf-8"))
        elif file.suffix == ".ipynb":
            for cell in nbformat.read(file, as_version=4).cells:
                if cell.cell_type == "code":
                    named |= _imports(cell.source)
                else:  # what the text says to run
                    for code in _FENCE.findall(cell.source):
                        offered |= _imports(code)
    tops = {name.split(".")[0] for name in named & loaded | offered} - {name.split(".")[0] for name in packed}
    known = metadata.packages_distributions()
    found = {known[top][0].lower().replace("_", "-") for top in tops - sys.stdlib_module_names if top in known}
    return sorted({"jupyterlab"} | found)


def _trial(folder: Path, assignment: Assignment) -> set[str]:
    """Runs the reference, and the tests as released, beside the packed files; returns the loaded modules."""
    cells = [
        cell.release if cell.kind == TEST else cell.source
        for notebook in assignment.notebooks
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    with tempfile.TemporaryDirectory() as elsewhere:
        asked, answer = Path(elsewhere, "cells.json"), Path(elsewhere, "answer.json")
        asked.write_text(json.dumps(cells), encoding="utf-8")
        left_behind = set(_files(folder))
        ended = subprocess.run(
            [sys.executable, "-I", "-B", "-c", _TRIAL, str(asked), str(answer)],
            cwd=folder, capture_output=True, text=True,
        )  # fmt: skip
        if not answer.is_file():
            why = (ended.stderr.strip().splitlines() or [f"exit {ended.returncode}"])[-1]
            raise CourseError(f"the reference does not run in the zip: {why}")
        told = json.loads(answer.read_text(encoding="utf-8"))
    for file in set(_files(folder)) - left_behind:
        file.unlink()
    if told["failed"]:
        raise CourseError(f"the reference does not run with only the zip: {told['failed']}")
    return set(told["modules"])


def _start(assignment: Assignment, wanted: list[str]) -> str:
    environment = Environment(loader=PackageLoader("autograder.reporting"), undefined=StrictUndefined, autoescape=True)
    title = next((found[1] for nb in assignment.notebooks for c in nb.cells if (found := _heading(c.source))), None)
    return environment.get_template("start.html.j2").render(
        name=assignment.name,
        title=title or assignment.name,
        notebooks=[f"{notebook.name}.ipynb" for notebook in assignment.notebooks],
        wanted=wanted,
        python=".".join(map(str, sys.version_info[:2])),
    )


def _heading(source: str) -> re.Match[str] | None:
    return re.match(r"# +(.+)", source)


def _write(path: Path, folder: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in _files(folder):
            entry = zipfile.ZipInfo(
                file.relative_to(folder.parent).as_posix()
            )  # dated 1980: the same input, the same bytes
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, file.read_bytes())
