"""Courses for the grader's tests: each test gets a copy of its own."""

import shutil

import commands
import nursery
import pytest
from small_course import SmallCourse, run


@pytest.fixture(scope="module", autouse=True)
def _templates_are_soon_there():
    commands.share_nurseries()
    with nursery.templates_from_nurseries():
        yield


@pytest.fixture
def unreleased(tmp_path) -> SmallCourse:
    course = SmallCourse(tmp_path / "course")
    course.write()
    return course


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    """A released course, made once by the real nbgrader."""
    course = SmallCourse(tmp_path_factory.mktemp("released") / "course")
    course.write()
    made = run("nbgrader", "generate_assignment", "ps", cwd=course.root)
    assert made.returncode == 0, made.stderr
    return course.root


@pytest.fixture
def course(released, tmp_path) -> SmallCourse:
    shutil.copytree(released, tmp_path / "course")
    return SmallCourse(tmp_path / "course")
