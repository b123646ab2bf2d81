"""Whatever a student's code returns or raises, the outcome is the student's: the grader itself never breaks."""

from __future__ import annotations

from dataclasses import replace

import nbformat
import pytest
from probe import POINTS, in_region, notebook

from autograder.course.assignment import read_assignment
from autograder.course.submission import Submission
from autograder.engine.grade import grade
from autograder.engine.reference import prepare
from autograder.judging.outcome import Outcome

REFERENCE = """
import torch
class Box:
    def __init__(self, n):
        self.n = n
    def __repr__(self):
        return f'Box({self.n})'
    def __str__(self):
        return repr(self)
def make():
    return 3
def take(x):
    return x
def box():
    return Box(1)
def tensor():
    return torch.ones(2)
"""
TESTS = [
    "value = make()\nassert value == 3, value",
    "assert take(make()) == 3, f'{take(make())} is not 3'",
    "made = box()\nassert made.n == 1, made\nassert str(made) == 'Box(1)', made",
    "assert (tensor() == torch.ones(2)).all(), tensor()",
    "assert take(4) == 4",
]
CELLS = [
    ("given", "given", "import torch"),
    ("solution", "solution", in_region(REFERENCE)),
    *[("test", f"test{n}", test) for n, test in enumerate(TESTS)],
]
HOSTILE = {
    "a huge number": "def make():\n    return 10 ** 4700",
    "a number of ten thousand digits": "def make():\n    return 10 ** 10_000",
    "a number too large to be handed over": "def make():\n    return 1 << (1 << 22)",
    "a huge negative number in a list": "def make():\n    return [-10 ** 4800]",
    "a huge number in an exception": "def make():\n    raise ValueError(10 ** 4700)",
    "half a surrogate pair": "def make():\n    return '\\ud800'",
    "a generator": "def make():\n    yield 3",
    "a list within itself": "def make():\n    a = []\n    a.append(a)\n    return a",
    "nested without end": "def make():\n    a = 3\n    for _ in range(900): a = [a]\n    return a",
    "nested too deeply to be handed back": "def make():\n    a = 3\n    for _ in range(49): a = [a]\n    return a",
    "words that raise": "Box.__repr__ = lambda self: 1 / 0\nBox.__init__ = lambda self, n: setattr(self, 'n', 2)",
    "words of another type": "Box.__str__ = lambda self: 5\nBox.__init__ = lambda self, n: setattr(self, 'n', 2)",
    "words without end": "Box.__repr__ = lambda self: 'x' * 10 ** 7\nBox.__init__ = lambda self, n: None\nBox.n = 2",
    "a quantised tensor": "def tensor():\n    return torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)",
    "a dtype": "def tensor():\n    return torch.quint4x2",
    "a tensor of eight bits": "def tensor():\n    return torch.ones(2).to(torch.float8_e5m2)",
    "a group of exceptions": "def make():\n    raise ExceptionGroup('a', [ValueError('b')])",
    "an exception with a name of zeros": "def make():\n    raise type('A', (Exception,), {'__module__': 'x'})('\\0')",
}


TAKES_LONG_TO_PUT_INTO_WORDS = "def make():\n    return [[[1] * 10] * 100] * 1000"
WORDS_THAT_END_THE_PROCESS = "import os\nBox.__repr__ = lambda self: os._exit(0)\nBox.__str__ = Box.__repr__"


@pytest.fixture(scope="module")
def assignment(slot, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ps")
    nbformat.write(notebook(CELLS), folder / "ps.ipynb")
    assignment = prepare(read_assignment(folder, "ps"), slot)
    assert all(cell.isolated for cell in assignment.notebooks[0].tests())
    return assignment


def outcomes(hostile, assignment, slot):
    """What became of each test, none of it by a fault of the grader's."""
    cells = [*CELLS]
    cells[1] = ("solution", "solution", REFERENCE + hostile)
    graded = grade(assignment, Submission("ada", {"ps": nbformat.writes(notebook(cells))}), slot)
    found = [cell.outcome for cell in graded.cells]
    assert not {Outcome.GRADER_ERROR, Outcome.BREACH} & {*found}
    assert not [cell.message for cell in graded.cells if cell.message == "This test did not pass."]
    assert graded.score < POINTS * len(TESTS)
    return found


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_the_outcome_is_the_students(hostile, assignment, slot):
    assert outcomes(hostile, assignment, slot)[-1] is Outcome.PASSED


def test_what_takes_long_to_put_into_words_costs_its_own_tests_alone(assignment, slot, monkeypatch):
    monkeypatch.setattr(slot, "limits", replace(slot.limits, cell_seconds=2.0))
    assert outcomes(TAKES_LONG_TO_PUT_INTO_WORDS, assignment, slot)[-1] is Outcome.PASSED


def test_words_that_end_the_process_are_the_students(assignment, slot):
    outcomes(WORDS_THAT_END_THE_PROCESS, assignment, slot)
