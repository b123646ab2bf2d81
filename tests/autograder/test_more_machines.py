"""More than one machine: a Dask cluster of processes that share nothing, and a gradebook on a PostgreSQL server."""

import json
import signal
import subprocess
import time

import nbformat
import pytest
from machines import Cluster, free_port, has_postgresql, postgresql
from nbformat import v4
from nbgrader.api import Gradebook
from small_course import BIN, SmallCourse, meta, run, small_notebook

from autograder.course.folders import Course
from autograder.grading.classes import grade_class

pytestmark = pytest.mark.slow  # whole sites, clusters and servers are started

STUDENTS = [f"student{number}" for number in range(8)]
SLOW = "import time\ndef double(x):\n    time.sleep(0.3)\n    return 2 * x"
WRONG = "def double(x):\n    return 3 * x"


def graded(course: SmallCourse, *arguments: str) -> dict[str, float]:
    out = course.root / "out.json"
    result = course.autograder("grade", "ps", "--no-feedback", "--json", str(out), *arguments)
    assert result.returncode == 0, result.stdout + result.stderr
    return {row["student"]: row["score"] for row in json.loads(out.read_text())["submissions"]}


def configure(course: SmallCourse, line: str) -> None:
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write(f"\n{line}\n")


# -- Dask -----------------------------------------------------------------------------------------------------


@pytest.fixture
def cluster(tmp_path):
    cluster = Cluster(tmp_path)
    yield cluster
    cluster.close()


@pytest.fixture
def course_with_data(tmp_path) -> SmallCourse:
    """A course whose test reads a file that is handed out beside the notebook."""
    course = SmallCourse(tmp_path / "course")
    course.write()
    folder = course.root / "source" / "ps"
    (folder / "numbers.txt").write_text("1 2 3")
    nb = small_notebook()
    test = "numbers = np.loadtxt('numbers.txt')\nassert np.array_equal(double(numbers), [2, 4, 6])"
    nb.cells.append(v4.new_code_cell(test, metadata=meta("test_file", 1, grade=True), id="file"))
    nbformat.write(nb, folder / "ps.ipynb")
    assert course.autograder("release", "ps").returncode == 0
    return course


def test_a_cluster_grades_the_class_and_survives_the_loss_of_a_worker(course_with_data, cluster):
    course = course_with_data
    for number, student in enumerate(STUDENTS):
        course.submit(student, WRONG if number == 3 else SLOW)
    lost = cluster.add_worker()
    process = subprocess.Popen(
        [BIN / "autograder", "grade", "ps", "--course", course.root, "--no-feedback", "--cluster", cluster.address],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    until = time.monotonic() + 400
    while not any((course.root / "autograded").glob("*/ps/ps.ipynb")):
        assert process.poll() is None and time.monotonic() < until, process.stdout.read()
        time.sleep(0.1)
    lost.send_signal(signal.SIGKILL)  # the only one: what it had at hand, the assignment too, is lost
    cluster.add_worker()
    said = process.communicate(timeout=400)[0]
    assert process.returncode == 0, said
    there = graded(course)
    assert there == {student: 0.0 if student == STUDENTS[3] else 4.0 for student in STUDENTS}
    assert there == graded(course, "--force")  # as on this machine


def test_nothing_is_warmed_here_for_a_cluster_where_the_reference_is_known(course, monkeypatch):
    course.submit("ada")
    grade_class(Course(course.root), "ps")
    sent = []
    monkeypatch.setattr("autograder.grading.classes.grade_on_cluster", lambda *given: iter([sent.append(given)][:0]))
    monkeypatch.setattr("autograder.grading.preparation.new_slot", lambda *_: pytest.fail("a slot was made"))
    grade_class(Course(course.root), "ps", force=True, cluster="tcp://nowhere:1")
    ((_, assignment, _, todo),) = sent
    assert [*todo] == ["ada"] and assignment.notebooks[0].expected


def test_a_cluster_that_does_not_answer_is_named(course, cluster):
    course.submit("ada")
    result = course.autograder("grade", "ps", "--cluster", f"tcp://127.0.0.1:{free_port()}")
    assert result.returncode == 1 and "no Dask scheduler answers there" in result.stderr
    assert "Traceback" not in result.stderr


# -- PostgreSQL -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server():
    """Address of a PostgreSQL server that was started for these tests."""
    if not has_postgresql():
        pytest.skip("no PostgreSQL here: .ci/postgresql installs it")
    with postgresql() as address:
        yield address


def test_a_gradebook_on_postgresql_with_two_graders_at_once(unreleased, server):
    course = unreleased
    unnamed = course.autograder("release", "ps", "--db", server)
    assert unnamed.returncode == 1 and "course_id" in unnamed.stderr
    configure(course, "c.CourseDirectory.course_id = 'mlp'")
    released = course.autograder("release", "ps", "--db", server)
    assert released.returncode == 0, released.stdout + released.stderr
    for number, student in enumerate(STUDENTS):
        course.submit(student, WRONG if number == 3 else SLOW)
    command = [BIN / "autograder", "grade", "ps", "--course", course.root, "--no-feedback", "--db", server]
    both = [
        subprocess.Popen([*command, "--jobs", "1"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=400)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    with Gradebook(server, "mlp") as book:
        submissions = book.assignment_submissions("ps")
        assert {s.student_id: s.score for s in submissions} == {
            student: 0.0 if student == STUDENTS[3] else 3.0 for student in STUDENTS
        }
        assert len(submissions) == len(STUDENTS)
        book.find_grade("why", "ps", "ps", STUDENTS[0]).manual_score = 1.5
        book.db.commit()
    assert not (course.root / "gradebook.db").exists()

    configure(course, f"c.CourseDirectory.db_url = {server!r}")
    assert graded(course, "--force")[STUDENTS[0]] == 4.5  # from the configuration, and the manual score is kept
    feedback = run("nbgrader", "generate_feedback", "ps", "--student", STUDENTS[0], cwd=course.root)
    assert feedback.returncode == 0, feedback.stderr
    assert "4.5 / 5.0" in (course.root / "feedback" / STUDENTS[0] / "ps" / "ps.html").read_text()


def test_a_server_that_does_not_answer_is_named_without_its_password(course):
    course.submit("ada")
    configure(course, "c.CourseDirectory.course_id = 'mlp'")
    url = f"postgresql+psycopg://course:secret@127.0.0.1:{free_port()}/course"
    result = course.autograder("grade", "ps", "--db", url)
    assert result.returncode == 1 and "cannot be read or written" in result.stderr
    assert "secret" not in result.stderr and "Traceback" not in result.stderr
