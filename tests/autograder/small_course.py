"""A small course for the grader's tests, and the real commands to run in it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import nbformat
from commands import BIN, run
from nbformat import v4

from autograder.course.assignment import Assignment, Variant, read_assignment
from autograder.course.limits import Limits
from autograder.course.submission import Submission
from autograder.engine.grade import grade
from autograder.engine.reference import prepare
from autograder.engine.results import GradedSubmission
from autograder.engine.slot import Slot
from autograder.grading.verify import reference_submission

__all__ = [
    "BIN", "CONFIG", "RIGHT", "ROOT", "SmallCourse", "assignment_of", "graded_exercises", "meta", "run",
    "small_notebook", "telling",
]  # fmt: skip

ROOT = Path(__file__).resolve().parents[2]  # of the repository
CONFIG = """
from autograder import nbgrader_plugin

c = get_config()
c.Autograde.sanitize_preprocessors = nbgrader_plugin.SANITIZERS
c.Autograde.autograde_preprocessors = nbgrader_plugin.PREPROCESSORS
c.Autograde.pre_convert_hook = "autograder.nbgrader_plugin.adopt_renamed"
c.Autograder.cell_seconds = 20.0
"""
RIGHT = "def double(x):\n    return 2 * x"
SOLUTION = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
TEST = (
    "assert double(3) == 6\n### BEGIN HIDDEN TESTS\n"
    "assert np.array_equal(double(np.arange(4.0)), 2 * np.arange(4.0))\n### END HIDDEN TESTS"
)


def meta(grade_id: str, points: float | None = None, grade: bool = False, solution: bool = False) -> dict:
    """nbgrader's metadata of a cell."""
    data = {"schema_version": 3, "grade_id": grade_id, "locked": grade, "task": False}
    data |= {"grade": grade, "solution": solution}
    return {"nbgrader": data | ({"points": points} if points is not None else {})}


def small_notebook():
    """A source notebook with a given cell, one function to write (3 points) and one answer in words (2 points)."""
    nb = v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
    nb.cells = [
        v4.new_code_cell("import numpy as np", id="given"),
        v4.new_code_cell(SOLUTION, metadata=meta("double", solution=True), id="double"),
        v4.new_code_cell(TEST, metadata=meta("test_double", 3, grade=True), id="test"),
        v4.new_markdown_cell("Because.", metadata=meta("why", 2, grade=True, solution=True), id="why"),
    ]
    nb.cells[3].source = "### BEGIN SOLUTION\nBecause.\n### END SOLUTION"
    return nb


def assignment_of(folder: Path, cells: list[tuple[str, str]]) -> Assignment:
    """An assignment of code cells, given as (name, source): given without a name, a test, or else a solution."""
    nb = v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
    for number, (name, source) in enumerate(cells):
        test, marks = name.startswith("test"), {}
        if name:
            marks = meta(name, 1 if test else None, grade=test, solution=not test)
            source = source if test else f"### BEGIN SOLUTION\n{source}\n### END SOLUTION"
        nb.cells.append(v4.new_code_cell(source, metadata=marks, id=f"c{number}"))
    (folder / "ps").mkdir(parents=True)
    nbformat.write(nb, folder / "ps" / "ps.ipynb")
    return read_assignment(folder / "ps", "ps")


@contextmanager
def graded_exercises(
    folder: Path, exercises: dict[str, tuple[str, str]], given: str = "", total_seconds: float = 60.0
) -> Iterator[Callable[[dict[str, str]], GradedSubmission]]:
    """graded(answers): a submission that is right but for this code, by exercise. Each exercise has code and a test.

    ``given``: the code of a given cell before them. All tests are judged in isolation.
    """
    cells = [cell for name, (code, test) in exercises.items() for cell in ((name, code), (f"test_{name}", test))]
    assignment = assignment_of(folder, [("", given)] * bool(given) + cells)
    with Slot(assignment.imports, [], Limits(cell_seconds=20.0, total_seconds=total_seconds)) as slot:
        prepared = prepare(assignment, slot)
        assert all(test.isolated for test in prepared.notebooks[0].tests())

        def graded(answers: dict[str, str]) -> GradedSubmission:
            assert answers.keys() <= exercises.keys()
            nb = nbformat.reads(reference_submission(prepared).notebooks["ps"], as_version=4)
            for cell in nb.cells:
                cell.source = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
            return grade(prepared, Submission("mallory", {"ps": nbformat.writes(nb)}), slot)

        yield graded


@contextmanager
def telling(
    folder: Path, cells: list[tuple[str, str]], variants: tuple[Variant, ...] = ()
) -> Iterator[Callable[[str, str], str]]:
    """message(name, code): what is said of the one test that fails where a cell of this name has this code."""
    assignment = replace(assignment_of(folder, cells), variants=variants)
    with Slot(["numpy"], [], Limits()) as slot:
        assignment = prepare(assignment, slot)

        def message(name: str, code: str) -> str:
            nb = nbformat.reads(reference_submission(assignment).notebooks["ps"], as_version=4)
            next(c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name).source = code
            result = grade(assignment, Submission("ada", {"ps": nbformat.writes(nb)}), slot)
            (cell,) = (cell for cell in result.cells if cell.score == 0)
            return cell.message

        yield message


class SmallCourse:
    """A course directory with one assignment, ``ps``, released; students hand in with `submit`."""

    def __init__(self, root: Path):
        self.root = root

    def write(self) -> None:
        """Writes the configuration and the source notebook."""
        root = self.root
        (root / "source" / "ps").mkdir(parents=True)
        (root / "nbgrader_config.py").write_text(CONFIG)
        nbformat.write(small_notebook(), root / "source" / "ps" / "ps.ipynb")

    def submit(self, student: str, code: str = RIGHT, name: str = "ps", text: str | None = None) -> Path:
        """Hands in the released notebook with `code` in the cell to write, or `text` as the whole file."""
        nb = nbformat.read(self.root / "release" / "ps" / "ps.ipynb", as_version=4)
        nb.cells[1].source = code
        folder = self.root / "submitted" / student / "ps"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.ipynb").write_text(nbformat.writes(nb) if text is None else text)
        return folder

    def autograder(self, *arguments: str) -> subprocess.CompletedProcess:
        """Runs a command in the course, with one slot: the tests themselves use the other cores."""
        one = ("--jobs", "1") if arguments[0] in ("grade", "verify") and "--jobs" not in arguments else ()
        return run("autograder", *arguments, *one, "--course", self.root)
