"""Gradescope: the zip from which it builds an autograder, and the code that this autograder runs.

`make_bundle` packs an assignment, the grader and the course's packages. Gradescope unpacks the zip into
``/autograder/source``, runs ``setup.sh`` once as root, and ``run_autograder`` for each submission; both are rendered
from ``templates/``. The latter calls this module, which grades what is in ``/autograder/submission`` with the same
engine and writes ``/autograder/results/results.json``. The environment variable ``AUTOGRADER_ROOT`` replaces
``/autograder``.

Source: Gradescope's autograder documentation, "Autograder Specifications" and "Submission Metadata".
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import shlex
import sys
import traceback
import zipfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from nbgrader.preprocessors import IncludeHeaderFooter, InstantiateTests
from traitlets.config import Config

from ..course.assignment import Assignment
from ..course.errors import CourseError
from ..course.folders import Course
from ..course.submission import Submission, read_submission
from ..engine.grade import grade
from ..engine.results import GradedSubmission, cell_as_json
from ..grading.preparation import ready_to_grade
from .exports import gradescope_results

ROOT = Path("/autograder")
FAILED = (
    "The grader itself failed, through no fault of yours: this is not your score. Your work is kept; "
    "please tell your instructors, who can have it graded again."
)
# What reading a source notebook depends on, besides our own settings.
_SECTIONS = ("ClearSolutions", "ClearHiddenTests", "ClearMarkScheme", "InstantiateTests")
_LEFT_OUT = {"__pycache__", ".ipynb_checkpoints", ".DS_Store"}
_VERSION = re.compile(r"\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?")  # one that a package index may have
_OWN = "autograder"


# -- on the instructor's machine -----------------------------------------------------------------------------


def make_bundle(course: Course, name: str, output: Path | None = None, unsafe: bool = False) -> Path:
    """Packs an assignment for Gradescope. The zip contains solution and hidden tests: it is for instructors only.

    Args:
        output: the zip to write; if None, ``exports/PS-autograder.zip`` in the course.
        unsafe: whether to grade even if Gradescope's machine offers no sandbox.

    Returns:
        The path of the zip; the same input gives the same bytes.

    Raises:
        CourseError: the assignment cannot be read, or the zip cannot be written.
    """
    assignment = course.assignment(name)
    own = {f"{_OWN}/{path}": text for path, text in _files(Path(__file__).parents[1]).items()}
    taken = {path: text for package in course.settings.packages for path, text in _package(package).items()}
    files = own | taken
    files |= {f"course/source/{name}/{path}": text for path, text in _files(course.path("source", ".", name)).items()}
    autotests = InstantiateTests(config=course.config).autotest_filename
    for kept, packed in (
        (course.root / course.settings.variants / f"{name}.py", f"course/variants/{name}.py"),
        (Path(course.folders.root, autotests), f"course/{autotests}"),
        *((path, f"course/{part}.ipynb") for part, path in _around(course).items()),
    ):
        if kept.is_file():
            files[packed] = kept.read_bytes()
    modules = {module.split(".")[0] for module in assignment.imports}
    for code, everywhere in ((own, False), (taken, True)):
        modules.update(*(imported(text, everywhere) for path, text in code.items() if path.endswith(".py")))
    modules -= {_OWN, *course.settings.packages}
    texts = {
        "course.json": json.dumps(_settings(course, assignment, unsafe), indent=1),
        "requirements.txt": _lines(requirements(modules)),
        "constraints.txt": _lines(f"{name}=={version}" for name, version in installed().items()),
        "failed.json": json.dumps({"score": 0.0, "output": FAILED, "stdout_visibility": "hidden"}, indent=1),
        "setup.sh": _rendered("gradescope_setup.sh.j2", index=os.environ.get("PIP_EXTRA_INDEX_URL", "")),
        "run_autograder": _rendered("gradescope_run.j2"),
    }
    files |= {path: text.encode() for path, text in texts.items()}
    path = output or course.root / "exports" / f"{name}-autograder.zip"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for inside, content in sorted(files.items()):
                entry = zipfile.ZipInfo(inside)  # dated 1980, so that the same input gives the same bytes
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = (0o755 if inside in ("setup.sh", "run_autograder") else 0o644) << 16
                archive.writestr(entry, content)
    except OSError as error:
        raise CourseError(
            f"{path}: the zip cannot be written ({error.strerror}); name another file with --output"
        ) from None
    return path


def points(assignment: Assignment) -> tuple[float, float]:
    """Points from the tests, and points from people, which Gradescope keeps separate."""
    tests = sum(cell.points for notebook in assignment.notebooks for cell in notebook.tests())
    return tests, assignment.max_score - tests


def _settings(course: Course, assignment: Assignment, unsafe: bool) -> dict:
    own = {key: getattr(course.settings, key) for key in course.settings.trait_names(config=True)}
    sections = {section: dict(course.config[section]) for section in _SECTIONS if course.config[section]}
    return {
        "assignment": assignment.name,
        "unsafe": unsafe,
        "config": {
            **sections,
            "Autograder": {**own, "variants": "variants"},
            "CourseDirectory": {"ignore": list(assignment.ignore)},
            "Autograde": {"exclude_overwriting": {assignment.name: sorted(assignment.students_files)}},
            "Execute": {"skip_cells_with_tag": assignment.notebooks[0].skipped_tag},
            "IncludeHeaderFooter": {part: f"{part}.ipynb" for part in _around(course)},
        },
    }


def _around(course: Course) -> dict[str, Path]:
    """The notebooks whose cells come before and after those of each notebook: "header", "footer" -> file."""
    step = IncludeHeaderFooter(config=course.config)
    parts = {"header": step.header, "footer": step.footer} if step.enabled else {}
    return {part: Path(course.folders.root, path) for part, path in parts.items() if path}


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _LEFT_OUT & set(path.parts)
    }


def _package(name: str) -> dict[str, bytes]:
    spec = importlib.util.find_spec(name)
    if spec is None:
        raise CourseError(f"the package {name!r} of Autograder.packages cannot be imported here")
    if not spec.submodule_search_locations:
        return {f"{name}.py": Path(spec.origin or "").read_bytes()}
    folders = map(Path, spec.submodule_search_locations)
    return {f"{name}/{path}": text for folder in folders for path, text in _files(folder).items()}


def imported(code: bytes, everywhere: bool) -> set[str]:
    """The top-level modules that code imports: anywhere in it, or only when the module itself is imported."""
    tree = ast.parse(code)
    found: set[str] = set()
    for node in ast.walk(tree) if everywhere else tree.body:
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def installed() -> dict[str, str]:
    """Distribution -> version, of everything that is installed here in a version that an index may have."""
    found: dict[str, str] = {}
    for distribution in metadata.distributions():
        version = (distribution.version or "").split("+")[0]
        if _VERSION.fullmatch(version) and distribution.name:
            found.setdefault(re.sub(r"[-_.]+", "-", distribution.name).lower(), version)
    return dict(sorted(found.items()))


def requirements(modules: Iterable[str]) -> list[str]:
    """The distributions that provide these modules, in the versions of this machine."""
    known, versions = metadata.packages_distributions(), installed()
    names = {re.sub(r"[-_.]+", "-", name).lower() for module in modules for name in known.get(module, ())}
    return [f"{name}=={versions[name]}" for name in sorted(names & versions.keys())]


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _rendered(template: str, **values: str) -> str:
    environment = Environment(
        loader=PackageLoader("autograder.reporting"),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["quote"] = shlex.quote
    return environment.get_template(template).render(**values)


# -- on Gradescope's machine ---------------------------------------------------------------------------------


def main(arguments: list[str]) -> None:
    """``prepare`` runs the reference once, when the image is built; without it, one submission is graded.

    Errors are printed for instructors, and leave the results.json that ``run_autograder`` put there first.
    """
    root = Path(os.environ.get("AUTOGRADER_ROOT", ROOT))
    settings = json.loads((root / "source" / "course.json").read_text(encoding="utf-8"))
    course = Course(root / "source" / "course", Config(settings["config"]))
    assignment, slot = ready_to_grade(course, settings["assignment"], settings["unsafe"])
    with slot:
        if arguments == ["prepare"]:
            print(f"{assignment.name}: the reference runs here; ready to grade")
            return
        graded = grade(assignment, submitted(root), slot)
    results = gradescope_results(_as_row(graded, assignment))
    path = root / "results" / "results.json"
    path.with_suffix(".new").write_text(json.dumps(results, indent=1), encoding="utf-8")
    path.with_suffix(".new").replace(path)
    for cell in graded.cells:
        print(f"{cell.cell}: {cell.outcome} {cell.score} of {cell.max_score}  {cell.message}")
    print(*graded.notes, sep="\n")


def submitted(root: Path) -> Submission:
    """The submission: the topmost folder that contains a notebook, since zips often contain a folder."""
    folder = root / "submission"
    found = [
        path.parent
        for path in sorted(folder.rglob("*.ipynb"))
        if not _LEFT_OUT & set(path.parts) and "__MACOSX" not in path.parts and not path.is_symlink()
    ]
    return read_submission(min(found, key=lambda path: len(path.parts), default=folder), _who(root))


def _who(root: Path) -> str:
    try:
        users = json.loads((root / "submission_metadata.json").read_text(encoding="utf-8"))["users"]
        return ", ".join(str(user.get("email") or user.get("name") or user.get("id")) for user in users)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ""


def _as_row(graded: GradedSubmission, assignment: Assignment) -> dict:
    """The entry of the class data. Answers for a person to grade have no points here, written or not."""
    tests = {(notebook.name, cell.name) for notebook in assignment.notebooks for cell in notebook.tests()}
    cells = [cell_as_json(cell) for cell in graded.cells]
    return {
        "student": graded.student,
        "score": graded.score,
        "late_penalty": 0.0,  # Gradescope has its own
        "seconds": graded.seconds,
        "isolated": graded.isolated,
        "unsafe": graded.unsafe,
        "notes": list(graded.notes),
        "cells": [cell if (cell["notebook"], cell["cell"]) in tests else {**cell, "score": None} for cell in cells],
    }


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Exception as error:
        print(f"the grader failed: {error}")
        if not isinstance(error, CourseError):
            traceback.print_exc(file=sys.stdout)
        sys.exit(1)
