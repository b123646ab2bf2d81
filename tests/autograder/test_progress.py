"""While a class is graded people see how far it is: by a bar on a terminal, by plain lines elsewhere."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading

import pytest
from small_course import BIN, SmallCourse

from autograder.engine.results import CellResult, GradedSubmission
from autograder.judging.outcome import Outcome
from autograder.reporting import progress
from autograder.reporting.progress import Bar, pace

WRONG = "def double(x):\n    return 3 * x"


def graded(*outcomes: Outcome, seconds: float = 2.0) -> GradedSubmission:
    return GradedSubmission("ps", "ada", tuple(CellResult("ps", "t", o, 0.0, 1.0) for o in outcomes), seconds=seconds)


@pytest.mark.parametrize(
    "done, total, seconds, said",
    [
        (5, 15, 2.0, ["2.5 a second", "0:04 left"]),
        (4, 304, 10.0, ["24.0 a minute", "12:30 left"]),
        (10, 20_010, 2.0, ["5.0 a second", "1:06:40 left"]),
        (3, 3, 1.0, ["3.0 a second", "0:00 left"]),
    ],
)
def test_the_pace_is_told_in_units_that_fit(done, total, seconds, said):
    assert pace(done, total, seconds) == said


def test_without_a_terminal_there_is_a_line_now_and_then_and_a_last_one(monkeypatch, capsys):
    clock = [100.0]
    monkeypatch.setattr(progress, "monotonic", lambda: clock[0])
    with Bar(12, "grade") as bar:
        clock[0] += 60  # preparation is no part of the pace
        for done in range(1, 13):
            clock[0] += 2
            bar.graded(graded(Outcome.PASSED, Outcome.NOT_ATTEMPTED if done % 2 else Outcome.FAILED), done, 12)
    said = capsys.readouterr()
    first, *_, last = said.out.splitlines()
    assert first == "  1/12 graded, 30.0 a minute, 0:22 left, 1 passed, 1 not attempted"
    assert last == "  12/12 graded, 30.0 a minute, 0:00 left, 12 passed, 6 failed, 6 not attempted"
    assert len(said.out.splitlines()) == 4 and said.err == ""


def on_a_terminal(command: list, columns: int) -> tuple[str, str]:
    """What a command says on stdout, and on a terminal so wide that its stderr is."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 30, columns, 0, 0))
    shown = []

    def read() -> None:
        try:
            while part := os.read(ours, 4096):
                shown.append(part)
        except OSError:  # how Linux says that nobody writes any more
            pass

    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True)
    os.close(theirs)
    reader = threading.Thread(target=read)
    reader.start()
    said = process.communicate(timeout=400)[0]
    reader.join(10)
    os.close(ours)
    return said, b"".join(shown).decode()


def test_on_a_terminal_a_bar_shows_rate_time_left_and_outcomes_and_then_goes_away(course: SmallCourse):
    for student in ("ada", "bob", "cleo"):
        course.submit(student, WRONG if student == "bob" else "def double(x):\n    return 2 * x")
    said, shown = on_a_terminal(
        [BIN / "autograder", "grade", "ps", "--course", course.root, "--jobs", "1"], columns=120
    )
    frames = [frame for frame in re.split(r"[\r\n]", shown) if "grade" in frame]
    last = next(frame for frame in frames if " 3/3" in frame)
    assert re.search(
        r"100%\|█{20}\| 3/3, [\d.]+ a (second|minute), 0:00 left, 2 passed, 1 failed, 3 not attempted", last
    )
    assert re.search(r" 33%\|.{20}\| 1/3, [\d.]+ a (second|minute), \d:\d\d left, 1 passed", shown)
    assert max(map(len, frames)) <= 120 and "\n" not in shown.strip()
    assert "%" not in said.splitlines()[1] and "graded," not in said and "graded 3 submissions" in said
