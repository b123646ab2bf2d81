"""One arena, its assignments prepared, one warm slot and one unprotected process for all attacks."""

import os

import pytest
from arena import LIMITS, POINTS, UNHURRIED, Arena
from unprotected import Unprotected

from autograder.engine.grade import grade
from autograder.engine.reference import prepare
from autograder.engine.slot import Slot
from autograder.grading.verify import reference_submission

BETWEEN = 8


@pytest.fixture(scope="session")
def arena(tmp_path_factory):
    arena = Arena.build(tmp_path_factory.mktemp("arena"))
    yield arena
    arena.close()


@pytest.fixture(scope="session")
def prepared(arena):
    """(assignments by name, slot), ready to grade."""
    assignments = {name: arena.assignment(name) for name in ("ps", "few")}
    with Slot(assignments["ps"].imports, ["utils"], LIMITS) as slot:
        slot.limits = UNHURRIED
        assignments = {name: prepare(assignment, slot) for name, assignment in assignments.items()}
        assert all(cell.isolated for it in assignments.values() for cell in it.notebooks[0].tests())
        yield assignments, slot


@pytest.fixture(scope="session")
def neighbour(prepared):
    """Grades an honest submission on the same slot; it must get every point whatever came before it.

    As in a class, not after each attack but after every `BETWEEN`, and after the last one.
    """
    assignment, slot = prepared[0]["ps"], prepared[1]
    honest = reference_submission(assignment, student="neighbour")

    before: list[str] = []  # attacks since the last honest submission

    def check(attack: str | None = None) -> None:
        before.append(attack or "")
        if attack and len(before) < BETWEEN:
            return
        slot.limits = UNHURRIED
        graded = grade(assignment, honest, slot)
        lost = [cell for cell in graded.cells if cell.score != cell.max_score]
        assert graded.score == POINTS, f"after {', '.join(before)}: {lost}"
        before.clear()

    check()
    yield check
    check()


@pytest.fixture(scope="session")
def unprotected(arena):
    process = Unprotected()
    yield process
    process.close()


@pytest.fixture
def folder(arena):
    """A submission's folder in the course, as nbgrader has it; gone afterwards whatever was put in it."""
    path = arena.root / "submitted" / "mallory" / "ps"
    path.mkdir(parents=True)
    yield path
    os.system(f"chmod -R u+rwX '{path}'; rm -rf '{path}'")
