"""The questions that people grade: all answers to one question on one page, graded with the keyboard.

A small server, reachable only from this machine, shows them and writes points and comments into nbgrader's gradebook.
Its address contains a token, without which it refuses every request. Students' texts reach the browser as data and are
inserted as text, never as HTML, and the page forbids every script except its own. The question, the model answer and
the rubric are the instructor's, and shown as Markdown.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)

from ..course.assignment import MANUAL, Assignment, SourceNotebook
from ..course.errors import CourseError
from ..course.folders import Course
from ..grading.gradebook import find_released
from .class_report import cells_of
from .feedback import markdown, plain

HERE = "127.0.0.1"
LONGEST_COMMENT = 10_000  # characters
LARGEST_REQUEST = 100_000  # bytes
_NEARBY = re.compile(r"(?<!!)\[([^\]]*)\]\((?!https?:)[^)\s]*\)")  # a link that does not work on this page
_WORTH = re.compile(r"\(([\d.]+) points?\)\s*$")


@dataclass(frozen=True)
class Line:
    """A line of a rubric: the criterion and its points."""

    text: str
    points: float


@dataclass
class Answer:
    """What one student wrote, with the manual score and comment."""

    student: str
    text: str
    empty: bool  # left as it was handed out
    score: float | None = None
    comment: str = ""


@dataclass
class Question:
    """One cell that a person grades, with all answers, similar ones next to each other."""

    notebook: str
    cell: str
    title: str
    text: str
    model: str
    points: float
    rubric: list[Line]
    answers: list[Answer] = field(default_factory=list)


def rubric_of(model: str) -> list[Line]:
    """The lines of a rubric: the paragraphs and list items of a model answer that end in "(2 points)".

    A model answer is between the marks of a solution, or in a solution cell, so no release contains it.
    """
    lines = []
    for part in re.split(r"\n\s*\n|\n(?=\s*(?:\d+\.|[-*]) )", model):
        text = " ".join(part.split())
        if worth := _WORTH.search(text):
            lines.append(Line(re.sub(r"^(?:\d+\.|[-*]) +", "", _WORTH.sub("", text)).strip(), float(worth[1])))
    return lines


def questions_of(course: Course, name: str) -> list[Question]:
    """All questions that people grade, with the answers and the manual scores so far.

    Raises CourseError if there is no such question, or nobody is graded yet.
    """
    assignment = course.assignment(name)
    questions = [_question(assignment, nb, place) for nb in assignment.notebooks for place in _by_people(nb)]
    if not questions:
        raise CourseError(f"{name} has no question that a person grades")
    with course.gradebook(name) as book:
        known = find_released(book, name)
        rows = book.db.query(SubmittedAssignment.student_id).filter_by(assignment_id=known.id)
        students = sorted(student for (student,) in rows if student not in course.excluded)
        points = _given(book, name, Grade, Grade.manual_score)
        comments = _given(book, name, Comment, Comment.manual_comment)
    if not students:
        raise CourseError(f"nobody is graded in {name!r} yet; run `autograder grade {name}` first")
    for notebook in assignment.notebooks:
        asked = [question for question in questions if question.notebook == notebook.name]
        for student in students if asked else ():
            cells = cells_of(course.path("autograded", student, name) / f"{notebook.name}.ipynb")
            for question in asked:
                if question.cell in cells:
                    text, key = cells[question.cell], (notebook.name, student, question.cell)
                    empty = text.strip() in ("", notebook.cell(question.cell).release.strip())
                    score, comment = points.get(key), comments.get(key, "")
                    question.answers.append(Answer(student, "" if empty else text, empty, score, comment))
    for question in questions:
        question.answers = alike_together(question.answers)
    return questions


def _by_people(notebook: SourceNotebook) -> list[int]:
    return [place for place, cell in enumerate(notebook.cells) if cell.kind == MANUAL]


def _question(assignment: Assignment, notebook: SourceNotebook, place: int) -> Question:
    cell = notebook.cells[place]
    asked = next((c.source for c in reversed(notebook.cells[:place]) if c.cell_type == "markdown" and not c.points), "")
    headings = [
        found
        for c in notebook.cells[:place]
        if c.cell_type == "markdown"
        for found in re.findall(r"^##+ +(.*)$", c.source, re.M)
    ]
    model = assignment.marks.unmarked(cell.source) if not cell.metadata["nbgrader"].get("task") else ""
    title = plain(headings[-1]) if headings else cell.name
    text = re.sub(r"^#+ .*\n", "", asked, flags=re.M).strip()
    return Question(notebook.name, cell.name, title, text, model, cell.points, rubric_of(model))


def as_shown(question: Question) -> dict[str, Any]:
    """A question as data for its page: the instructor's texts as HTML, the students' texts unchanged."""
    data = asdict(question)
    for part in (data, *data["rubric"]):
        part["text"] = markdown(_NEARBY.sub(r"\1", part["text"]))
    data["model"] = markdown(_NEARBY.sub(r"\1", question.model)) if question.model else ""
    return data


def _given(book: Gradebook, name: str, table: Any, value: Any) -> dict[tuple[str, str, str], Any]:
    """Manual grades by notebook, student and cell: the points of `Grade`, the text of `Comment`."""
    rows = (
        book.db.query(Notebook.name, SubmittedAssignment.student_id, BaseCell.name, value)
        .select_from(table)
        .join(BaseCell, BaseCell.id == table.cell_id)
        .join(SubmittedNotebook, SubmittedNotebook.id == table.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .filter(SubmittedAssignment.assignment_id == book.find_assignment(name).id)
    )
    return {(notebook, student, cell): given for notebook, student, cell, given in rows if given is not None}


def alike_together(answers: Sequence[Answer]) -> list[Answer]:
    """The answers, ordered so that each follows the most similar one by its words; empty ones come last."""
    left = {
        i: frozenset(re.findall(r"\w+", answer.text.casefold())) for i, answer in enumerate(answers) if not answer.empty
    }
    order: list[int] = []
    if left:
        at = max(left, key=lambda i: (len(left[i]), -i))
        while True:
            words = left.pop(at)
            order.append(at)
            if not left:
                break
            at = max(left, key=lambda i: (len(words & left[i]) / (len(words | left[i]) or 1), -i))
    return [answers[i] for i in order] + [answer for answer in answers if answer.empty]


class Refused(Exception):
    """A browser's request is refused; the text says why, and `now` what is in the gradebook."""

    def __init__(self, status: HTTPStatus, why: str, now: dict[str, Any] | None = None):
        super().__init__(why)
        self.status, self.now = status, now


def record(course: Course, name: str, question: Question, asked: dict[str, Any]) -> dict[str, Any]:
    """Writes points and comment for one answer into the gradebook.

    Args:
        asked: "student"; "score" (None removes the points); "comment"; and "seen": the score and the comment that the
            grader's page showed before.

    Returns:
        What is in the gradebook now: "score" and "comment".

    Raises:
        Refused: the request is invalid, or somebody else has graded the answer in the meantime.
    """
    student, score, comment, seen = (asked.get(key) for key in ("student", "score", "comment", "seen"))
    number = isinstance(score, int | float) and not isinstance(score, bool) and 0 <= score <= question.points
    if not (score is None or number) or not isinstance(comment, str) or len(comment) > LONGEST_COMMENT:
        raise Refused(
            HTTPStatus.BAD_REQUEST, f"points must be from 0 to {question.points:g}, and a comment not too long"
        )
    if not any(answer.student == student for answer in question.answers) or not isinstance(seen, dict):
        raise Refused(HTTPStatus.BAD_REQUEST, "there is no answer from this student")
    with course.gradebook(name) as book:
        grade = book.find_grade(question.cell, question.notebook, name, student)
        note = book.find_comment(question.cell, question.notebook, name, student)
        now = {"score": grade.manual_score, "comment": note.manual_comment or ""}
        wanted = {"score": score, "comment": comment}
        if now != {"score": seen.get("score"), "comment": seen.get("comment")} and now != wanted:
            raise Refused(HTTPStatus.CONFLICT, "somebody else has graded this answer in the meantime", now)
        grade.manual_score, note.manual_comment = score, comment or None
        grade.needs_manual_grade = score is None and grade.auto_score is None
        book.db.commit()
    return wanted


class Server:
    """Shows the answers and accepts points, on this machine only.

    Args:
        port: the port to listen on; 0 chooses a free one.

    Use as a context manager; `address` is the address to open in a browser.
    """

    def __init__(self, course: Course, name: str, port: int = 0):
        questions, token = questions_of(course, name), secrets.token_urlsafe(24)
        lock = threading.Lock()

        def save(number: int, asked: dict[str, Any]) -> dict[str, Any]:
            with lock:
                now = record(course, name, questions[number], asked)
                answer = next(a for a in questions[number].answers if a.student == asked["student"])
                answer.score, answer.comment = now["score"], now["comment"]
                return now

        handler = type("_OfThisCourse", (_Handler,), {
            "token": token, "name": name, "questions": questions, "save": staticmethod(save),
        })  # fmt: skip
        try:
            self._server = ThreadingHTTPServer((HERE, port), handler)
        except OSError as error:
            raise CourseError(f"cannot listen on port {port} ({error.strerror}); choose another with --port") from None
        self._server.daemon_threads = True
        self.address = f"http://{HERE}:{self._server.server_port}/?token={token}"
        self.questions = questions

    def __enter__(self) -> Server:
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self) -> None:
        """Waits for an interrupt."""
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    token: str
    name: str
    questions: list[Question]
    save: Callable[[int, dict[str, Any]], dict[str, Any]]

    def do_GET(self) -> None:
        """The page, or the questions as data."""
        url = urlsplit(self.path)
        if not self._is_local():
            return self._send(HTTPStatus.FORBIDDEN, "text/plain", b"not from here")
        if url.path == "/" and self._knows(parse_qs(url.query).get("token", [""])[0]):
            nonce = secrets.token_urlsafe(16)
            page = _template().render(name=self.name, token=self.token, nonce=nonce)
            policy = (
                f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
                "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            )
            return self._send(HTTPStatus.OK, "text/html; charset=utf-8", page.encode(), policy)
        if url.path == "/questions" and self._knows(self.headers.get("X-Token", "")):
            return self._json(HTTPStatus.OK, [as_shown(question) for question in self.questions])
        self._send(HTTPStatus.FORBIDDEN, "text/plain", b"open the address that `autograder answers` printed")

    def do_POST(self) -> None:
        """Accepts points and a comment for one answer."""
        length = self.headers.get("Content-Length", "")
        if not self._is_local() or not self._knows(self.headers.get("X-Token", "")):
            return self._json(HTTPStatus.FORBIDDEN, {"why": "open the address that `autograder answers` printed"})
        try:
            if not length.isdigit() or int(length) > LARGEST_REQUEST:
                raise Refused(HTTPStatus.BAD_REQUEST, "the request is too long")
            asked = json.loads(self.rfile.read(int(length)))
            number = asked["question"] if isinstance(asked, dict) else None
            if type(number) is not int or not 0 <= number < len(self.questions):
                raise Refused(HTTPStatus.BAD_REQUEST, "there is no such question")
            self._json(HTTPStatus.OK, self.save(number, asked))
        except Refused as error:
            self._json(error.status, {"why": str(error), "now": error.now})
        except (ValueError, KeyError):
            self._json(HTTPStatus.BAD_REQUEST, {"why": "the request cannot be read"})
        except (CourseError, MissingEntry) as error:
            why = str(error).splitlines()[0]
            self._json(HTTPStatus.INTERNAL_SERVER_ERROR, {"why": f"the gradebook could not be written ({why})"})

    def _is_local(self) -> bool:
        """Whether the request is addressed to this machine by a local name."""
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        return host in (HERE, "localhost")

    def _knows(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self.token.encode())

    def _json(self, status: HTTPStatus, data: Any) -> None:
        self._send(status, "application/json", json.dumps(data).encode())

    def _send(self, status: HTTPStatus, kind: str, body: bytes, policy: str = "default-src 'none'") -> None:
        self.send_response(status)
        for header, value in {
            "Content-Type": kind, "Content-Length": str(len(body)), "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
        }.items():  # fmt: skip
            self.send_header(header, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Logs nothing: the address with the token is in the request."""


def _template() -> Any:
    environment = Environment(loader=PackageLoader("autograder.reporting"), undefined=StrictUndefined, autoescape=True)
    return environment.get_template("answers.html.j2")
