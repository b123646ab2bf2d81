"""Each probe: judged, every submission scores what it scores in plain nbgrader, or the cell falls back and says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import nbformat
import probes_arrays
import probes_bindings
import probes_classes
import probes_everyday
import probes_functions
import probes_lending
import probes_modules
import probes_ownership
import pytest
from plain import Plain
from probe import POINTS, Probe, notebook

from autograder.course.assignment import Assignment, read_assignment
from autograder.course.submission import Submission
from autograder.engine.grade import grade
from autograder.engine.reference import prepare
from autograder.engine.slot import Slot

PROBES: list[Probe] = [
    *probes_functions.PROBES,
    *probes_bindings.PROBES,
    *probes_arrays.PROBES,
    *probes_classes.PROBES,
    *probes_ownership.PROBES,
    *probes_lending.PROBES,
    *probes_everyday.PROBES,
    *probes_modules.PROBES,
]
# `make test` grades all cheats. Of every third probe it also looks at how it is prepared, which grades the reference,
# and grades the cell as released, the first right and the first wrong solution. The rest is for `make test-all`.
THIRD = PROBES[::3]
KINDS = {"untouched", "right 1", "wrong 1"}


def marks(fast: bool) -> list[pytest.MarkDecorator]:
    return [] if fast else [pytest.mark.slow]


EACH = [pytest.param(p, id=p.what, marks=marks(p in THIRD)) for p in PROBES]
CASES = [
    pytest.param(p, kind, id=f"{p.what}-{kind}", marks=marks("cheat" in kind or p in THIRD and kind in KINDS))
    for p in PROBES
    for kind in p.submissions()
]


@dataclass(frozen=True)
class Place:
    """Where a probe is tried: in the grader, and in a plain process."""

    slot: Slot
    plain: Plain


@pytest.fixture(scope="session")
def place_for(slot, plain, light_slot, light_plain) -> Callable[[Probe], Place]:
    """The place that has the modules which a probe needs."""
    light, heavy = Place(light_slot, light_plain), Place(slot, plain)
    return lambda probe: heavy if probe.is_heavy else light


@pytest.fixture(scope="session")
def prepared(place_for, tmp_path_factory):
    """Prepares a probe as an assignment, once."""

    @cache
    def make(what: str) -> Assignment:
        probe = next(p for p in PROBES if p.what == what)
        folder = tmp_path_factory.mktemp("probe") / "ps"
        folder.mkdir()
        nbformat.write(notebook(probe.cells()), folder / "ps.ipynb")
        for name, content in probe.files.items():
            (folder / name).write_bytes(content)
        return prepare(read_assignment(folder, "ps"), place_for(probe).slot)

    return make


def test_each_probe_has_a_name_of_its_own():
    assert len({p.what for p in PROBES}) == len(PROBES)


@pytest.mark.parametrize("probe", EACH)
def test_is_isolated_or_says_why_not(probe, prepared):
    tests = prepared(probe.what).notebooks[0].tests()
    assert all(cell.isolated != bool(cell.why) for cell in tests)
    assert all(cell.isolated for cell in tests) == probe.isolated, [cell.why for cell in tests]


@pytest.mark.parametrize("probe, kind", CASES)
def test_scores_as_in_plain_nbgrader(probe, kind, prepared, place_for, tmp_path):
    assignment = prepared(probe.what)
    code = probe.submissions()[kind]
    code = assignment.notebooks[0].cell("solution").release if code is None else code
    cells = probe.cells(code)
    for name, content in probe.files.items():
        (tmp_path / name).write_bytes(content)
    scores = place_for(probe).plain.scores(cells, POINTS, tmp_path)
    graded = grade(assignment, Submission("ada", {"ps": nbformat.writes(notebook(cells))}), place_for(probe).slot)
    judged = {cell.cell: cell.score for cell in graded.cells}
    said = [cell.message for cell in graded.cells]

    if kind.startswith("cheat"):
        assert sum(judged.values()) < sum(scores.values()), said
    else:
        assert judged == scores, said
    if kind.startswith("right"):
        assert sum(scores.values()) == POINTS * len(scores), "this solution is not right"
    if kind.startswith("wrong"):
        assert sum(scores.values()) < POINTS * len(scores), "this solution is not wrong"
    for cell in graded.cells:
        assert cell.message or cell.score == cell.max_score
