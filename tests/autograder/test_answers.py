"""`autograder answers`: alike beside alike, points into the gradebook, and no door for anybody else."""

from __future__ import annotations

import http.client
import json
import shutil
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from answered_course import answered_course, graded_by_hand
from small_course import SmallCourse

from autograder.course.errors import CourseError
from autograder.course.folders import Course
from autograder.reporting.answers import (
    Answer,
    Line,
    Question,
    Server,
    alike_together,
    as_shown,
    questions_of,
    rubric_of,
)

ANSWERS = {
    "ada": "It adds x to itself.",
    "bob": "YOUR ANSWER HERE",
    "cyd": "No idea at all, sorry.",
    "dan": "It adds x to itself, always.",
    "eve": "<img src=x onerror=alert(1)></script><script>alert(2)</script>",
}


@pytest.fixture(scope="module")
def untouched(tmp_path_factory) -> SmallCourse:
    return answered_course(tmp_path_factory.mktemp("answered") / "course", ANSWERS)


@pytest.fixture
def answered(untouched, tmp_path) -> SmallCourse:
    shutil.copytree(untouched.root, tmp_path / "course")
    return SmallCourse(tmp_path / "course")


@pytest.fixture
def server(answered) -> Iterator[Server]:
    with Server(Course(answered.root), "ps") as running:
        yield running


def ask(server: Server, method: str, path: str, body: object = None, **headers: str) -> tuple[int, dict, bytes]:
    url = urlsplit(server.address)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
    known = {"X-Token": parse_qs(url.query)["token"][0]}
    text = json.dumps(body) if not isinstance(body, str) else body
    connection.request(method, path, text, known | {name.replace("_", "-"): value for name, value in headers.items()})
    reply = connection.getresponse()
    return reply.status, dict(reply.headers), reply.read()


def saved(student: str, score: object, comment: str = "", seen: object = None) -> dict:
    seen = {"score": None, "comment": ""} if seen is None else seen
    return {"question": 0, "student": student, "score": score, "comment": comment, "seen": seen}


def test_a_question_has_its_heading_its_text_its_model_answer_and_a_rubric(answered):
    (question,) = questions_of(Course(answered.root), "ps")
    assert (question.title, question.text, question.points) == ("2. Why double works", "In your own words.", 2)
    assert "BEGIN" not in question.model and "Any other reason" in question.model
    assert question.rubric == [Line("It adds x to x.", 1.5), Line("That is twice.", 0.5)]


def test_the_instructors_words_are_shown_as_markdown_and_the_students_as_they_wrote_them():
    asked = "Say `why`; see [section 2](../../notebooks/02.ipynb#x) or [this](https://example.org/page)."
    answers = [Answer("ada", "*x* <b>y</b> $z$", False)]
    shown = as_shown(Question("ps", "why", "Why", asked, "Since $x^2$.", 1, [Line("*one*", 1)], answers))
    assert "<code>why</code>" in shown["text"] and "notebooks" not in shown["text"]
    assert "section 2" in shown["text"] and 'href="https://example.org/page"' in shown["text"]
    assert "<msup>" in shown["model"] and "<em>one</em>" in shown["rubric"][0]["text"]
    assert shown["answers"][0]["text"] == "*x* <b>y</b> $z$"


def test_a_model_answer_without_points_has_no_rubric():
    assert rubric_of("Because.\n\nSee (2 points of view).") == []
    assert rubric_of("- one (1 point)\n- two (2 points)") == [Line("one", 1), Line("two", 2)]


def test_like_answers_stand_beside_each_other_and_empty_ones_last(answered):
    (question,) = questions_of(Course(answered.root), "ps")
    order = [answer.student for answer in question.answers]
    assert abs(order.index("ada") - order.index("dan")) == 1 and order[-1] == "bob"
    assert [answer.empty for answer in question.answers] == [False] * 4 + [True]
    assert alike_together([]) == [] and alike_together([Answer("x", "", True)])[0].student == "x"


def test_points_and_comments_reach_the_gradebook_and_are_there_the_next_time(answered, server):
    assert ask(server, "POST", "/save", saved("ada", 1.5, "Good."))[0] == 200
    assert ask(server, "POST", "/save", saved("bob", 0))[0] == 200
    stored = graded_by_hand(answered.root)
    assert stored["ada"] == (1.5, "Good.", False) and stored["bob"] == (0, None, False)
    assert stored["cyd"] == (None, None, True)
    again = {answer.student: answer for answer in questions_of(Course(answered.root), "ps")[0].answers}
    assert (again["ada"].score, again["ada"].comment, again["bob"].score) == (1.5, "Good.", 0)
    seen = {"score": 1.5, "comment": "Good."}
    assert ask(server, "POST", "/save", saved("ada", None, "", seen))[0] == 200
    assert graded_by_hand(answered.root)["ada"] == (None, None, True)


def test_two_graders_do_not_overwrite_each_other(answered, server):
    with Server(Course(answered.root), "ps") as other:
        assert ask(server, "POST", "/save", saved("ada", 2, "Fine."))[0] == 200
        status, _, body = ask(other, "POST", "/save", saved("ada", 1, "Hm."))
        assert status == 409 and json.loads(body)["now"] == {"score": 2, "comment": "Fine."}
        assert ask(other, "POST", "/save", saved("cyd", 1))[0] == 200
        assert ask(other, "POST", "/save", saved("ada", 1, "Hm.", {"score": 2, "comment": "Fine."}))[0] == 200
    assert graded_by_hand(answered.root)["ada"][:2] == (1, "Hm.") and graded_by_hand(answered.root)["cyd"][0] == 1


@pytest.mark.parametrize(
    "body",
    [
        saved("ada", 2.5), saved("ada", -1), saved("ada", "2"), saved("ada", True), saved("ada", float("nan")),
        saved("ada", 1, "x" * 20_000), saved("nobody", 1), saved("ada", 1, seen=[1]), saved("ada", 1) | {"question": 1},
        saved("ada", 1) | {"question": True}, saved("ada", 1) | {"comment": None}, [], "{", "x" * 200_000,
        {"question": 0, "student": ["ada"], "score": 1, "comment": "", "seen": {}},
    ],
)  # fmt: skip
def test_a_request_of_another_form_changes_nothing(answered, server, body):
    status, _, told = ask(server, "POST", "/save", body)
    assert status == 400 and json.loads(told)["why"]
    assert graded_by_hand(answered.root)["ada"] == (None, None, True)


def test_without_the_token_or_under_another_name_nobody_is_answered(answered, server):
    for method, path in (("GET", "/questions"), ("POST", "/save")):
        assert ask(server, method, path, saved("ada", 1), X_Token="guessed")[0] == 403
        assert ask(server, method, path, saved("ada", 1), Host="evil.example:80")[0] == 403
    assert ask(server, "GET", "/", X_Token="")[0] == ask(server, "GET", "/?token=guessed")[0] == 403
    assert graded_by_hand(answered.root)["ada"] == (None, None, True)


def test_it_listens_on_this_machine_only_and_its_page_runs_its_own_script_alone(server):
    url = urlsplit(server.address)
    assert url.hostname == "127.0.0.1"
    status, headers, page = ask(server, "GET", f"/?{url.query}")
    assert status == 200 and "script-src 'nonce-" in headers["Content-Security-Policy"]
    assert "'unsafe" not in headers["Content-Security-Policy"] and b"onerror" not in page


def test_a_set_without_such_a_question_or_a_class_says_so(answered):
    with pytest.raises(CourseError, match="no assignment"):
        questions_of(Course(answered.root), "other")
    (answered.root / "gradebook.db").unlink()
    with pytest.raises(CourseError, match="run `autograder release ps` first"):
        questions_of(Course(answered.root), "ps")
