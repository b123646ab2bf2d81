"""What is exported arrives: each file is read back as the product would read it."""

import csv
import io
import json
import re
import shutil
import zipfile
from types import SimpleNamespace

import pytest
from nbgrader.api import Gradebook
from small_course import SmallCourse, run

from autograder.reporting import exports
from autograder.reporting.exports import FORMATS, canvas, gradescope_results, harmless, moodle, remarks, table

# of a course only its settings are asked, where the data is given
COURSE = SimpleNamespace(settings=SimpleNamespace(columns={}))


def cell(name="test_double", outcome="passed", score=3.0, max_score=3.0, message="", **more):
    blank = {"notebook": "ps", "isolated": True, "mistake": None, "seconds": 0.1}
    data = {"cell": name, "outcome": outcome, "score": score, "max_score": max_score, "message": message}
    return {**blank, **data, **more}


def student(id="ada", cells=None, **more):
    cells = [cell()] if cells is None else cells
    person = {"student": id, "first_name": "", "last_name": "", "email": "", "lms_user_id": "", "timestamp": ""}
    graded = {
        "score": sum(one["score"] or 0.0 for one in cells),
        "max_score": 5.0,
        "seconds": 0.4,
        "memory": 1 << 20,
        "isolated": all(one["isolated"] for one in cells),
        "late_penalty": 0.0,
        "late_seconds": 0.0,
        "notes": [],
        "unsafe": False,
        "cells": cells,
    }
    return {**person, **graded, **more}


def class_of(*rows, **more):
    data = {"assignment": "ps", "max_score": 5.0, "unsafe": False, "submissions": list(rows), "missing": []}
    return {**data, **more}


BROKEN = cell(outcome="grader_error", score=None, message="The judge died.")
WAITS = cell("why", "manual", None, 2.0)
NAMES = ['O\'Brien, "Bo"', "Łukasz Żółć", "王小明", "a;b", "line\nbreak", "Points Possible", "name, with, commas"]
FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", " =1", "a;=1", "＝1", '=HYPERLINK("x")']


def written(tmp_path, to, data, monkeypatch):
    """The text of the file that `export` makes of this class."""
    monkeypatch.setattr(exports, "class_data", lambda *_: data)
    path, _ = exports.export(COURSE, "ps", to, tmp_path / "out.csv")
    return path.read_bytes().decode("utf-8")


def as_canvas_reads(text):
    """Canvas's gradebook_importer.rb, the parts that decide: headings, the row of points, whom a row means."""
    lines = list(csv.reader(io.StringIO(text)))
    head = lines.pop(0)
    assert "Student" in head[0] and "ID" in head[1]
    assert re.search(r"SIS\s+User\s+ID", head[2]) and re.search(r"SIS\s+Login\s+ID", head[3]) and "Section" in head[4]
    titles, points, students = head[5:], None, []
    for line in lines:
        assert len(line) == len(head)
        if "Points Possible" in line[0]:
            points = dict(zip(titles, map(float, line[5:]), strict=True))
        else:
            grades = [None if not grade.strip() else float(grade) for grade in line[5:]]
            person = {"name": line[0], "id": int(line[1] or 0), "sis_user_id": line[2], "login": line[3]}
            students.append(person | dict(zip(titles, grades, strict=True)))
    return points, students


class TestCanvas:
    def test_points_and_scores_arrive_under_the_name_of_the_assignment(self, tmp_path, monkeypatch):
        data = class_of(student("ada"), student("ben", [cell(score=1 / 3)]), max_score=7.5)
        points, students = as_canvas_reads(written(tmp_path, "canvas", data, monkeypatch))
        assert points == {"ps": 7.5}
        assert {one["login"]: one["ps"] for one in students} == {"ada": 3.0, "ben": pytest.approx(1 / 3, abs=1e-6)}

    @pytest.mark.parametrize("lms, id, sis", [("1234", 1234, ""), ("A-17", 0, "A-17"), ("12x", 0, "12x"), ("", 0, "")])
    def test_digits_are_a_canvas_id_and_anything_else_a_sis_id(self, lms, id, sis, tmp_path, monkeypatch):
        _, (one,) = as_canvas_reads(written(tmp_path, "canvas", class_of(student(lms_user_id=lms)), monkeypatch))
        assert (one["id"], one["sis_user_id"]) == (id, sis)

    def test_a_name_is_last_name_first_as_canvas_sorts_it(self):
        assert canvas(class_of(student(first_name="Ada", last_name="Lovelace")))[2][0] == "Lovelace, Ada"

    def test_the_late_penalty_is_taken_off_and_nobody_falls_below_zero(self):
        rows = canvas(class_of(student("ada", late_penalty=1.5), student("ben", late_penalty=99.0)))
        assert [row[-1] for row in rows[2:]] == ["1.5", "0"]

    def test_a_fault_of_the_grader_is_an_empty_score_and_no_zero(self):
        data = class_of(student("ada", [BROKEN]))
        assert canvas(data)[2][-1] == ""
        assert any("the grader broke on ada" in line for line in remarks(data))

    def test_no_student_can_pass_for_the_row_of_points(self, tmp_path, monkeypatch):
        data = class_of(student("eve", last_name="Points Possible", score=1000.0))
        points, students = as_canvas_reads(written(tmp_path, "canvas", data, monkeypatch))
        assert points == {"ps": 5.0} and len(students) == 1


class TestMoodle:
    def test_headings_are_those_of_moodles_own_export(self):
        assert moodle(class_of(student()))[0] == [
            "First name", "Last name", "Username", "ID number", "Email address",
            "Assignment: ps (Real)", "Assignment: ps (Feedback)",
        ]  # fmt: skip

    def test_a_student_can_be_found_by_login_number_or_email(self, tmp_path, monkeypatch):
        data = class_of(student("ada", lms_user_id="0042", email="ada@example.org"))
        (row,) = csv.DictReader(io.StringIO(written(tmp_path, "moodle", data, monkeypatch)))
        assert (row["Username"], row["ID number"], row["Email address"]) == ("ada", "0042", "ada@example.org")
        assert row["Assignment: ps (Real)"] == "3"

    def test_feedback_says_what_did_not_pass_on_one_line(self):
        row = student("ada", [cell(), cell("test_b", "failed", 0.0, message="Off by\na sign.")], late_penalty=0.5)
        assert moodle(class_of(row))[1][-1] == "test_b: Off by a sign. / Late: 0.5 points deducted"


class TestTable:
    def test_it_starts_with_nbgraders_own_columns_and_has_one_for_each_question(self, tmp_path, monkeypatch):
        data = class_of(student("ada", [cell(), WAITS], late_penalty=1.0, timestamp="2026-03-01 12:00:00"))
        (row,) = csv.DictReader(io.StringIO(written(tmp_path, "csv", data, monkeypatch)))
        assert row["student_id"] == "ada" and row["timestamp"] == "2026-03-01 12:00:00"
        scores = [row[key] for key in ("raw_score", "late_submission_penalty", "score", "max_score")]
        assert scores == ["3", "1", "2", "5"]
        assert (row["test_double"], row["why"]) == ("3", "")

    def test_questions_of_the_same_name_in_two_notebooks_are_two_columns(self):
        head = table(class_of(student(cells=[cell(notebook="one"), cell(notebook="two")])))[0]
        assert head[-2:] == ["one/test_double", "two/test_double"]


@pytest.mark.parametrize("to", ["canvas", "moodle", "csv"])
class TestAnyTable:
    def test_names_come_back_as_they_are(self, to, tmp_path, monkeypatch):
        data = class_of(*(student(name, last_name=name) for name in NAMES))
        rows = list(csv.reader(io.StringIO(written(tmp_path, to, data, monkeypatch))))
        wanted = {" ".join(name.split()) for name in NAMES}
        assert wanted <= {value for row in rows for value in row} and len({len(row) for row in rows}) == 1
        assert len(rows) == len(NAMES) + (2 if to == "canvas" else 1)

    @pytest.mark.parametrize("formula", FORMULAS)
    def test_no_cell_is_a_formula(self, to, formula, tmp_path, monkeypatch):
        person = dict.fromkeys(("first_name", "last_name", "email", "lms_user_id"), formula)
        cells = [cell(formula, "failed", 0.0, message=formula, notebook=formula)]
        data = class_of(student(formula, cells, **person), assignment=formula)
        text = written(tmp_path, to, data, monkeypatch)
        for separator in ",;":  # as a spreadsheet reads it in one country or another
            for row in csv.reader(io.StringIO(text), delimiter=separator):
                assert not any(re.match(r"[\s\"]*[=+\-@＝]", value) for value in row), row


class TestCells:
    @pytest.mark.parametrize("text", ["ada", "ada-b", "ada@example.org", "3", "a = b", "x+y", ""])
    def test_ordinary_text_is_left_alone(self, text):
        assert harmless(text) == text

    @pytest.mark.parametrize("formula", FORMULAS)
    def test_a_formula_gets_an_apostrophe(self, formula):
        assert "'" in harmless(formula)


class TestGradescope:
    def test_scores_messages_and_visibility_are_in_gradescopes_fields(self):
        row = student("ada", [cell(), cell("test_b", "failed", 1.0, 2.0, message="Off by a sign.")])
        results = json.loads(json.dumps(gradescope_results(row)))
        first, second = results["tests"]
        assert results["score"] == 4.0 and results["stdout_visibility"] == "hidden"
        assert (first["score"], first["max_score"], first["status"], first["output"]) == (3.0, 3.0, "passed", "")
        assert (second["status"], second["output"]) == ("failed", "Not passed. Off by a sign.")
        assert all(test["visibility"] == "visible" and test["output_format"] == "text" for test in results["tests"])

    def test_what_a_person_grades_carries_no_points(self):
        (test,) = gradescope_results(student(cells=[WAITS]))["tests"]
        assert "score" not in test and "max_score" not in test

    def test_not_attempted_is_said_once_for_all_and_for_each(self):
        message = "Not attempted yet: this test needs `double`."
        results = gradescope_results(student(cells=[cell(outcome="not_attempted", score=0.0, message=message)]))
        assert results["output"].startswith("Not attempted")
        assert results["tests"][0]["output"] == message

    def test_a_fault_of_the_grader_is_said_and_not_scored(self):
        results = gradescope_results(student(cells=[BROKEN, cell("test_b")]))
        assert "grader itself failed" in results["output"] and results["score"] == 3.0
        assert "score" not in results["tests"][0] and "judge died" in results["tests"][0]["output"]

    def test_one_file_for_each_student_in_a_zip_or_a_folder(self, tmp_path, monkeypatch):
        monkeypatch.setattr(exports, "class_data", lambda *_: class_of(student("ada"), student("Łu, kasz")))
        archive, _ = exports.export(COURSE, "ps", "gradescope", tmp_path / "out.zip")
        folder, _ = exports.export(COURSE, "ps", "gradescope", tmp_path / "out")
        with zipfile.ZipFile(archive) as opened:
            assert sorted(opened.namelist()) == ["ada/results.json", "Łu, kasz/results.json"]
            for name in opened.namelist():
                assert json.loads(opened.read(name)) == json.loads((folder / name).read_text())

    def test_no_name_leads_out_of_the_archive(self, tmp_path, monkeypatch):
        monkeypatch.setattr(exports, "class_data", lambda *_: class_of(student("../../eve"), student("..")))
        exports.export(COURSE, "ps", "gradescope", tmp_path / "a" / "b" / "out")
        assert {path.name for path in tmp_path.iterdir()} == {"a"}
        assert {path.name for path in (tmp_path / "a").iterdir()} == {"b"}


@pytest.fixture(scope="module")
def graded(released, tmp_path_factory):
    """A graded course of two, one of whom nbgrader knows by name."""
    root = tmp_path_factory.mktemp("graded") / "course"
    shutil.copytree(released, root)
    course = SmallCourse(root)
    handed_in = course.submit("ada") / "ps.ipynb"
    handed_in.write_text(handed_in.read_text().replace("YOUR ANSWER HERE", "Because it doubles."))
    course.submit("ben", "def double(x):\n    return x")
    with Gradebook(f"sqlite:///{root}/gradebook.db") as book:
        book.update_or_create_student(
            "ada", first_name="Ada", last_name="King, Countess", email="ada@example.org", lms_user_id="815"
        )
    assert course.autograder("grade", "ps", "--no-feedback", "--jobs", "1").returncode == 0
    return course


@pytest.mark.sandbox
class TestCommand:
    @pytest.mark.parametrize("to", FORMATS)
    def test_it_says_where_the_grades_are_and_what_is_missing(self, graded, to):
        result = graded.autograder("export", "ps", "--to", to)
        assert result.returncode == 0, result.stderr
        (path,) = re.findall(r"wrote (\S+): 2 students", result.stdout)
        assert (
            path.startswith(str(graded.root / "exports" / "ps")) and "1 answer still has to be graded" in result.stdout
        )

    def test_a_class_graded_for_real_reaches_canvas(self, graded, tmp_path):
        graded.autograder("export", "ps", "--to", "canvas", "--output", tmp_path / "new" / "grades.csv")
        points, (ada, ben) = as_canvas_reads((tmp_path / "new" / "grades.csv").read_text("utf-8"))
        assert points == {"ps": 5.0}
        assert ada == {"name": "King, Countess, Ada", "id": 815, "sis_user_id": "", "login": "ada", "ps": 3.0}
        assert (ben["login"], ben["ps"]) == ("ben", 0.0)

    def test_nbgrader_export_writes_the_same(self, graded, tmp_path):
        ours, theirs = tmp_path / "ours.csv", tmp_path / "theirs.csv"
        graded.autograder("export", "ps", "--to", "moodle", "--output", ours)
        command = ["nbgrader", "export", "--exporter=autograder.exports.Moodle", "--assignment", "ps", "--to", theirs]
        result = run(*command, cwd=graded.root)
        assert result.returncode == 0, result.stderr
        assert theirs.read_bytes() == ours.read_bytes()

    def test_nobody_graded_yet_says_what_to_do(self, course):
        result = course.autograder("export", "ps", "--to", "csv")
        assert result.returncode == 1 and "autograder grade ps" in result.stderr

    def test_a_file_that_cannot_be_written_is_named(self, graded, tmp_path):
        (tmp_path / "file").touch()
        result = graded.autograder("export", "ps", "--to", "csv", "--output", tmp_path / "file" / "out.csv")
        assert result.returncode == 1 and "--output" in result.stderr and "Traceback" not in result.stderr
