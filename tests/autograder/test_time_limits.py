"""A limit counts what the processor works: a busy machine costs nobody points, and who only waits is stopped."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace

import nbformat
import pytest
from small_course import assignment_of

from autograder.course.limits import Limits, used
from autograder.course.submission import Submission
from autograder.engine.grade import grade
from autograder.engine.reference import prepare
from autograder.engine.slot import Slot
from autograder.grading.verify import reference_submission
from autograder.judging.clock import Budget, Clock
from autograder.sandbox import cage

LIMITS = Limits(cell_seconds=1.0, total_seconds=60.0, memory=256 << 20)
WORK = "import time\nuntil = time.process_time() + 0.5\nwhile time.process_time() < until:\n    pass\n"
CELLS = [
    ("train", "weight = 1"),
    ("test_train", "assert weight == 1"),
    ("predict", "def predict():\n    return 2"),
    ("test_predict", "assert predict() == 2"),
    ("", "last = True"),
    ("more", "def more():\n    return 3"),
    ("test_more", "assert more() == 3"),
]
needs_walls = [
    pytest.mark.sandbox,
    pytest.mark.skipif(bool(cage.missing_core()), reason="needs Landlock and seccomp"),
]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grades the reference with other code in some cells, within other limits."""
    with Slot([], [], LIMITS) as slot:
        course = prepare(assignment_of(tmp_path_factory.mktemp("limits"), CELLS), slot)

        def graded(limits: Limits = LIMITS, **cells: str) -> dict[str, str]:
            nb = nbformat.reads(reference_submission(course).notebooks["ps"], as_version=4)
            for cell in nb.cells:
                cell.source = cells.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
            slot.limits = limits
            result = grade(course, Submission("ada", {"ps": nbformat.writes(nb)}), slot)
            assert len(result.cells) == 3
            return {cell.cell: str(cell.outcome) for cell in result.cells if cell.score != cell.max_score}

        yield graded


@pytest.fixture
def crowd():
    """Four busy processes on each core: one more gets a fifth of it, and honest work takes longer than its limit."""
    code = "import os, sys\nos.sched_setaffinity(0, {int(sys.argv[1])})\nprint(flush=True)\nwhile True: pass"
    command = [sys.executable, "-c", code]
    cores = sorted(os.sched_getaffinity(0)) * 4
    processes = [  # each in a session of its own, as the slot is: Linux may share a core out among sessions
        subprocess.Popen([*command, str(core)], stdout=subprocess.PIPE, start_new_session=True) for core in cores
    ]
    for process in processes:
        process.stdout.read(1)  # it has begun
    yield
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("place", ["a cell", "a call"])
class TestGrading:
    pytestmark = needs_walls

    def cells(self, place: str, code: str) -> dict[str, str]:
        if place == "a cell":
            return {"train": code + "weight = 1"}
        body = "".join(f"    {line}\n" for line in code.splitlines())
        return {"predict": f"def predict():\n{body}    return 2"}

    def test_honest_work_on_a_busy_machine_is_waited_for(self, graded, crowd, place):
        assert graded(**self.cells(place, WORK)) == {}

    def test_who_works_too_long_is_stopped(self, graded, place):
        assert set(graded(**self.cells(place, "while True:\n    pass\n")).values()) == {"timeout"}

    def test_who_only_waits_is_stopped_when_the_time_has_passed(self, graded, place):
        started = time.monotonic()
        lost = graded(**self.cells(place, "import time\ntime.sleep(600)\n"))
        assert set(lost.values()) == {"timeout"} and time.monotonic() - started < 60

    def test_the_rest_of_a_submission_is_not_reached_when_its_time_is_up(self, graded, place):
        limits = replace(LIMITS, cell_seconds=4.0, total_seconds=3.0)  # of which to begin may take a tenth
        lost = graded(limits, **self.cells(place, "import time\ntime.sleep(600)\n"))
        assert {"test_more", "test_predict"} <= lost.keys() and set(lost.values()) == {"timeout"}


def test_what_counts():
    assert used(passed=100.0, worked=30.0) == 30.0  # a busy machine
    assert used(passed=100.0, worked=2.0) == 100.0  # a sleeper
    assert used(passed=1.0, worked=2.0) == 2.0  # two threads


class TestClock:
    def test_a_sleeping_process_uses_the_time_that_passes(self):
        with subprocess.Popen(["sleep", "60"]) as process:
            clock = Clock(0.2, process.pid)
            assert 0 < clock.left() <= 0.2
            time.sleep(0.3)
            assert clock.left() <= 0 < clock.left(60.0)
            process.kill()

    def test_what_a_process_that_is_gone_has_used_is_the_time_that_passed(self):
        process = subprocess.Popen([sys.executable, "-c", WORK])
        time.sleep(0.5)
        clock = Clock(0.1, process.pid)
        process.kill()
        process.wait()
        time.sleep(0.2)
        assert clock.left() <= 0

    def test_a_busy_process_that_got_no_processor_keeps_its_time(self, monkeypatch):
        now = [0.0, 0.0]
        monkeypatch.setattr(time, "monotonic", lambda: now[0])
        monkeypatch.setattr(time, "process_time", lambda: now[1])
        clock = Clock(10.0, 0)
        now[:] = 30.0, 6.0
        assert clock.left() == 4.0
        now[:] = 40.0, 10.0
        assert clock.left() == 0.0
        now[:] = 200.0, 11.0
        assert clock.left() < -100

    def test_the_pieces_of_a_submission_share_its_budget(self, monkeypatch):
        now = [0.0]
        monkeypatch.setattr(time, "monotonic", lambda: now[0])
        monkeypatch.setattr(time, "process_time", lambda: now[0])
        budget = Budget(5.0)
        assert budget.clock(3.0, 0).seconds == 3.0
        now[0] = 2.5
        assert budget.clock(3.0, 0).seconds == 2.5 and not budget.over()
        now[0] = 5.0
        assert budget.over() and budget.clock(3.0, 0).seconds == 0.0

    def test_the_words_of_a_test_take_nothing_from_the_budget(self, monkeypatch):
        now = [0.0]
        monkeypatch.setattr(time, "monotonic", lambda: now[0])
        monkeypatch.setattr(time, "process_time", lambda: now[0])
        budget = Budget(5.0)
        budget.clock(3.0, 0)
        now[0] = 2.0
        with budget.stopped():
            assert budget.clock(6.0, 0).seconds == 6.0
            now[0] = 8.0
        assert not budget.over() and budget.clock(4.0, 0).seconds == 3.0
