"""A fuzzer for whole submissions: mutated notebooks, side files and timestamps, graded as a class is.

    python tests/attacks/fuzz.py --count 20000           in batches; tells after each what came out
    python tests/attacks/fuzz.py --only 1234             the folder of one number, to be looked at

Number n of a seed is the same submission ever after. Each is the right solution with one to four mutations: of the
notebook's structure, of a cell, of the file's bytes, of what lies beside it. A batch is handed in, graded by
`grade_class`, recorded in the gradebook, and gets its pages. It must end without an error, with an outcome for every
cell of every student, none of which is `grader_error`, and with a page for each.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import gzip
import json
import os
import random
import shutil
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1] / "autograder")]

from small_course import RIGHT, SmallCourse

from autograder.course.converting import generate_assignment
from autograder.course.folders import Course
from autograder.grading.classes import grade_class
from autograder.judging.outcome import Outcome
from autograder.reporting.class_report import class_data, print_table, remarks_on
from autograder.reporting.pages import write_feedback

LIMITS = """
c.Autograder.cell_seconds = 2.0
c.Autograder.total_seconds = 20.0
c.Autograder.memory_mb = 512
c.Autograder.output_kb = 64
c.Autograder.scratch_mb = 8
"""
NOTEBOOK = "ps.ipynb"
LARGEST = 20_000_000  # characters that a part of a notebook may grow to
Mutation = Callable[[random.Random, "HandedIn"], None]


@dataclass
class HandedIn:
    """A submission in the making: a notebook as data, or as bytes once these are to be mutated, and what lies beside.

    ``beside`` are calls with the folder, that put something there after the notebook.
    """

    nb: Any
    content: bytes | None = None
    beside: list[Callable[[Path], None]] = field(default_factory=list)

    def as_bytes(self) -> bytes:
        if self.content is None:
            text = json.dumps(self.nb, ensure_ascii=False)
            self.content = text.encode("utf-8", "surrogatepass")
        return self.content


# -- the notebook's structure ------------------------------------------------------------------------------------

STRANGE: list[Callable[[random.Random], Any]] = [
    lambda r: None, lambda r: True, lambda r: -1, lambda r: 10 ** r.randrange(1, 400), lambda r: float("nan"),
    lambda r: float("inf"), lambda r: 1e308, lambda r: "", lambda r: "x" * r.choice([1, 200, 70_000]), lambda r: [],
    lambda r: {}, lambda r: [[]] * 3, lambda r: {"": {}}, lambda r: "\ud800", lambda r: "\x00\x1b[2J\u202e",
    lambda r: deep(r.choice([10, 90, 900])), lambda r: [{}] * r.choice([10, 20_000]), lambda r: {"nbgrader": "x"},
    lambda r: {"nbgrader": {"grade_id": r.choice(["double", "why", [], None, {"a": 1}])}},
    lambda r: r.choice(["code", "markdown", "raw", "heading", "test_double", "double", "why"]),
    lambda r: {str(n): n for n in range(r.choice([3, 2000]))}, lambda r: ["a\n", 1, None],
]  # fmt: skip


def deep(levels: int) -> Any:
    inner: Any = []
    for level in range(levels):
        inner = [inner] if level % 2 else {"x": inner}
    return inner


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of the data, but those within a mutation's own depths."""
    found, waiting = [], [(node, 0)]
    while waiting:
        at, depth = waiting.pop()
        keys = list(at) if isinstance(at, dict) else range(len(at)) if isinstance(at, list) else ()
        for key in list(keys)[:50]:
            found.append((at, key))
            if depth < 8:
                waiting.append((at[key], depth + 1))
    return found


def replaced(r: random.Random, it: HandedIn) -> None:
    at, key = r.choice(places(it.nb) or [(it.__dict__, "nb")])
    at[key] = r.choice(STRANGE)(r)


def removed(r: random.Random, it: HandedIn) -> None:
    if found := places(it.nb):
        at, key = r.choice(found)
        del at[key]


def doubled(r: random.Random, it: HandedIn) -> None:
    lists = [(at, key) for at, key in places(it.nb) if isinstance(at, list)]
    if lists:
        at, key = r.choice(lists)
        at.insert(r.randrange(len(at) + 1), json.loads(json.dumps(at[key])))


def moved(r: random.Random, it: HandedIn) -> None:
    found = places(it.nb)
    if len(found) > 1:
        (one, a), (other, b) = r.sample(found, 2)
        one[a] = json.loads(json.dumps(other[b]))


def grown(r: random.Random, it: HandedIn) -> None:
    at, key = r.choice(places(it.nb) or [(it.__dict__, "nb")])
    times = r.choice([2, 1000]) if isinstance(at[key], str) else r.choice([2, 50])
    if len(json.dumps(at[key])) * times < LARGEST:
        at[key] = at[key] * times if isinstance(at[key], str) else [at[key]] * times


def of_another_form(r: random.Random, it: HandedIn) -> None:
    if isinstance(it.nb, dict):
        it.nb["nbformat"] = r.choice([1, 2, 3, 5, 99, "4", None])
        it.nb["nbformat_minor"] = r.choice([0, 1, 5, 77, -1, "x"])
        if r.random() < 0.4:
            it.nb["worksheets"] = [{"cells": it.nb.pop("cells", []), "metadata": {}}]


# -- a cell ------------------------------------------------------------------------------------------------------

CODE = [
    "def double(x):\n    return 1 / 0", "def double(x):\n    return double(x)", "def double(x): return",
    "def double(x):\n    import os\n    os._exit(3)", "raise SystemExit(1)", "import os\nos.kill(os.getpid(), 11)",
    "def double(x):\n    import ctypes\n    ctypes.string_at(0)", "print('x' * 100_000)", "print('\\x1b[2J' * 100)",
    "def double(x):\n    return 10 ** 5000", "def double(x):\n    return float('nan')",
    "class A:\n    def __eq__(s, o): return True\n    def __repr__(s): raise SystemExit\ndef double(x): return A()",
    "def double(x):\n    raise type('E', (Exception,), {'__str__': lambda s: 1 / 0})()",
    "from IPython.display import HTML, Markdown, Latex, display\ndisplay(HTML('<div>' * 500), Markdown('[' * 500))",
    "display({'image/png': 'zzz', 'text/html': None, '': 1}, raw=True)", "%%bash\nls", "!ls", "%timeit 1", "?double",
    "import numpy as np\ndef double(x):\n    x[:] = 0\n    return 2 * x", "open('ps.ipynb', 'w').write('{}')",
    "import threading, time\nthreading.Thread(target=time.sleep, args=(9,)).start()", "input()",
    "import sys\nsys.stdout = None", "import sys\nsys.setrecursionlimit(10**6)\ndef f(n): return f(n + 1)\nf(0)",
    "import os\n[os.mkdir(f'd{n}') or os.chmod(f'd{n}', 0) for n in range(9)]", "del __builtins__",
    "In = Out = get_ipython = 3", "import builtins\nbuiltins.len = lambda x: 0", "globals().clear()", "\x00",
    "\ufeffx = 1", "def double(x):\n    yield x",
    "def double(x):\n    return {'a': [x, {1, 2}, (None, b'x')]}", "async def double(x): return 2 * x", "await None",
    "import signal\nsignal.alarm(1)", "import os\nos.fork()", "import gc\ngc.disable()\nx = [0] * 10**7",
    "def double(x):\n    return lambda: x", "from double import *", "import answers", "\t x = 1\n  y", "(" * 3000,
    "x = " + "-" * 5000, "b = bytearray(2**30)",
    "import warnings\nwarnings.warn('x')", "import sys\nprint('e', file=sys.stderr)", "double = property(double)",
    "import json\njson.dumps = json.loads = None", "double = type('double', (), {'__call__': lambda s, x: 2 * x})()",
]  # fmt: skip
SLOW = [
    "while True:\n    pass",
    "def double(x):\n    while True:\n        pass",
    "open('big', 'wb').write(b'x' * 2**26)",
]
WORDS = [
    "[" * 3000, "*a _b " * 2000, ">" * 3000 + " deep", "&#" + "1" * 5000 + ";", "![](" * 2000, "$" * 5001,
    "<script>alert(1)</script>", "[x](javascript:alert(1))", "![](attachment:none.png)", "$\\frac{$", "`" * 999,
    "$$\\begin{matrix}" * 200, "<!--", "<![CDATA[", "\ud83d", "\u202e\x07", "# " * 4000, "- " * 3000,
    "|a|\n|-|\n" * 900,
]  # fmt: skip


def cells_of(it: HandedIn) -> list[dict]:
    cells = it.nb.get("cells") if isinstance(it.nb, dict) else None
    return [cell for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []


def other_code(r: random.Random, it: HandedIn) -> None:
    code = r.choice(SLOW) if r.random() < 0.03 else r.choice(CODE)
    cells = cells_of(it)  # the answer stands second
    for cell in cells[1:2] if r.random() < 0.8 else r.sample(cells, min(1, len(cells))):
        cell |= {"source": code, "cell_type": "code", "outputs": [], "execution_count": None}


def more_code(r: random.Random, it: HandedIn) -> None:
    for _ in range(r.choice([1, 1, 1, 5])):
        new_cell(r, it, "code", r.choice(CODE), {"outputs": [], "execution_count": r.choice([None, 1, -5, 10**30])})


def more_words(r: random.Random, it: HandedIn) -> None:
    new_cell(r, it, r.choice(["markdown", "raw"]), r.choice(WORDS), {})


def new_cell(r: random.Random, it: HandedIn, kind: str, source: str, more: dict) -> None:
    if isinstance(it.nb, dict) and isinstance(it.nb.get("cells"), list):
        cell = {
            "cell_type": kind,
            "metadata": {},
            "source": source,
            "id": r.choice(["given", "new", "x y", "", 7]),
            **more,
        }
        it.nb["cells"].insert(r.randrange(len(it.nb["cells"]) + 1), cell)


def letters(r: random.Random, it: HandedIn) -> None:
    """Some characters of a source changed: most are a syntax error, some a slip."""
    for cell in r.sample(cells_of(it), min(1, len(cells_of(it)))):
        text = cell.get("source")
        if isinstance(text, str) and text:
            for _ in range(r.choice([1, 1, 3])):
                at = r.randrange(len(text) + 1)
                text = text[:at] + r.choice(["", " ", "\n", "(", "0", "é", "\t", "'", "\\", "\u00a0"]) + text[at + 1 :]
            cell["source"] = text


def outputs(r: random.Random, it: HandedIn) -> None:
    for cell in r.sample(cells_of(it), min(1, len(cells_of(it)))):
        kinds = [
            {"output_type": "stream", "name": "stdout", "text": ["x\n"] * r.choice([1, 20_000])},
            {"output_type": "display_data", "data": {"text/html": "<script>" * 9, "image/png": 3}, "metadata": None},
            {"output_type": "error", "ename": "E", "evalue": None, "traceback": "x"},
            {"output_type": r.choice([None, "pyout", "update_display_data"]), "data": deep(80)}, r.choice(STRANGE)(r),
        ]  # fmt: skip
        cell["outputs"] = [r.choice(kinds) for _ in range(r.choice([1, 3, 40]))]


def pictures(r: random.Random, it: HandedIn) -> None:
    picture = r.choice(["aGk=", "", "<svg>", "x" * 100_000, ["a", "b"], 4, None, {"x": 1}])
    name = r.choice(["a.png", "", "../a", "a b)", "ü", "x" * 300])
    for cell in r.sample(cells_of(it), min(1, len(cells_of(it)))):
        cell["attachments"] = {name: {r.choice(["image/png", "text/html", "image/svg+xml", ""]): picture}}
        cell["source"] = f"![a](attachment:{name})"


def names(r: random.Random, it: HandedIn) -> None:
    """Other cells' names and ids, nbgrader's marks where there are none, and none where they are."""
    if cells := cells_of(it):
        cell = r.choice(cells)
        cell["id"] = r.choice([r.choice(cells).get("id"), "", "a b", 5, None, "x" * 100])
        of = r.choice(cells).get("metadata")
        cell["metadata"] = r.choice([of, {}, {"nbgrader": {}}, {"tags": ["grade-in-worker"]}, {"nbgrader": [of]}, None])


def flood(r: random.Random, it: HandedIn) -> None:
    for _ in range(r.choice([100, 1900, 2100])):
        new_cell(r, it, "markdown", "x", {})


# -- the file's bytes --------------------------------------------------------------------------------------------


def flipped(r: random.Random, it: HandedIn) -> None:
    content = bytearray(it.as_bytes())
    for _ in range(r.choice([1, 3, 30])):
        if content:
            content[r.randrange(len(content))] = r.randrange(256)
    it.content = bytes(content)


def cut(r: random.Random, it: HandedIn) -> None:
    content = it.as_bytes()
    it.content = content[: r.randrange(len(content) + 1)]


def encoded(r: random.Random, it: HandedIn) -> None:
    text = it.as_bytes().decode("utf-8", "replace")
    it.content = text.encode(r.choice(["utf-16", "utf-32", "utf-8-sig", "latin-1", "cp1252", "utf-16-be"]), "replace")


def other_bytes(r: random.Random, it: HandedIn) -> None:
    content = it.as_bytes()
    it.content = r.choice([
        b"", b"\x00" * 5000, b"[" * 500_000, b"{}", b"null", b"1" * 6000, gzip.compress(content), content * 2,
        b"<html>" + content, content.replace(b"\n", b"\r\n"), content.replace(b'"cells"', b'"cells": [], "cells"'),
        content.replace(b'"metadata"', b'"metadata": NaN, "metadata"'), b'{"cells": ' + b"[" * 100_000, b"%PDF-1.4",
        content.replace(b"{}", b'{"x": ' + b"9" * 5000 + b"}", 3), content.replace(b"2 * x", b"\\ud800\\u0000"),
        content + b" " * 8_000_000, b'{"a":' * 50_000,
        content.replace(b"{}", b"{" + b'"a":1,' * 200_000 + b'"b":2}', 3),
    ])  # fmt: skip


# -- what lies beside it -----------------------------------------------------------------------------------------

NAMES = [
    "numpy.py", "ps.py", "a b.txt", "ü.csv", "-rf", ".hidden", "x" * 250, "a\nb", "\x1b[31m.txt", "data/x.csv", "con",
    "sitecustomize.py", "conftest.py", "d/" * 30 + "x", "ps_files/a.png", "index.html", "a.svg", "$(id)", "..x",
    "nbgrader_config.py", "gradebook.db", "__pycache__/x.pyc", ".ipynb_checkpoints/ps.ipynb", "json.py", "IPython.py",
    b"\xff\xfe.txt", "timestamp.txt", "submission_secret.txt", "ps.ipynb.bak", "PS.ipynb", "other.ipynb", "ps.html",
]  # fmt: skip
TIMES = [
    b"2026-03-02 12:00:00 UTC", b"0001-01-01 00:00:00 +1400", b"9999-12-31 23:59:59 -1200", b"now", b"", b"\xff\xfe",
    b"2026-03-02 12:00:00 America/Nowhere", b"2026-03-02 12:00:00 ../../etc", b"1" * 5000, b"2026-13-45", b"\x00",
    b"2026-03-02 12:00:00 +9999", b"1e400", b"2026-03-02T12:00:00.123456Z", b"12" * 20, b"tomorrow at noon",
    b"2026-03-02 12:00:00 UTC\n" * 100, b"infinity", b"10:00 BRST", b"2026-02-30 10:00:00 UTC", b"-1",
    b"9" * 30 + b"m",
]  # fmt: skip


def at(folder: Path, name: str | bytes) -> Path:
    path = folder / os.fsdecode(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or path.exists() and not path.is_dir():
        path.unlink()
    return path


def side_file(r: random.Random, it: HandedIn) -> None:
    name, content = r.choice(NAMES), r.choice([b"", b"x", b"raise SystemExit", bytes(300_000), it.as_bytes()])
    it.beside.append(lambda folder: at(folder, name).write_bytes(content))


def timestamp(r: random.Random, it: HandedIn) -> None:
    content = r.choice(TIMES)
    it.beside.append(lambda folder: at(folder, "timestamp.txt").write_bytes(content))


def link(r: random.Random, it: HandedIn) -> None:
    name = r.choice([NOTEBOOK, "timestamp.txt", "data", *NAMES[:9], "submission_secret.txt"])
    target = r.choice(
        ["/etc/passwd", "/", "nowhere", name, "..", "../../../nbgrader_config.py", "/dev/zero", "/proc/self"]
    )
    it.beside.append(lambda folder: at(folder, name).symlink_to(os.fsdecode(target)))


def special(r: random.Random, it: HandedIn) -> None:
    name, kind = r.choice([NOTEBOOK, "timestamp.txt", "pipe", "a.txt"]), r.choice(["fifo", "socket", "folder", "shut"])

    def put(folder: Path) -> None:
        path = at(folder, name)
        if kind == "fifo":
            os.mkfifo(path)
        elif kind == "socket":
            with contextlib.chdir(folder), socket.socket(socket.AF_UNIX) as made:  # a socket's path is short
                made.bind(name)
        elif kind == "folder":
            (path / "in it").mkdir(parents=True)
        else:
            path.write_bytes(b"x")
            path.chmod(0)

    it.beside.append(put)


def another_name(r: random.Random, it: HandedIn) -> None:
    name = r.choice(
        [
            "ps (1).ipynb",
            "PS.ipynb",
            "ps.ipynb.txt",
            "ps/ps.ipynb",
            "ps.json",
            "x" * 240 + ".ipynb",
            "__MACOSX/ps.ipynb",
        ]
    )
    keep, content = r.random() < 0.5, it.as_bytes()

    def put(folder: Path) -> None:
        at(folder, name).write_bytes(content)
        if not keep:
            (folder / NOTEBOOK).unlink(missing_ok=True)

    it.beside.append(put)


def many_files(r: random.Random, it: HandedIn) -> None:
    count = r.choice([30, 300])
    it.beside.append(lambda folder: [at(folder, f"many/{n}.txt").touch() for n in range(count)] and None)


OF_DATA: list[Mutation] = [
    replaced, replaced, replaced, removed, removed, doubled, moved, moved, grown, of_another_form, other_code,
    other_code, other_code, other_code, more_code, more_code, more_code, more_words, more_words, letters, letters,
    outputs, pictures, names, names, flood,
]  # fmt: skip
OF_BYTES: list[Mutation] = [flipped, cut, encoded, other_bytes]
BESIDE: list[Mutation] = [side_file, side_file, timestamp, timestamp, link, special, another_name, many_files]


def submission(number: int, released: Any, seed: int = 0) -> tuple[HandedIn, list[str]]:
    """Number n, and the names of its mutations."""
    r = random.Random(f"{seed}-{number}")
    it = HandedIn(json.loads(json.dumps(released)))
    chosen = [r.choice(OF_DATA) for _ in range(r.choice([0, 1, 1, 2, 3]))]
    chosen += [r.choice(OF_BYTES)] * (r.random() < 0.2)
    chosen += [r.choice(BESIDE) for _ in range(r.choice([0, 0, 1, 1, 2]))]
    for mutate in chosen or [replaced]:
        mutate(r, it)
    return it, [mutate.__name__ for mutate in chosen]


def hand_in(folder: Path, it: HandedIn) -> None:
    folder.mkdir(parents=True)
    (folder / NOTEBOOK).write_bytes(it.as_bytes())
    for put in it.beside:
        with contextlib.suppress(OSError):  # two that cannot stand together
            put(folder)


# -- a class of them ---------------------------------------------------------------------------------------------


class Fuzzed:
    """A small course whose students hand in mutated work."""

    def __init__(self, root: Path, seed: int = 0):
        small = SmallCourse(root)
        small.write()
        config = root / "nbgrader_config.py"
        config.write_text(config.read_text() + LIMITS)
        self.root, self.seed = root, seed
        generate_assignment(Course(root), "ps")
        self.released = json.loads((root / "release" / "ps" / NOTEBOOK).read_text())
        self.released["cells"][1]["source"] = RIGHT
        self.gradebook = (root / "gradebook.db").read_bytes()  # with nobody in it

    def run(self, numbers: range, jobs: int) -> tuple[Counter[str], list[str]]:
        """Hands in, grades, and makes the pages of these numbers; returns the outcomes, and what is wrong, in words."""
        shutil.rmtree(self.root / "submitted", ignore_errors=True)
        made = self._hand_in(numbers)
        course = Course(self.root)
        _, graded = grade_class(course, "ps", jobs=jobs)
        data = class_data(course, "ps", list(made))
        problems = write_feedback(course, data, jobs=jobs)
        with contextlib.redirect_stdout(open(os.devnull, "w", encoding="utf-8")):
            print_table(data)
            print(*remarks_on(course, data), sep="\n")
        found = {one.student: one for one in graded}
        wrong = [f"{student} ({', '.join(made[student])}): is missing" for student in made.keys() - found.keys()]
        for student, one in found.items():
            outcomes = {cell.cell: cell for cell in one.cells}
            broken = [cell.message for cell in one.cells if cell.outcome is Outcome.GRADER_ERROR]
            if broken or outcomes.keys() != {"test_double", "why"}:
                wrong.append(f"{student} ({', '.join(made[student])}): {broken or list(outcomes)}")
            if not (self.root / "feedback" / student / "ps" / "ps.html").is_file():
                wrong.append(f"{student} ({', '.join(made[student])}): has no page")
        wrong += problems
        wrong += [
            f"left behind: {path}" for step in ("autograded", "feedback") for path in self.root.glob(f"{step}/*/.*")
        ]
        return Counter(str(cell.outcome) for one in graded for cell in one.cells if cell.cell == "test_double"), wrong

    def _hand_in(self, numbers: range) -> dict[str, list[str]]:
        """Makes the submissions in a process of its own, so that this one's memory is the grader's.

        Returns the names of the students, each with those of the mutations.
        """
        names = self.root / "made.json"
        if not (process := os.fork()):
            with contextlib.suppress(BaseException):
                made = {}
                for number in numbers:
                    it, made[f"n{number:06}"] = submission(number, self.released, self.seed)
                    hand_in(self.root / "submitted" / f"n{number:06}" / "ps", it)
                names.write_text(json.dumps(made))
            os._exit(0)
        os.waitpid(process, 0)
        made = json.loads(names.read_text())
        names.unlink()
        return made

    def forget(self) -> None:
        """Removes what was handed in and made, so that the course holds one batch."""
        (self.root / "gradebook.db").write_bytes(self.gradebook)
        (self.root / ".autograder" / "feedback-ps.json").unlink(missing_ok=True)
        for step in ("submitted", "autograded", "feedback"):
            shutil.rmtree(self.root / step, ignore_errors=True)


def memory() -> float:
    """MB that this process holds."""
    gc.collect()
    lines = (line.split() for line in Path("/proc/self/status").read_text().splitlines())
    return next(int(line[1]) / 1024 for line in lines if line[0] == "VmRSS:")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=1000, metavar="N", help="how many (default: 1000)")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="the first number (default: 0)")
    parser.add_argument("--batch", type=int, default=250, metavar="N", help="in a class (default: 250)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="slots")
    parser.add_argument("--only", type=int, metavar="N", help="lay this number into a folder, and name it")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        fuzzed = Fuzzed(Path(folder, "course"), arguments.seed)
        if arguments.only is not None:
            it, made = submission(arguments.only, fuzzed.released, arguments.seed)
            kept = Path(tempfile.mkdtemp(prefix=f"fuzz-{arguments.only}-"), "ps")
            hand_in(kept, it)
            print(kept, *made)
            return 0
        held, outcomes, wrong, started = [], Counter[str](), list[str](), time.monotonic()
        for first in range(arguments.first, arguments.first + arguments.count, arguments.batch):
            numbers = range(first, min(first + arguments.batch, arguments.first + arguments.count))
            came, told = fuzzed.run(numbers, arguments.jobs)
            fuzzed.forget()
            outcomes += came
            wrong += told
            held.append(memory())
            print(*told, sep="\n", end="\n" if told else "")
            done, seconds = numbers.stop - arguments.first, time.monotonic() - started
            print(f"{done:,} in {seconds:,.0f} s, {held[-1]:.0f} MB: {dict(outcomes)}", flush=True)
        print(f"{len(wrong)} wrong; the grader held {held[0]:.0f} MB after the first batch, {held[-1]:.0f} at the end")
        return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
