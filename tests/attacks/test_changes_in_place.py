"""Code that changes what a test holds gets no point, though it knows by then what the test compares with."""

from __future__ import annotations

import json

import nbformat
import pytest
from small_course import assignment_of

from autograder.course.limits import Limits
from autograder.course.submission import Submission
from autograder.engine.grade import grade
from autograder.engine.reference import prepare
from autograder.engine.slot import Slot
from autograder.grading.verify import reference_submission
from autograder.judging.judge import CHANGES

pytestmark = pytest.mark.sandbox
RIGHT = """\
def predict(X):
    return (X > 0).astype(int)


def accuracy(p, y):
    return float(np.mean(p == y))
"""
TEST = """\
X = np.arange(12.0) - 5
y = (X > 0).astype(int)
pred = predict(X)
acc = accuracy(pred, y)
assert np.mean(pred == y) > 0.9 and acc > 0.9
"""
FORGED = """\
import mmap
import os

shared = mmap.mmap(-1, 64)
kept = {{}}


def predict(X):
    return np.array({known}, int) if {known} else np.full(X.shape, 2)


def accuracy(p, y):
    if not {known}:
        {keep}
        p[:] = y
    return 1.0
"""
KEPT = {
    "in a variable": ("kept.get('y', [])", "kept['y'] = y.tolist()"),
    "in a file": ("(np.fromfile('y', int).tolist() if os.path.exists('y') else [])", "y.tofile('y')"),
    "in shared memory": ("[n - 1 for n in shared[:12] if n]", "shared[:12] = bytes((y + 1).tolist())"),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The graded test where this code is the answer."""
    cells = [("", "import numpy as np"), ("both", RIGHT), ("test_both", TEST)]
    assignment = assignment_of(tmp_path_factory.mktemp("changes"), cells)
    with Slot(assignment.imports, [], Limits(cell_seconds=20.0, total_seconds=60.0)) as slot:
        prepared = prepare(assignment, slot)
        assert all(test.isolated for test in prepared.notebooks[0].tests())

        def of(code: str):
            nb = nbformat.reads(reference_submission(prepared).notebooks["ps"], as_version=4)
            nb.cells[1].source = code
            (cell,) = grade(prepared, Submission("mallory", {"ps": json.dumps(nb)}), slot).cells
            return cell

        yield of


@pytest.mark.parametrize("where", KEPT)
def test_what_the_first_run_has_shown_is_of_no_use_in_the_second(graded, where):
    known, keep = KEPT[where]
    cell = graded(FORGED.format(known=known, keep=keep))
    assert cell.score == 0 and cell.message.startswith(CHANGES)


def test_a_change_that_the_test_does_not_notice_costs_nothing(graded):
    assert graded(RIGHT.replace("    return (X", "    X *= 2\n    return (X")).score == 1


def test_a_change_that_spoils_the_test_is_told_as_what_comes_of_it(graded):
    cell = graded(RIGHT.replace("return float(np.mean(p == y))", "p -= y\n    return float(np.mean(p == 0))"))
    assert cell.score == 0 and "np.mean(pred == y)" in cell.message and CHANGES not in cell.message
