"""A fingerprint changes with all that a function uses, with nothing else, and is the same on every Python."""

from __future__ import annotations

import importlib
import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from utils.fingerprint import fingerprint

ROOT = Path(__file__).resolve().parents[2]

# For each kind of thing that a function can use: a module with a function f, and a change of what f uses.
USED = {
    "its own code": ("def f(x):\n    return x + 1", "x + 1", "x + 2"),
    "a default": ("def f(x=1):\n    return x", "x=1", "x=2"),
    "a function": ("def g(x):\n    return x\ndef f(x):\n    return g(x)", "return x\n", "return -x\n"),
    "a function of a function": (
        "def h(x):\n    return 3\ndef g(x):\n    return h(x)\ndef f(x):\n    return g(x)", "return 3", "return 4",
    ),
    "two that call each other": (
        "def f(n):\n    return n and g(n - 1)\ndef g(n):\n    return n and f(n - 2)", "n - 2", "n - 3",
    ),
    "a cached function": (
        "from functools import cache\n@cache\ndef g(x):\n    return x / 16\ndef f(x):\n    return g(x)", "/ 16", "/ 8",
    ),
    "a function cached by hand": (
        "from functools import lru_cache\ndef _g(x):\n    return x / 16\ng = lru_cache(maxsize=3)(_g)\n"
        "def f(x):\n    return g(x)", "/ 16", "/ 8",
    ),
    "a decorated function": (
        "import functools\ndef twice(g):\n    @functools.wraps(g)\n    def both(x):\n        return g(g(x))\n"
        "    return both\n@twice\ndef g(x):\n    return x + 1\ndef f(x):\n    return g(x)", "x + 1", "x + 2",
    ),
    "a decorator": (
        "import functools\ndef twice(g):\n    @functools.wraps(g)\n    def both(x):\n        return g(g(x))\n"
        "    return both\n@twice\ndef g(x):\n    return x + 1\ndef f(x):\n    return g(x)", "g(g(x))", "g(g(g(x)))",
    ),
    "an argument of a decorator": (
        "def times(n):\n    def wrap(g):\n        def many(x):\n            return n * g(x)\n        return many\n"
        "    return wrap\n@times(2)\ndef g(x):\n    return x\ndef f(x):\n    return g(x)", "times(2)", "times(3)",
    ),
    "a context manager": (
        "from contextlib import contextmanager\n@contextmanager\ndef quiet():\n    yield 1\n"
        "@quiet()\ndef f(x):\n    return x", "yield 1", "yield 2",
    ),
    "an implementation for a type": (
        "from functools import singledispatch\n@singledispatch\ndef g(x):\n    return 0\n"
        "@g.register\ndef _(x: int):\n    return 1\ndef f(x):\n    return g(x)", "return 1", "return 2",
    ),
    "the type of an implementation": (
        "from functools import singledispatch\n@singledispatch\ndef g(x):\n    return 0\n"
        "@g.register(int)\ndef h(x):\n    return 1\ndef f(x):\n    return g(x)", "register(int)", "register(str)",
    ),
    "what a function was made with": (
        "def make(n):\n    def g(x):\n        return x * n\n    return g\ng = make(2)\ndef f(x):\n    return g(x)",
        "make(2)", "make(3)",
    ),
    "what partial was given": (
        "from functools import partial\ndef g(n, x):\n    return n * x\nh = partial(g, 2)\ndef f(x):\n    return h(x)",
        "partial(g, 2)", "partial(g, 3)",
    ),
    "the function in a partial": (
        "from functools import partial\ndef g(n, x):\n    return n * x\nh = partial(g, 2)\ndef f(x):\n    return h(x)",
        "n * x", "n + x",
    ),
    "a lambda": ("g = lambda x: x + 1\ndef f(x):\n    return g(x)", "x + 1", "x - 1"),
    "one lambda of two": (
        "g, h = (lambda x: x + 1), (lambda x: x + 2)\ndef f(x):\n    return h(x)", "x + 2", "x + 3",
    ),
    "a number": ("N = 2.0\ndef f(x):\n    return N * x", "2.0", "2.5"),
    "a number that is negated": ("N = 0.0\ndef f(x):\n    return N * x", "N = 0.0", "N = -0.0"),
    "whether a number is whole": ("N = 2\ndef f(x):\n    return N * x", "N = 2", "N = 2.0"),
    "a text": ("NAME = 'ü'\ndef f(x):\n    return NAME", "ü", "u"),
    "bytes": ("B = b'ab'\ndef f(x):\n    return B", "b'ab'", "b'ac'"),
    "a tuple that becomes a list": ("T = (1, 2)\ndef f(x):\n    return T", "(1, 2)", "[1, 2]"),
    "a value in a dictionary": ("D = {'a': [1, {'b': 2}]}\ndef f(x):\n    return D", "2", "3"),
    "a key of a dictionary": ("D = {'a': 1}\ndef f(x):\n    return D", "'a'", "'b'"),
    "the order of a dictionary": ("D = {'a': 1, 'b': 2}\ndef f(x):\n    return D", "'a': 1, 'b': 2", "'b': 2, 'a': 1"),
    "a function in a dictionary": (
        "def g(x):\n    return x\nD = {'g': g}\ndef f(x):\n    return D['g'](x)", "return x\n", "return -x\n",
    ),
    "an item of a set": ("S = {1, 'a', (2, 3)}\ndef f(x):\n    return x in S", "(2, 3)", "(2, 4)"),
    "a range": ("R = range(3)\ndef f(x):\n    return R", "range(3)", "range(4)"),
    "a container of the library": (
        "from collections import OrderedDict, deque\nD = OrderedDict(a=deque([1, 2]))\ndef f(x):\n    return D",
        "[1, 2]", "[2, 1]",
    ),
    "a default of a dictionary": (
        "from collections import defaultdict\ndef zero():\n    return 0\nD = defaultdict(zero)\n"
        "def f(x):\n    return D[x]", "return 0", "return 1",
    ),
    "a pattern": ("import re\nP = re.compile('a+')\ndef f(x):\n    return P.match(x)", "a+", "b+"),
    "a fraction": ("from fractions import Fraction\nH = Fraction(1, 2)\ndef f(x):\n    return H", "(1, 2)", "(1, 3)"),
    "a path": ("from pathlib import Path\nP = Path('a') / 'b'\ndef f(x):\n    return P.name", "'b'", "'c'"),
    "a member of an enumeration": (
        "from enum import Enum\nclass Kind(Enum):\n    A = 1\n    B = 2\nK = Kind.A\ndef f(x):\n    return K",
        "= Kind.A", "= Kind.B",
    ),
    "the value of a member": (
        "from enum import Enum\nclass Kind(Enum):\n    A = 1\n    B = 2\nK = Kind.A\ndef f(x):\n    return K",
        "A = 1", "A = 3",
    ),
    "a method": (
        "class C:\n    def go(self):\n        return 1\ndef f(x):\n    return C().go()", "return 1", "return 2",
    ),
    "an attribute of a class": ("class C:\n    n = 1\ndef f(x):\n    return C.n", "n = 1", "n = 2"),
    "what a class computes an attribute from": (
        "def g():\n    return 1\nclass C:\n    n = g()\ndef f(x):\n    return C.n", "return 1", "return 2",
    ),
    "a class above": (
        "class A:\n    def go(self):\n        return 1\nclass B(A):\n    pass\ndef f(x):\n    return B().go()",
        "return 1", "return 2",
    ),
    "a function that a method calls": (
        "def g():\n    return 1\nclass C:\n    @property\n    def go(self):\n        return g()\n"
        "def f(x):\n    return C().go", "return 1", "return 2",
    ),
    "a method that is given to a class later": (
        "class C:\n    pass\ndef g(self):\n    return 1\nC.go = g\ndef f(x):\n    return C().go()",
        "return 1", "return 2",
    ),
    "a field of a dataclass": (
        "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass C:\n    n: int = 1\n"
        "def f(x):\n    return C().n", "n: int = 1", "n: int = 2",
    ),
    "the fields of a named tuple": (
        "from collections import namedtuple\nC = namedtuple('C', 'a b')\ndef f(x):\n    return C(1, 2)", "a b", "b a",
    ),
    "the state of an object": (
        "class C:\n    def __init__(self, n):\n        self.n = n\nc = C(1)\ndef f(x):\n    return c.n", "C(1)", "C(2)",
    ),
    "the class of an object": (
        "class C:\n    def go(self):\n        return 1\nc = C()\ndef f(x):\n    return c.go()", "return 1", "return 2",
    ),
    "the object of a method": (
        "class C:\n    def __init__(self, n):\n        self.n = n\n    def go(self):\n        return self.n\n"
        "go = C(1).go\ndef f(x):\n    return go()", "C(1)", "C(2)",
    ),
    "an attribute of a function": ("def g():\n    pass\ng.n = 1\ndef f(x):\n    return g.n", "g.n = 1", "g.n = 2"),
    "a function in another module": ("from . import other\ndef f(x):\n    return other.double(x)", "OTHER 2 *", "3 *"),
    "the same by its own name": ("from .other import double as g\ndef f(x):\n    return g(x)", "OTHER 2 *", "3 *"),
    "the same, absolutely": ("from trial import other\ndef f(x):\n    return other.double(x)", "OTHER 2 *", "3 *"),
    "the same under another name": (
        "import trial.other as o\ndef f(x):\n    return o.double(x)", "OTHER 2 *", "3 *",
    ),
    "a module that is imported while it runs": (
        "def f(x):\n    from .other import double\n    return double(x)", "OTHER 2 *", "3 *",
    ),
    "the same by its whole name": (
        "def f(x):\n    import trial.other\n    return trial.other.double(x)", "OTHER 2 *", "3 *",
    ),
    "a module that is used as a whole": (
        "from . import other\ndef f(x):\n    return getattr(other, 'dou' + 'ble')(x)", "OTHER 2 *", "3 *",
    ),
    "where a name is imported from": ("from math import sin as g\ndef f(x):\n    return g(x)", "sin", "cos"),
    "which module a name is": ("import math as m\ndef f(x):\n    return m.sqrt(x)", "import math", "import cmath"),
    "what a comprehension names": (
        "def g(x):\n    return x\ndef f(x):\n    return [g(y) for y in x]", "return x\n", "return -x\n",
    ),
    "what an f-string shows": ("def f(x):\n    return f'{x!r:>{8}} {\"/\".join(x)} {x=}'", ":>", ":<"),
    "what a function inside names": (
        "N = 1\ndef f(x):\n    def g(y):\n        return y + N\n    return g(x)", "N = 1", "N = 2",
    ),
}  # fmt: skip
WITH_NUMPY = {
    "an array": ("import numpy as np\nA = np.array([1.0, 2.0])\ndef f(x):\n    return A @ x", "2.0", "2.5"),
    "the type of an array": ("import numpy as np\nA = np.array([1, 2])\ndef f(x):\n    return A", "2])", "2], 'i2')"),
    "the shape of an array": ("import numpy as np\nA = np.ones((2, 3))\ndef f(x):\n    return A", "(2, 3)", "(3, 2)"),
    "an array in an object": (
        "import numpy as np\nclass C:\n    def __init__(self):\n        self.a = np.arange(3)\nc = {'c': C()}\n"
        "def f(x):\n    return c", "arange(3)", "arange(4)",
    ),
    "a number of NumPy's": ("import numpy as np\nN = np.float32(1.5)\ndef f(x):\n    return N", "float32", "float64"),
    "an array of texts": ("import numpy as np\nA = np.array(['a', None])\ndef f(x):\n    return A", "'a'", "'b'"),
    "a random stream": (
        "import numpy as np\nR = np.random.default_rng(1)\ndef f(x):\n    return R.random()", "rng(1)", "rng(2)",
    ),
    "a mask": ("import numpy as np\nA = np.ma.array([1, 2], mask=[0, 1])\ndef f(x):\n    return A", "[0, 1]", "[1, 1]"),
}  # fmt: skip
# What does not make another function.
UNUSED = {
    "a comment": ("def f(x):\n    return x  # so", "# so", "# not so"),
    "a docstring": ('def f(x):\n    """So."""\n    return x', "So.", "Not so."),
    "a docstring that comes": ("def f(x):\n    return x", "(x):\n", "(x):\n    'So.'\n"),
    "the docstring of a class": ("class C:\n    'So.'\n    n = 1\ndef f(x):\n    return C.n", "'So.'", "'Not so.'"),
    "layout": ("def f(x):\n    return x + 1", "x + 1", "(\n        x\n        + 1\n    )"),
    "quotes": ("def f(x):\n    return 'a'", "'a'", '"a"'),
    "an annotation": ("def f(x: int) -> int:\n    return x", "x: int", "x: 'float | None'"),
    "an annotation inside": ("def f(x):\n    y = x\n    return y", "y = x", "y: int = x"),
    "a place in the file": ("def f(x):\n    return x", "def f", "\n\nN = 1\ndef f"),
    "a function that it does not use": ("def g():\n    return 1\ndef f(x):\n    return x", "return 1", "return 2"),
    "a constant of the name of an argument": ("x = 1\ndef f(x):\n    return x", "x = 1", "x = 2"),
    "a constant of the name of a local": ("n = 1\ndef f(x):\n    n = x\n    return n", "n = 1", "n = 2"),
    "a constant of the name of an attribute": ("n = 1\ndef f(x):\n    return x.n", "n = 1", "n = 2"),
    "a lock made anew": ("import threading\nL = threading.Lock()\ndef f(x):\n    with L:\n        return x", "L", "L"),
}  # fmt: skip
OTHER = "def double(x):\n    return 2 * x\n"
KINDS = USED | WITH_NUMPY | UNUSED


def write(folder: Path, text: str, other: str = OTHER) -> Path:
    package = folder / "trial"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "other.py").write_text(other, encoding="utf-8")
    (package / "main.py").write_text(text + "\n", encoding="utf-8")
    return folder


def changed(kind: str) -> tuple[str, str]:
    """The two modules after the change."""
    text, old, new = KINDS[kind]
    if old.startswith("OTHER "):
        old = old.removeprefix("OTHER ")
        assert OTHER.count(old) == 1
        return text, OTHER.replace(old, new)
    assert old in text
    return text.replace(old, new), OTHER


@pytest.fixture
def fingerprint_of(tmp_path, monkeypatch):
    """Takes the fingerprint of f in a module of a package of its own."""
    count = itertools.count()

    def take(text: str, other: str = OTHER) -> str:
        folder = write(tmp_path / str(next(count)), text, other)
        for name in [name for name in sys.modules if name.partition(".")[0] == "trial"]:
            monkeypatch.delitem(sys.modules, name)
        with monkeypatch.context() as patch:
            patch.syspath_prepend(folder)
            return fingerprint(importlib.import_module("trial.main").f)

    yield take
    for name in [name for name in sys.modules if name.partition(".")[0] == "trial"]:
        del sys.modules[name]


@pytest.mark.parametrize("kind", [*USED, *WITH_NUMPY])
def test_a_fingerprint_changes_with(fingerprint_of, kind):
    text, _, _ = KINDS[kind]
    assert fingerprint_of(text) == fingerprint_of(text) != fingerprint_of(*changed(kind))


@pytest.mark.parametrize("kind", UNUSED)
def test_a_fingerprint_does_not_change_with(fingerprint_of, kind):
    text, _, _ = KINDS[kind]
    assert fingerprint_of(text) == fingerprint_of(*changed(kind))


def test_a_fingerprint_does_not_change_when_a_cache_fills(fingerprint_of):
    fingerprint_of(USED["a cached function"][0])
    module = sys.modules["trial.main"]
    before = fingerprint(module.f)
    module.f(3)
    assert fingerprint(module.f) == before


def test_decorators_may_be_left_out(fingerprint_of):
    text = "def d(n):\n    return lambda g: g\n@d(1)\ndef f(x):\n    return x"
    fingerprint_of(text)
    first = sys.modules["trial.main"]
    fingerprint_of(text.replace("d(1)", "d(2)"))
    second = sys.modules["trial.main"]
    assert fingerprint(first.f) != fingerprint(second.f)
    assert fingerprint(first.f, without=(first.d,)) == fingerprint(second.f, without=(second.d,))


def test_functions_that_do_not_change_results_may_be_left_out(fingerprint_of):
    text = "def show(x):\n    return x\ndef f(x):\n    return show(x)"
    fingerprint_of(text)
    first = sys.modules["trial.main"]
    fingerprint_of(text.replace("return x\n", "return list(x)\n"))
    second = sys.modules["trial.main"]
    assert fingerprint(first.f) != fingerprint(second.f)
    assert fingerprint(first.f, without=(first.show,)) == fingerprint(second.f, without=(second.show,))


def test_what_cannot_be_compared_is_refused_by_name(fingerprint_of):
    with pytest.raises(TypeError, match="a builtins.generator cannot be compared"):
        fingerprint_of("G = (n for n in range(3))\ndef f(x):\n    return next(G)")


def test_source_that_changed_since_it_was_imported_is_refused(fingerprint_of):
    fingerprint_of("def f(x):\n    return x")
    module = sys.modules["trial.main"]
    Path(module.__file__).write_text("\n\n\ndef f(x):\n    return -x\n", encoding="utf-8")
    with pytest.raises(OSError, match="changed since it was imported"):
        fingerprint(module.f)


def test_an_array_counts_by_its_values_whatever_its_layout_in_memory():
    np = pytest.importorskip("numpy")
    A = np.arange(6.0).reshape(2, 3)
    assert fingerprint(write, A) == fingerprint(write, np.asfortranarray(A)) == fingerprint(write, A.astype(">f8"))
    assert fingerprint(write, A) != fingerprint(write, A.T)


def test_a_tensor_counts_by_its_values():
    torch = pytest.importorskip("torch")
    a = torch.arange(3.0, requires_grad=True)
    assert fingerprint(write, a) == fingerprint(write, a.clone()) != fingerprint(write, a + 1)
    assert fingerprint(write, a) != fingerprint(write, a.double())
    assert fingerprint(write, a.bfloat16()) != fingerprint(write, (a + 1).bfloat16())


def python(version: str) -> str | None:
    """An interpreter of this version, where there is one."""
    found = [shutil.which(f"python{version}"), *Path.home().glob(f".pyenv/versions/{version}.*/bin/python")]
    for path in filter(None, found):
        asked = subprocess.run(
            [path, "-c", "import sys; print(sys.version.startswith(sys.argv[1]))", f"{version}."],
            capture_output=True, text=True,
        )  # fmt: skip
        if asked.stdout.strip() == "True":
            return str(path)
    return None


TAKE_ALL = """
import importlib, json, sys
from utils.fingerprint import fingerprint
found = {}
for kind, folder in json.load(sys.stdin).items():
    for name in [name for name in sys.modules if name.partition(".")[0] == "trial"]:
        del sys.modules[name]
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    try:
        found[kind] = fingerprint(importlib.import_module("trial.main").f)
    except ModuleNotFoundError:
        pass
    sys.path.remove(folder)
json.dump(found, sys.stdout)
"""


def take_all(path: str, folders: dict[str, str]) -> dict[str, str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [path, "-c", TAKE_ALL], input=json.dumps(folders), capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_a_fingerprint_is_the_same_on_another_python(tmp_path, version):
    path = python(version)
    if not path:
        pytest.skip(f"there is no Python {version}")
    folders = {kind: str(write(tmp_path / str(n), KINDS[kind][0])) for n, kind in enumerate(KINDS)}
    here, there = take_all(sys.executable, folders), take_all(path, folders)
    assert set(there) >= set(USED) and there == {kind: here[kind] for kind in there}
