"""The engine as an nbgrader plugin: a preprocessor that replaces ``Execute``.

``nbgrader autograde`` and formgrader's button then grade with the same function as ``autograder grade``; late
penalties, manual grading, feedback and exports remain nbgrader's own. In ``nbgrader_config.py``:

    c.Autograde.sanitize_preprocessors = autograder.nbgrader_plugin.SANITIZERS
    c.Autograde.autograde_preprocessors = autograder.nbgrader_plugin.PREPROCESSORS
    c.Autograde.pre_convert_hook = "autograder.nbgrader_plugin.adopt_renamed"
"""

from __future__ import annotations

import atexit
import copy
import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    IgnorePattern,
    LimitOutput,
    NbGraderPreprocessor,
    SaveAutoGrades,
)
from traitlets.config import Application, Config

from .course.assignment import Assignment
from .course.folders import Course, has_configuration
from .course.submission import Submission, find_notebook, read_submission
from .engine.clerk_link import Clerk
from .engine.grade import grade
from .engine.results import with_record
from .engine.slot import Slot
from .grading.preparation import ready_to_grade, said_of_reference


class IsolatedExecute(NbGraderPreprocessor):
    """Grades a notebook with worker and judge instead of running it in a kernel."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Returns the graded notebook, in whose outputs nbgrader finds the scores."""
        where = resources["nbgrader"]
        root = Path.cwd()  # nbgrader converts in the course's root
        course, assignment, slot = _ready(str(root), where["assignment"], _stamp(root, where["assignment"]))
        folder = course.path("submitted", where["student"], where["assignment"])
        if folder.is_dir():
            submission = read_submission(folder, where["student"])
        else:
            submission = Submission(where["student"], {where["notebook"]: nbformat.writes(nb)})
        assignment = _only(assignment, where["notebook"])
        for line in said_of_reference(assignment):
            self.log.warning(line)
        graded = grade(assignment, submission, slot)
        if graded.broken:
            broken = next(cell for cell in graded.cells if cell.outcome == "grader_error")
            raise RuntimeError(f"{broken.cell}: {broken.message}")
        for note in graded.notes:
            self.log.warning("%s: %s", where["student"], note)
        name = where["notebook"]
        return nbformat.from_dict(json.loads(with_record(graded.notebooks[name], name, graded))), resources


SANITIZERS = [ClearOutput]  # the engine itself restores locked cells, duplicate ids and cell types
PREPROCESSORS = [
    IsolatedExecute,
    IgnorePattern,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]


def adopt_renamed(assignment: str, student: str, notebooks: list[str]) -> None:
    """nbgrader's hook before it converts a submission: a notebook under another name that contains the assignment's
    cells is copied beside itself under the right name, so that nbgrader does not skip it."""
    folder = Path(notebooks[0]).parent
    course = _course(Path.cwd())
    submission = read_submission(folder, folder.name)
    _, _, slot = _ready(str(course.root), assignment, _stamp(course.root, assignment))
    for source in course.assignment(assignment).notebooks:
        with Clerk(slot) as clerk:
            found = find_notebook(source, submission, clerk.read)
        if found and source.name not in submission.notebooks:
            target = folder / f"{source.name}.ipynb"
            target.unlink(missing_ok=True)  # a link; otherwise it would have been found under its own name
            with target.open("x", encoding="utf-8", errors="replace") as file:
                file.write(found[1])
            notebooks.append(str(target))


def _course(root: Path) -> Course:
    """The course in a folder, with the command-line options of nbgrader's command, or of formgrader's server."""
    course = Course(root, None if has_configuration(root) else Config())
    if not (told := _told()):
        return course
    config = copy.deepcopy(course.config)
    config.merge(told)
    return Course(root, config)


def _told() -> Config:
    return copy.deepcopy(Application.instance().cli_config) if Application.initialized() else Config()


def _stamp(root: Path, name: str) -> str:
    """Changes when the assignment's source does, so that a long-running formgrader prepares it again."""
    folder = _course(root).path("source", ".", name)
    return json.dumps([(str(p), p.stat().st_mtime_ns) for p in sorted(folder.rglob("*")) if p.is_file()])


@lru_cache(maxsize=1)
def _ready(root: str, name: str, stamp: str) -> tuple[Course, Assignment, Slot]:
    course = _course(Path(root))
    assignment, slot = ready_to_grade(course, name)
    atexit.register(slot.close)
    return course, assignment, slot


def _only(assignment: Assignment, notebook: str) -> Assignment:
    notebooks = tuple(nb for nb in assignment.notebooks if nb.name == notebook)
    return replace(assignment, notebooks=notebooks)
