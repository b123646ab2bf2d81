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
SIX = "def formula():\n    return 'm = 6'"
PACKED = """\
import io, zipfile
def packed():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("within.py", "m = 6")
    return data.getvalue()"""
BYTE_CODE = """\
import importlib.util, marshal
def byte_code():
    return importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(compile("m = 6", "made", "exec"))"""
RUN |= {
    "a module that the test writes": (
        "",
        SIX,
        "open('made.py', 'w').write(formula())\nimport made\nassert made.m == 6",
    ),
    "a module that the test writes and moves": (
        "import os",
        SIX,
        "os.mkdir('a')\nopen('a/t.txt', 'w').write(formula())\nos.rename('a/t.txt', 'a/m6.py')\nos.rename('a', 'b')\n"
        "import b.m6\nassert b.m6.m == 6",
    ),
    "a module that the test links": (
        "import os",
        SIX,
        "open('t.txt', 'w').write(formula())\nos.symlink('t.txt', 'linked.py')\nimport linked\nassert linked.m == 6",
    ),
    "a text that the test loads": (
        "from importlib.machinery import SourceFileLoader",
        SIX,
        "open('t.txt', 'w').write(formula())\nassert SourceFileLoader('loaded', 't.txt').load_module().m == 6",
    ),
    "an archive that the test unpacks": (
        "import io, zipfile",
        PACKED,
        "zipfile.ZipFile(io.BytesIO(packed())).extractall('.')\nimport within\nassert within.m == 6",
    ),
    "an archive that the test imports from": (
        "import sys",
        PACKED,
        "open('p.zip', 'wb').write(packed())\nsys.path.insert(0, 'p.zip')\nimport within\nassert within.m == 6",
    ),
    "byte code that the test writes": (
        "",
        BYTE_CODE,
        "open('coded.pyc', 'wb').write(byte_code())\nimport coded\nassert coded.m == 6",
    ),
    "byte code of a given module": (
        "import importlib.util, os\nfile = open('given.py', 'w')\nfile.write('m = 5')\nfile.close()",
        BYTE_CODE.replace("byte_code()", "byte_code(of)").replace("bytes(12)", "bytes(4) + of"),
        "path = importlib.util.cache_from_source(os.path.abspath('given.py'))\n"
        "of = int(os.stat('given.py').st_mtime).to_bytes(4, 'little') + (5).to_bytes(4, 'little')\n"
        "os.makedirs('__pycache__', exist_ok=True)\nopen(path, 'wb').write(byte_code(of))\n"
        "import given\nassert given.m == 6",
    ),
}
FINE = {
    "a module that a given cell writes": (
        "open('own.py', 'w').write('m = 6')",
        "def formula():\n    return 3",
        "import own\nassert own.m == 2 * formula()",
    ),
    "a module that a given cell writes after a test has written files": (
        "import os\nos.makedirs('lib', exist_ok=True)\nopen('lib/own.py', 'w').write('m = 6')",
        "def formula():\n    return 3",
        "open('lib/notes.txt', 'w').write(str(formula()))\nfrom lib import own\nassert own.m == 2 * formula()",
    ),
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


def test_a_text_that_names_functions_does_not_get_those_of_the_judge(slot, tmp_path):
    test = "import yaml\nassert yaml.load(settings(), Loader=yaml.Loader) == {'rate': 3, 'sizes': (1, 2)}"
    honest = "def settings():\n    return 'rate: 3\\nsizes: !!python/tuple [1, 2]'"
    assignment, cells = prepared("", honest, test, slot, tmp_path)
    assert assignment.notebooks[0].tests()[0].isolated
    cells[0] = ("solution", "solution", "def settings():\n    return '!!python/name:unittest.mock.ANY'")
    assert grade(assignment, Submission("ada", {"ps": nbformat.writes(notebook(cells))}), slot).score == 0
    cells[0] = ("solution", "solution", "def settings():\n    return 'sizes: !!python/tuple [1, 2]\\nrate: 3'")
    assert grade(assignment, Submission("ada", {"ps": nbformat.writes(notebook(cells))}), slot).score == POINTS


def test_a_file_of_an_unpacked_answer_is_not_taken_for_a_module_of_the_library(slot, tmp_path):
    honest = PACKED.replace("within.py", "data.txt").replace("m = 6", "6")
    evil = "import pathlib\npathlib.Path.read_text = lambda self: '6'"
    forged = honest.replace('"data.txt", "6")', f'"data.txt", "?"); archive.writestr("wave.py", {evil!r})')
    test = (
        "zipfile.ZipFile(io.BytesIO(packed())).extractall('.')\nimport wave\nassert Path('data.txt').read_text() == '6'"
    )
    given = "import io, zipfile\nfrom pathlib import Path"
    assignment, cells = prepared(given, honest, test, slot, tmp_path)
    assert assignment.notebooks[0].tests()[0].isolated
    cells[1] = ("solution", "solution", forged)
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
