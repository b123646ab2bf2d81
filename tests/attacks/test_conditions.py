"""A condition that a student wrote, and a test hands to ``frame.query``: pandas would run it with the test's names."""

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

pytestmark = pytest.mark.sandbox
GIVEN = """\
import pandas as pd

sales = pd.DataFrame({"shop": ["a", "b", "a", "c"], "price": [1.0, 2.5, 4.0, 8.0], "n": [3, 1, 2, 5]})
"""
TEST = """\
limit = 2
want = sales[(sales["price"] > limit) & (sales["n"] < 5)]
assert len(sales.query("price > @limit and shop == 'b'")) == 1
pd.testing.assert_frame_equal(sales.query(rule), want)
"""
CELLS = [("", GIVEN), ("rule", "rule = 'price > 2 and n < 5'"), ("test_rule", TEST)]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    assignment = assignment_of(tmp_path_factory.mktemp("conditions"), CELLS)
    with Slot(assignment.imports, [], Limits(cell_seconds=20.0, total_seconds=60.0)) as slot:
        assignment = prepare(assignment, slot)
        assert assignment.notebooks[0].tests()[0].isolated
        yield assignment, slot


def score(prepared, rule: str) -> float:
    nb = nbformat.reads(reference_submission(prepared[0]).notebooks["ps"], as_version=4)
    nb.cells[1].source = f"rule = {rule!r}"
    return grade(prepared[0], Submission("mallory", {"ps": json.dumps(nb)}), prepared[1]).score


@pytest.mark.parametrize(
    "rule",
    [
        "price in @want.price",
        "index in @want.index",
        "@want.index == index",
        "price.to_frame().eval('\\x40want.price == price')",
        "price.__class__.__init__.__globals__['sys'].modules['__main__'].want.price == price",
        "price.plot._get_plot_backend('matplotlib').boxplot.np.isin(price, [2.5, 4.0])",
        "price.map(print) == price or (price > 2 and n < 5)",
        "price.to_csv('want.csv') != 1 and price > 2 and n < 5",
        "price.rolling(1).apply('__class__') == price",
    ],
)
def test_a_condition_that_reaches_beyond_the_columns_gets_no_point(prepared, rule):
    assert score(prepared, rule) == 0


@pytest.mark.parametrize(
    "rule",
    [
        "2 < price and not n >= 5",
        "price.between(2, 8, inclusive='neither') and n != 5",
        "shop.str.contains('a|b') and price.gt(2)",
        "price > price.min() and index < 3",
        "price.sub(2).div(n) > 0 and n.rank() <= 3",
        "shop.str.lower().str.len() == 1 and price.cumsum().fillna(0) > 3 and n < 5",
    ],
)
def test_other_right_conditions_get_their_points(prepared, rule):
    assert score(prepared, rule) == 1


def test_such_a_condition_passes_where_nothing_is_in_its_way():
    names = {"rule": "price in @want.price"}
    exec(GIVEN + TEST, names)
