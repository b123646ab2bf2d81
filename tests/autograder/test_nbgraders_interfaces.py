"""nbgrader's own interfaces around our engine: formgrader in a browser, and the exchange between people."""

import shutil
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from real_lab import running_chromium, running_lab
from small_course import RIGHT, SmallCourse, run

from autograder.engine.results import read_record

WRONG = "def double(x):\n    return 3 * x"


def outcome_of(course: SmallCourse, student: str) -> str | None:
    """What our engine noted of the student's tests; None where another one graded."""
    record = read_record(course.root / "autograded" / student / "ps" / "ps.ipynb")
    return record and record.cells[0].outcome


# -- formgrader -----------------------------------------------------------------------------------------------


@pytest.fixture
def formgrader(course, tmp_path):
    """(course, page, address): formgrader on a course where ada and bob handed in and nobody is graded."""
    course.submit("ada")
    course.submit("bob", WRONG)
    with running_lab(tmp_path / "lab", course.root) as lab:
        try:
            with running_chromium() as browser:
                page = browser.new_page(viewport={"width": 1300, "height": 900})
                page.set_default_timeout(120_000)
                page.goto(f"{lab.url}/login?token={lab.token}")  # formgrader's own requests carry no token
                yield SmallCourse(lab.work), page, f"{lab.url}/formgrader"
        except FileNotFoundError as missing:
            pytest.skip(str(missing))


def row_of(page, student: str):
    """A student's row in the table of those who handed in, once it is there."""
    row = page.locator("tr", has=page.get_by_text(student, exact=True))
    row.locator(".autograde a").wait_for()
    return row


def autograde(page, student: str) -> None:
    """Presses the flash of a student's row, and waits for what formgrader says of it."""
    row_of(page, student).locator(".autograde a").click()
    page.locator("#success-modal").wait_for(state="visible")
    page.locator("#success-modal").get_by_role("button", name="OK").click()
    page.locator("#success-modal").wait_for(state="detached")


def test_formgraders_button_grades_by_our_engine_and_keeps_what_a_person_gave(formgrader):
    course, page, address = formgrader
    page.goto(f"{address}/manage_submissions/ps")
    for student, score in (("ada", "3 / 5"), ("bob", "0 / 5")):
        assert "needs autograding" in row_of(page, student).inner_text()
        autograde(page, student)
        row_of(page, student).get_by_text(score).wait_for()
    assert [outcome_of(course, student) for student in ("ada", "bob")] == ["passed", "failed"]

    page.goto(f"{address}/gradebook/ps/ps")
    page.locator("tbody a[href*='/formgrader/submissions/']").first.click()
    score = page.locator("#why[placeholder]")  # where the points go; it takes them once it shows those of the grader
    score.fill("1.5")
    with page.expect_response(lambda response: "/api/grade/" in response.url and response.request.method == "PUT"):
        score.blur()

    page.goto(f"{address}/manage_submissions/ps")
    for student in ("ada", "bob"):
        autograde(page, student)
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        scores = sorted(submission.score for submission in book.assignment_submissions("ps"))
        given = [book.find_grade("why", "ps", "ps", student).manual_score for student in ("ada", "bob")]
    assert sorted(given, key=str) == [1.5, None] and scores in ([0.0, 4.5], [1.5, 3.0])


# -- the exchange ---------------------------------------------------------------------------------------------


class Person:
    """Somebody with a folder of their own, who shares nothing with others but the exchange."""

    def __init__(self, home: Path, exchange: Path, settings: str):
        self.home = home
        home.mkdir()
        common = f"c = get_config()\nc.Exchange.root = {str(exchange)!r}\nc.CourseDirectory.course_id = 'mlp'\n"
        (home / "nbgrader_config.py").write_text(common + settings)

    def nbgrader(self, *arguments: str) -> None:
        result = run("nbgrader", *arguments, cwd=self.home, env={"HOME": str(self.home)})
        assert result.returncode == 0, result.stderr


@pytest.mark.timeout(900)  # a dozen commands, each of which takes seconds to start
def test_an_assignment_goes_through_the_exchange_and_its_feedback_comes_back(course, tmp_path):
    exchange = tmp_path / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    config = (course.root / "nbgrader_config.py").read_text().replace("c = get_config()", "")
    teacher = Person(tmp_path / "teacher", exchange, config)
    for name in ("source", "release"):
        shutil.copytree(course.root / name, teacher.home / name)
    shutil.copyfile(course.root / "gradebook.db", teacher.home / "gradebook.db")
    students = {"ada": RIGHT, "bob": WRONG}

    teacher.nbgrader("release_assignment", "ps")
    people = {
        name: Person(tmp_path / name, exchange, f"c.CourseDirectory.student_id = {name!r}\n") for name in students
    }
    for name, person in people.items():
        person.nbgrader("fetch_assignment", "ps")
        path = person.home / "ps" / "ps.ipynb"
        nb = nbformat.read(path, as_version=4)
        assert "HIDDEN" not in path.read_text() and "2 * x" not in nb.cells[1].source
        nb.cells[1].source = students[name]
        nbformat.write(nb, path)
        person.nbgrader("submit", "ps")
    teacher.nbgrader("collect", "ps")
    graded = SmallCourse(teacher.home).autograder("grade", "ps")
    assert graded.returncode == 0, graded.stdout + graded.stderr
    teacher.nbgrader("release_feedback", "ps")
    for name, person in people.items():
        person.nbgrader("fetch_feedback", "ps")
        (page,) = person.home.glob("ps/feedback/*/ps.html")
        text = page.read_text()
        assert ("<strong>3 of" in text) == (name == "ada") and "np.arange(4.0)" not in text
