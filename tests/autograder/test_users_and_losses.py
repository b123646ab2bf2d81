"""Whoever grades, and whatever dies meanwhile: the same scores, nothing lost, our fault never a zero."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from small_course import ROOT, run

from autograder.course.folders import Course
from autograder.engine.template import Template
from autograder.grading.classes import grade_class
from autograder.grading.preparation import ready_to_grade

NOBODY = 65534
SYSTEM_PYTHON = Path(f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}")
REFUSE = ROOT / "tests" / "autograder" / "refuse_unshare.py"
FORBID_NAMESPACES = (str(SYSTEM_PYTHON), str(REFUSE))


def grade_as(uid: int, folder: Path, wrapper: tuple[str, ...] = ()) -> dict:
    """Grades with the system's Python, which everybody can read, as user `uid`; returns {student: score}."""
    packages = sysconfig.get_path("purelib")
    command = [*wrapper, SYSTEM_PYTHON, "-m", "autograder", "grade", "ps", "--course", folder, "--no-feedback"]
    subprocess.run(["chmod", "-R", "a+rwX", folder], check=True)
    result = subprocess.run(
        [*command, "--json", folder / "out.json"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}{os.pathsep}{packages}", "HOME": str(folder)},
        user=uid,
        group=uid,
        extra_groups=[],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return {row["student"]: row["score"] for row in json.loads((folder / "out.json").read_text())["submissions"]}


def readable_by_all(*paths: Path) -> bool:
    return all(parent.stat().st_mode & 0o5 == 0o5 for path in paths for parent in (path, *path.parents))


system_python = pytest.mark.skipif(
    os.geteuid() != 0 or not SYSTEM_PYTHON.exists() or not readable_by_all(ROOT, Path(sysconfig.get_path("purelib"))),
    reason="needs root, a system Python of this version, and a checkout that every user can read",
)


@pytest.fixture
def open_course(course, tmp_path_factory):
    """A course that every user can reach; pytest's own folders are private."""
    folder = Path("/tmp") / f"course-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(course.root, folder)
    course.root = folder
    yield course
    shutil.rmtree(folder)


@system_python
def test_a_plain_user_grades_as_well_as_root(open_course):
    open_course.submit("ada")
    open_course.submit("bob", "def double(x):\n    return open('/etc/passwd').read()")
    assert grade_as(NOBODY, open_course.root) == {"ada": 3, "bob": 0}


@system_python
def test_root_gives_the_submission_a_user_of_its_own(open_course):
    open_course.submit("ada", "import os\ndef double(x):\n    assert 60100 <= os.getuid() < 60200\n    return 2 * x")
    open_course.submit("bob", "import os\ndef double(x):\n    assert os.getuid() == 0\n    return 2 * x")
    assert grade_as(0, open_course.root, FORBID_NAMESPACES) == {"ada": 3, "bob": 0}  # in one, uids look otherwise


@system_python
@pytest.mark.parametrize("uid", [pytest.param(0, marks=pytest.mark.slow), NOBODY])
def test_grading_works_where_user_namespaces_are_forbidden(open_course, uid):
    """As under Docker's default profile: no capabilities beyond its set, and unshare refused."""
    open_course.submit("ada")
    assert grade_as(uid, open_course.root, FORBID_NAMESPACES) == {"ada": 3}


def test_a_killed_judge_is_no_zero_and_is_graded_again_by_the_next_run(course, monkeypatch):
    course.submit("ada")
    first = course.autograder("grade", "ps", "--no-feedback")
    assert first.returncode == 0, first.stderr
    fork = Template.fork

    def fork_and_kill(self, kind, sockets, **arguments):
        pid = fork(self, kind, sockets, **arguments)
        if kind == "judge":
            os.kill(pid, signal.SIGKILL)
        return pid

    monkeypatch.setattr(Template, "fork", fork_and_kill)
    _, graded = grade_class(Course(course.root), "ps", force=True)
    assert [cell.outcome for cell in graded[0].cells][0] == "grader_error"
    with sqlite3.connect(course.root / "gradebook.db") as db:
        assert (None, 1) in db.execute("SELECT auto_score, needs_manual_grade FROM grade").fetchall()
    monkeypatch.undo()
    again = course.autograder("grade", "ps", "--no-feedback", "--json", str(course.root / "out.json"))
    assert again.returncode == 0 and "unchanged" not in again.stdout
    assert json.loads((course.root / "out.json").read_text())["submissions"][0]["score"] == 3


def test_a_worker_that_is_killed_before_it_has_run_anything_is_replaced(course, monkeypatch):
    course.submit("ada")
    ready = ready_to_grade(Course(course.root), "ps")
    fork, killed = Template.fork, []

    def fork_and_kill(self, kind, sockets, **arguments):
        pid = fork(self, kind, sockets, **arguments)
        if kind == "worker" and not killed:
            killed.append(pid)
            os.kill(pid, signal.SIGKILL)
        return pid

    monkeypatch.setattr(Template, "fork", fork_and_kill)
    _, graded = grade_class(Course(course.root), "ps", ready=ready)
    assert killed and graded[0].score == 3


def test_a_judge_that_the_system_killed_for_its_memory_is_the_students_doing(course, monkeypatch):
    course.submit("ada")
    fork, reap, judges = Template.fork, Template.reap, []

    def fork_and_kill(self, kind, sockets, **arguments):
        pid = fork(self, kind, sockets, **arguments)
        if kind == "judge":
            judges.append(pid)
            os.kill(pid, signal.SIGKILL)
        return pid

    def as_if_it_had_grown(self, pid, gone=False):
        return reap(self, pid, gone) | ({"memory": 1 << 50} if pid in judges else {})

    ready = ready_to_grade(Course(course.root), "ps")
    monkeypatch.setattr(Template, "fork", fork_and_kill)
    monkeypatch.setattr(Template, "reap", as_if_it_had_grown)
    _, graded = grade_class(Course(course.root), "ps", ready=ready)
    assert graded[0].cells[0].outcome == "breach" and "too much memory" in graded[0].cells[0].message


def test_a_worker_that_dies_costs_only_what_came_after(course):
    course.submit("ada", "import os\ndef double(x):\n    os._exit(3)")
    course.submit("bob")
    result = course.autograder("grade", "ps", "--no-feedback", "--json", str(course.root / "out.json"))
    assert result.returncode == 0, result.stderr
    rows = {row["student"]: row for row in json.loads((course.root / "out.json").read_text())["submissions"]}
    assert (rows["ada"]["score"], rows["bob"]["score"]) == (0, 3)
    assert "ended the Python process" in rows["ada"]["cells"][0]["message"]


def test_a_machine_without_a_sandbox_is_refused_unless_unsafe_and_then_says_so(course):
    course.submit("ada")
    grade = [REFUSE, "--landlock", "-m", "autograder", "grade", "ps", "--course", course.root, "--no-feedback"]
    refused = run(Path(sys.executable).name, *grade)
    assert refused.returncode == 1
    assert "offers no Landlock" in refused.stderr and not (course.root / "autograded").exists()
    allowed = run(Path(sys.executable).name, *grade, "--unsafe", "--json", course.root / "out.json")
    assert allowed.returncode == 0, allowed.stderr
    assert "UNSAFE" in allowed.stdout and json.loads((course.root / "out.json").read_text())["unsafe"] is True
    assert course.autograder("report", "ps").returncode == 0
    assert "sandbox" in (course.root / "reports" / "ps.html").read_text().lower()
