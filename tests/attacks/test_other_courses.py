"""Wrong work in courses of other kinds (tables, texts, classes, files), whose tests are written as instructors do."""

from __future__ import annotations

import pytest
from small_course import graded_exercises

pytestmark = pytest.mark.sandbox
GIVEN = """\
from functools import cached_property

import numpy as np
import pandas as pd


class Link:
    def __init__(self, value, next=None):
        self.value, self.next = value, next

    def values(self):
        return [self.value] + (self.next.values() if self.next else [])


class Matrix:
    def __init__(self, rows):
        self.rows = rows

    def equals(self, other):
        return self.rows == other.rows

    @cached_property
    def trace(self):
        return sum(self.rows[n][n] for n in range(len(self.rows)))
"""
TURN = "def turn(m):\n    return Matrix([list(row) for row in zip(*m.rows)])"
LOAD = """\
def load(n):
    return pd.DataFrame({'g': list('ab') * n, 'v': np.arange(2.0 * n)})


def means(t):
    return t.groupby('g')['v'].mean()
"""
EXERCISES = {
    # What is given back is the test's own value, and the test changes that later.
    "in_order": (
        "def in_order(items):\n    return sorted(items)",
        "items = [3, 1, 2]\ngot = in_order(items)\nitems.sort()\nassert got == items",
    ),
    "rows_in_order": (
        "def rows_in_order(rows):\n    return [sorted(row) for row in rows]",
        "rows = [[3, 1, 2], [5, 4]]\ngot = rows_in_order(rows)\nfor row in rows:\n    row.sort()\nassert got == rows",
    ),
    "half": (
        "def half(x):\n    return x / 2",
        "x = np.array([1.0, 2.0])\ngot = half(x)\nx /= 2\nassert np.allclose(got, x)",
    ),
    "updated": (
        "def updated(d, key, value):\n    return {**d, key: value}",
        "d = {'a': 1}\ngot = updated(d, 'b', 2)\nd['b'] = 2\nassert got == d",
    ),
    "copied": (
        "def copied(rows):\n    return [list(row) for row in rows]",
        "rows = [[1, 2], [3]]\ngot = copied(rows)\ngot[0][0] = 9\nassert rows == [[1, 2], [3]] and got is not rows",
    ),
    "Layer": (
        "class Layer:\n    def __init__(self, w):\n        self.w = w.copy()\n\n"
        "    def total(self):\n        return float(self.w.sum())",
        "w = np.ones(3)\nlayer = Layer(w)\nlayer.w[0] += 0.5\nassert abs(layer.total() - 3.5) < 1e-9",
    ),
    "doubled": (
        "def doubled(head):\n    return Link(head.value * 2, doubled(head.next) if head.next else None)",
        "head = Link(1, Link(2))\ngot, link = doubled(head), head\nwhile link:\n    link.value *= 2\n"
        "    link = link.next\nassert got.values() == head.values()",
    ),
    # An attribute hides a method of the instructor's class.
    "turn": (
        TURN,
        "got = turn(Matrix([[1, 2], [3, 4]]))\nassert got.equals(Matrix([[1, 3], [2, 4]]))\nassert got.trace == 5",
    ),
    # Labels that pandas compares nothing under, in answers of other types.
    "scaled": (
        "def scaled(s):\n    return s.to_numpy() * 2",
        "s = pd.Series([1.0, 2.0, 3.0])\nassert (scaled(s) - s * 2).abs().sum() < 1e-9",
    ),
    "tripled": (
        "def tripled(s):\n    return s * 3",
        "s = pd.Series([1.0, 2.0, 3.0])\nassert (tripled(s) - s * 3).abs().sum().sum() < 1e-9",
    ),
    "load": (
        LOAD,
        "t = load(3)\nassert len(t) == 6 and 'v' in t\nwant = pd.Series([2.0, 3.0], index=['a', 'b'])\n"
        "assert (means(t) - want).abs().sum() < 1e-9",
    ),
    # The test draws its inputs, without a seed: the reference is asked for the same ones.
    "drawn": (
        "def drawn(t):\n    return t / 3",
        "t = pd.DataFrame(np.random.default_rng().normal(size=(3, 2)), columns=['a', 'b'])\n"
        "assert (drawn(t) - t / 3).abs().sum().sum() < 1e-9",
    ),
    "drawn_globally": (
        "def drawn_globally(t):\n    return t / 3",
        "t = pd.DataFrame(np.random.rand(3, 2), columns=['a', 'b'])\n"
        "assert (drawn_globally(t) - t / 3).abs().sum().sum() < 1e-9",
    ),
    # The fourth power of 65536 is 0 in 64 bits, and floats would not have the dtype.
    "threes": (
        "def threes(n):\n    return np.arange(n) * 3",
        "got = threes(4)\nassert got.dtype.kind == 'i' and got.shape == (4,)\n"
        "assert ((got - np.arange(4) * 3) ** 4).sum() < 1e-9",
    ),
    "thousands": (
        "def thousands(n):\n    return np.arange(n) * 1000",
        "got = thousands(4)\nassert got.dtype == np.int64 and got.sum() == 6000\n"
        "assert ((got - np.arange(4) * 1000) ** 4).sum() == 0",
    ),
    # A function of the test raises what the wire raises, too: all later tests stay isolated.
    "again": (
        "def again(f, n):\n    for _ in range(n):\n        try:\n            return f()\n"
        "        except TimeoutError:\n            pass\n    raise RuntimeError('gave up')",
        "calls = []\ndef slow():\n    calls.append(1)\n    if len(calls) < 3:\n        raise TimeoutError('slow')\n"
        "    return 'done'\nassert again(slow, 5) == 'done' and len(calls) == 3",
    ),
}
JUNK = LOAD.replace("(2.0 * n)", "(2.0 * n), 'junk': 1")
GROUPED = "t.groupby('g')['v'].mean()"
FORGED = {
    "in_order": ["def in_order(items):\n    return items"],
    "rows_in_order": ["def rows_in_order(rows):\n    return rows", "def rows_in_order(rows):\n    return list(rows)"],
    "half": ["def half(x):\n    return x", "def half(x):\n    return x[:]", "def half(x):\n    return x.reshape(2)"],
    "updated": ["def updated(d, key, value):\n    return d"],
    "copied": ["def copied(rows):\n    return rows", "def copied(rows):\n    return list(rows)"],
    "Layer": [
        "class Layer:\n    def __init__(self, w):\n        self.w = w\n\n    def total(self):\n        return 3.0"
    ],
    "doubled": ["def doubled(head):\n    return head", "def doubled(head):\n    return Link(1, head.next)"],
    "turn": [
        f"def turn(m):\n    made = Matrix([[0, 0], [0, 0]])\n    {hides}\n    return made"
        for hides in (
            "made.equals, made.trace = bool, 5",
            "made.equals, made.trace = lambda other: True, 5",
            "vars(made).update(equals=bool, trace=5)",
            "made.rows[0][0] = 5\n    made.equals = np.allclose",
        )
    ],
    "scaled": [
        "def scaled(s):\n    return pd.Series([0.0, 0.0, 0.0], index=[7, 8, 9])",
        "def scaled(s):\n    return pd.Series([2.0, 4.0, 0.0], index=[0, 1, 9])",
    ],
    "tripled": [
        "def tripled(s):\n    return pd.DataFrame({'q': [0.0]})",
        "def tripled(s):\n    return pd.DataFrame({'q': [0.0, 1, 2]}, index=['a', 'b', 'c'])",
        "def tripled(s):\n    return pd.DataFrame(0.0, columns=['p', 'q'], index=range(3))",
    ],
    "load": [JUNK.replace(GROUPED, f"pd.Series({made})") for made in ("[0.0, 0.0], ['x', 'y']", "[], dtype=float")],
    "drawn": ["def drawn(t):\n    return pd.DataFrame(np.zeros((3, 2)), columns=['p', 'q'])"],
    "drawn_globally": ["def drawn_globally(t):\n    return t.set_axis(['p', 'q'], axis=1)"],
    "threes": [f"def threes(n):\n    return np.full(4, 2**16){more}" for more in ("", " + np.arange(4) * 3")],
    "thousands": ["def thousands(n):\n    return np.arange(n) * 1000 + np.array([2**16, -(2**16), 0, 0])"],
    "again": ["def again(f, n):\n    raise TimeoutError", "def again(f, n):\n    return 'done'"],
}
HONEST = {
    "in_order": ["def in_order(items):\n    items = items[:]\n    items.sort()\n    return items"],
    "half": ["def half(x):\n    return np.array([v / 2 for v in x])"],
    "Layer": [
        "class Layer:\n    def __init__(self, w):\n        self.w = w\n\n"
        "    def total(self):\n        return float(np.sum(self.w))",
        "class Layer:\n    def __init__(self, w):\n        self.w = w[:]\n\n"
        "    def total(self):\n        return sum(self.w)",
    ],
    "doubled": [
        "def doubled(head):\n    made = last = Link(2 * head.value)\n    while head := head.next:\n"
        "        last.next = Link(2 * head.value)\n        last = last.next\n    return made"
    ],
    "turn": [TURN.replace("return", "made =") + "\n    made.name = 'turned'\n    made.trace\n    return made"],
    "scaled": ["def scaled(s):\n    return 2 * s", "def scaled(s):\n    return s.to_list() * np.array(2)"],
    "tripled": ["def tripled(s):\n    return (3 * s).rename('three')"],
    "load": [JUNK, JUNK.replace(GROUPED, "t.groupby('g')['v'].agg('mean').rename('m')")],
    "drawn": ["def drawn(t):\n    return (t / 3)[['b', 'a']]"],
    "drawn_globally": ["def drawn_globally(t):\n    return t.div(3)"],
    "threes": ["def threes(n):\n    return np.array([3 * i for i in range(n)])"],
    "thousands": ["def thousands(n):\n    return np.array([1000 * i for i in range(n)])"],
    "again": [
        "def again(f, n):\n    try:\n        return f()\n    except TimeoutError:\n"
        "        if n == 1:\n            raise\n        return again(f, n - 1)"
    ],
}


@pytest.fixture(scope="module")
def lost(tmp_path_factory):
    """The tests that do not pass where this code is the answer to an exercise."""
    with graded_exercises(tmp_path_factory.mktemp("others"), EXERCISES, GIVEN) as graded:
        yield lambda answers: [it.cell for it in graded(answers).cells if it.score != it.max_score]


@pytest.mark.parametrize("n", range(max(map(len, FORGED.values()))))
def test_wrong_work_gets_no_point(lost, n):
    answers = {name: codes[n] for name, codes in FORGED.items() if n < len(codes)}
    assert lost(answers) == [f"test_{name}" for name in EXERCISES if name in answers]


@pytest.mark.parametrize("n", range(max(map(len, HONEST.values()))))
def test_right_work_gets_its_points(lost, n):
    assert lost({name: codes[n] for name, codes in HONEST.items() if n < len(codes)}) == []
