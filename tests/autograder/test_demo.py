"""The main job, through the front door: a class of 24 is released, graded and reported; all ways of grading agree."""

import json
import shutil
import sqlite3
from functools import cache

import nbformat
import pytest
from small_course import ROOT, run

from autograder.course.folders import Course
from autograder.demo import without_rescuers

HONEST = ("perfect", "half_done", "untouched", "late", "warns_on_stderr")
HOSTILE = ("endless_loop", "memory_hog", "reads_hidden_tests", "patches_numpy", "not_json", "renamed", "deleted_test")


@cache
def mlp():
    """The problem set, with its solutions and tests."""
    return Course(ROOT).assignment("mlp")


@cache
def mistakes():
    """The names of its named mistakes."""
    return [variant.name for variant in mlp().variants if variant.kind == "mistake"]


@cache
def cells():
    """How many of its cells are graded."""
    return sum(cell.kind in ("test", "manual") for cell in mlp().notebooks[0].cells)


def by_kind(demo):
    """The students' entries, by the kind of student they are."""
    return {row["student"].split("_", 1)[1]: row for row in demo[2]["submissions"]}


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The demonstration's course directory, with what the command said and wrote."""
    folder = tmp_path_factory.mktemp("demo") / "course"
    data = folder.parent / "class.json"
    result = run("autograder", "demo", folder, "--assignment", "mlp", "--course", ROOT, "--json", data)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder, result.stdout, json.loads(data.read_text())


def scores_in(course):
    """{(student, cell): automatic score} as the gradebook has it."""
    with sqlite3.connect(course / "gradebook.db") as db:
        rows = db.execute(
            """SELECT sa.student_id, bc.name, g.auto_score FROM grade g
               JOIN submitted_notebook sn ON g.notebook_id = sn.id
               JOIN submitted_assignment sa ON sn.assignment_id = sa.id
               JOIN base_cell bc ON g.cell_id = bc.id"""
        )
        return {(student, cell): score for student, cell, score in rows}


def copy_ungraded(demo, tmp_path, kinds=None):
    """A copy of the course before anyone was graded, with students of these kinds only."""
    course = tmp_path / "course"
    shutil.copytree(demo, course, ignore=shutil.ignore_patterns("autograded", "feedback", "reports", "gradebook.db"))
    for folder in (course / "submitted").iterdir():
        if kinds and not any(kind in folder.name for kind in kinds):
            shutil.rmtree(folder)
    made = run("nbgrader", "generate_assignment", "mlp", "--force", cwd=course)
    assert made.returncode == 0, made.stderr
    return course


def test_every_student_has_the_outcome_that_their_kind_calls_for(demo):
    _, said, data = demo
    assert len(data["submissions"]) == 24
    assert "All 24 students have the outcome expected of their kind." in said


def test_every_kind_of_student_takes_part(demo):
    names = " ".join(row["student"] for row in demo[2]["submissions"])
    assert all(kind in names for kind in HONEST + HOSTILE)


def test_the_json_has_the_promised_shape(demo):
    _, _, data = demo
    assert {"assignment", "max_score", "submissions"} <= data.keys()
    for row in data["submissions"]:
        assert {"student", "score", "max_score", "seconds", "isolated", "cells"} <= row.keys()
        assert row["isolated"] is True and row["max_score"] == data["max_score"] == 100
        for cell in row["cells"]:
            assert {"notebook", "cell", "score", "max_score", "outcome", "isolated", "message"} <= cell.keys()


def test_who_lost_points_is_told_why(demo):
    for row in demo[2]["submissions"]:
        assert all(cell["message"] for cell in row["cells"] if cell["score"] != cell["max_score"])


def test_named_mistakes_are_named(demo):
    made = [name for name in mistakes() if name in by_kind(demo)]
    assert len(made) >= 7
    for name in made:
        assert name in {cell["mistake"] for cell in by_kind(demo)[name]["cells"]}


def test_a_patched_numpy_earns_what_the_work_is_worth(demo):
    rows = by_kind(demo)  # the one who patches numpy has made the first mistake of the catalogue
    assert rows["patches_numpy"]["score"] == rows[mistakes()[0]]["score"] < rows["perfect"]["score"]


def test_every_student_gets_a_feedback_page_without_hidden_tests(demo):
    folder, _, data = demo
    source = nbformat.read(folder / "source" / "mlp" / "mlp.ipynb", as_version=4)
    hidden = {
        line.strip()
        for cell in source.cells
        if "BEGIN HIDDEN TESTS" in cell.source
        for line in cell.source.split("BEGIN HIDDEN TESTS")[1].split("###")[0].splitlines()
        if len(line.strip()) > 40
    }
    assert len(hidden) > 10
    for row in data["submissions"]:
        page = (folder / "feedback" / row["student"] / "mlp" / "mlp.html").read_text()
        assert "hidden" not in page.lower() or not [line for line in hidden if line in page]


def test_the_report_is_one_page_that_names_everybody(demo):
    folder, _, data = demo
    page = (folder / "reports" / "mlp.html").read_text()
    assert all(row["student"] in page for row in data["submissions"])
    assert page.count("<script") == 1  # that sorts and searches; the page allows no other


def test_an_unchanged_class_is_not_graded_again_and_keeps_manual_scores(demo, tmp_path):
    course = tmp_path / "course"
    shutil.copytree(demo[0], course)
    with sqlite3.connect(course / "gradebook.db") as db:
        cell = db.execute("SELECT id FROM base_cell WHERE name = 'linear_stack'").fetchone()[0]
        db.execute("UPDATE grade SET manual_score = 3 WHERE cell_id = ?", (cell,))
    again = run("autograder", "grade", "mlp", "--course", course, "--no-feedback")
    assert "24 unchanged since they were graded" in again.stdout
    forced = run(
        "autograder", "grade", "mlp", "--course", course, "--force", "--student", "001_*", "--no-feedback",
        "--json", tmp_path / "one.json",
    )  # fmt: skip
    assert forced.returncode == 0, forced.stderr
    assert json.loads((tmp_path / "one.json").read_text())["submissions"][0]["score"] == mlp().max_score - 1


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_stock_nbgrader_with_our_preprocessor_gives_the_same_scores(demo, tmp_path):
    course = copy_ungraded(demo[0], tmp_path)
    graded = run("nbgrader", "autograde", "mlp", cwd=course)
    assert "not_json" in graded.stderr  # nbgrader itself cannot read that one, and goes on
    theirs, ours = scores_in(course), scores_in(demo[0])
    assert len(ours) == 24 * cells()
    different = {key: (ours[key], theirs.get(key)) for key in ours if (ours[key] or 0) != (theirs.get(key) or 0)}
    assert not different


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_wholly_stock_nbgrader_gives_every_honest_submission_the_same_scores(demo, tmp_path):
    course = copy_ungraded(demo[0], tmp_path)
    honest = [f for f in sorted((course / "submitted").iterdir()) if not any(kind in f.name for kind in HOSTILE)]
    chosen = [f for f in honest if any(kind in f.name for kind in HONEST)] + honest[-3:]  # the last made a mistake
    for folder in {*(course / "submitted").iterdir()} - {*chosen}:
        shutil.rmtree(folder)
    (course / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'mlp-course'\n")
    graded = run("nbgrader", "autograde", "mlp", cwd=course)
    assert graded.returncode == 0, graded.stderr[-3000:]
    theirs, ours = scores_in(course), scores_in(demo[0])
    assert len(theirs) == len(set(chosen)) * cells()
    assert {key: score for key, score in theirs.items() if score != ours[key]} == {}


def test_an_alternative_that_may_do_without_a_broken_exercise_is_not_mixed_with_the_mistake():
    by_name = {variant.name: variant for variant in mlp().variants}
    made = [by_name[name] for name in mistakes()]
    broken, rescuer, other = (
        by_name[name] for name in ("bump_two_steps_up", "bump_net_without_bump", "bump_units_in_another_order")
    )
    assert len(broken.costs) > 1
    assert without_rescuers([broken, rescuer], made) == [broken]
    assert without_rescuers([rescuer], made) == [rescuer]
    assert without_rescuers([by_name["softmax_in_place"], other], made) == [by_name["softmax_in_place"], other]
