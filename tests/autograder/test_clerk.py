"""What costs time or memory to read or to show costs the one who handed it in, and nobody else."""

from __future__ import annotations

import json
import os
import signal
import time

import nbformat
import pytest
from small_course import RIGHT, small_notebook
from test_two_phases import children_of

from autograder.course.assignment import read_assignment
from autograder.course.errors import Unreadable
from autograder.course.limits import Limits
from autograder.course.submission import Submission
from autograder.engine import clerk
from autograder.engine.clerk_link import LIMITS, Clerk, clerk_template
from autograder.engine.grade import grade
from autograder.engine.reference import prepare
from autograder.engine.results import GradedSubmission
from autograder.engine.slot import Slot
from autograder.judging.outcome import Outcome

pytestmark = pytest.mark.sandbox
DISPLAY = "from IPython.display import HTML, display\n"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clerk") / "ps"
    folder.mkdir()
    nbformat.write(small_notebook(), folder / "ps.ipynb")
    assignment = read_assignment(folder, "ps")
    with Slot(assignment.imports, [], Limits(cell_seconds=5.0, total_seconds=60.0)) as slot:
        yield prepare(assignment, slot), slot


def handed_in(*cells: dict, change=None) -> str:
    nb = json.loads(nbformat.writes(small_notebook()))
    nb["cells"][1]["source"] = RIGHT
    nb["cells"] += [{"id": f"more{n}", "metadata": {}, **cell} for n, cell in enumerate(cells)]
    if change:
        change(nb)
    return json.dumps(nb)


def code(source: str) -> dict:
    return {"cell_type": "code", "source": source, "outputs": [], "execution_count": None}


def words(source: str) -> dict:
    return {"cell_type": "markdown", "source": source}


def graded(prepared, text: str) -> GradedSubmission:
    """The graded submission; the grader's own process spends next to nothing on it, whatever it holds."""
    started = time.process_time()
    result = grade(prepared[0], Submission("eve", {"ps": text}), prepared[1])
    own = time.process_time() - started
    assert own < LIMITS.total_seconds / 4, f"{own:.1f} s in the grader's own process"
    assert not [cell for cell in result.cells if cell.outcome is Outcome.GRADER_ERROR], result
    return result


SHOWN = {
    "a table of nothing but openings": code(DISPLAY + "display(HTML('<div>' * 19_900))"),
    "two hundred of them": code(DISPLAY + "for _ in range(190):\n    display(HTML('<div>' * 19_900))"),
    "brackets that open and never close": words("[" * 400_000),
    "emphasis within emphasis": words("*a _b " * 60_000),
    "quotes within quotes": words(">" * 20_000 + " deep"),
    "a character of five thousand digits": words("&#" + "1" * 5000 + ";"),
    "pictures of nothing": words("![](" * 50_000),
    "a formula without an end": words("$" * 200_001),
}


@pytest.mark.parametrize("cell", SHOWN.values(), ids=SHOWN)
def test_what_is_slow_to_show_costs_no_point_and_stops_nobody(prepared, cell):
    result = graded(prepared, handed_in(cell))
    assert result.cells[0].score == 3
    nbformat.validate(nbformat.reads(result.notebooks["ps"].decode(), as_version=4))
    assert b"return 2 * x" in result.notebooks["ps"]


def test_a_text_that_is_slow_to_show_is_shown_as_it_was_written_or_named(prepared):
    last = json.loads(graded(prepared, handed_in(words("[" * 400_000))).notebooks["ps"])["cells"][-1]["source"]
    assert last.strip().startswith("[[[") or "not shown" in last


def heavy(nb: dict) -> None:
    nb["metadata"]["x"] = [{}] * 4_000_000


def digits(nb: dict) -> None:
    nb["metadata"]["x"] = "DIGITS"


READ = {
    "megabytes of empty objects": lambda: handed_in(change=heavy),
    "nested beyond any parser": lambda: '{"cells": ' + "[" * 2_000_000,
    "a number of five thousand digits": lambda: handed_in(change=digits).replace('"DIGITS"', "1" * 5000),
    "no notebook at all": lambda: "[]",
    "cells of another kind": lambda: json.dumps({"cells": [1], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}),
}


@pytest.mark.parametrize("text", READ.values(), ids=READ)
def test_what_is_heavy_to_read_is_read_or_refused(prepared, text):
    result = graded(prepared, text())
    assert result.cells[0].score == 3 or "could not be read" in "".join(result.unreadable), result


def test_what_a_late_clerk_says_at_last_is_no_answer_to_the_next_question(prepared, monkeypatch):
    receive, late = clerk.receive, []

    def give_up_once(sock, most, deadline):
        if late:
            return receive(sock, most, deadline)
        late.append(sock)
        raise TimeoutError

    monkeypatch.setattr(clerk, "receive", give_up_once)
    wrong = handed_in(change=lambda nb: nb["cells"][1].update(source="def double(x):\n    return 7"))
    result = grade(prepared[0], Submission("ada", {"a copy": wrong, "ps": handed_in()}), prepared[1])
    assert late and result.cells[0].score == 3, result
    assert b"return 2 * x" in result.notebooks["ps"] and b"not shown" not in result.notebooks["ps"]


def kill_clerks(monkeypatch, most: int) -> list[int]:
    """Has the first clerks be killed before they get their request; returns their numbers, as they are killed."""
    killed: list[int] = []
    send = clerk.send

    def kill_and_send(sock, data):
        if len(killed) < most:
            killed.extend(children_of(clerk_template().process.pid))
            os.kill(killed[-1], signal.SIGKILL)
        send(sock, data)

    monkeypatch.setattr(clerk, "send", kill_and_send)
    return killed


def test_a_clerk_that_is_killed_is_replaced_and_costs_nobody_anything(prepared, monkeypatch):
    killed = kill_clerks(monkeypatch, most=1)
    result = graded(prepared, handed_in())
    assert len(killed) == 1 and result.cells[0].score == 3 and not result.unreadable
    assert not children_of(clerk_template().process.pid)


def test_a_clerk_that_is_killed_once_more_is_told_as_such(prepared, monkeypatch):
    killed = kill_clerks(monkeypatch, most=2)
    with Clerk(prepared[1]) as reader, pytest.raises(Unreadable, match="could not be read"):
        reader.read(handed_in(), "ps")
    assert len(killed) == 2 and not children_of(clerk_template().process.pid)
    assert graded(prepared, handed_in()).cells[0].score == 3


def test_the_process_that_clerks_come_from_may_be_killed(prepared):
    os.kill(clerk_template().process.pid, signal.SIGKILL)
    clerk_template().process.wait()
    assert graded(prepared, handed_in()).cells[0].score == 3


def test_a_clerk_is_shut_in_like_a_worker(prepared):
    with Clerk(prepared[1]) as reader:
        reader.read(handed_in(), "ps")
        status = open(f"/proc/{reader._pid}/status").read()
    assert "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status
