"""What every problem set promises: right work scores, wrong work does not, nothing leaks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import nbformat
import pytest
from commands import run
from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from autograder.course.assignment import Variant
from autograder.course.folders import Course
from utils.how_far import report

ROOT = Path(__file__).resolve().parents[2]


def read_notebook(path: Path) -> NotebookNode:
    """Reads a notebook in the current format."""
    return nbformat.read(path, as_version=4)


@cache
def source_of(name: str) -> NotebookNode:
    """The instructor's notebook of a problem set."""
    return read_notebook(ROOT / "source" / name / f"{name}.ipynb")


@cache
def variants_of(name: str, kind: str) -> list[Variant]:
    """The named mistakes ("mistake") or the other right solutions ("alternative") of a problem set."""
    return [variant for variant in Course(ROOT).assignment(name).variants if variant.kind == kind]


def grade_id(cell: NotebookNode) -> str:
    """The cell's nbgrader name, or "" where it has none."""
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def is_test(cell: NotebookNode) -> bool:
    """Whether this is a cell of tests that the grader runs."""
    about = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and about.get("grade", False) and not about.get("solution", False)


@contextmanager
def a_students_session() -> Iterator[dict]:
    """A fresh namespace, and Python's warning filters as they were once it is left."""
    with warnings.catch_warnings():
        yield {"__name__": "__main__"}


def failures(notebook: NotebookNode) -> dict[str, Exception]:
    """Runs all code cells in one namespace, going on after an error as the grader does.

    Args:
        notebook: a source or a release notebook.

    Returns:
        What each failed test cell raised, by its grade_id; empty where all passed.
    """
    failed = {}
    with a_students_session() as namespace:
        for cell in notebook.cells:
            if cell.cell_type != "code":
                continue
            try:
                exec(compile(cell.source, grade_id(cell) or cell.id, "exec"), namespace)
            except Exception as error:  # whatever a student's code may raise
                if is_test(cell):
                    failed[grade_id(cell)] = error
    return failed


def open_and_kept_back(notebook: NotebookNode) -> tuple[set[str], set[str]]:
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


def nbgrader(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess:
    """Runs nbgrader, where the course's utils can be imported."""
    modules = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return run("nbgrader", *arguments, cwd=cwd, env={"PYTHONPATH": modules})


def exercises(notebook: NotebookNode) -> list[tuple[str, float, str]]:
    """The exercises of a problem set: heading, points of the graded cells below it, and the text between.

    A section without graded cells is no exercise.
    """
    sections: list[list] = []
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "markdown" and not about.get("grade"):
            text = re.split(r"^(##+ .*)$", cell.source, flags=re.MULTILINE)
            if sections:
                sections[-1][2] += text[0]
            sections += [[heading, 0, below] for heading, below in zip(text[1::2], text[2::2], strict=True)]
        if about.get("grade"):
            sections[-1][1] += about["points"]
    return [tuple(section) for section in sections if section[1]]


LECTURE = re.compile(r"\[(\d+), section (\d+): (.+?)\]\(\.\./\.\./notebooks/(\w+\.ipynb)#cell-id=([\w-]+)\)")


class ProblemSet:
    """The tests of one problem set. A subclass says which, and how rich its catalogue is to be."""

    name: str
    mistakes_at_least: int
    alternatives_at_least: int

    @property
    def source(self) -> NotebookNode:
        return source_of(self.name)

    @property
    def solutions(self) -> list[NotebookNode]:
        return [cell for cell in self.source.cells if cell.metadata.get("nbgrader", {}).get("solution")]

    @property
    def tests(self) -> list[NotebookNode]:
        return [cell for cell in self.source.cells if is_test(cell)]

    def test_the_points_sum_to_100(self):
        assert sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in self.source.cells) == 100

    def test_it_is_committed_without_outputs(self):
        code = [cell for cell in self.source.cells if cell.cell_type == "code"]
        assert not any(cell.outputs or cell.execution_count for cell in code)

    def test_every_code_solution_has_a_test_cell_with_a_visible_and_a_hidden_part(self):
        for cell in self.tests:
            visible, hidden = cell.source.split("### BEGIN HIDDEN TESTS")
            assert "assert" in visible and "assert" in hidden, f"{grade_id(cell)} lacks a part"
        tested = {grade_id(test) for test in self.tests}
        for cell in self.solutions:
            if cell.cell_type == "code":
                assert any(test.startswith(f"test_{grade_id(cell)}") for test in tested), grade_id(cell)

    def test_the_reference_passes_every_test(self):
        assert failures(self.source) == {}

    def test_the_committed_release_is_what_nbgrader_makes_of_the_source(self, release):
        assert read_notebook(ROOT / "release" / self.name / f"{self.name}.ipynb") == release

    def test_the_release_scores_nothing(self, release):
        assert set(failures(release)) == {grade_id(cell) for cell in self.tests}

    def test_the_release_shows_no_solution_and_no_hidden_test(self, release):
        shown = {line.strip() for cell in release.cells for line in cell.source.split("\n")}
        assert not any("HIDDEN TESTS" in line or "SOLUTION" in line for line in shown)
        visible, kept_back = open_and_kept_back(self.source)
        assert not (kept_back - visible) & shown
        answer = next(cell for cell in self.solutions if cell.cell_type == "markdown")
        assert not set(answer.source.split("\n")) & shown - {""}

    def test_no_given_line_is_a_line_of_a_solution(self):
        solutions = [cell for cell in self.solutions if cell.cell_type == "code"]
        _, solved = open_and_kept_back(new_notebook(cells=solutions))
        visible, _ = open_and_kept_back(self.source)
        assert not {line for line in solved & visible if len(line) > 20}

    def test_the_release_says_where_to_write(self, release):
        for cell in release.cells:
            if cell.metadata.get("nbgrader", {}).get("solution"):
                stub = "raise NotImplementedError()" if cell.cell_type == "code" else "YOUR ANSWER HERE"
                assert stub in cell.source, grade_id(cell)

    def test_points_stand_at_the_heading_of_every_exercise_and_nowhere_else(self):
        worth = {heading: points for heading, points, _ in exercises(self.source)}
        said = {}
        for cell in self.source.cells:
            if cell.cell_type == "markdown" and not grade_id(cell):
                marked = re.findall(r"^(##+ .* \((\d+) points?\))$", cell.source, re.MULTILINE)
                said |= {heading: float(points) for heading, points in marked}
        assert said == worth and sum(worth.values()) == 100

    def test_every_exercise_links_a_section_of_a_lecture_which_names_the_exercise_in_turn(self):
        for heading, _, text in exercises(self.source):
            links = LECTURE.findall(text)
            assert links, f"{heading} links no lecture"
            number = re.search(r"[\d.]+\d|\d+", heading)[0]
            for lecture, section, title, file, cell_id in links:
                notebook = read_notebook(ROOT / "notebooks" / file)
                there = next(cell.source for cell in notebook.cells if cell.id == cell_id).split("\n")[0]
                assert there.removesuffix(" (optional)") == f"## {section} · {title}" and file.startswith(
                    f"{lecture:0>2}"
                )
                named = re.search(
                    rf"release/{self.name}/{self.name}\.ipynb\), exercises? ([\d., ]+)", notebook.cells[-1].source
                )
                assert number in named[1].rstrip(".").split(", "), f"the end of {file} does not name {number}"

    def test_every_exercise_with_code_has_one_folded_hint(self):
        by_people = {grade_id(cell) for cell in self.solutions if cell.cell_type == "markdown"}
        assert len(by_people) == 1  # the last exercise
        for heading, _, text in exercises(self.source)[:-1]:
            assert text.count("<details><summary>Hint</summary>\n\n") == text.count("\n\n</details>") == 1, heading

    def test_the_last_cell_says_how_far_one_is(self, release):
        assert [cell.id for cell in release.cells if cell.cell_type == "code"][-1] == "how_far"
        tests = [cell for cell in release.cells if is_test(cell)]
        points = sum(cell.metadata.nbgrader.points for cell in tests)
        with a_students_session() as nothing:
            said = report(release, nothing)
        assert f"0 of {len(tests)} visible tests pass. They account for 0 of {points} points" in said
        assert f"{100 - points} more points are for written answers" in said

    def test_how_far_counts_the_visible_tests_that_hold_and_names_what_is_open(self, release):
        first = next(cell for cell in release.cells if is_test(cell))
        cells = release.cells[: release.cells.index(first) + 1]
        solved = {grade_id(cell): cell.source for cell in self.source.cells}
        with a_students_session() as namespace:
            for cell in cells[:-1]:
                if cell.cell_type == "code":
                    exec(solved.get(grade_id(cell), cell.source), namespace)
            said = report(release, namespace)
        worth = cells[-1].metadata.nbgrader.points
        assert said.startswith(f"1 of {len(self.tests)} visible tests pass. They account for {worth} of ")
        assert (
            exercises(self.source)[0][0].lstrip("# ") not in said and exercises(self.source)[1][0].lstrip("# ") in said
        )

    def test_nbgrader_validates_the_source(self):
        result = nbgrader("validate", ROOT / "source" / self.name / f"{self.name}.ipynb", cwd=ROOT)
        assert result.returncode == 0 and "Success" in result.stdout, result.stdout + result.stderr

    def test_the_catalogue_is_rich_and_leaves_no_test_cell_out(self):
        mistakes, alternatives = (variants_of(self.name, kind) for kind in ("mistake", "alternative"))
        assert len(mistakes) >= self.mistakes_at_least and len(alternatives) >= self.alternatives_at_least
        assert {cost for variant in mistakes for cost in variant.costs} == {grade_id(cell) for cell in self.tests}

    @pytest.mark.slow
    @pytest.mark.timeout(3600)
    def test_every_mistake_is_named_and_costs_what_it_should_and_no_alternative_loses_a_point(self, tmp_path):
        shutil.copytree(ROOT / "source" / self.name, tmp_path / "source" / self.name)
        for file in ("nbgrader_config.py", f"tests/variants/{self.name}.py"):
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, tmp_path / file)
        verified = subprocess.run(
            [sys.executable, "-m", "autograder", "verify", self.name, "--jobs", "1"],
            cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        )  # fmt: skip
        mistakes, alternatives = (variants_of(self.name, kind) for kind in ("mistake", "alternative"))
        failed = [line for line in verified.stdout.splitlines() if "FAIL" in line]
        assert verified.returncode == 0 and not failed, verified.stderr
        said = f"false accepts 0 of {len(mistakes)} mistakes, false rejects 0 of {len(alternatives)} alternatives"
        assert f"{self.name}: 100 points; {said}; all checks pass" in verified.stdout
