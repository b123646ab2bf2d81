"""What a student is told: the relation of the wrong answer to the right one, and nothing that a hidden test holds."""

from __future__ import annotations

import re
from dataclasses import replace

import nbformat
import pytest
from nbformat import v4
from small_course import meta

from autograder.course.assignment import Variant, read_assignment
from autograder.course.limits import Limits
from autograder.course.submission import Submission
from autograder.engine.grade import grade
from autograder.engine.reference import prepare
from autograder.engine.slot import Slot
from autograder.judging.compiling import compiled
from autograder.judging.diagnosis import adds_nothing, replay, same_calls
from autograder.judging.plan import JudgeStep
from autograder.judging.verdicts import Verdict

HIDDEN = "271828"  # an input of the hidden test
AFFINE = "def affine(X, W, b):\n    return X @ W + b"
SHARE = "def share(n):\n    return n / 2"
ROLL = "def roll():\n    return np.random.rand()"
WRONG_ROLL = Variant("mistake", "wrong_roll", "roll", ROLL.replace("np", "1 - np"), ("test_roll",), "Upside down.")
TESTS = {
    "test_affine": """
X, W, b = np.arange(21.0).reshape(7, 3), np.arange(15.0).reshape(3, 5), np.ones(5)
out = affine(X, W, b)
### BEGIN HIDDEN TESTS
assert np.allclose(out, X @ W + b)
### END HIDDEN TESTS""",
    "test_share": f"""
assert share(4) == 2
### BEGIN HIDDEN TESTS
assert share({HIDDEN}) == {HIDDEN} / 2
### END HIDDEN TESTS""",
    "test_roll": """
np.random.seed(1)
rolls = [roll() for _ in range(3)]
np.random.seed(1)
assert rolls == [np.random.rand() for _ in range(3)]""",
}


def source() -> nbformat.NotebookNode:
    nb = v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
    nb.cells = [v4.new_code_cell("%matplotlib inline\nimport numpy as np", id="given")]
    for name, code in [("affine", AFFINE), ("share", SHARE), ("roll", ROLL)]:
        region = code.replace("    return", "    ### BEGIN SOLUTION\n    return") + "\n    ### END SOLUTION"
        nb.cells.append(v4.new_code_cell(region, metadata=meta(name, solution=True), id=name))
    for name, code in TESTS.items():
        cell = v4.new_code_cell(code.strip(), metadata=meta(name, 2, grade=True), id=name.replace("_", "-"))
        nb.cells.append(cell)
    return nb


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """graded(affine=…, share=…, roll=…): what became of such a submission, by cell, and all of it as text."""
    folder = tmp_path_factory.mktemp("course") / "ps"
    folder.mkdir()
    nbformat.write(source(), folder / "ps.ipynb")
    assignment = read_assignment(folder, "ps")
    with Slot(assignment.imports, ["utils"], Limits()) as slot:
        assignment = prepare(replace(assignment, variants=(WRONG_ROLL,)), slot)
        assert all(cell.isolated for cell in assignment.notebooks[0].tests())

        def run(affine: str = AFFINE, share: str = SHARE, roll: str = ROLL) -> tuple[dict, str]:
            nb = source()
            nb.cells[1].source, nb.cells[2].source, nb.cells[3].source = affine, share, roll
            for cell in nb.cells[4:]:
                cell.source = cell.source.split("\n### BEGIN HIDDEN TESTS")[0]
            result = grade(assignment, Submission("ada", {"ps": nbformat.writes(nb)}), slot)
            return {cell.cell: cell for cell in result.cells}, repr([result.cells, result.notebooks])

        yield run


@pytest.mark.parametrize(
    "body, words",
    [
        ("return 7 * (X @ W + b)", "batch size"),
        ("return 3 * (X @ W + b)", "number of columns of `X`"),
        ("return (X @ W + b) / 5", "number of columns of `W`"),
        ("return X @ W", "`b`"),
        ("return -(X @ W + b)", "sign"),
        ("return (X @ W + b).T", "transposed"),
        ("return (X @ W + b) / 2", "factor of 2"),
    ],
)
def test_a_wrong_result_is_told_in_the_names_of_the_exercise(graded, body, words):
    cell = graded(affine=f"def affine(X, W, b):\n    {body}")[0]["test_affine"]
    assert cell.score == 0 and words in cell.message, cell.message


def test_an_error_is_told_with_the_line_that_raised_it(graded):
    cells, _ = graded(affine="def affine(X, W, b):\n    product = X @ W.T\n    return product + b")
    message = cells["test_affine"].message
    assert message.startswith("Your code raised ValueError at `product = X @ W.T`: ")
    assert re.search(r"of the two sides of `@`, the left has \d columns, the right \d rows", message)


LOUD = {
    "the text of an error": "raise ValueError(f'I was given {n}')",
    "the name of an error": "raise type(f'Given{n}', (Exception,), {})('see my name')",
    "the name of a missing variable": "raise NameError(f\"name 'given{n}' is not defined\", name=f'given{n}')",
    "the text of an error of Python's": "return {}[n]",
    "the text of an error about a type": "int(f'given {n}')",
    "a forbidden thing": "open(f'/etc/given{n}')",
    "what is printed": "print('given', n)",
    "what is warned of": "import warnings; warnings.warn(f'given {n}')",
    "the name of a class": "return type(f'Given{n}', (), {})()",
    "text": "return f'given {n}'",
    "a key": "return {n: n}",
    "the number itself": "return n",
}


@pytest.mark.parametrize("way", LOUD)
def test_no_words_of_the_students_carry_a_hidden_input_to_the_feedback(graded, way):
    share = f"def share(n):\n    if n == 4:\n        return 2\n    {LOUD[way]}"
    cells, everything = graded(share=share)
    assert cells["test_share"].score == 0 and cells["test_share"].message
    assert HIDDEN not in everything, cells["test_share"].message


def test_a_hidden_error_is_still_told_so_that_it_can_be_found(graded):
    cells, _ = graded(share="def share(n):\n    if n == 4:\n        return 2\n    return np.zeros(3) @ np.zeros(2)")
    assert cells["test_share"].message == (
        "Your code raised ValueError at `return np.zeros(3) @ np.zeros(2)`: the shapes of two arrays do not fit."
    )


def test_a_mistake_is_recognised_by_random_numbers_drawn_one_after_the_other(graded):
    cells, _ = graded(roll="def roll():\n    return -np.random.rand() + 1")
    assert (cells["test_roll"].mistake, cells["test_roll"].message) == ("wrong_roll", "Upside down.")


def judged(test: str, reference: str) -> JudgeStep:
    """A test of a function `f` of the reference's, to be replayed."""
    return JudgeStep(
        index=0, name="test_f", source="", code=compiled(test, "<test_f>"), points=1.0, students=frozenset({"f"}),
        isolated=True, changes=None, hidden=frozenset(), needs=("f",), unwritten=(), reference=(("f", reference),),
        given=(),
    )  # fmt: skip


def test_a_replay_ends_at_the_first_answer_that_is_not_the_students():
    step = judged("assert [f(n) for n in range(5)] == [0, 1, 2, 3, 4]", "def f(n):\n    return n")

    def results(calls):
        return [call.result for call in calls if call.path == "f()"]

    calls = replay(step, "", "", []).calls
    assert results(replay(step, "", "", calls).calls) == results(calls) == [0, 1, 2, 3, 4]
    third = next(call for call in calls if call.path == "f()" and call.result == 2)
    third.result = 7
    assert results(replay(step, "", "", calls).calls) == [0, 1]


def test_a_mistake_that_changes_another_argument_in_place_is_another_one():
    step = judged("assert f([1.0], [2.0]) == 3.0", "def f(x, y):\n    return x[0] + y[0]")

    def verdict(change: str) -> Verdict:
        return replay(step, "f", f"def f(x, y):\n    total = x[0] + y[0]\n    {change}\n    return total", [])

    one, like_it, other = verdict("x[0] = 5.0"), verdict("x[0] = 7.0"), verdict("y[0] = 5.0")
    assert one.calls[-1].args == ([1.0], [2.0]) and one.calls[-1].left == ([5.0], [2.0])
    assert same_calls(one, like_it) and not same_calls(one, other)


def test_an_entry_that_the_test_has_told_is_not_told_once_more():
    entry = "Entry [3, 1] is -0.1187, but -0.2644 is expected."
    difference = f"In element 1 of 2 (counted from 0): it differs in 10 of 10 entries. {entry}"
    assert adds_nothing(
        difference, f"The gradient of W2: it is right except for `decay` · `W2`, which is missing. {entry}"
    )
    assert not adds_nothing(difference, "The gradient of W2: it is off. Entry [0, 0] is 1, but 2 is expected.")
    assert not adds_nothing(f"The step from `w` goes the wrong way. {entry}", f"The gradient of W2: it is off. {entry}")
