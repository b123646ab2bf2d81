"""The instructor's cells are judged in the order of the source, wherever the student has put them."""

from __future__ import annotations

import nbformat
from probe import POINTS, in_region, notebook

from autograder.course.assignment import read_assignment
from autograder.course.submission import Submission
from autograder.engine.grade import grade
from autograder.engine.reference import prepare

CELLS = [
    ("given", "given", "numbers = [3, 4]"),
    ("solution", "largest", in_region("def largest(x):\n    return max(x, default=0)")),
    ("test", "test1", "assert largest(numbers) == max(numbers, default=0)"),
    ("given", "given2", "numbers = []"),
    ("test", "test2", "assert largest(numbers) == 0"),
]


def test_a_test_that_was_moved_is_judged_with_the_data_of_its_place(slot, tmp_path):
    nbformat.write(notebook(CELLS), tmp_path / "ps.ipynb")
    assignment = prepare(read_assignment(tmp_path, "ps"), slot)
    given, solution, first, given2, second = CELLS
    wrong = ("solution", "largest", "def largest(x):\n    return 0")
    for order in ([given, wrong, given2, first, second], [given, wrong, given2, second, first]):
        graded = grade(assignment, Submission("ada", {"ps": nbformat.writes(notebook(order))}), slot)
        assert {cell.cell: cell.score for cell in graded.cells} == {"test1": 0, "test2": POINTS}
    for order in ([given, solution, given2, second, first], [second, first, given, given2, solution]):
        graded = grade(assignment, Submission("ada", {"ps": nbformat.writes(notebook(order))}), slot)
        assert graded.score == (2 * POINTS if order[0] is given else 0)
