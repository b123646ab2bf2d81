"""The first problem set keeps its promises: right work scores, wrong work does not, nothing leaks."""

import os
import subprocess
import sys

import pytest
from nbformat.v4 import new_notebook
from problem_sets import ROOT, failures, grade_id, is_test, read_notebook, read_variants

SOURCE = read_notebook(ROOT / "source" / "mlp" / "mlp.ipynb")
VARIANTS = read_variants(ROOT / "tests" / "variants" / "mlp.py")
MISTAKES = [variant for variant in VARIANTS if variant.kind == "mistake"]
ALTERNATIVES = [variant for variant in VARIANTS if variant.kind == "alternative"]
SOLUTIONS = [cell for cell in SOURCE.cells if cell.metadata.get("nbgrader", {}).get("solution")]
TESTS = [cell for cell in SOURCE.cells if is_test(cell)]


def names(variants):
    return [variant.name for variant in variants]


def nbgrader(*arguments, cwd):
    """Runs nbgrader, where the course's utils can be imported and alembic, which it calls, is found."""
    modules = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    programs = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *map(str, arguments)],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": modules, "PATH": programs},
        capture_output=True,
        text=True,
        timeout=240,
    )


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """The release notebook, made by nbgrader in a course of its own."""
    course = tmp_path_factory.mktemp("course")
    (course / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'mlp'\n")
    copy = course / "source" / "mlp" / "mlp.ipynb"
    copy.parent.mkdir(parents=True)
    copy.write_bytes((ROOT / "source" / "mlp" / "mlp.ipynb").read_bytes())
    made = nbgrader("generate_assignment", "mlp", cwd=course)
    assert made.returncode == 0, made.stderr
    return read_notebook(course / "release" / "mlp" / "mlp.ipynb")


def open_and_kept_back(notebook):
    """The lines of a source notebook that students may see, and those that they may not."""
    lines = {False: set(), True: set()}
    for cell in notebook.cells:
        kept_back = False
        for line in cell.source.split("\n"):
            if "### BEGIN " in line or "### END " in line:
                kept_back = "### BEGIN " in line
            else:
                lines[kept_back].add(line.strip())
    return lines[False], lines[True]


def test_the_points_sum_to_100():
    assert sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in SOURCE.cells) == 100


def test_it_is_committed_without_outputs():
    code = [cell for cell in SOURCE.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)


def test_every_code_solution_has_a_test_cell_with_a_visible_and_a_hidden_part():
    for cell in TESTS:
        visible, hidden = cell.source.split("### BEGIN HIDDEN TESTS")
        assert "assert" in visible and "assert" in hidden, f"{grade_id(cell)} lacks a part"
    for cell in SOLUTIONS:
        if cell.cell_type == "code":
            assert any(grade_id(test).startswith(f"test_{grade_id(cell)}") for test in TESTS), grade_id(cell)


def test_the_reference_passes_every_test():
    assert failures(SOURCE) == {}


def test_the_committed_release_is_what_nbgrader_makes_of_the_source(release):
    assert read_notebook(ROOT / "release" / "mlp" / "mlp.ipynb") == release


def test_the_release_scores_nothing(release):
    assert set(failures(release)) == {grade_id(cell) for cell in TESTS}


def test_the_release_shows_no_solution_and_no_hidden_test(release):
    shown = {line.strip() for cell in release.cells for line in cell.source.split("\n")}
    assert not any("HIDDEN TESTS" in line or "SOLUTION" in line for line in shown)
    visible, kept_back = open_and_kept_back(SOURCE)
    assert not (kept_back - visible) & shown
    answer = next(cell for cell in SOLUTIONS if cell.cell_type == "markdown")
    assert not set(answer.source.split("\n")) & shown - {""}


def test_no_given_line_is_a_line_of_a_solution():
    solutions = [cell for cell in SOLUTIONS if cell.cell_type == "code"]
    _, solved = open_and_kept_back(new_notebook(cells=solutions))
    visible, _ = open_and_kept_back(SOURCE)
    assert not {line for line in solved & visible if len(line) > 20}


def test_the_release_says_where_to_write(release):
    for cell in release.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            stub = "raise NotImplementedError()" if cell.cell_type == "code" else "YOUR ANSWER HERE"
            assert stub in cell.source, grade_id(cell)


def test_nbgrader_validates_the_source():
    result = nbgrader("validate", ROOT / "source" / "mlp" / "mlp.ipynb", cwd=ROOT)
    assert result.returncode == 0 and "Success" in result.stdout, result.stdout + result.stderr


def test_the_catalogue_is_rich_and_names_what_exists():
    assert len(MISTAKES) >= 22 and len(ALTERNATIVES) >= 10
    assert len(set(names(VARIANTS))) == len(VARIANTS)
    solutions, tests = {grade_id(cell) for cell in SOLUTIONS}, {grade_id(cell) for cell in TESTS}
    assert {variant.replaces for variant in VARIANTS} <= solutions
    assert set().union(*(variant.costs for variant in MISTAKES)) == tests, "some test cell is no mistake's"


@pytest.mark.parametrize("mistake", MISTAKES, ids=names(MISTAKES))
def test_a_mistake_costs_exactly_the_points_it_should(mistake):
    assert set(failures(SOURCE, {mistake.replaces: mistake.code})) == mistake.costs


@pytest.mark.parametrize("alternative", ALTERNATIVES, ids=names(ALTERNATIVES))
def test_another_right_solution_loses_nothing(alternative):
    assert failures(SOURCE, {alternative.replaces: alternative.code}) == {}
