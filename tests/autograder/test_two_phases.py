"""First all of the student's cells, then each test against a copy of the worker as it was where the test stands."""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

import nbformat
import numpy
import pytest
from small_course import assignment_of

from autograder.course.assignment import Assignment
from autograder.course.limits import Limits
from autograder.course.submission import Submission
from autograder.engine.grade import grade
from autograder.engine.reference import prepare
from autograder.engine.slot import Slot
from autograder.grading.verify import not_apart, reference_submission, students_given
from autograder.judging.replaced import functions_of_modules, may_be_replaced, replaced
from autograder.sandbox import cage
from autograder.sandbox.definitions import definitions_in, words_of

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(bool(cage.missing_core()), reason="needs Landlock and seccomp"),
]
LIMITS = Limits(cell_seconds=3.0, total_seconds=60.0, memory=256 << 20)
CELLS = [
    ("", "import numpy as np"),
    ("one", "def one(x):\n    return x + 1"),
    ("test_one", "assert one(1) == 2\n### BEGIN HIDDEN TESTS\nassert one(73100) == 73101\n### END HIDDEN TESTS"),
    ("two", "def two(x):\n    return 2 * x"),
    ("test_two", "assert two(np.arange(3.0)).tolist() == [0, 2, 4]"),
    ("three", "state = [3]\n\ndef three():\n    return state[0]"),
    ("test_three", "assert three() == 3"),
    ("", "print('the last cell')"),
    ("four", "def four(f):\n    return f(4)"),
    ("test_four", "assert four(lambda x: x * x) == 16"),
]
TESTS = ["test_one", "test_two", "test_three", "test_four"]
SYSTEM_CALL = (
    "import ctypes, platform\nlibc = ctypes.CDLL(None)\nclone = {'x86_64': 56, 'aarch64': 220}[platform.machine()]\n"
)


@pytest.fixture(scope="module")
def slot():
    with Slot(["numpy"], [], LIMITS) as slot:
        yield slot


@pytest.fixture(scope="module")
def course(slot, tmp_path_factory):
    """The assignment, its reference tried."""
    return prepare(assignment_of(tmp_path_factory.mktemp("phases"), CELLS), slot)


def hand_in(course: Assignment, **cells: str) -> Submission:
    """The reference with other code in some cells; ``last`` takes the place of the cell that prints."""
    submission = reference_submission(course)
    nb = nbformat.reads(submission.notebooks["ps"], as_version=4)
    for cell in nb.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id") or ("last" if "the last" in cell.source else "")
        cell.source = cells.pop(name, cell.source)
    assert not cells
    return Submission("ada", {"ps": nbformat.writes(nb)})


def failed(graded) -> dict[str, str]:
    """The tests that lost points, and their outcomes."""
    return {cell.cell: str(cell.outcome) for cell in graded.cells if cell.score != cell.max_score}


def shown(graded) -> str:
    return str([cell.get("outputs") for cell in json.loads(graded.notebooks["ps"])["cells"]])


def left_behind(slot: Slot) -> list[int]:
    """The processes that the slot's template has forked and that are still there."""
    return children_of(slot.template.process.pid)


def children_of(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rsplit(")", 1)[1].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def test_the_reference_is_judged_apart_and_scores_all(course, slot):
    graded = grade(course, reference_submission(course), slot)
    assert not failed(graded) and graded.notes == ()
    assert all(cell.apart for cell in graded.cells) and not_apart(course) == []
    assert not left_behind(slot)


CALLS = {
    "os._exit": ("import os\n\ndef one(x):\n    os._exit(0)", "raised"),
    "read at 0": ("import ctypes\n\ndef one(x):\n    ctypes.string_at(0)", "raised"),
    "recursion in C": (
        "def one(x):\n    it = iter([x])\n    for _ in range(300_000):\n        it = map(int, it)\n    return next(it)",
        "raised",
    ),
    "SIGKILL to itself": ("import os\n\ndef one(x):\n    os.kill(os.getpid(), 9)", "breach"),
    "closes all it has": ("import os\n\ndef one(x):\n    os.closerange(0, 200)\n    return x + 1", "raised"),
    "no end of memory": ("def one(x):\n    return np.ones(10**12)", "memory"),
    "fork bomb": ("import os\n\ndef one(x):\n    while True:\n        os.fork()", "breach"),
    "sibling bomb": (
        SYSTEM_CALL + f"\ndef one(x):\n    for _ in range(100):\n        libc.syscall(clone, {cage.COPY}, 0, 0, 0, 0)\n"
        "    return x + 1",
        "timeout",
    ),
    "an error": ("def one(x):\n    raise ValueError", "raised"),
}


@pytest.mark.parametrize("what", CALLS)
def test_what_a_call_does_costs_its_own_test_alone(course, slot, what):
    code, outcome = CALLS[what]
    graded = grade(course, hand_in(course, one=code), slot)
    assert failed(graded) == {"test_one": outcome}, graded.cells
    assert not left_behind(slot)


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        "while True:\n        pass",
        "while True:\n        try:\n            while 1: pass\n        except BaseException: pass",
        "sum(iter(int, 1))",
        "9 ** 9 ** 9",
        "import ctypes\n    ctypes.PyDLL(None).pause()",
        "import signal\n    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n    while True:\n        pass",
    ],
)
def test_a_call_without_end_costs_its_own_test_alone(course, slot, body):
    graded = grade(course, hand_in(course, one=f"def one(x):\n    {body}"), slot)
    assert failed(graded) == {"test_one": "timeout"}, graded.cells
    assert not left_behind(slot)


CRASHES = [
    "import os\nos._exit(3)",
    "import ctypes\nctypes.string_at(0)",
    "import os\nos.close(4)\nos.closerange(3, 99)",
]


@pytest.mark.parametrize("code", CRASHES)
def test_a_cell_that_ends_the_process_costs_its_own_test_alone(course, slot, code):
    for cell, test in (("one", "test_one"), ("two", "test_two"), ("four", "test_four")):
        graded = grade(course, hand_in(course, **{cell: code}), slot)
        assert list(failed(graded)) == [test], graded.cells
    assert not left_behind(slot)


@pytest.mark.slow
def test_a_cell_that_holds_the_process_costs_its_own_test_alone(course, slot):
    graded = grade(course, hand_in(course, two="import ctypes\nctypes.PyDLL(None).pause()"), slot)
    assert failed(graded) == {"test_two": "timeout"}, graded.cells
    assert not left_behind(slot)


def test_a_later_cell_may_bind_a_name_anew_or_change_what_it_holds(course, slot):
    last = "def one(x):\n    return None\n\ntwo = None\nstate[0] = 7\nprint(three())"
    graded = grade(course, hand_in(course, last=last), slot)
    assert not failed(graded) and "7" in shown(graded)


def test_random_numbers_go_on_in_a_copy_as_they_would_in_one_process(slot, tmp_path):
    cells = [
        ("", "import random\nimport numpy as np"),
        ("draw", "random.seed(5)\nnp.random.seed(5)\nfirst = random.random(), np.random.rand()\n\n"
                 "def draw():\n    return random.random(), np.random.rand()"),
        ("test_draw", "a = draw()\nrandom.seed(5)\nnp.random.seed(5)\nrandom.random(), np.random.rand()\n"
                      "assert a == (random.random(), np.random.rand())"),
        ("other", "other = 1"),
        ("test_other", "assert other == 1"),
    ]  # fmt: skip
    course = prepare(assignment_of(tmp_path, cells), slot)
    graded = grade(course, reference_submission(course), slot)
    assert not failed(graded) and all(cell.apart for cell in graded.cells)


TELL = [
    "print('told', kept)",
    "raise ValueError(f'told {kept}')",
    "def three():\n    raise ValueError(f'told {kept}')",
    "from pathlib import Path\nprint('told', [p.read_text() for p in Path('.').glob('*.txt')])",
]


@pytest.mark.parametrize("tell", TELL)
def test_no_later_cell_shows_what_a_hidden_test_passed(course, slot, tell):
    keep = "kept = []\n\ndef one(x):\n    kept.append(x)\n    open('kept.txt', 'a').write(f'{x} ')\n    return x + 1"
    graded = grade(course, hand_in(course, one=keep, last=tell), slot)
    words = shown(graded) + str([cell.message for cell in graded.cells])
    assert "73100" not in words and "test_one" not in failed(graded)


def test_where_a_thread_keeps_copies_from_being_made_that_is_said_and_later_cells_are_silent(course, slot):
    keep = (
        "import threading\nkept = []\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n\n"
        "def one(x):\n    kept.append(x)\n    return x + 1"
    )
    graded = grade(course, hand_in(course, one=keep, last="print('told', kept)\nraise ValueError(kept)"), slot)
    assert not failed(graded)
    assert "it left a thread running: test_one" in str(graded.notes)
    assert [cell.apart for cell in graded.cells] == [False, False, False, True]
    assert "73100" not in shown(graded) and "a hidden test ran before" in shown(graded)


def test_a_cell_in_another_language_keeps_no_copies_from_being_made(course, slot):
    scripts = "def one(x):\n    return x + 1\nfor _ in range(2):\n    get_ipython().run_cell_magic('bash', '', 'echo')"
    graded = grade(course, hand_in(course, one=scripts), slot)
    assert not failed(graded) and not graded.notes and all(cell.apart for cell in graded.cells)


@pytest.mark.parametrize("told", ["kept", "str(kept)"])
def test_no_message_repeats_what_a_function_wrote_down_of_a_hidden_test(course, slot, told):
    """Words rest on asking once more, in a copy that no test has asked: by a file, it may know all the same."""
    cell = (
        "import os\n\ndef one(x):\n    if os.path.exists('kept'):\n        kept = int(open('kept').read())\n"
        f"        return {told}\n    if x > 1000:\n        open('kept', 'w').write(str(x))\n        return 0\n"
        "    return x + 1"
    )
    graded = grade(course, hand_in(course, one=cell), slot)
    assert failed(graded) == {"test_one": "failed"} and "73100" not in str(graded)


def test_a_test_does_not_disturb_the_next_and_its_callbacks_end_with_it(slot, tmp_path):
    cells = [
        ("keep", "kept = []\n\ndef keep(f):\n    kept.append(f)\n    return len(kept)"),
        ("test_keep", "calls = []\nassert keep(calls.append) == 1"),
        ("use", "def use(n):\n    return n"),
        ("test_use", "assert use(1) == 1\nassert not calls"),
    ]
    course = prepare(assignment_of(tmp_path, cells), slot)
    assert all(cell.apart for cell in course.notebooks[0].tests())
    late = "def use(n):\n    [f('late') for f in kept]\n    return n + len(kept)"
    graded = grade(course, hand_in(course, use=late), slot)
    assert not failed(graded), graded.cells


FITTED = [
    ("net", "class Net:\n    w = 0\n\n    def fit(self):\n        self.w = 1\n        return self\n\nnet = Net()"),
    ("test_net", "net.fit()\nassert net.w == 1"),
    ("loss", "def loss(n):\n    return 1 - n.w"),
    ("test_loss", "assert loss(net) == 0"),
    ("alone", "def alone():\n    return 1"),
    ("test_alone", "assert alone() == 1"),
]
MADE = [
    ("net", "class Net:\n    w = 1\n\n    def out(self):\n        return self.w"),
    ("test_net", "made = Net()\nassert made.out() == 1"),
    ("test_more", "assert made.out() + made.w == 2"),
    ("alone", "def alone():\n    return 1"),
    ("test_alone", "assert alone() == 1"),
]
NEEDED = [
    ("count", "count = [0]\n\ndef up():\n    count[0] += 1\n    return count[0]"),
    ("test_up", "assert up() == 1"),
    ("half", "half = 1 / count[0]"),
    ("test_half", "assert half == 1"),
]


@pytest.mark.parametrize(
    "cells, together",
    [(FITTED, ["test_net", "test_loss"]), (MADE, ["test_net", "test_more"]), (NEEDED, ["test_up", "test_half"])],
)
def test_tests_that_build_on_each_other_keep_their_marks_and_are_named(slot, tmp_path, cells, together):
    course = prepare(assignment_of(tmp_path, cells), slot)
    graded = grade(course, reference_submission(course), slot)
    assert not failed(graded) and not course.notebooks[0].lost
    shared = [cell.cell for cell in graded.cells if not cell.apart]
    assert set(shared) <= set(together) and shared
    assert [line.split(":")[0] for line in not_apart(course)] == [f"ps/{name}" for name in shared]


def test_what_a_test_replaces_is_named_as_the_test_names_it(slot, tmp_path):
    cells = [
        ("f", "def f():\n    return 1"),
        ("test_f", "import importlib\nimport numpy as np\nnp.convolve = None\nassert f() == 1"),
        ("g", "def g():\n    return 2"),
        ("test_g", "importlib.reload(np)\nnp.convolve = None  # in this test\nassert g() == 2"),
    ]
    course = prepare(assignment_of(tmp_path, cells), slot)
    why = [cell.why.partition(";")[0] for cell in course.notebooks[0].tests()]
    assert why == ["it replaces `numpy.convolve`", "it replaces functions of `numpy`"]


@pytest.mark.parametrize("source, names", [
    ("assert f() == 1", set()),
    ("net.bias = 0\ndel np.linalg.inv\nfor a.b, c in d: pass", {"bias", "inv", "b"}),
    ("from unittest.mock import patch as swap\nwith swap('numpy.sum'): f()", None),
    ("setattr(np, 'su' + 'm', None)", None),
    ("importlib.reload(np)", None),
    ("this is no Python", None),
])  # fmt: skip
def test_which_functions_a_test_may_replace(source, names):
    assert may_be_replaced(source) == names


def test_a_function_replaced_under_another_modules_name_is_seen(monkeypatch):
    before = functions_of_modules(frozenset({"inv", "nobody_has_this"}))
    assert before["numpy.linalg"].keys() == {"inv"} and not list(replaced(before))
    monkeypatch.setattr("numpy.linalg.inv", None)
    assert list(replaced(before)) == ["numpy.linalg.inv"]


def test_a_test_graded_in_the_worker_has_a_copy_too(slot, tmp_path):
    cells = [
        ("f", "def f():\n    return 1"),
        ("test_f", "seen = f.__globals__['f']\nassert f.__code__.co_name == 'f' and seen() == 1"),
        ("g", "def g():\n    return 2"),
        ("test_g", "assert g() == 2"),
    ]
    course = prepare(assignment_of(tmp_path, cells), slot)
    assert [cell.isolated for cell in course.notebooks[0].tests()] == [False, True]
    graded = grade(course, hand_in(course, f="import os\n\ndef f():\n    os._exit(0)\nf.__code__"), slot)
    assert failed(graded) == {"test_f": "raised"} and all(cell.apart for cell in graded.cells)


def test_where_the_system_allows_no_copies_all_is_judged_in_one_process(course, slot, tmp_path, monkeypatch):
    worker = "from autograder.sandbox import cage\ncage._SECCOMP = (0xFFFF, 0xFFFF)\n"
    (tmp_path / "no_copies.py").write_text(f"def _autograder_warm_up():\n    {worker.replace(chr(10), '; ')[:-2]}\n")
    monkeypatch.syspath_prepend(tmp_path)
    with Slot(["numpy", "no_copies"], ["no_copies"], LIMITS) as bare:
        graded = grade(course, reference_submission(course), bare)
        assert not failed(graded) and "the system does not allow copies" in str(graded.notes)
        assert [cell.apart for cell in graded.cells] == [False, False, False, True]
        assert "the last cell" in shown(graded)


BOMBS = {
    "by fork": "import os\nwhile True:\n    os.fork()",
    "by its own system call": SYSTEM_CALL + "while libc.syscall(clone, 17, 0, 0, 0, 0) >= 0:\n    pass\nraise OSError",
}


@pytest.mark.parametrize("what", BOMBS)
def test_a_fork_bomb_in_a_cell_forks_nothing(course, slot, what):
    graded = grade(course, hand_in(course, last=BOMBS[what]), slot)
    assert not failed(graded) and not left_behind(slot)


PRETENDS = {
    "answers without a copy": "lambda: 1",
    "is copied and says no": "lambda: (real(), -1)[1]",
    "names another process": "lambda: real() and 1",
    "names its parent": "lambda: real() and os.getppid()",
    "says what is no number": "lambda: real() and 10**30",
    "says what is no data": "lambda: real() and [real]",
}


@pytest.mark.parametrize("what", PRETENDS)
def test_a_worker_that_only_pretends_to_be_copied_gains_nothing(course, slot, what):
    cell = (
        "import os, sys\nworker = sys.modules['autograder.sandbox.worker']\nreal = worker.fork_sibling\n"
        f"worker.fork_sibling = {PRETENDS[what]}\n\ndef one(x):\n    return 0"
    )
    graded = grade(course, hand_in(course, one=cell), slot)
    assert "test_one" in failed(graded) and not left_behind(slot)
    assert not failed(grade(course, reference_submission(course), slot))


def test_one_process_that_answers_all_tests_shows_nothing_of_them(course, slot):
    """It keeps the descriptors of all copies, and answers each by itself."""
    cell = (
        "import sys, threading, socket\nworker = sys.modules['autograder.sandbox.worker']\nkept = []\n\n"
        "def pretend():\n    fd = sys._getframe(1).f_locals['descriptors'][0]\n    import os\n"
        "    sock = socket.socket(fileno=os.dup(fd))\n    me = worker.Worker(sock, None, get_ipython().user_ns)\n"
        "    threading.Thread(target=me.serve, daemon=True).start()\n    return os.getpid()\n\n"
        "worker.fork_sibling, worker._threads = pretend, lambda: 1\n\n"
        "def one(x):\n    kept.append(x)\n    return x + 1"
    )
    graded = grade(course, hand_in(course, one=cell, last="print('told', kept)"), slot)
    assert "73100" not in shown(graded) + str(graded) and not left_behind(slot)


@pytest.mark.slow
def test_copies_share_the_memory_limit(course, slot):
    """What each copy holds counts for all together: past the limit no more are made, and a bomb in all is ended."""
    big = "block = np.ones(20_000_000)\n\ndef one(x):\n    return x + 1"  # 160 of 256 MB
    graded = grade(course, hand_in(course, one=big), slot)
    assert not failed(graded)
    assert "it holds much memory: test_two, test_three" in str(graded.notes)


def wait_for(what, seconds=200.0):
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)
    return found


KILLED_DURING = "import time\n\ndef one(x):\n    time.sleep(0.5)\n    return x + 1"


@pytest.mark.parametrize("victim", ["a copy at work", "the first worker", "the judge"])
def test_whoever_is_killed_leaves_nothing_behind(course, slot, victim):
    graded, running = [], hand_in(course, one=KILLED_DURING)
    thread = threading.Thread(target=lambda: graded.append(grade(course, running, slot)))
    thread.start()
    try:
        forked = wait_for(lambda: (them := children_of(slot.template.process.pid))[5:] and sorted(them))
        first = next(pid for pid in forked if os.getpgid(pid) == pid)
        judge = next(pid for pid in forked if os.getpgid(pid) == pid and pid != first)
        copies = [pid for pid in forked if os.getpgid(pid) == first and pid != first]
        with contextlib.suppress(ProcessLookupError):  # where this process had to wait for long
            os.kill({"a copy at work": copies[1], "the first worker": first, "the judge": judge}[victim], 9)
    finally:
        thread.join()
    assert not left_behind(slot)
    lost = failed(graded[0])
    assert set(lost) <= {"a copy at work": {"test_one"}, "the first worker": {"test_four"}}.get(victim, set(TESTS))


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["the grader", "the template", "both"])
def test_a_killed_grader_or_template_leaves_no_process_behind(course, tmp_path, victim):
    """In a process of its own, which is killed; the submission ignores the end of its socket."""
    script = tmp_path / "grader.py"
    script.write_text(
        "import sys\nsys.path[:0] = sys.argv[1:3]\nfrom pathlib import Path\nimport test_two_phases as it\n"
        "from autograder.engine.safely import grade_safely\n"
        "if __name__ == '__main__':\n"
        "    with it.Slot(['numpy'], [], it.LIMITS) as slot:\n"
        "        course = it.prepare(it.assignment_of(Path(sys.argv[3]), it.CELLS), slot)\n"
        "        code = 'import time\\n\\ndef one(x):\\n    while 1:\\n        try: time.sleep(9)\\n'\n"
        "        code += '        except BaseException: pass'\n"
        "        print(slot.template.process.pid, flush=True)\n"
        "        grade_safely(course, it.hand_in(course, one=code), slot)\n"
    )
    root = Path(__file__).resolve().parents[2]
    grader = subprocess.Popen(
        [sys.executable, str(script), str(root), str(Path(__file__).parent), str(tmp_path / "course")],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        template = int(grader.stdout.readline())
        forked = wait_for(lambda: (them := children_of(template))[5:] and them)
        for pid in {"the grader": [grader.pid], "the template": [template]}.get(victim, [template, grader.pid]):
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() and not _is_zombie(pid) for pid in forked))
    finally:
        grader.kill()
        grader.wait()


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.skipif(os.geteuid() != 0, reason="as a plain user it is so anyhow")
def test_copies_are_made_where_the_worker_keeps_the_graders_user(course, slot):
    usual = slot.uid
    slot.uid = None
    try:
        graded = grade(course, hand_in(course, one="import os\n\ndef one(x):\n    os._exit(0)"), slot)
    finally:
        slot.uid = usual
    assert failed(graded) == {"test_one": "raised"} and all(cell.apart for cell in graded.cells)


def test_which_test_it_is_that_ends_the_process_makes_no_difference(course, slot):
    for cell in ("two", "three", "four"):
        code = f"import os\n\ndef {cell}(*_):\n    os._exit(1)"
        assert failed(grade(course, hand_in(course, **{cell: code}), slot)) == {f"test_{cell}": "raised"}


def test_verify_names_given_values_that_the_reference_changes(slot, tmp_path):
    cells = [
        ("", "table = {'a': 1}\nfixed = [1, 2]"),
        ("fill", "table['b'] = 2\n\ndef fill():\n    return dict(table)"),
        ("test_fill", "assert fill() == {'a': 1, 'b': 2} and fixed == [1, 2]"),
    ]
    (line,) = students_given(prepare(assignment_of(tmp_path, cells), slot))
    assert line.startswith("ps: table is given, and the student's from cell 2 on")


DEFINES = {
    "def f(x, a=1, *, b=-2.5, c=np.pi) -> int | None:\n    return print(x)": ("f",),
    "class A(Base):\n    'Text.'\n    n: int = 0\n\n    @property\n    def m(self): ...": ("A",),
    "'Text.'\nLIMIT = 3, [4.5]\nother = LIMIT": ("LIMIT", "other"),
    "import numpy as np\nfrom math import pi\n\ndef f(): ...": ("f",),
    "import numpy as other": None,
    "import tarfile": None,
    "x = f()": None,
    "@decorated\ndef f(): ...": None,
    "def f(x=g()): ...": None,
    "class A(metaclass=B): ...": None,
    "class A:\n    print('now')": None,
    "for i in range(3):\n    pass": None,
    "x += 1": None,
    "'shown'": None,
    "%matplotlib inline": None,
    "def f(:": None,
    "def known(): ...": None,
    "_ = 1": None,
    "(" * 100_000: None,
}


@pytest.mark.parametrize("source", DEFINES)
def test_cells_that_only_define_are_told_from_those_that_do_more(source):
    namespace = {"np": numpy, "pi": math.pi, "f": len}
    names = definitions_in(source, words_of("import numpy as np\nknown = 1"), namespace)
    assert names == DEFINES[source] or names and set(names) == set(DEFINES[source] or ())


def test_nothing_only_defines_where_code_may_come_upon_names_that_it_does_not_mention():
    for looks in ("globals()['f']", "eval(text)", "from __main__ import f"):
        assert definitions_in("def f(): ...", words_of(looks), {}) is None


LATER = {
    "a function that calls it": {
        "one": "def one(x):\n    return plus(x, 1)",
        "two": "def plus(x, y):\n    return x + y",
    },
    "a function that finds it": {
        "one": "def one(x):\n    return globals()['pl' + 'us'](x, 1)",
        "two": "def plus(x, y):\n    return x + y",
    },
    "a test that names it": {"one": "", "two": "def one(x):\n    return x + 1"},
}


@pytest.mark.parametrize("what", LATER)
def test_what_only_a_later_cell_defines_is_not_there_for_a_test(course, slot, what):
    cells = LATER[what]
    submission = hand_in(course, **(cells | {"two": cells["two"] + "\n\ndef two(x):\n    return 2 * x"}))
    assert list(failed(grade(course, submission, slot))) == ["test_one"]


def test_copies_wait_while_cells_only_define(course, slot):
    """What the template has forked while the first test runs: fewer, where no cell does more than to define."""
    slow = "def one(x):\n    import time\n    time.sleep(2 * (x == 1))\n    return x + 1"
    early = seconds_by_count(course, hand_in(course, one=slow), slot)
    late = seconds_by_count(course, hand_in(course, one=slow, last="def last():\n    return 0"), slot)
    # the worker, the judge, the first copy; and of `one`, `two` and `three`, made for the cell that prints
    assert early[6] > 1.5 and early[4] < 1
    assert late[4] > 1.5


def seconds_by_count(course: Assignment, submission: Submission, slot: Slot) -> dict[int, float]:
    """For how many seconds the template had so many processes while a submission was graded, to full marks."""
    seconds: dict[int, float] = defaultdict(float)
    over = threading.Event()

    def watch() -> None:
        before = time.monotonic()
        while not over.wait(0.02):
            count, now = len(left_behind(slot)), time.monotonic()
            seconds[count] += now - before
            before = now

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        assert not failed(grade(course, submission, slot))
    finally:
        over.set()
        watching.join()
    return seconds
