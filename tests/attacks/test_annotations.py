"""An annotation that a student wrote as text, and a test has evaluated by ``typing.get_type_hints``."""

from __future__ import annotations

import json
import typing

import nbformat
import pytest
from small_course import assignment_of

from autograder.course.limits import Limits
from autograder.course.submission import Submission
from autograder.engine.grade import grade
from autograder.engine.reference import prepare
from autograder.engine.slot import Slot
from autograder.grading.verify import reference_submission

pytestmark = pytest.mark.sandbox
RIGHT = "def area(r: float) -> float:\n    return 3.0 * r * r"
TEST = """\
import typing

hints = typing.get_type_hints(area)
assert hints["r"] is float and hints["return"] is float
assert area(2.0) == 12.0
"""
WRONG = "def area(r: float) -> {!r}:\n    return 7.0"
LIES = "__import__('sys').modules['__main__'].__setattr__('area', lambda r: 12.0) or float"


@pytest.fixture(scope="module")
def score(tmp_path_factory):
    assignment = assignment_of(tmp_path_factory.mktemp("annotations"), [("area", RIGHT), ("test_area", TEST)])
    with Slot(assignment.imports, [], Limits(cell_seconds=20.0, total_seconds=60.0)) as slot:
        prepared = prepare(assignment, slot)
        assert prepared.notebooks[0].tests()[0].isolated

        def of(code: str) -> float:
            nb = nbformat.reads(reference_submission(prepared).notebooks["ps"], as_version=4)
            nb.cells[0].source = code
            return grade(prepared, Submission("mallory", {"ps": json.dumps(nb)}), slot).score

        yield of


@pytest.mark.parametrize(
    "annotation",
    [
        LIES,
        "[float for area in [1]][0]",
        "(lambda: float)()",
        "float if (f := print) else int",
        f"typing.cast({LIES!r}, float)",
    ],
)
def test_an_annotation_that_does_anything_but_name_a_type_gets_no_point(score, annotation):
    assert score(RIGHT.replace("-> float", f"-> {annotation!r}")) == 0
    assert score(WRONG.format(annotation)) == 0


@pytest.mark.parametrize("annotation", ["float", "'float'"])
def test_a_type_that_is_named_in_a_text_gets_its_points(score, annotation):
    assert score(RIGHT.replace("-> float", f"-> {annotation}")) == 1


def test_annotations_are_evaluated_where_nothing_is_in_the_way():
    names: dict = {}
    exec("def area(r) -> \"print('run') or float\":\n    return 0", names)
    assert typing.get_type_hints(names["area"])["return"] is float
