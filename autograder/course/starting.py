"""The first steps of a course: its configuration, and a first assignment to edit."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import v4
from traitlets.config import Config

from .errors import CourseError
from .folders import CONFIG_FILE, JSON_FILE, Course, has_configuration
from .marks import Marks
from .nbgraders import protected

LINES = """\
from autograder import nbgrader_plugin

# `nbgrader autograde` and formgrader's button also grade with the autograder: students' code runs in a sandbox.
# Without these three lines they run it with your permissions, as nbgrader always has.
c.Autograde.sanitize_preprocessors = nbgrader_plugin.SANITIZERS
c.Autograde.autograde_preprocessors = nbgrader_plugin.PREPROCESSORS
c.Autograde.pre_convert_hook = "autograder.nbgrader_plugin.adopt_renamed"
"""
CONFIG = f'''\
"""The configuration of this course, for nbgrader and for the autograder; `autograder settings` lists all."""

c = get_config()  # noqa: F821  (nbgrader provides it)

c.CourseDirectory.course_id = {{course_id!r}}  # the name of the course in the gradebook

{LINES}
c.Autograder.packages = []  # importable packages of the course that students' code may read
c.Autograder.readable = []  # files and folders of data that students' code may read
c.Autograder.variants = "variants"  # folder of the files of named mistakes, one for each assignment
c.Autograder.cell_seconds = 30.0  # processor time for one cell; clock time while it only waits
c.Autograder.total_seconds = 300.0  # the same for a whole submission
c.Autograder.memory_mb = 2048  # memory that one submission may use
'''


def begin_course(folder: Path) -> list[str]:
    """Makes a folder a course, unless it is one: existing files are never changed. Returns the lines to show.

    Raises CourseError if nothing can be written.
    """
    path = folder / CONFIG_FILE
    if has_configuration(folder):
        there = path if path.exists() else folder / JSON_FILE
        config = Course(folder).config
        if protected(config):
            return [f"{there} exists and is left alone; it has the lines that `nbgrader autograde` needs"]
        return [
            f"{there} exists and is left alone.",
            "`autograder` grades this course as it is. For `nbgrader autograde` and formgrader, add these lines to "
            f"{'it' if there == path else CONFIG_FILE + ' beside it'}:",
            "",
            *LINES.splitlines(),
        ]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(CONFIG.format(course_id=folder.resolve().name), encoding="utf-8")
        for name in ("source", "variants"):
            (folder / name).mkdir(exist_ok=True)
    except OSError as error:
        raise CourseError(f"{path}: cannot be written ({error.strerror}); name another folder") from None
    return [
        f"wrote {path}: each line has a comment",
        "created the folders source and variants if they were missing; the first release creates the gradebook",
        f"next: autograder new ps1{_course(folder)}",
    ]


def begin_assignment(course: Course, name: str) -> list[str]:
    """Writes a first notebook and a first file of named mistakes, ready for `verify`. Returns the lines to show.

    Raises CourseError if there is such an assignment already, or nothing can be written.
    """
    course.check_name(name)
    notebook = course.path("source", ".", name) / f"{name}.ipynb"
    variants = course.root / course.settings.variants / f"{name}.py"
    for path in (notebook.parent, variants):
        if path.exists():
            raise CourseError(f"{path} exists already and is left alone; choose another name")
    try:
        for path in (notebook, variants):
            path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(first_notebook(name, course.config), notebook)
        variants.write_text(VARIANTS, encoding="utf-8")
    except OSError as error:
        raise CourseError(f"{error.filename}: cannot be written ({error.strerror})") from None
    options = _course(course.root)
    return [
        f"wrote {notebook}: open it in JupyterLab and make it your own",
        f"wrote {variants}: the named mistakes that its tests have to find",
        f"next: autograder verify {name}{options}, then autograder release {name}{options}",
    ]


def _course(folder: Path) -> str:
    return "" if folder.resolve() == Path.cwd() else f" --course {folder}"


def first_notebook(name: str, config: Config) -> nbformat.NotebookNode:
    """An assignment with each kind of cell: text, a given cell, a solution, its test, an answer in words."""
    marks = Marks.of(config)
    begin, end = f"### {marks.begin_solution}", f"### {marks.end_solution}"
    nb = v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
    nb.cells = [
        v4.new_markdown_cell(
            f"# {name}\n\nIn this assignment you write one function and answer one question. "
            "Run the cells from top to bottom; the tests below your function say whether it works.",
            id="intro",
        ),
        v4.new_code_cell("import numpy as np", id="imports"),
        v4.new_markdown_cell(
            "## 1 Temperatures (3 points)\n\nWrite `celsius`: it takes temperatures in degrees Fahrenheit, a number "
            "or an array, and returns them in degrees Celsius. Water freezes at 32 °F and boils at 212 °F.",
            id="question",
        ),
        v4.new_code_cell(
            f"def celsius(fahrenheit):\n    {begin}\n    return (fahrenheit - 32) * 5 / 9\n    {end}",
            metadata=_marks("celsius", solution=True),
            id="celsius",
        ),
        v4.new_code_cell(
            'assert celsius(32) == 0, "Water freezes at 32 degrees Fahrenheit, which is 0 degrees Celsius."\n'
            "assert abs(celsius(212) - 100) < 1e-9\n"
            f"### {marks.begin_hidden}\n"
            "readings = np.array([-40.0, 0.0, 98.6])\n"
            "assert np.allclose(celsius(readings), [-40.0, -160 / 9, 37.0])\n"
            f"### {marks.end_hidden}",
            metadata=_marks("test_celsius", points=3, grade=True),
            id="test-celsius",
        ),
        v4.new_markdown_cell(
            "## 2 Why (2 points)\n\nAt which temperature do both scales show the same number, and why only there?",
            id="why-question",
        ),
        v4.new_markdown_cell(
            f"{begin}\nAt −40: x = (x − 32) · 5/9 is a linear equation with one solution.\n{end}",
            metadata=_marks("why", points=2, grade=True, solution=True),
            id="why",
        ),
    ]
    return nb


def _marks(
    grade_id: str, points: float | None = None, grade: bool = False, solution: bool = False
) -> dict[str, dict[str, object]]:
    marks: dict[str, object] = {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": grade,
        "solution": solution,
        "task": False,
    }
    marks["locked"] = grade and not solution
    return {"nbgrader": marks if points is None else marks | {"points": points}}


VARIANTS = """\
# Named mistakes and alternative right solutions: `autograder verify` hands in each, in the place of the cell that it
# replaces. A mistake has to lose the points of the tests that it costs; an alternative has to keep all of them. A
# student who makes a named mistake gets its message. An entry begins with a line `# %% mistake: name`, or
# `# %% alternative: name`, followed by lines `# key: value`: `replaces` names the cell, `costs` the tests, separated by
# commas, and `message` is what the student reads. Then comes the code of the cell.

# %% mistake: factor_first
# replaces: celsius
# costs: test_celsius
# message: You scale first and take 32 off afterwards: the 32 degrees come off the Fahrenheit reading, before scaling.
def celsius(fahrenheit):
    return fahrenheit * 5 / 9 - 32


# %% mistake: floor_division
# replaces: celsius
# costs: test_celsius
# message: `//` rounds down to whole degrees; divide by `/`.
def celsius(fahrenheit):
    return (fahrenheit - 32) * 5 // 9


# %% alternative: ratio_first
# replaces: celsius
def celsius(fahrenheit):
    ratio = 100 / (212 - 32)
    return ratio * (np.asarray(fahrenheit) - 32)
"""
