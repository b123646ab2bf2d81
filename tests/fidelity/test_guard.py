"""What a student's code says is not run in the judge, whatever a test does with it; and the judge itself is shut in."""

from __future__ import annotations

import nbformat
import pytest
from probe import POINTS, in_region, notebook

from autograder.course.assignment import read_assignment
from autograder.course.submission import Submission
from autograder.engine.grade import grade
from autograder.engine.reference import prepare

EVIL = "__import__('os').environ.setdefault('X', 'x') and type('Yes', (), {'__eq__': lambda *a: True})()"
# what a test does with an answer: (given, the reference, the test)
RUN = {
    "eval": ("", "def formula():\n    return '2 * n'", "n = 3\nassert eval(formula()) == 6"),
    "exec": ("", "def formula():\n    return 'm = 6'", "exec(formula())\nassert m == 6"),
    "compile": ("", "def formula():\n    return '6'", "assert eval(compile(formula(), 'f', 'eval')) == 6"),
    "pickle": (
        "import pickle",
        "import pickle\ndef formula():\n    return pickle.dumps(len)",
        "assert pickle.loads(formula())([1]) == 1",
    ),
}
FINE = {
    "literals": ("import ast", "def formula():\n    return '[1, 2]'", "assert ast.literal_eval(formula()) == [1, 2]"),
    "a class of the test's": (
        "from collections import namedtuple\nfrom dataclasses import dataclass",
        "def formula():\n    return 3",
        "P = namedtuple('P', 'x')\n@dataclass\nclass Q:\n    x: int\nassert P(formula()).x == Q(formula()).x == 3",
    ),
    "arrays in a pickle": (
        "import pickle, numpy as np",
        "def formula():\n    return 3",
        "assert pickle.loads(pickle.dumps(np.arange(4)))[3] == formula()",
    ),
    "an import within the test": ("", "def formula():\n    return 3", "import statistics, wave\nassert formula() == 3"),
    "a descriptor of the test's": (
        "import os, tempfile",
        "def formula():\n    return '3'",
        "number, path = tempfile.mkstemp()\nwith os.fdopen(number, 'w') as f:\n    f.write(formula())\n"
        "assert open(path).read() == '3'",
    ),
    "a temporary file": (
        "import tempfile",
        "def formula():\n    return '3'",
        "with tempfile.TemporaryFile('w+') as f:\n    f.write(formula())\n    f.seek(0)\n    assert f.read() == '3'",
    ),
}


def prepared(given, solution, test, slot, folder):
    cells = [("given", "given", given), ("solution", "solution", in_region(solution)), ("test", "test", test)]
    cells = [cell for cell in cells if cell[2]]
    nbformat.write(notebook(cells), folder / "ps.ipynb")
    return prepare(read_assignment(folder, "ps"), slot), cells


@pytest.mark.parametrize("what", RUN)
def test_a_test_that_runs_an_answer_is_graded_in_the_worker(what, slot, tmp_path):
    assignment, cells = prepared(*RUN[what], slot, tmp_path)
    assert not assignment.notebooks[0].tests()[0].isolated
    assert grade(assignment, Submission("ada", {"ps": nbformat.writes(notebook(cells))}), slot).score == POINTS


@pytest.mark.parametrize("what", FINE)
def test_what_runs_no_answer_is_judged(what, slot, tmp_path):
    assignment, cells = prepared(*FINE[what], slot, tmp_path)
    assert [cell.why for cell in assignment.notebooks[0].tests()] == [""]
    assert grade(assignment, Submission("ada", {"ps": nbformat.writes(notebook(cells))}), slot).score == POINTS


def test_a_forged_answer_does_not_reach_eval_where_the_tag_forces_isolation(slot, tmp_path):
    cells = [
        ("solution", "solution", in_region("def formula():\n    return '6'")),
        ("test", "test", "assert eval(formula()) == 6"),
    ]
    nb = notebook(cells)
    nb.cells[1].metadata["tags"] = ["grade-isolated"]
    nbformat.write(nb, tmp_path / "ps.ipynb")
    assignment = prepare(read_assignment(tmp_path, "ps"), slot)
    cells[0] = ("solution", "solution", f"def formula():\n    return {EVIL!r}")
    assert grade(assignment, Submission("ada", {"ps": nbformat.writes(notebook(cells))}), slot).score == 0


@pytest.mark.parametrize("action", ["open(name(), 'w').write('1')", "open(name()).read()"])
def test_a_path_that_the_student_chose_leads_nowhere(action, slot, tmp_path):
    victim = tmp_path / "victim.txt"
    victim.write_text("untouched")
    course = tmp_path / "ps"
    course.mkdir()
    (course / "own.txt").write_text("1")
    assignment, cells = prepared("", "def name():\n    return 'own.txt'", f"{action}\nassert name()", slot, course)
    cells[0] = ("solution", "solution", f"def name():\n    return {str(victim)!r}")
    assert grade(assignment, Submission("ada", {"ps": nbformat.writes(notebook(cells))}), slot).score == 0
    assert victim.read_text() == "untouched"


@pytest.mark.parametrize("mode", ["r", "w"])
def test_a_number_in_place_of_a_path_opens_nothing_of_the_judges(mode, slot, tmp_path):
    solution = "def path_of(text):\n    open('notes.txt', 'w').close()\n    return 'notes.txt'"
    test = f"path = path_of('x')\nwith open(path, {mode!r}) as file:\n    assert {mode!r} == 'w' or file.read() == ''"
    assignment, _ = prepared("", solution, test, slot, tmp_path)
    messages = []
    for number in [*range(3, 10), "__import__('numpy').int64(4)"]:
        cells = [("solution", "solution", f"def path_of(text):\n    return {number}"), ("test", "test", test)]
        (cell,) = grade(assignment, Submission("ada", {"ps": nbformat.writes(notebook(cells))}), slot).cells
        assert cell.score == 0, number
        messages.append(cell.message)
    assert not any("time limit" in message for message in messages)
    assert sum("a number is not a path" in message for message in messages) > 2
