"""What is attacked: a small course with secrets, and things outside of it that an attack may try to touch."""

from __future__ import annotations

import secrets
import socket
import subprocess
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import nbformat
from corpus import Attack
from nbformat import v4

from autograder.course.assignment import Assignment, read_assignment
from autograder.course.limits import Limits

LIMITS = Limits(
    cell_seconds=1.0, total_seconds=10.0, memory=512 << 20, file_size=16 << 20, scratch=32 << 20, output=100_000
)
UNHURRIED = replace(LIMITS, cell_seconds=20.0, total_seconds=100.0)  # where time is not what it is about

GIVEN = """\
import numpy as np

X_test = np.arange(20.0) - 10
y_test = (X_test > 0).astype(int)
"""

# grade_id: (points, the right solution, a wrong one that takes no trouble, the test; its hidden part after "#!")
EXERCISES = {
    "mean": (
        1,
        "def mean(x):\n    return x.sum() / x.size",
        "def mean(x):\n    return x.sum() / x.size",
        "x = np.array([1.0, 2.0])\nx.flags.writeable = False\nassert np.isclose(mean(x), 1.5)",
    ),
    "relu": (
        2,
        "def relu(x):\n    return np.maximum(x, 0)",
        "def relu(x):\n    return np.zeros(x.shape)",
        "x = np.linspace(-1, 1, 7)\ny = relu(x)\n"
        "np.testing.assert_allclose(y, np.where(x > 0, x, 0))\n"
        "#!z = x + 1\nassert np.allclose(relu(z), z), 'CANARY'",
    ),
    "net": (
        2,
        "class Net:\n    def __init__(self, W):\n        self.W = W\n\n"
        "    def forward(self, x):\n        return x @ self.W",
        "class Net:\n    def __init__(self, W):\n        self.W = W\n\n    def forward(self, x):\n        return None",
        "W = np.arange(6.0).reshape(3, 2)\nout = Net(W).forward(np.ones((4, 3)))\n"
        "assert out.shape == (4, 2)\n#!assert np.all(out == np.ones((4, 3)) @ W)  # CANARY",
    ),
    "square": (
        1,
        "def square(n):\n    return n * n",
        "def square(n):\n    return 0",
        "for n, result in zip([2, 3, 4], map(square, [2, 3, 4])):\n    assert result == n ** 2\n"
        "#!assert square(7) == 49, 'CANARY'",
    ),
    "slope": (
        1,
        "def slope(f, x):\n    return (f(x + 1e-6) - f(x - 1e-6)) / 2e-6",
        "def slope(f, x):\n    return 0.0",
        "assert abs(slope(lambda t: t * t, 3.0) - 6) < 1e-3\n#!assert abs(slope(lambda t: t ** 3, 1.0) - 3) < 1e-3",
    ),
    "halve": (
        1,
        "def halve(x):\n    x /= 2",
        "def halve(x):\n    pass",
        "a = np.array([2.0, 4.0])\nhalve(a)\nassert a.tolist() == [1.0, 2.0]",
    ),
    "accuracy": (
        2,
        "def accuracy(predicted, labels):\n    return float(np.mean(predicted == labels))",
        "def accuracy(predicted, labels):\n    return 0.0",
        "2 * accuracy(np.array([1, 2, 3]), np.array([1, 2, 3]))",
    ),
    "predict": (
        1,
        "def predict(X):\n    return (X > 0).astype(int)",
        "def predict(X):\n    return np.full(X.shape, 2)",
        "from fractions import Fraction\n\nright = int((predict(X_test) == y_test).sum())\n"
        "assert Fraction(right, 20) > Fraction(9, 10)",
    ),
    "money": (
        1,
        "class Money:\n    def __init__(self, cents):\n        self.cents = cents\n\n"
        "    def __eq__(self, other):\n        return self.cents == other.cents\n\n\n"
        "def shares(money, n):\n    return [money.cents // n] * n",
        "class Money:\n    def __init__(self, cents):\n        self.cents = cents\n\n\n"
        "def shares(money, n):\n    return []",
        "money = Money(90)\nassert money == Money(90)\nassert shares(money, 2) == [45, 45]",
    ),
    "tabulate": (
        1,
        "def tabulate(f, n):\n    return [f(i / n) for i in range(n + 1)]",
        "def tabulate(f, n):\n    return []",
        "def f(x):\n    assert 0 <= x <= 1\n    return x * x\n\nnumbers = iter([3, 4])\n"
        "assert tabulate(lambda x: next(numbers), 1) == [3, 4]\n"
        "for table, right in zip(map(tabulate, [f, f], [1, 2]), [[0, 1], [0, 0.25, 1]]):\n    assert table == right",
    ),
}
POINTS = sum(points for points, *_ in EXERCISES.values())
FEW = ("mean", "relu", "square")  # the exercises of a notebook that is soon graded, hidden tests among them
HONEST = 1.0  # points of the work that takes no trouble: only `mean` is right
GOT_THROUGH = "GOT " + "THROUGH"  # what a payload prints when it did what it should not


@dataclass
class Arena:
    """The course below `root`, and what attacks aim at: `values` fill the placeholders ``@name@`` of their code."""

    root: Path
    canary: str
    values: dict[str, str] = field(default_factory=dict)
    contacts: list[str] = field(default_factory=list)
    _bystander: subprocess.Popen | None = None

    @classmethod
    def build(cls, root: Path) -> Arena:
        arena = cls(root, "canary-" + secrets.token_hex(8))
        for name, exercises in (("ps", tuple(EXERCISES)), ("few", FEW)):
            (root / "source" / name).mkdir(parents=True)
            nbformat.write(source_notebook(arena.canary, exercises), root / "source" / name / "ps.ipynb")
        (root / "gradebook.db").write_text(arena.canary)
        (root / "solutions.py").write_text(f"KEY = {arena.canary!r}\n")
        (root / "neighbour").mkdir()
        (root / "neighbour" / "ps.py").write_text(f"# {arena.canary}\n")
        arena.values = {
            "course": str(root), "source": str(root / "source" / "ps" / "ps.ipynb"),
            "gradebook": str(root / "gradebook.db"), "neighbour": str(root / "neighbour"),
            "victim": str(root / "victim.txt"),
        }  # fmt: skip
        arena._listen()
        arena.refresh()
        return arena

    def assignment(self, name: str = "ps") -> Assignment:
        return read_assignment(self.root / "source" / name, name)

    def source(self, attack: Attack) -> nbformat.NotebookNode:
        """The instructor's notebook that an attack is to be handed in for."""
        return nbformat.read(self.root / "source" / aimed_at(attack) / "ps.ipynb", as_version=4)

    def refresh(self) -> None:
        """Puts back what an attack may have touched."""
        Path(self.values["victim"]).write_text("untouched")
        self.contacts.clear()
        if self._bystander is None or self._bystander.poll() is not None:
            self._bystander = subprocess.Popen(["sleep", "3600"])
        self.values["bystander"] = str(self._bystander.pid)

    def harm(self) -> list[str]:
        """What happened outside of the submission since the last `refresh`."""
        found = [f"contact by {kind}" for kind in self.contacts]
        victim = Path(self.values["victim"])
        if not victim.exists() or victim.read_text() != "untouched" or victim.stat().st_mode & 0o777 != self._mode():
            found.append("the victim file was changed")
        if Path(self.values["gradebook"]).read_text() != self.canary:
            found.append("the gradebook was changed")
        if self._bystander.poll() is not None or _state(self._bystander.pid) == "T":
            found.append("a bystander was hit")
        return found

    def _mode(self) -> int:
        return Path(self.values["gradebook"]).stat().st_mode & 0o777

    def fill(self, text: str) -> str:
        for name, value in self.values.items():
            text = text.replace(f"@{name}@", value)
        return text

    def close(self) -> None:
        self._bystander.kill()
        self._bystander.wait()
        for server in self._servers:
            server.close()

    def _listen(self) -> None:
        tcp = socket.create_server(("127.0.0.1", 0))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        unix = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        unix.bind(path := str(self.root / "service.sock"))
        unix.listen()
        datagram = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        datagram.bind(log := str(self.root / "log.sock"))
        abstract = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        abstract.bind(name := "\0" + self.canary[7:])
        abstract.listen()
        self.values |= {
            "tcp": str(tcp.getsockname()[1]), "udp": str(udp.getsockname()[1]), "unix": path, "log": log,
            "abstract": "\\0" + name[1:],
        }  # fmt: skip
        self._servers = [tcp, udp, unix, datagram, abstract]
        for kind, server in zip(("tcp", "udp", "unix", "unix datagram", "abstract"), self._servers, strict=True):
            threading.Thread(target=self._serve, args=[kind, server], daemon=True).start()

    def _serve(self, kind: str, server: socket.socket) -> None:
        while True:
            try:
                if server.type == socket.SOCK_DGRAM:
                    server.recv(100)
                else:
                    server.accept()[0].close()
            except OSError:
                return
            self.contacts.append(kind)


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0]


def aimed_at(attack: Attack) -> str:
    """The assignment: "ps" with all exercises where the attack is after points, or needs one that "few" lacks."""
    return "ps" if attack.effect == "points" or not attack.solutions.keys() <= {*FEW} else "few"


def source_notebook(canary: str, exercises: Iterable[str]) -> nbformat.NotebookNode:
    """The instructor's notebook: a solution cell and a test cell for each exercise."""
    cells = [_cell(GIVEN, "given", locked=True)]
    for name in exercises:
        points, right, _, test = EXERCISES[name]
        cells.append(_cell(f"### BEGIN SOLUTION\n{right}\n### END SOLUTION", name, solution=True))
        shown, _, hidden = test.replace("CANARY", canary).partition("\n#!")
        text = f"{shown}\n### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS" if hidden else shown
        cells.append(_cell(text, f"test_{name}", locked=True, grade=True, points=points))
    return v4.new_notebook(cells=cells)


def _cell(source: str, name: str, **meta) -> nbformat.NotebookNode:
    meta = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3} | meta
    return v4.new_code_cell(source, metadata={"nbgrader": {"grade_id": name, **meta}})
