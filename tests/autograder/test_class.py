"""A class is graded to the end, whatever happens on the way: as if nothing had happened."""

import functools
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from small_course import BIN, RIGHT, SmallCourse

from autograder.course.folders import CONFIG_FILE, Course
from autograder.engine.template import Template
from autograder.grading.classes import grade_class
from autograder.grading.gradebook import GradebookWriter

SLOW = "import time\ndef double(x):\n    time.sleep(0.4)\n    return 2 * x"
WRONG = "def double(x):\n    return 3 * x"
WORDY = "print('word ' * 40_000)\n" + RIGHT
STUDENTS = [f"student{number}" for number in range(6)]
TABLES = ("student", "submitted_assignment", "submitted_notebook", "grade", "comment")


def start(course: SmallCourse, *arguments: str) -> subprocess.Popen:
    command = [BIN / "autograder", "grade", "ps", "--course", course.root, "--no-feedback", *arguments]
    listen = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # tests in the background ignore Ctrl-C
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=listen)


def scores(course: SmallCourse) -> dict[str, tuple[float, float | None]]:
    """The gradebook's automatic scores of `double` and manual scores of `why`, by student."""
    with sqlite3.connect(course.root / "gradebook.db") as book:
        rows = book.execute(
            "SELECT submitted_assignment.student_id, base_cell.name, grade.auto_score, grade.manual_score FROM grade "
            "JOIN base_cell ON base_cell.id = grade.cell_id "
            "JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id "
            "JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id"
        ).fetchall()
    auto = {student: score for student, cell, score, _ in rows if cell == "test_double"}
    manual = {student: score for student, cell, _, score in rows if cell == "why"}
    return {student: (score, manual[student]) for student, score in auto.items()}


def size_of(course: SmallCourse) -> dict[str, int]:
    with sqlite3.connect(course.root / "gradebook.db") as book:
        return {table: book.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}


def rows_for(students: int) -> dict[str, int]:
    """One row of each kind, and two cells to grade and to comment on, for each student."""
    return dict.fromkeys(TABLES[:3], students) | {"grade": 2 * students, "comment": 2 * students}


def leftovers(course: SmallCourse) -> list[Path]:
    return [path for path in course.root.glob("autograded/*/.*")]


def wait_until(there: Callable[[], bool], process: subprocess.Popen) -> None:
    until = time.monotonic() + 400
    while not there():
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize("how", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_a_run_that_is_killed_goes_on_where_it_stopped(course, how):
    for student in STUDENTS:
        course.submit(student, SLOW)
    assert course.autograder("grade", "ps", "--student", STUDENTS[0], "--no-feedback").returncode == 0
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        book.find_grade("why", "ps", "ps", STUDENTS[0]).manual_score = 1.5
        book.find_comment("why", "ps", "ps", STUDENTS[0]).manual_comment = "well said"
        book.db.commit()
    process = start(course, "--jobs", "1")
    done = course.root / "autograded"
    wait_until(lambda: 1 < len(list(done.glob("*/ps/ps.ipynb"))) < len(STUDENTS), process)
    process.send_signal(how)
    said = process.communicate(timeout=400)[0]
    assert process.returncode != 0 and "Traceback" not in said
    assert (how == signal.SIGKILL) or "goes on from there" in said

    again = course.autograder("grade", "ps", "--no-feedback")
    assert again.returncode == 0, again.stderr
    before = int(re.search(r"(\d+) unchanged since they were graded", again.stdout)[1])
    assert 2 <= before < len(STUDENTS)
    assert scores(course) == {student: (3.0, 1.5 if student == STUDENTS[0] else None) for student in STUDENTS}
    assert size_of(course) == rows_for(len(STUDENTS)) and not leftovers(course)
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        assert book.find_comment("why", "ps", "ps", STUDENTS[0]).comment == "well said"


def test_what_was_cut_short_between_the_scores_and_the_folder_is_graded_again(course, monkeypatch):
    """The moment at which the gradebook and the folders disagree."""
    course.submit("ada", WRONG)
    grade_class(Course(course.root), "ps")
    course.submit("ada", RIGHT)

    def power_cut(made, final):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("autograder.grading.gradebook.replace_folder", power_cut)
        with pytest.raises(KeyboardInterrupt):
            grade_class(Course(course.root), "ps")
    done = []
    grade_class(Course(course.root), "ps", progress=lambda graded, *_: done.append(graded.student))
    assert done == ["ada"] and scores(course) == {"ada": (3.0, None)} and not leftovers(course)
    grade_class(Course(course.root), "ps", progress=lambda graded, *_: done.append(graded.student))
    assert done == ["ada"]  # once is enough


@pytest.mark.parametrize("jobs", [1, 2])  # the second slot's template is a fork of the first one's, and ends with it
def test_a_killed_template_is_replaced_and_nobody_loses_a_point(course, monkeypatch, jobs):
    for student in STUDENTS[:3]:
        course.submit(student)
    fork, forks = Template.fork, []

    def fork_and_kill(self, kind, sockets, **arguments):
        forks.append(kind)
        if len(forks) == 9:  # the reference took the first six, the first student two
            self.process.kill()
        return fork(self, kind, sockets, **arguments)

    monkeypatch.setattr(Template, "fork", fork_and_kill)
    grade_class(Course(course.root), "ps", jobs=jobs)
    assert len(forks) > 7 and scores(course) == {student: (3.0, None) for student in STUDENTS[:3]}


def test_somebody_elses_lock_on_the_gradebook_is_waited_for(course):
    course.submit("ada")
    book = sqlite3.connect(course.root / "gradebook.db", isolation_level=None, check_same_thread=False)
    book.execute("BEGIN EXCLUSIVE")
    threading.Timer(8, lambda: (book.execute("COMMIT"), book.close())).start()  # SQLite itself gives up after 5
    result = course.autograder("grade", "ps", "--no-feedback")
    assert result.returncode == 0, result.stderr
    assert scores(course) == {"ada": (3.0, None)}


def test_a_lock_that_stays_is_named_and_nothing_is_lost(course, monkeypatch):
    course.submit("ada")
    monkeypatch.setattr("autograder.grading.gradebook.PATIENCE", 1.0)
    with sqlite3.connect(course.root / "gradebook.db") as book:
        book.execute("BEGIN IMMEDIATE")
        with pytest.raises(Exception, match=r"gradebook\.db: the gradebook cannot be .*\(database is locked\)"):
            grade_class(Course(course.root), "ps")
    grade_class(Course(course.root), "ps")
    assert scores(course) == {"ada": (3.0, None)}


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="mounting a small disk needs root")
def test_a_full_disk_stops_the_run_with_the_folders_name_and_the_next_one_goes_on(course):
    for student in STUDENTS[:4]:
        course.submit(student, WORDY)  # some 200 KB each
    (course.root / "autograded").mkdir()
    grade = f"{BIN}/autograder grade ps --course {course.root} --no-feedback --jobs 1"
    small = f"mount -t tmpfs -o size=500k none {course.root}/autograded && exec {grade}"
    result = subprocess.run(["unshare", "-m", "sh", "-c", small], capture_output=True, text=True, timeout=400)
    assert result.returncode == 1 and "Traceback" not in result.stderr
    assert "No space left on device" in result.stderr and "autograded" in result.stderr
    assert course.autograder("grade", "ps", "--no-feedback").returncode == 0
    assert scores(course) == {student: (3.0, None) for student in STUDENTS[:4]}
    assert size_of(course) == rows_for(4)


def test_two_graders_at_once_make_no_row_twice(course):
    for student in STUDENTS[:4]:
        course.submit(student)
    both = [start(course, "--jobs", "1") for _ in range(2)]
    said = [process.communicate(timeout=400)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert scores(course) == {student: (3.0, None) for student in STUDENTS[:4]}
    assert size_of(course) == rows_for(4) and not leftovers(course)


def test_only_what_changed_is_graded_again(course):
    for student in STUDENTS[:3]:
        course.submit(student)
    graded = []

    def grade(**more):
        graded.clear()
        grade_class(Course(course.root), "ps", progress=lambda one, *_: graded.append(one.student), **more)
        return sorted(graded)

    assert grade() == STUDENTS[:3]
    assert grade() == []
    course.submit(STUDENTS[1], WRONG)
    assert grade() == [STUDENTS[1]]
    (course.root / "submitted" / STUDENTS[2] / "ps" / "timestamp.txt").write_text("2026-03-02 12:00:00 UTC")
    assert grade() == [STUDENTS[2]]  # handed in at another time: it may be late now
    assert grade(force=True) == STUDENTS[:3]
    assert grade() == []


def test_a_late_penalty_is_taken_from_people_and_tests_together(course):
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    course.submit("ada")
    course.submit("bob")
    (course.root / "submitted" / "ada" / "ps" / "timestamp.txt").write_text("2026-03-02 12:00:01 UTC")
    (course.root / "submitted" / "bob" / "ps" / "timestamp.txt").write_text("2026-03-02 12:00:00 UTC")
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        book.update_or_create_assignment("ps", duedate="2026-03-02 12:00:00 UTC")
    grade_class(Course(course.root), "ps")
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        penalties = {s.student_id: s.notebooks[0].late_submission_penalty for s in book.assignment_submissions("ps")}
        book.find_grade("why", "ps", "ps", "ada").manual_score = 2.0
        book.db.commit()
    assert penalties == {"ada": 3.0, "bob": None}
    grade_class(Course(course.root), "ps", force=True)
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        assert book.find_submission("ps", "ada").notebooks[0].late_submission_penalty == 5.0


def test_memory_does_not_grow_with_the_class(course):
    """What was graded is let go of: results keep no notebooks."""
    for student in STUDENTS[:3]:
        course.submit(student, WORDY)
    _, graded = grade_class(Course(course.root), "ps")
    assert [one.notebooks for one in graded] == [{}] * 3


def test_the_writer_cleans_up_after_an_error(course, monkeypatch):
    course.submit("ada")
    monkeypatch.setattr(GradebookWriter, "_write_scores", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        grade_class(Course(course.root), "ps")
    assert not leftovers(course)


def test_feedback_is_made_where_something_changed(course):
    course.submit("ada")
    course.submit("bob", WRONG)
    pages = {name: course.root / "feedback" / name / "ps" / "ps.html" for name in ("ada", "bob")}

    def made() -> set[str]:
        before = {name: page.stat().st_mtime_ns if page.exists() else 0 for name, page in pages.items()}
        result = course.autograder("grade", "ps")
        assert result.returncode == 0, result.stderr
        return {name for name, page in pages.items() if page.stat().st_mtime_ns != before[name]}

    assert made() == {"ada", "bob"}
    assert made() == set()
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        book.find_comment("why", "ps", "ps", "bob").manual_comment = "think again"
        book.db.commit()
    assert made() == {"bob"} and "think again" in pages["bob"].read_text()
    course.submit("ada", WRONG)
    assert made() == {"ada"}
    pages["bob"].unlink()
    assert made() == {"bob"}


def test_a_module_of_the_course_may_do_once_for_a_class_what_every_submission_needs(tmp_path, monkeypatch):
    (tmp_path / "shelf.py").write_text("books = []\n\n\ndef _autograder_warm_up():\n    books.append('read')\n")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    course = SmallCourse(tmp_path / "course")
    course.write()
    with (course.root / CONFIG_FILE).open("a") as config:
        config.write("c.Autograder.packages = ['shelf']\n")
    source = course.root / "source" / "ps" / "ps.ipynb"
    source.write_text(source.read_text().replace("import numpy as np", "import numpy as np, shelf"))
    assert course.autograder("release", "ps").returncode == 0
    for student in STUDENTS[:3]:
        course.submit(student, "def double(x):\n    return 2 * x * (shelf.books == ['read'])")
    assert course.autograder("grade", "ps").returncode == 0
    assert scores(course) == dict.fromkeys(STUDENTS[:3], (3, None))
