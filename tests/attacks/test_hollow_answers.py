"""Answers that a comparison passes over, since they have no entries, or answer it themselves."""

from __future__ import annotations

import pytest
from small_course import graded_exercises

pytestmark = pytest.mark.sandbox
COUNTER = """\
class Counter:
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if i >= self.n:
            raise IndexError
        return i * i
"""
LENGTHS = """\
class Length:
    def __init__(self, m):
        self.m = m

    def __eq__(self, other):
        return self.m == other.m

    def __truediv__(self, other):
        return self.m / other.m if isinstance(other, Length) else Length(self.m / other)
"""
LAYERS = """\
class Layers:
    def __init__(self, sizes):
        self.sizes, self.n = sizes, len(sizes)

    def width(self, i):
        return self.sizes[i]
"""
BAG = """\
class Bag:
    def __init__(self, items):
        self.items, self.n = items, len(items)

    def __getitem__(self, i):
        return 2 * self.items[i]
"""
MODEL = """\
class Layer:
    def __init__(self, n):
        self.n = n

    def forward(self, x):
        return self.n * x


class Model:
    def __init__(self, sizes):
        self.layers = [Layer(n) for n in sizes]
"""
EXERCISES = {
    "import": (
        "import numpy as np\nimport pandas as pd\nfrom collections import defaultdict",
        "assert np.pi > 3 and pd.NA is not None and defaultdict",
    ),
    "third": ("def third(x):\n    return x / 3", "x = np.arange(1.0, 5)\nassert np.allclose(third(x), x / 3)"),
    "total": ("def total(x):\n    return float(sum(x))", "assert np.all(np.isclose(total([1.0, 2.0]), 3.0))"),
    "parts": (
        "def parts(x):\n    return {'twice': 2 * x, 'half': [x / 2, x]}",
        "x = np.ones(3)\np = parts(x)\nassert np.allclose(p['twice'], 2) and np.allclose(p['half'][0], 0.5)",
    ),
    "split": (
        "def split(x):\n    return float(x.sum()), x / 2",
        "whole, _ = split(np.ones(4))\nassert whole == 4 and split(np.ones(6))[0] == 6",
    ),
    "pair": (
        "def pair(x):\n    return float(x.sum()), x / 2",
        "whole, _ = pair(np.ones(4))\nassert whole == 4\nwhole, half = pair(np.ones(6))\nassert np.allclose(half, 0.5)",
    ),
    "table": (
        "def table(n):\n    return pd.DataFrame({'n': range(n)})",
        "assert (table(3)['n'] == pd.Series(range(3), name='n')[:len(table(3))]).all()",
    ),
    "odd": (
        "def odd(numbers):\n    return [n for n in numbers if n % 2]",
        "for got, want in zip(odd([1, 2, 5]), [1, 5]):\n    assert got == want\nassert len(odd([2, 4])) == 0",
    ),
    "places": (
        "def places(text):\n    found = defaultdict(list)\n    for i, sign in enumerate(text):\n"
        "        found[sign].append(i)\n    return found",
        "got = places('abab')\nfor sign, want in ('a', [0, 2]), ('b', [1, 3]):\n"
        "    for place, right in zip(got[sign], want):\n        assert place == right\nassert got['z'] == []",
    ),
    "powers": (
        "def powers(n):\n    for i in range(n):\n        yield 2**i",
        "for i, power in enumerate(powers(4)):\n    assert power == 2**i\nassert list(powers(0)) == []",
    ),
    "Counter": (
        COUNTER,
        "for i, square in enumerate(Counter(3)):\n    assert square == i * i\n"
        "c = Counter(4)\nassert all(c[i] == i * i for i in range(len(c)))\nassert len(Counter(0)) == 0",
    ),
    "Layers": (
        LAYERS,
        "layers = Layers([3, 5])\nfor i in range(layers.n):\n    assert layers.width(i) == [3, 5][i]",
    ),
    "chunks": (
        "def chunks(x):\n    return [x, x + 1]",
        "x = np.ones(3)\nfor got, want in zip(chunks(x), [x, x + 1]):\n    assert np.allclose(got, want)",
    ),
    "Bag": (BAG, "bag = Bag([3, 5])\nfor i in range(bag.n):\n    assert bag[i] == 2 * [3, 5][i]"),
    "Model": (
        MODEL,
        "for n, layer in zip([3, 5], Model([3, 5]).layers):\n    assert layer.forward(2) == 2 * n",
    ),
    "until": (
        "def until():\n    return 2\n\n\ndef power(i):\n    return 2**i",
        "i = 0\nwhile i < float(until()):\n    assert power(i) == 2**i\n    i += 1",
    ),
    "count": (
        "def count(x):\n    return len(x)\n\n\ndef item(x, i):\n    return 2 * x[i]",
        "x = [4, 5]\nfor i in range(count(x)):\n    assert item(x, i) == 2 * x[i]",
    ),
    "Length": (LENGTHS, "long = Length(6)\nassert long / 2 == Length(3)\nassert long / Length(4) == 1.5"),
}
HOLLOW = {
    "third": [
        "def third(x):\n    return np.empty((0, *x.shape))",
        "def third(x):\n    return np.empty((0, 1), dtype=complex)",
        "def third(x):\n    return [[]]",
        "def third(x):\n    return x[:0, None]",
        "def third(x):\n    return pd.DataFrame(index=[], columns=range(4), dtype=float)",
    ],
    "total": ["def total(x):\n    return []", "def total(x):\n    return np.array([])", "def total(x):\n    return ()"],
    "parts": [
        "def parts(x):\n    return {'twice': x[:0, None], 'half': [x / 2, x]}",
        "def parts(x):\n    return {'twice': 2 * x, 'half': [np.empty((0, 3)), x]}",
    ],
    "table": ["def table(n):\n    return pd.DataFrame({'n': []})"],
    "pair": ["def pair(x):\n    return float(x.sum()), []"],
    "odd": [
        "def odd(numbers):\n    return []",
        "def odd(numbers):\n    return np.array([])",
        "def odd(numbers):\n    return iter(())",
        "def odd(numbers):\n    return {}",
        "def odd(numbers):\n    return range(0)",
        "def odd(numbers):\n    return {}.values()",
        "from collections import deque\n\ndef odd(numbers):\n    return deque()",
    ],
    "places": [
        "def places(text):\n    return defaultdict(list)",
        "def places(text):\n    return defaultdict(list, a=[0, 2])",
        "class Places(defaultdict):\n    pass\n\n\ndef places(text):\n    return Places(list, b=[1, 3])",
    ],
    "powers": [
        "def powers(n):\n    return\n    yield",
        "def powers(n):\n    return []",
        "def powers(n):\n    return map(str, ())",
    ],
    "Counter": [
        COUNTER.replace("i >= self.n", "True").replace("return self.n", "return self.n and 3"),
        COUNTER.replace("return self.n", "return 0").replace("i * i", "7"),
    ],
    "Layers": [
        LAYERS.replace("len(sizes)", "0"),
        LAYERS.replace("len(sizes)", "-1"),
        LAYERS.replace("len(sizes)", "None").replace("self.n = ", "self.m = ") + "\n    n = False\n",
    ],
    "chunks": [
        "def chunks(x):\n    return [x[:0, None]]",
        "def chunks(x):\n    made = np.empty(2, object)\n    made[0] = made[1] = x[:0, None]\n    return made",
        "def chunks(x):\n    return pd.Series([x[:0, None]] * 2)",
        "def chunks(x):\n    return {'n': range(10**30), 'x': x[:0]}.values()",
    ],
    "Bag": [BAG.replace("len(items)", "0"), BAG.replace("len(items)", "False")],
    "Model": [MODEL.replace("[Layer(n) for n in sizes]", none) for none in ("[]", "()", "''")],
    "until": [
        f"def until():\n    return {number}\n\n\ndef power(i):\n    return None"
        for number in ("0.0", "np.float32(-1)", "np.zeros(1)", "'0'", "-np.inf")
    ],
    "count": ["def count(x):\n    return 0\n\n\ndef item(x, i):\n    return None"],
    "Length": [
        "class Length:\n    def __init__(self, m):\n        pass\n    def __eq__(self, other):\n        return True\n"
        f"    def __truediv__(self, other):\n        return {answer}"
        for answer in ("self", "Length(0)")
    ],
}
HONEST = {
    "places": [
        "def places(text):\n    order = sorted(set(text), reverse=True)\n    return defaultdict(\n"
        "        list, {sign: [i for i in range(len(text)) if text[i] == sign] for sign in order}\n    )",
    ],
    "split": ["def split(x):\n    return float(x.sum()), []", "def split(x):\n    return float(len(x)), {}"],
    "odd": [
        "def odd(numbers):\n    return tuple(n for n in numbers if n % 2)",
        "def odd(numbers):\n    return np.array([n for n in numbers if n % 2])",
        "def odd(numbers):\n    found = []\n    found.extend(n for n in numbers if n % 2)\n    return found",
    ],
    "powers": [
        "def powers(n):\n    return [1 << i for i in range(n)]",
        "def powers(n):\n    return (2**i for i in range(n))",
    ],
    "chunks": ["def chunks(x):\n    return (x, 1 + x)"],
    "Bag": [BAG.replace("len(items)", "np.int32(len(items))")],
    "Model": [MODEL.replace("[Layer(n) for n in sizes]", "tuple(map(Layer, sizes))")],
    "until": ["def until():\n    return 2.0\n\n\ndef power(i):\n    return 1 << i"],
    "third": ["def third(x):\n    third.log = []\n    return np.array([v / 3 for v in x])"],
    "Counter": [COUNTER.replace("return i * i", "return [k * k for k in range(self.n)][i]")],
    "Layers": [
        LAYERS.replace("len(sizes)", "None").replace("self.n = ", "self.m = ")
        + "\n    @property\n    def n(self):\n        return np.int64(len(self.sizes))\n"
    ],
    "count": ["def count(x):\n    return sum(1 for _ in x)\n\n\ndef item(x, i):\n    return x[i] + x[i]"],
    "Length": [LENGTHS.replace("isinstance(other, Length)", "not isinstance(other, int)")],
}


@pytest.fixture(scope="module")
def lost(tmp_path_factory):
    """What is said of the tests that give no point, where a submission is right but for these answers."""
    with graded_exercises(tmp_path_factory.mktemp("hollow"), EXERCISES) as graded:

        def lost(answers: dict[str, str]) -> dict[str, str]:
            cells = graded(answers).cells
            assert all(cell.score in (0, cell.max_score) for cell in cells)
            return {cell.cell: cell.message for cell in cells if not cell.score}

        yield lost


def answers_of_round(codes: dict[str, list[str]], n: int) -> dict[str, str]:
    return {name: several[n] for name, several in codes.items() if n < len(several)}


@pytest.mark.parametrize("n", range(max(map(len, HOLLOW.values()))))
def test_an_answer_that_a_comparison_passes_over_gets_no_point(lost, n):
    answers = answers_of_round(HOLLOW, n)
    assert [*lost(answers)] == [f"test_{name}" for name in EXERCISES if name in answers]


def test_a_number_that_has_the_test_leave_out_comparisons_is_named(lost):
    told = lost({"count": HOLLOW["count"][0]})["test_count"]
    assert told.startswith("What `count()` gives is wrong, and because of it the test skipped")


@pytest.mark.parametrize("n", range(max(map(len, HONEST.values()))))
def test_an_answer_that_is_empty_where_the_reference_is_too_gets_its_point(lost, n):
    assert lost(answers_of_round(HONEST, n)) == {}
