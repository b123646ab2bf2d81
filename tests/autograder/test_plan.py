"""What travels between engine and judge is what its page says, or one clear error."""

from __future__ import annotations

import json

import msgspec
import pytest

from autograder.engine.results import CellResult, GradedSubmission, read_record, with_record
from autograder.judging.outcome import Outcome
from autograder.judging.plan import (
    CellError,
    CellLine,
    Done,
    Fault,
    GivenLine,
    GivenStep,
    JudgeStep,
    Mistake,
    Over,
    Plan,
    Started,
    StudentStep,
    VerdictLine,
    read_line,
    read_plan,
    written,
)

STEPS = (
    StudentStep(index=0, source="x = 1", binds=("x",)),
    GivenStep(source="import numpy", code="…"),
    JudgeStep(
        index=2, name="test_x", source="assert x", code="…", points=2.0, students=frozenset({"x"}), isolated=True,
        apart=True, changes=None, hidden=frozenset({1}), needs=("x",), unwritten=(), reference=((None, "y = 1"),),
        given=("…",),
    ),
)  # fmt: skip
MISTAKE = Mistake(name="two", replaces="x", code="x = 2", message="It is one.", costs=("test_x",))
PLAN = Plan(
    cell_seconds=1.5, total_seconds=15.0, expected={"x": ("plain",)}, recording=False, steps=STEPS, mistakes=(MISTAKE,)
)
LINES = [
    Started(layers=("Landlock",)),
    CellLine(
        index=0, outputs=({"output_type": "stream", "name": "stdout", "text": "1"},),
        error=CellError(name="ValueError", text="no", traceback=("ValueError: no",), outcome=Outcome.RAISED),
    ),
    GivenLine(source="import nothing", error="ModuleNotFoundError"),
    VerdictLine(index=2, outcome=Outcome.PASSED, score=2.0, message="", mistake=None, changes=frozenset(), seconds=0.1),
    Over(process=7, index=2, gone=True),
    Fault(why="no worker"),
    Done(recorded={"x": ("plain",)}, modules=("numpy",)),
]  # fmt: skip


def test_a_plan_is_read_as_it_was_written():
    assert read_plan(written(PLAN)) == PLAN


@pytest.mark.parametrize("line", LINES, ids=lambda line: type(line).__name__)
def test_a_line_is_read_as_it_was_written_and_is_one_line(line):
    assert read_line(written(line)) == line and written(line).count(b"\n") == 1


def test_half_a_surrogate_pair_in_what_a_student_wrote_stops_nothing():
    assert read_line(written(Fault(why="half \ud800"))) == Fault(why="half ?")


def test_a_missing_field_is_named():
    plan = json.loads(written(PLAN))
    del plan["steps"][2]["points"]
    with pytest.raises(msgspec.ValidationError, match=r"missing required field `points`.*steps"):
        read_plan(json.dumps(plan).encode())


def test_an_unknown_field_is_named():
    line = json.loads(written(LINES[3])) | {"bonus": 1}
    with pytest.raises(msgspec.ValidationError, match="unknown field `bonus`"):
        read_line(json.dumps(line).encode())


def test_an_outcome_outside_the_closed_set_is_refused():
    line = json.loads(written(LINES[3])) | {"outcome": "excellent"}
    with pytest.raises(msgspec.ValidationError, match="excellent"):
        read_line(json.dumps(line).encode())


RESULT = CellResult("ps", "test_x", Outcome.FAILED, 0.0, 2.0, message="It is one.", mistake="two", seconds=0.25)


def test_the_record_in_an_autograded_notebook_is_read_as_it_was_written(tmp_path):
    nb = json.dumps({"cells": [], "metadata": {"kernelspec": {}}, "nbformat": 4, "nbformat_minor": 5}).encode()
    graded = GradedSubmission("ps", "ada", (RESULT,), notes=("late",), seconds=1.0)
    (tmp_path / "ps.ipynb").write_bytes(with_record(nb, "ps", graded, "abc"))
    assert json.loads((tmp_path / "ps.ipynb").read_text())["metadata"].keys() == {"kernelspec", "autograder"}
    record = read_record(tmp_path / "ps.ipynb")
    assert record is not None and (record.cells, record.fingerprint, record.notes) == ((RESULT,), "abc", ("late",))


@pytest.mark.parametrize("entry", [{}, {"autograder": {"cells": [{"cell": 1}]}}, {"autograder": {"bonus": 1}}, []])
def test_what_is_no_record_of_this_version_counts_as_none(tmp_path, entry):
    (tmp_path / "ps.ipynb").write_text(json.dumps({"metadata": entry}))
    assert read_record(tmp_path / "ps.ipynb") is None
