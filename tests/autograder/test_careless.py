"""Careless notebooks: each loses the points of what is really wrong, and no others."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output
from small_course import assignment_of, meta, small_notebook

from autograder.course.assignment import read_assignment
from autograder.course.limits import Limits
from autograder.course.submission import Submission, read_submission
from autograder.engine.grade import grade
from autograder.engine.reference import prepare
from autograder.engine.slot import Slot
from autograder.grading.verify import reference_submission

CELLS = [
    ("", "import numpy as np\n\nPRICES = np.array([2.5, 4.0, 1.25])"),
    ("total", "def total(amounts):\n    return amounts @ PRICES"),
    ("test_total", "assert total(np.array([1.0, 0.0, 2.0])) == 5.0"),
    ("budget", "budget = total(np.array([2.0, 1.0, 4.0]))"),
    ("test_budget", "assert budget == 14.0"),
    ("wave", "def wave(x, k=2.0):\n    return np.sin(k * x)"),
    ("test_wave", "assert np.allclose(wave(np.array([0.5, 1.5])), np.sin([1.0, 3.0]))"),
]
EVERY = {"test_total", "test_budget", "test_wave"}
Change = Callable[[NotebookNode], None]


def own(*sources: str, at: int = 1) -> Change:
    """The student's own cells, at this place of the notebook."""

    def change(nb: NotebookNode) -> None:
        nb.cells[at:at] = [new_code_cell(source) for source in sources]

    return change


def at_the_end(*sources: str) -> Change:
    return own(*sources, at=len(CELLS))


def place(nb: NotebookNode, name: str) -> int:
    return next(n for n, cell in enumerate(nb.cells) if cell.metadata.get("nbgrader", {}).get("grade_id") == name)


def written(name: str, source: str) -> Change:
    """Another text in a cell."""
    return lambda nb: nb.cells[place(nb, name)].update(source=source)


def added(name: str, more: str) -> Change:
    return lambda nb: nb.cells[place(nb, name)].update(source=nb.cells[place(nb, name)].source + more)


def moved_to_the_end(nb: NotebookNode) -> None:
    nb.cells.append(nb.cells.pop(place(nb, "wave")))


def doubled(nb: NotebookNode) -> None:
    again = nb.cells[place(nb, "wave")].copy()
    nb.cells[place(nb, "wave")].source = "def first_try(x):\n    return x +"
    nb.cells.insert(place(nb, "wave") + 1, nbformat.from_dict(again | {"id": "again"}))


def edited_tests(nb: NotebookNode) -> None:
    for name in EVERY:
        nb.cells[place(nb, name)].source = "assert True  # they annoyed me"


def begun(name: str, more: str) -> Change:
    """More text at the beginning of a cell."""
    return lambda nb: nb.cells[place(nb, name)].update(source=more + nb.cells[place(nb, name)].source)


def tabs(nb: NotebookNode) -> None:
    for cell in nb.cells:
        cell.source = cell.source.replace("    ", "\t").replace("\n", "  \n")


def without(name: str) -> Change:
    return lambda nb: nb.cells.pop(place(nb, name)) and None


def without_ids(nb: NotebookNode) -> None:
    nb.nbformat_minor = 4
    for cell in nb.cells:
        cell.pop("id", None)


def another_language(nb: NotebookNode) -> None:
    nb.metadata = nbformat.from_dict({"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}})


def large_outputs(nb: NotebookNode) -> None:
    nb.cells[1].outputs = [new_output("stream", text="loss 0.1\n" * 1_100_000)]
    nb.cells[place(nb, "wave")].outputs = [
        new_output("error", ename="KeyboardInterrupt", evalue="", traceback=["^C"] * 20)
    ]


def split(nb: NotebookNode) -> None:
    source, n = nb.cells[place(nb, "wave")].source, place(nb, "wave")
    nb.cells[n].source = "# in two cells, see below"
    nb.cells[n + 1 : n + 1] = [new_code_cell("inside = np.sin"), new_code_cell(source.replace("np.sin(", "inside("))]


MANY_PRINTS = "for i in range(20_000):\n    print('epoch', i)"
A_FIGURE = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
INTERRUPTED = "for epoch in range(9):\n    if epoch == 3:\n        raise KeyboardInterrupt"
MUTED = "import warnings\nwarnings.simplefilter('ignore')\nnp.random.seed(7)\nnp.seterr(all='raise')"
NOTHING: dict[str, list[Change]] = {
    "as the instructor has it": [],
    "own cells that fail": [
        own("1 / 0", "undefined_thing", "raise RuntimeError('stop here')", "input('Your name? ')", INTERRUPTED),
        own("open('notes.txt').read()", "breakpoint()", "import pdb; pdb.set_trace()", "%debug"),
        at_the_end("1 / 0", "assert False, 'not yet'"),
    ],
    "own cells that end the kernel": [own("exit()", "import sys\nsys.exit(0)", "quit()")],
    "own cells that show and change much": [
        own(MANY_PRINTS, A_FIGURE, "%matplotlib inline\n%timeit -n1 -r1 1 + 1", "!ls\n%cd ..", "%%bash\nls", MUTED),
        own("import asyncio\nawait asyncio.sleep(0)", "from IPython.display import HTML\ndisplay(HTML('x'))"),
        own("import os\nos.makedirs('mine', exist_ok=True)\nos.chdir('mine')"),
    ],
    "cells deleted, doubled, edited, and broken further down": [
        edited_tests, without("setup"), without("test_budget"), doubled, added("wave", "\n\nprint(not_yet_there)"),
    ],
    "a solution over three cells, %pip beside the imports": [
        split, begun("setup", "%pip install numpy\n!pip list\n"), begun("total", "%%time\n"),
        added("budget", "\n\nassert budget == 1, 'trying'"),
    ],
    "an older notebook of another language, with tabs and ten megabytes of output": [
        without_ids, another_language, large_outputs, tabs,
    ],
    "a solution in several cells, its test deleted": [split, without("test_wave")],
    "no metadata of the notebook": [lambda nb: nb.update(metadata=nbformat.from_dict({}))],
}  # fmt: skip
SOME: dict[str, tuple[Change, set[str], str]] = {
    "a name that is still to come": (
        written("wave", "def wave(x, k=2.0):\n    scaled = k * later\n    return np.sin(scaled)"),
        {"test_wave"}, "`later`, which has no value there",
    ),
    "a bracket left open": (added("wave", "\nx = ("), {"test_wave"}, "SyntaxError: '(' was never closed (line 3)"),
    "what only the old kernel knew": (
        written("total", "def total(amounts):\n    return amounts @ old_prices"),
        {"test_total", "test_budget"}, "`old_prices`, which has no value there",
    ),
    "the solution moved below its test": (moved_to_the_end, {"test_wave"}, "defined only in a cell further down"),
    "the function renamed": (
        written("wave", "def Wave(x, k=2.0):\n    return np.sin(k * x)"), {"test_wave"}, "or the name changed",
    ),
    "a value half made": (
        written("budget", "budget = 0\nbudget = budget + todo"),
        {"test_budget"}, "The cell that makes `budget` stopped before its end, with NameError",
    ),
    "a name of Python's for a number": (
        lambda nb: (own("sum = 0")(nb), written("total", "def total(amounts):\n    return sum(amounts * PRICES)")(nb)),
        {"test_total", "test_budget"}, "not callable. One of your cells gives `sum` another value: `sum = 0`",
    ),
    "a module's name for a number": (
        own("np = 3", at=5), {"test_wave"}, "One of your cells gives `np` another value: `np = 3`",
    ),
    "a name of Python's for a number, in the same function": (
        written("total", "def total(amounts):\n    sum = 0\n    return sum(amounts * PRICES)"),
        {"test_total", "test_budget"}, "not callable. `total` gives `sum` another value: `sum = 0`",
    ),
    "a function's name for an array": (
        own("total = PRICES * 2", at=2), {"test_total", "test_budget"},
        "One of your cells gives `total` another value: `total = PRICES * 2`",
    ),
    "Python's sum replaced by a star": (
        lambda nb: (
            own("from numpy import *", at=1)(nb),
            written("total", "def total(amounts):\n    return sum(a * p for a, p in zip(amounts, PRICES))")(nb),
        ),
        {"test_total", "test_budget"}, "`sum` is that of NumPy here, not Python's: `from numpy import *`",
    ),
    "an assertion of the student's own in the way": (
        written("budget", "assert total(np.ones(3)) == 1\nbudget = total(np.array([2.0, 1.0, 4.0]))"),
        {"test_budget"}, "stopped with AssertionError at `assert total(np.ones(3)) == 1`",
    ),
    "a value that an earlier cell was to make": (
        lambda nb: (own("top = PRICES.best()", at=3)(nb), written("budget", "budget = total(np.ones(3)) + top")(nb)),
        {"test_budget"}, "needs `top`, and the cell that defines that stopped with AttributeError",
    ),
    "the work in a cell further down": (
        lambda nb: (
            nb.cells.append(new_code_cell(nb.cells[place(nb, "wave")].source)),
            written("wave", "def wave(x, k=2.0):\n    raise NotImplementedError()")(nb),
        ),
        {"test_wave"}, "`wave` is written only in a cell further down",
    ),
    "a permission that the code itself refuses": (
        written("wave", "def wave(x, k=2.0):\n    raise PermissionError('the account is locked')"),
        {"test_wave"}, "Your code raised PermissionError at `raise PermissionError('the account is locked')`",
    ),
    "several errors in one": (
        written("wave", "def wave(x, k=2.0):\n    raise ExceptionGroup('two things', [ValueError(1), KeyError(2)])"),
        {"test_wave"}, "Your code raised ExceptionGroup at",
    ),
    "a few numbers, repeated more often than fits into memory": (
        written("wave", "def wave(x, k=2.0):\n    return np.broadcast_to(np.sin(k * x), (10**12, len(x)))"),
        {"test_wave"}, "needed more memory than it may use",
    ),
    "the line of the release above one's own": (
        written("wave", "def wave(x, k=2.0):\n    raise NotImplementedError()\n    return np.sin(k * x)"),
        {"test_wave"}, "`wave` still stops at `raise NotImplementedError()`, above your own lines",
    ),
    "a breakpoint": (
        written("wave", "def wave(x, k=2.0):\n    breakpoint()\n    return np.sin(k * x)"),
        {"test_wave"}, "stops in the debugger",
    ),
    "fractions added to whole numbers": (
        written("wave", "def wave(x, k=2.0):\n    y = np.zeros(2, dtype=int)\n    y += np.sin(k * x)\n    return y"),
        {"test_wave"}, "an array of integers cannot take fractions",
    ),
    "nothing written": (
        written("wave", "def wave(x, k=2.0):\n    # YOUR CODE HERE\n    raise NotImplementedError()"),
        {"test_wave"}, "Not attempted yet",
    ),
}  # fmt: skip
LONG: dict[str, Change] = {
    "a cell that never ends, before": own("i = 0\nwhile True:\n    i += 1"),
    "a cell that never ends, at the end": at_the_end("while True:\n    pass"),
    "a cell that sleeps": own("import time\ntime.sleep(600)"),
    "a thread that goes on": own("import threading, time\nthreading.Thread(target=time.sleep, args=(99,)).start()"),
    "too much memory": own("np.ones((300_000, 300_000))"),
    "too deep a recursion": own("def deep(n):\n    return deep(n + 1)\n\ndeep(0)"),
}


@pytest.fixture(scope="module")
def lost(tmp_path_factory):
    """lost(change, …): the tests that a notebook loses with these changes, with their messages."""
    course = tmp_path_factory.mktemp("course")
    assignment_of(course, CELLS)
    nb = nbformat.read(course / "ps" / "ps.ipynb", as_version=4)
    nb.cells[0].metadata = meta("setup")
    nb.cells[0].metadata["nbgrader"]["locked"] = True
    nbformat.write(nb, course / "ps" / "ps.ipynb")
    assignment = read_assignment(course / "ps", "ps")
    folder = tmp_path_factory.mktemp("submitted")
    with Slot(["numpy"], [], Limits(cell_seconds=4)) as slot:
        assignment = prepare(assignment, slot)
        right = reference_submission(assignment).notebooks["ps"]

        def run(*changes: Change, begin: bytes = b"", line: bytes = b"\n") -> dict[str, str]:
            nb = nbformat.reads(right, as_version=4)
            for change in changes:
                change(nb)
            (folder / "ps.ipynb").write_bytes(begin + json.dumps(nb, indent=1).encode().replace(b"\n", line))
            graded = grade(assignment, read_submission(Path(folder), "ada"), slot)
            return {cell.cell: cell.message for cell in graded.cells if cell.score != cell.max_score}

        yield run


@pytest.mark.parametrize("careless", NOTHING)
def test_a_careless_notebook_loses_nothing(lost, careless):
    assert lost(*NOTHING[careless]) == {}


def test_a_byte_order_mark_and_other_ends_of_lines_lose_nothing(lost):
    assert lost(begin=b"\xef\xbb\xbf", line=b"\r\n") == {}


@pytest.mark.parametrize("careless", SOME)
def test_a_careless_notebook_loses_what_is_wrong_in_it_and_is_told_that(lost, careless):
    change, tests, words = SOME[careless]
    found = lost(change)
    assert found.keys() == tests and any(words in message for message in found.values()), found


@pytest.mark.slow
@pytest.mark.parametrize("careless", LONG)
def test_what_takes_for_ever_costs_only_itself(lost, careless):
    assert lost(LONG[careless]) == {}


def test_an_answer_in_a_notebook_that_has_lost_its_metadata_is_left_to_a_person(tmp_path):
    (tmp_path / "ps").mkdir()
    nbformat.write(small_notebook(), tmp_path / "ps" / "ps.ipynb")
    assignment = read_assignment(tmp_path / "ps", "ps")
    with Slot(["numpy"], [], Limits(cell_seconds=20)) as slot:
        assignment = prepare(assignment, slot)
        nb = nbformat.reads(reference_submission(assignment).notebooks["ps"], as_version=4)
        for cell in nb.cells:
            cell.metadata = nbformat.from_dict({})
        lost, nothing = (
            {cell.cell: cell for cell in grade(assignment, Submission("ada", {"ps": text}), slot).cells}
            for text in (nbformat.writes(nb), nbformat.writes(nbformat.v4.new_notebook()))
        )
    assert lost["test_double"].score == 3
    assert lost["why"].outcome == "manual" and "lost its metadata" in lost["why"].message
    assert nothing["why"].outcome == "not_attempted"
