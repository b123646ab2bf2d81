"""What the tests of all problem sets share."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("problem_sets")

from problem_sets import ROOT, NotebookNode, nbgrader, read_notebook  # noqa: E402


@pytest.fixture(scope="class")
def release(request, tmp_path_factory) -> NotebookNode:
    """The release notebook of the class's problem set, made by nbgrader in a course of its own."""
    name, course = request.cls.name, tmp_path_factory.mktemp("course")
    (course / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'course'\n")
    copy = course / "source" / name / f"{name}.ipynb"
    copy.parent.mkdir(parents=True)
    copy.write_bytes((ROOT / "source" / name / f"{name}.ipynb").read_bytes())
    made = nbgrader("generate_assignment", name, cwd=course)
    assert made.returncode == 0, made.stderr
    return read_notebook(course / "release" / name / f"{name}.ipynb")
