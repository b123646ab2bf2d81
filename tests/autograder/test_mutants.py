"""What the tests of a course let pass is found by changing its reference, and shown with a test that would catch it."""

from __future__ import annotations

import json
from dataclasses import replace

import nbformat
import numpy as np
import pytest
from nbformat import v4
from small_course import meta

from autograder.course.assignment import Assignment, Variant, read_assignment
from autograder.course.limits import Limits
from autograder.engine.reference import prepare
from autograder.engine.slot import Slot
from autograder.grading.mutants import Fate, Mutant, mutants_of, summary, told, try_mutants

pytestmark = pytest.mark.slow  # some dozens of gradings

SLOPE = "def slope(z):\n    ### BEGIN SOLUTION\n    return np.where(z > 0, 1.0, 0.0)\n    ### END SOLUTION"
TALLY = """def tally(rate):
    ### BEGIN SOLUTION
    seen = []

    def step(x):
        seen.append(x)
        return rate * sum(seen)

    return step
    ### END SOLUTION"""
CHOICE = "### BEGIN SOLUTION\nthreshold = 0.5\n### END SOLUTION"
FAR = "assert np.array_equal(slope(np.array([-3.0, 4.0])), [0, 1])"
NEAR = "assert np.array_equal(slope(np.array([-1.0, 0.0, 1.0, 0.5, -0.5])), [0, 0, 1, 1, 0])"
STEPS = "step = tally(2.0)\nassert [step(1.5), step(2.5)] == [3.0, 8.0]"
FREE = "assert 0 < threshold < 2"
TESTS = {"test_slope": (FAR, FAR + "\n" + NEAR), "test_tally": (STEPS, STEPS), "test_threshold": (FREE, FREE)}


def course(folder, thorough: bool) -> Assignment:
    nb = v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
    nb.cells = [v4.new_code_cell("import numpy as np", id="given")]
    for name, code in [("slope", SLOPE), ("tally", TALLY), ("choice", CHOICE)]:
        nb.cells.append(v4.new_code_cell(code, metadata=meta(name, solution=True), id=name))
    for name, (loose, tight) in TESTS.items():
        cell = v4.new_code_cell(
            tight if thorough else loose, metadata=meta(name, 1, grade=True), id=name.replace("_", "-")
        )
        nb.cells.append(cell)
    folder.mkdir()
    nbformat.write(nb, folder / "ps.ipynb")
    return read_assignment(folder, "ps")


def only(assignment: Assignment, cell: str, *kinds: str) -> list[Mutant]:
    return [m for m in mutants_of(assignment) if m.cell == cell and (not kinds or m.mutation.kind in kinds)]


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """tried(thorough, cell, *kinds): what became of these mutants."""
    folder = tmp_path_factory.mktemp("course")
    courses = {thorough: course(folder / str(thorough), thorough) for thorough in (False, True)}
    with Slot(courses[False].imports, [], Limits(cell_seconds=20)) as slot:
        ready = {thorough: prepare(assignment, slot) for thorough, assignment in courses.items()}

        def run(thorough: bool, cell: str, *kinds: str, allowed: tuple[Variant, ...] = ()) -> list[Mutant]:
            assignment = replace(ready[thorough], allowed=allowed)
            return try_mutants(assignment, [slot], lambda done: None, only(assignment, cell, *kinds))

        yield run


def test_a_hole_is_shown_with_a_test_that_closes_it(tried):
    (survivor,) = [m for m in tried(False, "slope", "constant") if "z > 1" in m.mutation.code]
    assert survivor.fate is Fate.SURVIVOR
    assert "+    return np.where(z > 1, 1.0, 0.0)" in survivor.diff
    assert survivor.input and all(line in told(survivor) for line in (survivor.input, survivor.test))
    assert survivor.test.startswith("assert np.allclose(slope(np.array(")

    def holds(code: str) -> bool:
        names = {"np": np}
        exec(code, names)
        try:
            exec(survivor.test, names)
        except AssertionError:
            return False
        return True

    assert holds(survivor.original) and not holds(survivor.mutation.code)


def test_tests_that_look_on_both_sides_of_a_kink_leave_no_hole(tried):
    done = tried(True, "slope", "constant", "comparison")
    assert Fate.SURVIVOR not in {m.fate for m in done} and Fate.KILLED in {m.fate for m in done}


def test_what_no_call_tells_apart_is_equivalent(tried):
    fates = {m.changed_lines[0]: m.fate for m in tried(True, "tally", "dropped term")}
    assert fates["return (rate)"] is Fate.KILLED
    assert Fate.EQUIVALENT in {m.fate for m in tried(True, "slope", "dtype of z", "squeezed")}


def test_another_value_that_a_test_accepts_is_a_choice(tried):
    fates = {m.mutation.code: m.fate for m in tried(False, "choice")}
    assert fates["threshold = 1.0"] is Fate.CHOICE and fates["threshold = 0.0"] is Fate.KILLED


def test_what_the_file_of_variants_allows_is_no_survivor(tried):
    allowed = Variant("allowed", "other_kink", "slope", "return np.where(z > 1, 1.0, 0.0)\n")
    done = tried(False, "slope", "constant", allowed=(allowed,))
    assert [m.fate for m in done if "z > 1" in m.mutation.code] == [Fate.ALLOWED]
    assert "1 allowed" in summary(done, 1.0)


def test_the_command_says_what_came_of_the_mutants_and_ends_with_1_for_a_survivor(unreleased, tmp_path):
    made = unreleased.autograder("verify", "ps", "--mutants", "--json", tmp_path / "mutants.json")
    data = json.loads((tmp_path / "mutants.json").read_text())
    fates = {mutant["kind"]: mutant["fate"] for mutant in data["mutants"]}
    assert f"ps: {len(data['mutants'])} mutants in " in made.stdout and fates["operator"] == "killed"
    assert made.returncode == 1 and fates["squeezed"] == "survivor" and "survivor in double: squeezed" in made.stdout
    assert "assert np.shape(double(np.array([0.0]))) == (1,)" in made.stdout
