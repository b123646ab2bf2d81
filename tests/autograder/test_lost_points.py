"""Where the reference itself loses points, nobody is graded; a part of the points by the test's own count is taken."""

from __future__ import annotations

import nbformat
import pytest
from nbformat import v4
from nbgrader.api import Gradebook
from small_course import SmallCourse, meta, run, small_notebook


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


@pytest.mark.parametrize("command", [("autograder", "grade", "ps"), ("nbgrader", "autograde", "ps")], ids=" ".join)
def test_a_part_of_the_points_that_the_test_itself_gives_the_reference_is_taken(tmp_path, command):
    made = SmallCourse(tmp_path)
    made.write()
    notebook = small_notebook()
    count = "sum([double(3) == 6, double(4) == 7]) / 2"
    notebook.cells.append(v4.new_code_cell(count, metadata=meta("test_part", 1, grade=True), id="part"))
    nbformat.write(notebook, made.root / "source" / "ps" / "ps.ipynb")
    assert run("nbgrader", "generate_assignment", "ps", cwd=made.root).returncode == 0
    made.submit("right")
    made.submit("wrong", "def double(x):\n    return x")
    done = run(*command, cwd=made.root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the reference solution itself has 0.5 of 1 points in test_part" in done.stdout + done.stderr
    with Gradebook(f"sqlite:///{made.root}/gradebook.db") as gradebook:
        scores = [gradebook.find_grade("test_part", "ps", "ps", student).auto_score for student in ("right", "wrong")]
    assert scores == [0.5, 0.0]
