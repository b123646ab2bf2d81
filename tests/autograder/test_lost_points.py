"""Where the reference itself loses points, nobody is graded, whichever way grading is begun."""

from __future__ import annotations

import nbformat
import pytest
from nbgrader.api import Gradebook
from small_course import SmallCourse, run, small_notebook


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> SmallCourse:
    """A course whose test the reference fails, and a student who handed in."""
    made = SmallCourse(tmp_path_factory.mktemp("lost"))
    made.write()
    notebook = small_notebook()
    notebook.cells[2].source = "assert double(3) == 7"
    nbformat.write(notebook, made.root / "source" / "ps" / "ps.ipynb")
    released = run("nbgrader", "generate_assignment", "ps", cwd=made.root)
    assert released.returncode == 0, released.stderr
    made.submit("ada")
    return made


@pytest.mark.parametrize(
    "command",
    [("autograder", "grade", "ps", "--jobs", "1"), ("nbgrader", "autograde", "ps"), ("autograder", "demo", "class")],
    ids=" ".join,
)
def test_nobody_is_graded(course, command):
    done = run(*command, cwd=course.root)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "the reference solution itself loses points" in said and "test_double" in said
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        assert all(
            grade.auto_score is None
            for it in gradebook.assignment_submissions("ps")
            for grade in it.notebooks[0].grades
        )
