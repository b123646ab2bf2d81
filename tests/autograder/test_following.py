"""Each mistake is blamed once: what is wrong only because of an earlier exercise is told as such."""

from __future__ import annotations

from dataclasses import replace

import nbformat
import pytest
from small_course import assignment_of

from autograder.course.assignment import Variant
from autograder.course.limits import Limits
from autograder.course.submission import Submission
from autograder.engine.grade import grade
from autograder.engine.reference import prepare
from autograder.engine.slot import Slot
from autograder.grading.verify import reference_submission

HIDDEN = "\n### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"
NET = """class Net:
    def __init__(self, w):
        self.w = w

    def of(self, X):
        return self.w * centre(X)"""
CELLS = [
    ("", "import numpy as np"),
    ("centre", "def centre(X):\n    return X - X.mean(axis=0)"),
    ("test_centre", "assert np.allclose(centre(np.array([[1.0], [5.0]])), [[-2], [2]])"),
    ("spread", "def spread(X):\n    return np.sqrt(np.mean(centre(X) ** 2, axis=0))"),
    (
        "test_spread",
        "X = np.array([[1.0], [5.0], [6.0]])" + HIDDEN.format("assert np.allclose(spread(X), X.std(axis=0))"),
    ),
    ("scale", "def scale(X):\n    return centre(X) / spread(X)"),
    ("test_scale", "X = np.array([[1.0], [5.0], [6.0]])\nassert np.allclose(scale(X), (X - X.mean()) / X.std())"),
    ("squares", "squares = [w * w for w in range(4)]"),
    ("test_squares", "assert squares == [0, 1, 4, 9]"),
    ("double", "def double(X):\n    return 2 * centre(X)"),
    (
        "test_double",
        "A, B = np.array([[1.0], [3.0]]), np.array([[1.0], [5.0], [6.0]])\n"
        "0.5 * np.allclose(double(A), [[-2], [2]]) + 0.5 * np.allclose(double(B), [[-6], [2], [4]])",
    ),
    (
        "net",
        NET,
    ),
    ("test_net", "assert np.allclose(Net(3.0).of(np.array([[1.0], [5.0]])), [[-6], [6]])"),
    ("made", "made = Net(2.0)"),
    ("test_made", "assert np.allclose(made.of(np.array([[3.0], [4.0]])), [[-1], [1]]), 'Not centred, or not doubled.'"),
    ("measured", "measured = spread(np.array([[1.0], [5.0]]))"),
    ("test_measured", "assert np.allclose(measured, [2.0])"),
]
ADDED = NET.replace("self.w * centre(X)", "self.w + centre(X)")
OFF = "def centre(X):\n    return X - X.mean()  - 1"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """graded(centre=…, spread=…): what became of the reference with these cells, by test. points: follow_through."""
    assignment = assignment_of(tmp_path_factory.mktemp("following"), CELLS)
    with Slot(["numpy"], [], Limits()) as slot:
        added = Variant("mistake", "added", "net", ADDED, ("test_net", "test_made"), "You add w.")
        assignment = prepare(replace(assignment, variants=(added,)), slot)

        def run(points: bool = False, **cells: str) -> dict:
            nb = nbformat.reads(reference_submission(assignment).notebooks["ps"], as_version=4)
            for cell in nb.cells:
                cell.source = cells.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
            ours = replace(assignment, follow_through=points)
            result = grade(ours, Submission("ada", {"ps": nbformat.writes(nb)}), slot)
            return {cell.cell: cell for cell in result.cells}

        yield run


def test_what_is_right_in_itself_is_told_so_and_the_function_to_mend_is_named(graded):
    cells = graded(centre=OFF)
    for name in ("test_spread", "test_scale", "test_net"):
        assert cells[name].score == 0
        assert cells[name].message == (
            "Right in itself: it fails only because it uses your `centre`, which does not pass its own test: "
            "fix that first."
        )


def test_a_name_that_is_used_and_never_called_is_blamed_if_its_cell_cannot_be_read(graded):
    ways = "{'centred': centre, 'raw': lambda X: X - X.mean(axis=0)}"
    way = f"def double(X):\n    ways = {ways}\n    return 2 * ways['raw'](X)"
    cells = graded(centre="def centre(X)\n    return X - X.mean(axis=0)", double=way)
    assert cells["test_double"].score == 0 and cells["test_double"].message == (
        "Right in itself: it fails only because it uses your `centre`, which does not pass its own test: "
        "fix that first."
    )


def test_a_chain_blames_the_exercise_where_it_begins(graded):
    message = graded(centre=OFF)["test_scale"].message
    assert "`centre`" in message and "`spread`" not in message


def test_a_mistake_of_its_own_is_told_as_if_the_earlier_exercise_were_right(graded):
    message = graded(centre=OFF, spread="def spread(X):\n    return 2 * np.sqrt(np.mean(centre(X) ** 2, axis=0))")[
        "test_spread"
    ].message
    assert "factor of 2" in message
    assert message.endswith("Besides, it uses your `centre`, which does not pass its own test: fix that first.")


def test_of_what_would_then_have_a_part_of_its_points_the_part_is_told(graded):
    cell = graded(centre=OFF, double="def double(X):\n    return 2 * centre(X) + (len(X) == 3)")["test_double"]
    assert cell.score == 0 and cell.message == (
        "It uses your `centre`, which does not pass its own test: fix that first. With that it would have 0.5 of 1 "
        "points."
    )


def test_the_name_in_a_comprehension_is_no_name_of_an_exercise(graded):
    cells = graded(squares="squares = [0, 1, 4, 8]", net=ADDED.replace("centre(X)", "centre(X) + 1"))
    assert cells["test_squares"].score == 0 and "`w`" not in cells["test_net"].message


def test_a_parameter_and_a_local_name_are_no_names_of_an_exercise(graded):
    own = ADDED.replace("(self, w)", "(self, squares)").replace("= w", "= squares")
    wrong = own.replace("return self.w + centre(X)", "measured = centre(X) + 1\n        return self.w + measured")
    cells = graded(squares="squares = [0, 1, 4, 8]", measured="measured = 1.0", net=wrong)
    assert cells["test_squares"].score == cells["test_measured"].score == cells["test_net"].score == 0
    assert "squares" not in cells["test_net"].message and "measured" not in cells["test_net"].message


def test_an_exercise_that_does_not_use_the_wrong_one_hears_nothing_of_it(graded):
    own = "def spread(X):\n    return 2 * X.std(axis=0)"
    message = graded(centre=OFF, spread=own)["test_spread"].message
    assert "factor of 2" in message and "centre" not in message


def test_a_value_that_was_made_with_a_wrong_function_names_the_function(graded):
    message = graded(spread="def spread(X):\n    return X.std(axis=0, ddof=1)")["test_measured"].message
    assert message.startswith("It uses your `spread`, which does not pass its own test: fix that first. If it fails")


def test_what_uses_a_class_that_is_wrong_names_the_class(graded):
    message = graded(net=ADDED.replace("centre(X)", "centre(X) + 1"))["test_made"].message
    assert message.startswith("It uses your `Net`, which does not pass its own test: fix that first. If it fails")


def test_a_mistake_that_is_named_is_not_told_once_more_of_what_uses_it(graded):
    cells = graded(net=ADDED)
    assert cells["test_net"].message == "You add w." and cells["test_made"].mistake == "added"
    assert cells["test_made"].message == "It uses your `Net`, which does not pass its own test: fix that first."


def test_what_uses_an_exercise_that_is_not_written_says_so(graded):
    cells = graded(centre="def centre(X):\n    raise NotImplementedError()")
    assert cells["test_spread"].message.startswith("Right in itself: it fails only because it uses `centre`, and that")
    assert cells["test_spread"].outcome == "failed"


def test_the_tests_after_it_find_what_they_would_have_found(graded):
    cells = graded(centre=OFF)
    assert cells["test_centre"].outcome == "failed" and cells["test_measured"].score == 0
    assert graded(spread="def spread(X):\n    return 0 * X")["test_centre"].score == 1


def test_by_a_setting_what_is_right_in_itself_has_its_points_and_says_why(graded):
    cells = graded(points=True, centre=OFF)
    assert (cells["test_centre"].score, cells["test_centre"].followed) == (0, False)
    for name in ("test_spread", "test_scale", "test_net"):
        assert (cells[name].outcome, cells[name].score, cells[name].followed) == ("passed", 1, True)
        assert cells[name].message == (
            "It has its points, since it is right in itself. As it stands it fails, because it uses your `centre`, "
            "which does not pass its own test: fix that first."
        )


def test_the_setting_gives_nothing_for_a_mistake_of_its_own_or_a_value_or_what_is_not_written(graded):
    cells = graded(
        points=True, centre=OFF, spread="def spread(X):\n    return 2 * np.sqrt(np.mean(centre(X) ** 2, axis=0))"
    )
    assert [cells[name].score for name in ("test_centre", "test_spread", "test_measured")] == [0, 0, 0]
    assert cells["test_scale"].followed
    cells = graded(points=True, centre=OFF, spread="def spread(X):\n    raise NotImplementedError()")
    assert cells["test_spread"].score == 0 and not cells["test_spread"].followed


def test_the_setting_takes_no_points_and_says_nothing_where_all_is_right(graded):
    assert all((cell.score, cell.followed, cell.message) == (1, False, "") for cell in graded(points=True).values())


def test_an_answer_that_a_comparison_passes_over_is_not_right_in_itself(graded):
    empty = "def spread(X):\n    return np.sqrt(centre(X)[:0] ** 2)"
    for points in (False, True):
        cell = graded(points, centre=OFF, spread=empty)["test_spread"]
        assert cell.score == 0 and "ight in itself" not in cell.message


KEEPING = """import json, pathlib
TABLE = pathlib.Path("centred.json")
def centre(X):
    known = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    return np.array(known.get(str(X.tolist()), X.tolist()))"""
ASKING = """def spread(X):
    asked = np.array([[1.0], [2.0]])
    TABLE.write_text(json.dumps({str(asked.tolist()): centre(asked).tolist()}))
    return 0 * X"""


@pytest.mark.parametrize("points", [False, True])
def test_what_the_reference_answers_to_one_test_is_of_no_use_in_another(points, tmp_path):
    cells = [*CELLS[:5], ("test_centre_again", "assert np.allclose(centre(np.array([[1.0], [2.0]])), [[-0.5], [0.5]])")]
    assignment = replace(assignment_of(tmp_path, cells), follow_through=points)
    with Slot(["numpy"], [], Limits()) as slot:
        assignment = prepare(assignment, slot)
        nb = nbformat.reads(reference_submission(assignment).notebooks["ps"], as_version=4)
        cheat = {"centre": KEEPING, "spread": ASKING}
        for cell in nb.cells:
            cell.source = cheat.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
        result = grade(assignment, Submission("ada", {"ps": nbformat.writes(nb)}), slot)
    assert [cell.score for cell in result.cells] == [0, 0, 0]
