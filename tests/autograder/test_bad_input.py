"""Bad input gets one clear line that names the file or cell and the way out, and costs nobody else a grade."""

import json

import nbformat
import numpy as np
from small_course import run, small_notebook


def graded(course, *arguments):
    """Grades; returns (exit code, stderr, {student: score})."""
    result = course.autograder("grade", "ps", "--json", str(course.root / "out.json"), *arguments)
    path = course.root / "out.json"
    scores = {s["student"]: s["score"] for s in json.loads(path.read_text())["submissions"]} if path.exists() else {}
    return result.returncode, result.stderr.strip(), scores


def one_line(text: str, *parts: str) -> bool:
    return len(text.splitlines()) == 1 and all(part in text for part in parts)


def test_an_unknown_assignment_is_answered_with_those_there_are(course):
    result = course.autograder("grade", "sp")
    assert result.returncode == 1
    assert one_line(result.stderr.strip(), "no assignment 'sp'", "ps")


def test_a_folder_without_configuration_is_no_course(tmp_path):
    result = run("autograder", "grade", "ps", "--course", tmp_path)
    assert result.returncode == 1
    assert one_line(result.stderr.strip(), str(tmp_path), "nbgrader_config.py", "--course")


def test_no_submissions_says_where_they_belong(course):
    code, said, _ = graded(course)
    assert code == 1
    assert one_line(said, "no submissions", "submitted", "one folder per student")


def test_a_missing_source_notebook_is_named(course):
    course.submit("ada")
    (course.root / "source" / "ps" / "ps.ipynb").unlink()
    code, said, _ = graded(course)
    assert code == 1
    assert one_line(said, "source/ps", "no notebook")


def test_an_assignment_that_was_never_released_says_so(unreleased):
    folder = unreleased.root / "submitted" / "ada" / "ps"
    folder.mkdir(parents=True)
    nbformat.write(small_notebook(), folder / "ps.ipynb")
    code, said, _ = graded(unreleased)
    assert code == 1
    assert one_line(said, "'ps'", "autograder release ps")


def test_a_broken_notebook_is_named_and_everybody_else_is_graded(course):
    course.submit("ada")
    course.submit("bob", text='{"cells": [')
    course.submit("eve")
    code, said, scores = graded(course)
    assert code == 1
    assert one_line(said, "submitted/bob/ps", "ps.ipynb could not be read", "line 1", "submit it again")
    assert scores == {"ada": 3, "bob": 0, "eve": 3}


def test_the_student_of_a_broken_notebook_is_told_why(course):
    course.submit("bob", text='{"cells": [')
    graded(course)
    page = (course.root / "feedback" / "bob" / "ps" / "ps.html").read_text()
    assert "could not be read as a notebook" in page


def test_a_source_notebook_without_nbgrader_cells_is_refused(course):
    course.submit("ada")
    nb = small_notebook()
    for cell in nb.cells:
        cell.metadata = {}
    nbformat.write(nb, course.root / "source" / "ps" / "ps.ipynb")
    code, said, _ = graded(course)
    assert code == 1
    assert one_line(said, "ps.ipynb", "no nbgrader cell", "Create Assignment")


def test_a_submitted_notebook_without_nbgrader_cells_is_graded_by_what_it_defines(course):
    nb = small_notebook()
    for cell in nb.cells:
        cell.metadata = {}
    course.submit("ada", text=nbformat.writes(nb))
    code, _, scores = graded(course)
    assert code == 0
    assert scores == {"ada": 3}


def test_a_gradebook_that_cannot_be_written_stops_before_anyone_is_graded(course):
    course.submit("ada")
    (course.root / "gradebook.db").unlink()
    (course.root / "gradebook.db").mkdir()
    code, said, scores = graded(course)
    assert code == 1
    assert one_line(said, "gradebook.db", "cannot be read or written")
    assert not scores and not (course.root / "autograded").exists()


def test_a_source_that_is_not_what_was_released_names_the_cell(course):
    course.submit("ada")
    nb = small_notebook()
    nb.cells[2].metadata["nbgrader"]["points"] = 5
    nbformat.write(nb, course.root / "source" / "ps" / "ps.ipynb")
    code, said, _ = graded(course)
    assert code == 1
    assert one_line(said, "test_double", "autograder release ps")


def test_a_kernel_of_another_language_is_refused_by_name(course):
    course.submit("ada")
    nb = small_notebook()
    nb.metadata["kernelspec"] = {"name": "ir", "display_name": "R", "language": "R"}
    nbformat.write(nb, course.root / "source" / "ps" / "ps.ipynb")
    code, said, _ = graded(course)
    assert code == 1
    assert one_line(said, "ps.ipynb", "language is R", "Python")


def test_json_is_written_where_it_can_be_or_refused_before_grading(course):
    course.submit("ada")
    result = course.autograder("grade", "ps", "--json", str(course.root / "nowhere" / "out.json"))
    assert result.returncode == 1
    assert one_line(result.stderr.strip(), "nowhere/out.json", "cannot be written")
    assert not (course.root / "autograded").exists()


def test_a_wrong_reference_is_found_by_verify(course):
    nb = small_notebook()
    nb.cells[1].source = nb.cells[1].source.replace("2 * x", "3 * x")
    nbformat.write(nb, course.root / "source" / "ps" / "ps.ipynb")
    result = course.autograder("verify", "ps")
    assert result.returncode == 1
    assert "FAIL the reference scores full marks: test_double" in result.stdout


def test_a_verdict_that_hangs_on_the_seed_of_a_test_is_found_by_verify(course):
    nb = small_notebook()
    drawn = int(np.random.default_rng(7).integers(1000))
    nb.cells[2].source += f"\nassert np.random.default_rng(7).integers(1000) == {drawn}"
    nbformat.write(nb, course.root / "source" / "ps" / "ps.ipynb")
    assert course.autograder("verify", "ps").returncode == 0
    result = course.autograder("verify", "ps", "--repeat", "2")
    assert result.returncode == 1
    assert "FAIL the reference scores full marks: with other seeds: test_double" in result.stdout
