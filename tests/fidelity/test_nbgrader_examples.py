"""nbgrader's own example courses grade to nbgrader's own scores."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import nbgrader
import pytest

GUIDE = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide"
BIN = Path(sys.executable).parent
NAMED = "c = get_config()\nc.CourseDirectory.course_id = 'example'\n"


def run(*command, cwd):
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run([*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True, timeout=600)


def scores(course):
    """{(student, notebook, cell): automatic score}, None where a person has to grade."""
    with sqlite3.connect(course / "gradebook.db") as db:
        rows = db.execute(
            """SELECT sa.student_id, n.name, bc.name, g.auto_score FROM grade g
               JOIN submitted_notebook sn ON g.notebook_id = sn.id
               JOIN notebook n ON sn.notebook_id = n.id
               JOIN submitted_assignment sa ON sn.assignment_id = sa.id
               JOIN base_cell bc ON g.cell_id = bc.id"""
        )
        return {row[:3]: row[3] for row in rows}


def both_ways(course, tmp_path):
    """(our scores, nbgrader's own) of a course with everything in place but the release."""
    stock = tmp_path / "stock"
    released = run(BIN / "nbgrader", "generate_assignment", "ps1", "--force", cwd=course)
    assert released.returncode == 0, released.stderr[-2000:]
    shutil.copytree(course, stock)
    ours = run(BIN / "autograder", "grade", "ps1", "--no-feedback", cwd=course)
    assert ours.returncode == 0, ours.stdout + ours.stderr
    theirs = run(BIN / "nbgrader", "autograde", "ps1", cwd=stock)
    assert theirs.returncode == 0, theirs.stderr[-2000:]
    return scores(course), scores(stock)


@pytest.mark.slow
def test_the_submissions_of_nbgraders_documentation(tmp_path):
    course = tmp_path / "course"
    shutil.copytree(GUIDE / "source", course / "source")
    shutil.copytree(GUIDE / "submitted", course / "submitted")
    (course / "nbgrader_config.py").write_text(NAMED)
    ours, theirs = both_ways(course, tmp_path)
    assert len(ours) >= 16 and {student for student, _, _ in ours} >= {"bitdiddle", "hacker"}
    assert {key: score for key, score in ours.items() if theirs[key] != score} == {}


@pytest.mark.slow
def test_the_course_that_quickstart_makes(tmp_path):
    made = run(BIN / "nbgrader", "quickstart", "course", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    course = tmp_path / "course"
    for student, version in (("solved", "source"), ("untouched", "release")):
        if version == "release":
            run(BIN / "nbgrader", "generate_assignment", "ps1", "--force", cwd=course)
        shutil.copytree(course / version / "ps1", course / "submitted" / student / "ps1")
    ours, theirs = both_ways(course, tmp_path)
    assert sum(score or 0 for (student, _, _), score in ours.items() if student == "solved") > 0
    assert {key: score for key, score in ours.items() if theirs[key] != score} == {}
