"""A right result counts in whatever container it comes, if the test could read it in a notebook, too."""

from __future__ import annotations

import nbformat
import pytest
from small_course import assignment_of

from autograder.course.limits import Limits
from autograder.course.submission import Submission
from autograder.engine.grade import grade
from autograder.engine.reference import prepare
from autograder.engine.slot import Slot
from autograder.grading.verify import reference_submission

CELLS = [
    ("", "import numpy as np"),
    ("parts", "def parts(x, size):\n    return [x[n : n + size] for n in range(0, len(x), size)]"),
    ("test_parts", "assert [list(part) for part in parts(np.arange(5), 2)] == [[0, 1], [2, 3], [4]]"),
    ("table", "def table(x):\n    return {'mean': x.mean(), 'size': x.size}"),
    ("test_table", "found = table(np.arange(5.0))\nassert found['mean'] == 2 and sorted(found) == ['mean', 'size']"),
    ("count", "def count(x):\n    return len(x)"),
    ("test_count", "assert count('four') == 4"),
]
OWN_ITERATOR = """class Parts:
    def __init__(self, x, size):
        self.x, self.size = x, size

    def __iter__(self):
        return self

    def __next__(self):
        if not len(self.x):
            raise StopIteration
        part, self.x = self.x[: self.size], self.x[self.size :]
        return part


def parts(x, size):
    return Parts(x, size)"""
PARTS = {
    "a generator": "def parts(x, size):\n    for n in range(0, len(x), size):\n        yield x[n : n + size]",
    "a generator expression": "def parts(x, size):\n    return (x[n : n + size] for n in range(0, len(x), size))",
    "a map": "def parts(x, size):\n    return map(lambda n: x[n : n + size], range(0, len(x), size))",
    "a tuple": "def parts(x, size):\n    return tuple(np.split(x, range(size, len(x), size)))",
    "a UserList": "from collections import UserList\n\n\ndef parts(x, size):\n"
    "    return UserList(np.split(x, range(size, len(x), size)))",
    "an iterator of their own": OWN_ITERATOR,
}
TABLES = {
    "a UserDict": "from collections import UserDict\n\n\ndef table(x):\n"
    "    return UserDict(mean=x.mean(), size=x.size)",
    "a UserDict of their own": "from collections import UserDict\n\n\nclass Table(UserDict):\n    pass\n\n\n"
    "def table(x):\n    return Table(mean=x.mean(), size=x.size)",
    "a ChainMap": "from collections import ChainMap\n\n\ndef table(x):\n"
    "    return ChainMap({'mean': x.mean()}, {'size': x.size})",
    "a read-only view": "from types import MappingProxyType\n\n\ndef table(x):\n"
    "    return MappingProxyType({'mean': x.mean(), 'size': x.size})",
}


@pytest.fixture(scope="module")
def score(tmp_path_factory):
    """score(name, code): the points, of 3, of the reference with one cell replaced."""
    assignment = assignment_of(tmp_path_factory.mktemp("kinds"), CELLS)
    with Slot(["numpy"], [], Limits(cell_seconds=3)) as slot:
        assignment = prepare(assignment, slot)

        def run(name: str, code: str) -> float:
            nb = nbformat.reads(reference_submission(assignment).notebooks["ps"], as_version=4)
            next(c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name).source = code
            return grade(assignment, Submission("ada", {"ps": nbformat.writes(nb)}), slot).score

        yield run


@pytest.mark.parametrize("kind", PARTS)
def test_parts_may_come_in_any_sequence(score, kind):
    assert score("parts", PARTS[kind]) == 3


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_may_be_any_mapping(score, kind):
    assert score("table", TABLES[kind]) == 3


@pytest.mark.parametrize(
    "code",
    [
        "def parts(x, size):\n    for n in range(0, len(x), size):\n        yield x[n : n + size] + 1",
        "def parts(x, size):\n    while True:\n        yield x[:size]",
        "def parts(x, size):\n    yield x[:size]\n    raise ValueError(size)",
    ],
    ids=["wrong", "endless", "broken"],
)
def test_a_generator_of_something_else_costs_its_points(score, code):
    assert score("parts", code) == 2


def test_where_a_number_is_expected_an_iterator_is_none(score):
    assert score("count", "def count(x):\n    yield len(x)") == 2
