"""How a notebook is graded is settled by trying it: cells judged, cells in the worker, with what each makes."""

from __future__ import annotations

import nbformat
import pytest
from probe import POINTS, in_region, notebook

from autograder.course.assignment import read_assignment
from autograder.course.errors import CourseError
from autograder.course.submission import Submission
from autograder.engine.grade import grade
from autograder.engine.reference import prepare
from autograder.grading.preparation import refuse_if_lost

SOLUTION = ("solution", "double", in_region("def double(n):\n    return 2 * n"))
NOT_JUDGED = "assert eval('double(1)') == 2"  # no text is run in the judge
MIXES = {
    "a helper": ["def throws(f):\n    return False\nassert double(2) == 4", f"{NOT_JUDGED}\nassert not throws(double)"],
    "an import": ["import math\nassert double(2) == 4", f"{NOT_JUDGED}\nassert math.floor(double(1.2)) == 2"],
    "a helper of a helper": [
        "want = 4\nassert double(2) == 4",
        "def right():\n    return want\nassert double(2) == right()",
        f"{NOT_JUDGED}\nassert double(2) == right()",
    ],
}


def prepared(cells, slot, folder):
    nbformat.write(notebook(cells), folder / "ps.ipynb")
    return prepare(read_assignment(folder, "ps"), slot)


def graded(assignment, cells, slot):
    return grade(assignment, Submission("ada", {"ps": nbformat.writes(notebook(cells))}), slot)


@pytest.mark.parametrize("what", MIXES)
def test_what_an_isolated_cell_makes_is_there_where_a_cell_in_the_worker_needs_it(what, slot, tmp_path):
    cells = [SOLUTION, *[("test", f"test{n}", test) for n, test in enumerate(MIXES[what])]]
    assignment = prepared(cells, slot, tmp_path)
    refuse_if_lost(assignment)
    tests = assignment.notebooks[0].tests()
    assert not any(cell.isolated for cell in tests) and "uses what it makes" in tests[0].why
    assert graded(assignment, cells, slot).score == POINTS * len(tests)


def test_what_a_cell_in_the_worker_imports_is_there_where_an_isolated_cell_needs_it(slot, tmp_path):
    cells = [
        SOLUTION,
        ("test", "test0", f"import math\n{NOT_JUDGED}"),
        ("test", "test1", "assert math.floor(double(1.2)) == 2"),
    ]
    assignment = prepared(cells, slot, tmp_path)
    refuse_if_lost(assignment)
    assert [cell.isolated for cell in assignment.notebooks[0].tests()] == [False, True]
    assert graded(assignment, cells, slot).score == 2 * POINTS


def test_a_given_cell_may_need_it_too(slot, tmp_path):
    cells = [
        SOLUTION,
        ("test", "test0", "def twice(f, n):\n    return f(f(n))\nassert double(2) == 4"),
        ("given", "given", "four = twice(double, 1)"),
        ("test", "test1", f"{NOT_JUDGED}\nassert four == 4"),
    ]
    assignment = prepared(cells, slot, tmp_path)
    refuse_if_lost(assignment)
    assert graded(assignment, cells, slot).score == 2 * POINTS


@pytest.mark.parametrize("magic", ["%matplotlib widget", "%matplotlib notebook", "%matplotlib qt"])
def test_a_magic_for_a_window_that_is_not_there_sinks_no_cell(magic, slot, tmp_path):
    cells = [
        ("given", "given", f"{magic}\nfactor = 2"),
        ("solution", "double", in_region("def double(n):\n    return factor * n")),
        ("test", "test0", "assert double(3) == 6"),
    ]
    assignment = prepared(cells, slot, tmp_path)
    refuse_if_lost(assignment)
    assert graded(assignment, cells, slot).score == POINTS


def test_files_that_python_could_import_or_that_lead_elsewhere_are_not_copied_to_the_judge(slot, tmp_path):
    right = "def note(text):\n    with open('note.txt', 'w') as file:\n        file.write(text)"
    looks = "import os\nnote('one')\nassert sorted(os.listdir('.')) == ['note.txt'], os.listdir('.')"
    hostile = """
import os
def note(text):
    os.makedirs('a', exist_ok=True)
    for name in ('colorsys.py', 'colorsys.pyc', '.hidden', 'a/colorsys.py', 'note.txt'):
        with open(name, 'w') as file:
            file.write('raise SystemExit')
    os.symlink('/etc/passwd', 'passwd')
"""
    assignment = prepared([("solution", "note", in_region(right)), ("test", "test0", looks)], slot, tmp_path)
    assert assignment.notebooks[0].cell("test0").isolated
    result = graded(assignment, [("solution", "note", hostile), ("test", "test0", looks)], slot)
    assert result.score == POINTS, result.cells


@pytest.mark.parametrize("hidden", [False, True])
def test_the_line_that_did_not_hold_is_told_of_a_test_in_the_worker_that_hides_nothing(hidden, slot, tmp_path):
    checked = "### BEGIN HIDDEN TESTS\nassert double(5) == 10\n### END HIDDEN TESTS" if hidden else ""
    cells = [SOLUTION, ("test", "test0", f"{NOT_JUDGED}\nfor n in (1, 3):\n    assert double(n) == 2 * n\n{checked}")]
    assignment = prepared(cells, slot, tmp_path)
    (cell,) = graded(assignment, [("solution", "double", "def double(n):\n    return n * n + n"), cells[1]], slot).cells
    assert ("double(n) == 2 * n" in cell.message) != hidden and "5" not in cell.message, cell.message


def test_a_class_is_not_graded_where_the_reference_loses_a_point(slot, tmp_path):
    cells = [SOLUTION, ("test", "test0", "assert double(2) == 5")]
    with pytest.raises(CourseError, match=r"ps\.ipynb: test0: failed"):
        refuse_if_lost(prepared(cells, slot, tmp_path))


def test_tests_leave_nothing_in_the_source_folder(slot, tmp_path):
    (tmp_path / "data.txt").write_text("1")
    test = "open('made.txt', 'w').write(open('data.txt').read())\nopen('data.txt', 'w').close()\nassert double(2) == 4"
    cells = [SOLUTION, ("test", "test0", test)]
    wrong = [("solution", "double", "def double(n):\n    return n"), cells[1]]
    assignment = prepared(cells, slot, tmp_path)
    for _ in range(2):
        assert graded(assignment, cells, slot).score == POINTS and graded(assignment, wrong, slot).score == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.txt", "ps.ipynb"]
    assert (tmp_path / "data.txt").read_text() == "1"


def test_a_file_that_was_to_be_written_is_not_taken_from_the_reference(slot, tmp_path):
    cells = [
        ("solution", "save", in_region("def save(path):\n    open(path, 'w').write('1')")),
        ("test", "test0", "import os\nsave('x.txt')\nassert os.path.exists('x.txt')"),
    ]
    assignment = prepared(cells, slot, tmp_path)
    nothing = [("solution", "save", "def save(path):\n    pass"), cells[1]]
    for _ in range(2):
        assert graded(assignment, nothing, slot).score == 0 and graded(assignment, cells, slot).score == POINTS


KEEPING = """
kept = []
def double(n):
    kept.append(n)
    if n == 0:
        raise ValueError(f'the inputs were {kept}')
    return 2 * n
"""


@pytest.mark.parametrize("last", ["assert double(0) == 0", "assert double(0) == 0, f'{double(3)}'", "len(double(0))"])
def test_a_visible_line_does_not_repeat_what_a_hidden_one_passed(last, slot, tmp_path):
    test = f"assert double(1) == 2\n### BEGIN HIDDEN TESTS\nassert double(987) == 1974\n### END HIDDEN TESTS\n{last}"
    cells = [("solution", "double", in_region("def double(n):\n    return 2 * n or [0]")), ("test", "test0", test)]
    cells[0] = SOLUTION if "len" not in last else cells[0]
    assignment = prepared(cells, slot, tmp_path)
    for code in (KEEPING, KEEPING.replace("raise ValueError(f'the inputs were {kept}')", "return str(kept)")):
        result = graded(assignment, [("solution", "double", code), cells[1]], slot)
        assert "987" not in repr([cell.message for cell in result.cells])


def test_the_template_imports_nothing_from_the_course(slot, tmp_path, monkeypatch):
    (tmp_path / "answers.py").write_text("def square(n):\n    return n * n\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    from autograder.course.limits import Limits
    from autograder.engine.slot import Slot

    cells = [
        ("solution", "square", in_region("def square(n):\n    return n * n")),
        ("test", "test0", "assert square(3) == 9\n### BEGIN HIDDEN TESTS\nimport answers\n"
         "assert square(4) == answers.square(4)\n### END HIDDEN TESTS"),
    ]  # fmt: skip
    thief = "import sys\ndef square(n):\n    return sys.modules['answers'].square(n)"
    with Slot(["answers"], [], Limits(cell_seconds=20)) as fresh:
        assignment = prepared(cells, fresh, tmp_path)
        result = graded(assignment, [("solution", "square", thief), cells[1]], fresh)
        assert result.score == 0
