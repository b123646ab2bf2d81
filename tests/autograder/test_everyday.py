"""What everyday code does beside computing: workers, copies of files, folders, commands of a package manager."""

from __future__ import annotations

import importlib.util

import nbformat
import pytest
from small_course import assignment_of

from autograder.course.limits import Limits
from autograder.course.submission import Submission
from autograder.engine.grade import grade
from autograder.engine.reference import prepare
from autograder.engine.slot import Slot
from autograder.grading.verify import reference_submission

LOADER = """
import torch
from torch.utils.data import DataLoader
batches = DataLoader(torch.arange(5), batch_size=2, num_workers=2, timeout=9, persistent_workers=True)
sizes = [len(batch) for _ in range(2) for batch in batches]
loader = batches.num_workers, sizes"""
# Name of the exercise -> what right work has there, and how a student comes by it.
WORKS = {
    "method": (  # before all others: like a kernel, the process has not settled for a method yet
        ["spawn", "context has already been set", True],
        "import multiprocessing\nmultiprocessing.set_start_method('spawn')\n"
        "try:\n    multiprocessing.set_start_method('fork')\nexcept RuntimeError as error:\n    again = str(error)\n"
        "method = [multiprocessing.get_start_method(), again, multiprocessing.cpu_count() > 0]",
    ),
    "clusters": (
        [True, False],
        "from sklearn.cluster import KMeans\nfound = KMeans(2, random_state=0).fit([[0.0], [0.1], [5.0]]).labels_\n"
        "clusters = [bool(found[0] == found[1]), bool(found[0] == found[2])]",
    ),
    "user": (
        ["student", "student"],
        "import getpass\nimport os\nuser = [os.environ['USER'], getpass.getuser()]",
    ),
    "pool": (
        [1, 4, 9],
        "import multiprocessing\ndef squared(x):\n    return x * x\n"
        "with multiprocessing.Pool(2) as workers:\n    pool = workers.map(squared, [1, 2, 3])",
    ),
    "started_anew": (
        [5, 7],
        "import multiprocessing\nworkers = multiprocessing.get_context('spawn').Pool(2, initializer=print)\n"
        "started_anew = workers.starmap(max, [(5, 1), (2, 7)])\nworkers.close()\nworkers.join()",
    ),
    "process": (
        [0, 1, 4, 0, 3],
        "from multiprocessing import Process, Queue\nqueue = Queue()\n"
        "def square(x, into):\n    into.put(x * x)\n"
        "workers = [Process(target=square, args=(n, queue)) for n in range(3)]\n"
        "for worker in workers:\n    worker.start()\nfor worker in workers:\n    worker.join()\n"
        "def fail():\n    raise SystemExit(3)\nfailing = Process(target=fail, daemon=True)\n"
        "failing.start()\nfailing.join()\nqueue.close()\n"
        "process = sorted(queue.get() for _ in workers) + [workers[0].exitcode, failing.exitcode]",
    ),
    "shared": (
        [4, "sent", [0.0, 2.0], True],
        "import multiprocessing as mp\nnumber, numbers, done = mp.Value('i', 0), mp.Array('d', 2), mp.Event()\n"
        "here, there = mp.Pipe()\nclass Worker(mp.get_context('spawn').Process):\n    def run(self):\n"
        "        with number.get_lock():\n            number.value = 4\n        numbers[1] = 2\n"
        "        there.send('sent')\n        done.set()\nworker = Worker()\nworker.start()\nworker.join(9)\n"
        "shared = [number.value, here.recv(), list(numbers), done.is_set()]",
    ),
    "managed": (
        [{0: 0, 1: 1, 2: 4}, [0, 1, 2], 3, [1.0, 2.0], 1],
        "import multiprocessing as mp\nwith mp.Manager() as manager:\n"
        "    squares, numbers, total = manager.dict(), manager.list(), manager.Value('i', 0)\n"
        "    pair, names, lock = manager.Array('d', [1, 2]), manager.Namespace(x=1), manager.Lock()\n"
        "    def work(n):\n        with lock:\n            squares[n] = n * n\n            numbers.append(n)\n"
        "            total.value += 1\n"
        "    with manager.Pool(2) as workers:\n        workers.map(work, range(3))\n"
        "    managed = [dict(squares), sorted(numbers), total.value, list(pair), names.x]",
    ),
    "ended": (
        [True, False, -15, ["endless"], "MainProcess"],
        "import multiprocessing as mp, time\ndef endless(names):\n    names.put(mp.current_process().name)\n"
        "    while True:\n        time.sleep(0.01)\n"
        "names = mp.Queue()\nworker = mp.Process(target=endless, args=(names,), name='endless')\nworker.start()\n"
        "first, alive = names.get(), worker.is_alive() and mp.active_children() == [worker]\n"
        "worker.terminate()\nworker.join()\n"
        "ended = [alive, worker.is_alive(), worker.exitcode, [first], mp.current_process().name]",
    ),
    "locks": (
        [True, False, 1, False, [1, 2]],
        "import multiprocessing as mp\nlock, two, ready, box = mp.Lock(), mp.Semaphore(2), mp.Condition(), []\n"
        "locks = [lock.acquire(block=False), lock.acquire(timeout=0.01)]\n"
        "with two:\n    locks.append(two.get_value())\n    two.acquire(block=True, timeout=1)\n"
        "    locks.append(two.acquire(block=False))\n"
        "def take():\n    with ready:\n        ready.wait_for(lambda: box, 9)\n        box.append(2)\n"
        "worker = mp.Process(target=take)\nworker.start()\nwith ready:\n    box.append(1)\n    ready.notify_all()\n"
        "worker.join()\nlocks.append(box)",
    ),
    "block": (
        [10.0, [1, "a"], "gone"],
        "import numpy as np\nfrom multiprocessing import shared_memory\n"
        "memory = shared_memory.SharedMemory(create=True, size=80)\n"
        "np.ndarray(10, buffer=memory.buf)[:] = 1\nsame = shared_memory.SharedMemory(name=memory.name)\n"
        "block = [np.ndarray(10, buffer=same.buf).sum(), list(shared_memory.ShareableList([1, 'a']))]\n"
        "memory.close()\nmemory.unlink()\n"
        "try:\n    shared_memory.SharedMemory(name=memory.name)\nexcept FileNotFoundError:\n    block.append('gone')",
    ),
    "by_class": (
        [[1, 2], [3]],
        "from multiprocessing.pool import Pool\nfrom concurrent.futures.process import ProcessPoolExecutor\n"
        "with Pool(2) as workers, ProcessPoolExecutor(2, max_tasks_per_child=1) as others:\n"
        "    by_class = [workers.map(abs, [-1, -2]), list(others.map(abs, [-3], chunksize=2))]",
    ),
    "shell": (True, "import os\nshell = os.system('true') != 0"),
    "cut": (
        ["ab", "a"],
        "import os\nwith open('long', 'w') as file:\n    file.write('abcd')\nos.truncate('long', 2)\n"
        "cut = [open('long').read()]\nwith open('long', 'r+') as file:\n    os.truncate(file.fileno(), 1)\n"
        "cut += [open('long').read()]",
    ),
    "machine": (
        True,
        "import psutil\nmachine = psutil.cpu_count() > 0 and psutil.virtual_memory().total > 0 "
        "and psutil.cpu_percent() >= 0",
    ),
    "threads": (
        [3, 0],
        "from multiprocessing.pool import ThreadPool\nwith ThreadPool(2) as workers:\n"
        "    threads = list(workers.imap(abs, [-3, 0]))",
    ),
    "executor": (
        [6],
        "from concurrent.futures import ProcessPoolExecutor\nwith ProcessPoolExecutor(2, mp_context=None) as workers:\n"
        "    executor = [workers.submit(sum, [1, 2, 3]).result()]",
    ),
    "copied": (
        ["a", "a", "a"],
        "import shutil\nfrom pathlib import Path\nPath('box').mkdir()\nPath('box/one').write_text('a')\n"
        "Path('box/one').touch()\nshutil.copy('box/one', 'two')\nshutil.copy2('box/one', 'three')\n"
        "shutil.copytree('box', 'chest')\nPath('two').chmod(0o600)\n"
        "copied = [Path(name).read_text() for name in ('two', 'three', 'chest/one')]",
    ),
    "folder": ("inner", "import os\nos.mkdir('inner')\n%cd inner\nfolder = os.path.basename(os.getcwd())\n%cd .."),
    "kept": (12, "weight = 12\n%store weight\ndel weight\n%store -r weight\nkept = weight"),
    "installed": (1, "%conda install -y numpy\n%pip install numpy\n%mamba list\n!conda list\ninstalled = 1"),
    "loader": ((2, [2, 2, 1, 2, 2, 1]), LOADER),
}
STOPPED = {
    "asked": ("asked = int(input('How many? '))", "nobody answers input()"),
    "shut": ("open('/etc/passwd')\nshut = 1", "no file except those beside the notebook"),
    "unending": (
        "import multiprocessing, time\nendless = multiprocessing.Process(target=time.sleep, args=(3,))\n"
        "endless.start()\nendless.terminate()\nunending = 1",
        "start no other process",
    ),
    "server": (
        "from multiprocessing.managers import BaseManager\nBaseManager().start()\nserver = 1",
        "start no other process",
    ),
    "program": ("import subprocess\nsubprocess.run(['ls'])\nprogram = 1", "no subprocess"),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """One submission in which each cell is one everyday thing: exercise -> result."""
    code = {name: student for name, (_, student) in WORKS.items()} | {name: it[0] for name, it in STOPPED.items()}
    cells = []
    for name in code:
        value = repr(WORKS[name][0]) if name in WORKS else "1"
        cells += [(name, f"{name} = {value}"), (f"test_{name}", f"assert {name} == {value}")]
    assignment = assignment_of(tmp_path_factory.mktemp("everyday"), cells)
    # A build of torch for a GPU maps several GB when it is imported.
    with Slot(["numpy"], [], Limits(memory=16 << 30)) as slot:
        assignment = prepare(assignment, slot)
        nb = nbformat.reads(reference_submission(assignment).notebooks["ps"], as_version=4)
        for cell in nb.cells:
            cell.source = code.get(cell.metadata["nbgrader"]["grade_id"], cell.source)
        result = grade(assignment, Submission("ada", {"ps": nbformat.writes(nb)}), slot)
    return {cell.cell.removeprefix("test_"): cell for cell in result.cells}


@pytest.mark.parametrize("name", WORKS)
def test_everyday_code_gets_its_points(graded, name):
    for exercise, package in ("loader", "torch"), ("machine", "psutil"), ("clusters", "sklearn"):
        if name == exercise and not importlib.util.find_spec(package):
            pytest.skip(f"{package} is not installed")
    assert graded[name].score == 1, graded[name].message


@pytest.mark.parametrize("name", STOPPED)
def test_a_cell_that_cannot_run_while_grading_is_told_what_to_change(graded, name):
    assert graded[name].score == 0
    assert STOPPED[name][1] in graded[name].message


def test_a_test_may_call_the_students_code_from_several_threads(tmp_path):
    threads = (
        "from multiprocessing.pool import ThreadPool\nwith ThreadPool(4) as workers:\n"
        "    assert workers.map(square, range(40)) == [n * n for n in range(40)]"
    )
    cells = [
        ("square", "def square(x):\n    return x * x"),
        ("test_threads", threads),
        ("test_one", "assert square(3) == 9"),
    ]
    with Slot(["numpy"], [], Limits()) as slot:
        assignment = prepare(assignment_of(tmp_path, cells), slot)
        nb = nbformat.reads(reference_submission(assignment).notebooks["ps"], as_version=4)
        nb.cells[0].source = "def square(x):\n    return 2 * x"
        wrong = grade(assignment, Submission("ada", {"ps": nbformat.writes(nb)}), slot)
    (notebook,) = assignment.notebooks
    assert [test.isolated for test in notebook.tests()] == [True, True] and notebook.lost == ()
    assert [cell.score for cell in wrong.cells] == [0, 0]
