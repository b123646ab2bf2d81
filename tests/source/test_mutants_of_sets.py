"""The problem sets' tests find small mistakes: some mutants of two exercises, graded as a class is.

`autograder verify mlp --mutants` tries all of all exercises; here is a sample that is small enough for every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from problem_sets import ROOT

from autograder.course.assignment import TEST, Assignment, Variant
from autograder.course.folders import Course
from autograder.course.limits import Limits
from autograder.engine.reference import prepare
from autograder.engine.slot import Slot
from autograder.grading.mutants import Fate, Mutant, mutants_of, told, try_mutants
from autograder.grading.verify import concerned_by

pytestmark = pytest.mark.slow

SAMPLE = [("mlp", "leaky_relu"), ("backprop", "relu_backward")]
KINDS = ("comparison", "constant", "operator")


@dataclass
class Exercise:
    """One exercise of a problem set, with its nearest test alone."""

    assignment: Assignment
    cell: str
    slot: Slot

    def tried(self, weaker: bool = False) -> list[Mutant]:
        """What became of its mutants; with a weaker test, what would become of them without the hidden lines."""
        assignment = _without_hidden_lines(self.assignment) if weaker else self.assignment
        mutants = [m for m in mutants_of(assignment) if m.cell == self.cell and m.mutation.kind in KINDS]
        return try_mutants(prepare(assignment, self.slot), [self.slot], lambda done: None, mutants)


def _only(assignment: Assignment, cell: str) -> Assignment:
    """The cells up to the first test of an exercise, and no variants but what is allowed."""
    (notebook,) = concerned_by(Variant("mistake", "any", cell, ""), assignment).notebooks
    cells = [c for c in notebook.cells if c.kind != TEST or c is notebook.tests()[0]]
    cells = cells[: cells.index(notebook.tests()[0]) + 1]
    return replace(assignment, notebooks=(replace(notebook, cells=tuple(cells)),), variants=())


def _without_hidden_lines(assignment: Assignment) -> Assignment:
    (notebook,) = assignment.notebooks
    cells = (replace(c, source=c.release) if c.kind == TEST else c for c in notebook.cells)
    return replace(assignment, notebooks=(replace(notebook, cells=tuple(cells)),))


@pytest.fixture(params=SAMPLE, ids=lambda pair: pair[1], scope="module")
def exercise(request) -> Iterator[Exercise]:
    name, cell = request.param
    course = Course(ROOT)
    with Slot(["numpy"], course.settings.packages, Limits(cell_seconds=60)) as slot:
        yield Exercise(_only(course.assignment(name), cell), cell, slot)


def test_no_mutant_keeps_its_points(exercise):
    done = exercise.tried()
    assert sum(mutant.fate is Fate.KILLED for mutant in done) >= 4
    assert not [told(mutant) for mutant in done if mutant.fate is Fate.SURVIVOR]


def test_a_weaker_test_is_found_out(exercise):
    assert Fate.SURVIVOR in {mutant.fate for mutant in exercise.tried(weaker=True)}
