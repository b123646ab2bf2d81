"""Answers with NaN, or under other labels, which a comparison passes over: a test that looks there has not passed."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
import sympy
from scipy import sparse
from small_course import graded_exercises

from autograder.judging import gaps
from autograder.judging.gaps import IN_ORDER, _Played, path_of_gap
from autograder.judging.link import Call
from autograder.judging.outcome import Outcome
from autograder.judging.texts import filled_text, gaps_in_text
from autograder.judging.verdicts import Verdict

pytestmark = pytest.mark.sandbox
SERIES = "pd.Series(np.arange(n) * 1.0)"
NET = """\
class Net:
    def __init__(self, w):
        self.w = w

    def forward(self, x):
        return x * self.w
"""
MANY = """\
def f(x):
    return x * x


def slope_of(g, x):
    return (g(x + 1e-6) - g(x - 1e-6)) / 2e-6
"""
STEP = """\
class State:
    def __init__(self, n):
        self.n = n


def step(state, k):
    return State(state.n + k), 2.0 * k, {}
"""
VEC = """\
class Vec:
    def __init__(self, x):
        self.x = x

    def __add__(self, other):
        return Vec(self.x + other.x)

    def __abs__(self):
        return abs(self.x)
"""
LEAF = """\
class Leaf:
    def __init__(self, n):
        self.kind, self.n = "inner" if n else "leaf", n

    def below(self):
        return Leaf(self.n - 1)
"""
EXERCISES = {
    "told": (
        "def told(n, see):\n    for i in range(n):\n        see(i, 2.0 * i)",
        "seen = []\ntold(3, lambda i, v: seen.append(v))\nfor got, want in zip(seen, [0, 2, 4]):\n"
        "    assert not abs(got - want) > 1e-9",
    ),
    "shown": (
        "def shown(n):\n    for i in range(n):\n        print(i * i)",
        "import io\nfrom contextlib import redirect_stdout\nout = io.StringIO()\nwith redirect_stdout(out):\n"
        "    shown(3)\nfor got, want in zip(out.getvalue().split(), [0, 1, 4]):\n    assert not float(got) - want",
    ),
    "write": (
        "def write(n, out):\n    for i in range(n):\n        print(i * i, file=out)",
        "import io\nout = io.StringIO()\nwrite(3, out)\nfor got, want in zip(out.getvalue().split(), [0, 1, 4]):\n"
        "    assert int(got) == want",
    ),
    "squares": (
        "def squares(n, seen, rest):\n    for i in range(n):\n        seen.add(i * i)\n        rest.append(i / 2)",
        "seen, rest = set(), []\nsquares(3, seen, rest)\nfor one in seen:\n    assert one in {0, 1, 4}\n"
        "for got, want in zip(rest, [0, 0.5, 1]):\n    assert not abs(got - want) > 1e-9",
    ),
    "masked": (
        "def masked(x):\n    return np.ma.masked_invalid(x) / 3",
        "x = np.array([1.0, np.inf, 3.0])\nassert np.ma.allclose(masked(x), np.ma.masked_invalid(x) / 3)",
    ),
    "numbers": (
        "def numbers(x):\n    return ' '.join(f'{v:.1f}' for v in x)",
        "for got, want in zip(numbers([1.0, 2.0]).split(), [1, 2]):\n    if abs(float(got) - want) > 1e-9:\n"
        "        raise AssertionError",
    ),
    "ratio": (
        "from fractions import Fraction\n\n\ndef ratio(n):\n    return Fraction(1, n)",
        "got = float(ratio(3))\nassert not abs(got - 1 / 3) / abs(got) > 1e-9",
    ),
    "scaled": (
        "def scaled(x):\n    return x / 3",
        "x = np.array([1.0, 2.0])\nassert not np.any(np.abs(np.asarray(scaled(x), dtype=float) - x / 3) > 1e-9)",
    ),
    "Vec": (VEC, "assert not abs(abs(Vec(3.0) + Vec(-1.0)) - 2) > 1e-9"),
    "Leaf": (
        LEAF,
        "leaf, n = Leaf(2), 2\nwhile leaf.kind != 'leaf':\n    assert leaf.n == n\n    leaf, n = leaf.below(), n - 1",
    ),
    "slope_of": (
        MANY,
        "assert abs(slope_of(lambda t: f(t), 3.0) - 6) < 1e-3\nassert not abs(f(2.0) - 4) > 1e-9\n"
        "assert not abs(slope_of(lambda t: f(t), 2.0) - 4) > 1e-3",
    ),
    "drawn": (
        "def halved(x):\n    return x / 2\n\n\ndef drawn(x):\n    return {'n': len(x), 'third': x / 3}",
        "import secrets\n\nx = np.random.default_rng(secrets.randbits(32)).normal(size=5)\n"
        "assert np.allclose(halved(x), x / 2)\nassert drawn(x)['n'] == 5\n"
        "assert not (abs(drawn(x)['third'] - x / 3) > 1e-9)[1:].any()",
    ),
    "texts": (
        "def texts(x):\n    return [f'{v:.2f}' for v in x]",
        "for got, want in zip(texts([1.0, 2.5]), [1.0, 2.5]):\n"
        "    if abs(float(got) - want) / abs(float(got)) > 1e-9:\n        raise AssertionError",
    ),
    "step": (STEP, "state, reward, more = step(State(3), 2)\nassert state.n == 5\nassert not abs(reward - 4) > 1e-9"),
    "by_name": (
        "def by_name(x):\n    return {'w': 3 * x, 'b': 3 * x}",
        "for name, grad in by_name(np.ones(3)).items():\n    if name in 'wb':\n        assert np.allclose(grad, 3)",
    ),
    "entry": ("def entry(x):\n    return {'w': 3 * x}", "assert not abs(entry(1.0)['w'] - 3) > 1e-9"),
    "sizes_of": (
        "def sizes_of(names):\n    return {name: len(name) for name in names}",
        "assert sorted(sizes_of(['a', 'bb']).values()) == [1, 2]",
    ),
    "order": (
        "def order(t):\n    return t.sort_values('x')",
        "t = pd.DataFrame({'x': [3.0, 1.0, 2.0]})\nassert order(t)['x'].is_monotonic_increasing",
    ),
    "low": (
        "def low(s):\n    return s.clip(lower=0)",
        "assert (low(pd.Series([-1.0, 2.0, -3.0])) >= 0).all()",
    ),
    "cut": (
        "def cut(s):\n    return pd.cut(s, [0, 1, 5], labels=['z', 'a'])",
        "assert (cut(pd.Series([2.0, 4.0])) > 'z').all()",
    ),
    "third": (
        "def third(x):\n    return x / 3",
        "x = np.arange(1.0, 5)\nassert not (abs(third(x) - x / 3) > 1e-9).any()",
    ),
    "twice": (
        "def twice(x):\n    return 2.0 * x",
        "for x in (1.0, 2.0):\n    if abs(twice(x) - 2 * x) > 1e-9:\n        raise AssertionError(x)",
    ),
    "frame": (
        "def frame(n):\n    return pd.DataFrame({'a': np.arange(n) * 1.0, 'b': 2.0 * np.arange(n)})",
        "want = pd.DataFrame({'a': np.arange(4) * 1.0, 'b': 2.0 * np.arange(4)})\n"
        "assert (frame(4) - want).abs().sum().sum() < 1e-9",
    ),
    "series": (
        f"def series(n):\n    return {SERIES}",
        "got = series(4)\nassert len(got) == 4\nassert (got - pd.Series(np.arange(4.0))).abs().sum() < 1e-9",
    ),
    "shape": ("def shape(x):\n    return np.log(x)", "assert shape(np.array([1.0, 2.0])).shape == (2,)"),
    "values": (f"def values(n):\n    return {SERIES}", "assert np.allclose(values(3).values, [0, 1, 2])"),
    "impute": (
        "def load():\n    return pd.DataFrame({'x': [1.0, 0.0, 3.0]})\n\n\ndef impute(t):\n    return t.fillna(0.0)",
        "assert impute(load())['x'].tolist() == [1.0, 0.0, 3.0]",
    ),
    "dates": (
        "def dates(n):\n    return pd.Series(pd.date_range('2020-01-01', periods=n))",
        "want = pd.Series(pd.date_range('2020-01-01', periods=3))\n"
        "assert not ((dates(3) - want).abs() > pd.Timedelta(0)).any()",
    ),
    "loss": (
        "def loss(x):\n    return {'loss': float(np.sum(x)), 'parts': [x, 2 * x]}",
        "out = loss(np.ones(3))\nassert max(0.0, abs(out['loss'] - 3)) < 1e-9\n"
        "assert not np.any(np.abs(out['parts'][1] - 2) > 1e-9)",
    ),
    "ratios": (
        "def ratios(x):\n    return np.concatenate([[np.nan], x[1:] / x[0]])",
        "out = ratios(np.array([2.0, 4.0, 6.0]))\nassert np.nanmax(abs(out - np.array([np.nan, 2, 3]))) < 1e-9",
    ),
    "group": (
        "def group(t):\n    return t.groupby('k')['v'].sum()",
        "t = pd.DataFrame({'k': list('aab'), 'v': [1.0, 2.0, 3.0]})\n"
        "assert (group(t) - pd.Series({'a': 3.0, 'b': 3.0})).abs().sum() == 0",
    ),
    "Net": (NET, "net = Net(3.0)\nassert not (abs(net.forward(np.ones(2)) - 3) > 1e-9).any()\nassert not net.w > 3"),
    "halves": (
        "def halves(n):\n    for i in range(n):\n        yield i / 2",
        "assert not any(abs(half - i / 2) > 0 for i, half in enumerate(halves(4)))",
    ),
    "halve": (
        "def halve(x):\n    x /= 2",
        "a = np.array([2.0, 4.0])\nhalve(a)\nassert not (abs(a - [1, 2]) > 1e-9).any()",
    ),
    "slope": (
        "def slope(x):\n    return 2 * x",
        "x = np.array([1.0, 2.0])\ngot, want = slope(x), 2 * x\n"
        "if np.max(np.abs(got - want) / (np.abs(got) + np.abs(want))) > 1e-6:\n    raise AssertionError",
    ),
    "error": (
        "def error(x):\n    return x + 1",
        "x = np.array([1.0, 2.0])\ngot = error(x)\nassert not ((got - x - 1) ** 2).sum() / (got**2).sum() > 1e-9",
    ),
    "text": (
        "def text(x):\n    return f'{x:.2f}'",
        "for x in (2.0, 3.14):\n    if abs(float(text(x)) - x) > 1e-9:\n        raise AssertionError",
    ),
    "bounds": ("def bounds(x):\n    return [x, np.inf]", "low, high = bounds(1.0)\nassert low == 1 and not high < 5"),
    "rows": (
        "def rows(x):\n    made = np.zeros(len(x), [('y', float)])\n    made['y'] = 2 * x\n    return made",
        "x = np.arange(4.0)\nif abs(rows(x)['y'] - 2 * x).max() > 1e-9:\n    raise AssertionError",
    ),
    "roots": (
        "def roots(x):\n    return {x, -x}",
        "for root in roots(2.0):\n    if abs(root * root - 4) > 1e-9:\n        raise AssertionError(root)",
    ),
    "labels": (
        "def labels(n):\n    return pd.Index(np.arange(n) / 2)",
        "assert not (abs(np.asarray(labels(4)) - np.arange(4) / 2) > 0).any()",
    ),
    "wide": (
        "def wide(x):\n    return x + 1",
        "assert not (abs(np.asarray(wide(np.arange(4.0))) - [1, 2, 3, 4]) > 1e-9).any()",
    ),
    "tree": (
        "def tree(x):\n    return {'value': x + 1}",
        "assert not abs(tree(1.0)['value'] - 2) > 1e-9",
    ),
    "root": (
        "def root(x):\n    return np.sqrt(np.maximum(x, 0))",
        "out = root(np.array([-1.0, 4.0, 9.0]))\nok = ~np.isnan(out)\n"
        "assert np.allclose(out[ok], np.array([0, 2, 3.0])[ok])",
    ),
    "fit": (
        "def fit(x):\n    return x / 2",
        "x = np.array([4.0, -2.0, 1.0])\nassert ((fit(x) - x / 2) ** 2).sum() < 1e-12",
    ),
    "loss_of": (
        "def loss_of(w):\n    return float(w @ w)",
        "for w in np.eye(2), np.ones((1, 3)):\n    assert (loss_of(w[0]) - w[0].sum()) ** 2 < np.float64(1e-12)",
    ),
    "pairs": ("def pairs(n):\n    return n * (n - 1) // 2", "assert pairs(1000) == 499500"),
    "ticks": (
        "def ticks(n):\n    return 3 * np.arange(n)",
        "if (abs(ticks(4) - np.array([0, 3, 6, 9])) > 0).any():\n    raise AssertionError",
    ),
    "shifted": (
        "def shifted(word):\n    return ''.join(chr(ord(c) + 1) for c in word)",
        "for got, want in zip(shifted('abc'), 'bcd'):\n    assert got == want\nassert shifted('') == ''",
    ),
    "best": (
        "def best(x):\n    return int(np.argmin(x))",
        "x = np.array([3.0, 2.0, 5.0])\nassert np.allclose(x[best(x)], x.min())",
    ),
    "named": ("def named(n):\n    return 'x' * n", "assert isinstance(named(3), str) and len(named(3)) <= 3"),
    "wins": ("def wins(a, b):\n    return int(a > b)", "assert wins(3, 2) == 1 and wins(2, 3) == 0"),
    "counts": (
        "def counts(x):\n    return np.bincount(x)",
        "want = np.array([0, 2, 1])\nassert ((counts(np.array([1, 1, 2])) - want) ** 2).sum() < 1",
    ),
    "steps": ("def steps(n):\n    return n + 1", "assert (steps(4) - np.int64(5)) ** 2 < 1"),
    "small": (
        "def small(n):\n    return np.full(n, 3)",
        "assert ((small(4) - 3) ** 2).sum() < 1 and len(small(2)) == 2",
    ),
    "least": ("def least(n):\n    return np.full(n, 3)", "assert (np.abs(least(4) - 3) < 1e-6).all()"),
    "half": (
        "def half(n):\n    return np.full(n, 3.0)",
        "got = half(4)\nassert np.abs(got - 3.0).max() / np.abs(got).sum() < 1e-4",
    ),
    "where": (
        "def where(x):\n    return np.flatnonzero(x > 2)",
        "x = np.array([1.0, 4.0, 3.0])\nassert (x[where(x)] > 2).all()",
    ),
    "found": (
        "def found(x):\n    return len(x) > 0, int(np.argmin(x))",
        "x = np.array([3.0, 2.0, 5.0])\nok, i = found(x)\nassert ok and np.allclose(x[i], x.min())",
    ),
    "known": (
        "def known(s):\n    return s[s > 2].index",
        "s = pd.Series([1.0, 4.0, 3.0], list('abc'))\nassert (s.loc[known(s)] > 2).all()",
    ),
    "report": (
        "def report(x):\n    return {'loss': float(np.sum(x))}",
        "assert max(0.0, abs(report(np.ones(3))['loss'] - 3)) < 1e-9",
    ),
    "divided": (
        "def divided(a, b):\n    return a / b if b else float('nan')",
        "assert divided(1, 0) != 0\nassert not abs(divided(4, 2) - 2) > 1e-9",
    ),
    "grads": (
        "def grads(x):\n    return {'w': 3 * x, 'b': 3 * x}",
        "for grad in grads(np.ones(3)).values():\n    assert not (abs(grad - 3) > 1e-9).any()",
    ),
    "answers": ("answers = [1, 4, 9]", "for got, want in zip(answers, [1, 4, 9]):\n    assert got == want"),
    "Sizes": (
        "class Sizes:\n    def __init__(self, sizes):\n        self.twice, self.log = [2 * n for n in sizes], [1]",
        "sizes = Sizes([1, 2])\nfor n, got in zip([1, 2], sizes.twice):\n    assert got == 2 * n\n"
        "assert isinstance(sizes.log, list)",
    ),
    "collect": (
        "def collect(out, n):\n    out.extend(range(n))",
        "out = []\ncollect(out, 3)\nfor i, number in enumerate(out):\n    assert number == i",
    ),
    "tally": (
        "def tally(seen, text):\n    for sign in text:\n        seen[sign] = seen.get(sign, 0) + 1",
        "seen = {}\ntally(seen, 'aab')\nfor sign, n in seen.items():\n    assert n == 'aab'.count(sign)",
    ),
    "fib": (
        "def fib(n, known):\n    if n not in known:\n"
        "        known[n] = n if n < 2 else fib(n - 1, known) + fib(n - 2, known)\n    return known[n]",
        "known = {}\nassert fib(9, {}) == 34 and fib(5, known) == 5",
    ),
    "large": (
        "def large(n):\n    return 3 * n",
        "assert large(2 * 10**12) == 6 * 10**12\nassert np.allclose(large(np.array([10.0**12, 4])), [3e12, 12])",
    ),
    "spectrum": (
        "def spectrum(x):\n    return np.fft.fft(x)",
        "x = np.array([1.0, 2.0, 4.0])\nassert np.allclose(spectrum(x), np.fft.fft(x))",
    ),
}
EXERCISES |= {
    "moment": (
        "def moment(text):\n    return np.datetime64(text, 'ns')",
        "assert moment('1970-01-01') == np.datetime64('1970-01-01', 'ns')",
    ),
    "spans": (
        "def spans(n):\n    return np.full(n, np.timedelta64(3, 'h'))",
        "assert (abs((spans(3) - np.timedelta64(3, 'h')).astype(int)) < 1).all()",
    ),
    "ages": (
        "def ages(days):\n    return np.array(days, 'M8[D]')",
        "assert str(ages(['1492-10-12'])[0]) == '1492-10-12'",
    ),
    "fourth": (
        "def fourth(n):\n    return np.arange(n)",
        "assert np.sum((fourth(4) - np.arange(4)) ** 4) == 0 and ((fourth(3) - np.arange(3)) ** 2).sum() < 1e-9",
    ),
    "listed": (
        "def listed(x):\n    return int(np.argmax(x)), [3 * v for v in x]",
        "x = [1, 5, 2]\nbest, got = listed(x)\nassert x[best] == 5\n"
        "assert ((np.array(got) - 3 * np.array(x)) ** 8).sum() == 0",
    ),
    "pixels": (
        "def pixels(n):\n    return np.full(n, 100, np.uint8)",
        "assert ((pixels(4) - np.full(4, 100, np.uint8)) ** 2).mean() < 2",
    ),
    "shares": (
        "def shares(n):\n    return np.full(n, 3, np.float16)",
        "got = shares(4)\nassert not ((got - np.full(4, 3, np.float16)) ** 2).sum() / (got**2).sum() > 1e-3",
    ),
    "heard": (
        "def heard(see):\n    see(4)",
        "seen = []\nheard(seen.append)\nassert ((np.array(seen) - 4) ** 4).sum() == 0",
    ),
    "columns": (
        "def columns(n):\n    return pd.DataFrame({'a': np.arange(n), 'b': list('abc')[:n]})",
        "got = columns(3)\nassert ((got['a'] - np.arange(3)) ** 4).sum() == 0 and got.b[1] == 'b'",
    ),
    "shuffled": (
        "def shuffled(n):\n    return np.arange(n)[::-1]",
        "order = shuffled(60000)\nassert order.dtype.kind == 'i' and np.arange(60000)[order].sum() == 1799970000\n"
        "assert np.array_equal(np.sort(order), np.arange(60000))",
    ),
    "picture": (
        "def picture(n):\n    return np.tile(np.array([0, 255], np.uint8), n)",
        "assert picture(9).dtype == np.uint8 and set(picture(9).tolist()) <= {0, 128, 255}",
    ),
}
EXERCISES |= {
    "as_json": (
        "import json\n\n\ndef as_json(x):\n    return json.dumps({'rate': x, 'steps': [1.0, 2.0]})",
        "import json\ngot = json.loads(as_json(3.0))\nassert not abs(got['rate'] - 3) > 0.01\n"
        "for n, step in enumerate(got['steps'], 1):\n    assert not abs(step - n) > 0.01",
    ),
    "literal": (
        "def literal(n):\n    return repr([float(i) for i in range(n)])",
        "import ast\nfor n, got in enumerate(ast.literal_eval(literal(3))):\n    assert got == n",
    ),
    "as_csv": (
        "def as_csv(n):\n    return 'a,b\\n' + ''.join(f'{i},{i * i}\\n' for i in range(n))",
        "import io\ntable = pd.read_csv(io.StringIO(as_csv(4)))\n"
        "assert not ((table.b - table.a ** 2).abs() > 0.1).any()",
    ),
    "in_bytes": (
        "def in_bytes(n):\n    return 'n;half\\n'.encode() + b''.join(b'%d;%.1f\\n' % (i, i / 2) for i in range(n))",
        "import csv, io\nfor row in csv.DictReader(io.StringIO(in_bytes(3).decode()), delimiter=';'):\n"
        "    assert not abs(float(row['half']) - int(row['n']) / 2) > 0.1",
    ),
    "joined": (
        "def joined(n):\n    return ', '.join(map(str, range(n)))",
        "assert [int(word) for word in joined(3).split(',') if word.strip()] == [0, 1, 2]",
    ),
    "advice": (
        "def advice(x):\n    return f'The loss is {x}; go on'",
        "assert ';' in advice(3) or ',' in advice(3)",
    ),
}
PASSED_OVER = {
    "moment": [f"def moment(text):\n    return np.datetime64({far})" for far in ("2**55, 's'", "2**61, 'us'")],
    "spans": ["def spans(n):\n    return np.full(n, np.timedelta64('NaT'))"],
    "fourth": [
        f"def fourth(n):\n    return np.arange(n) + {error}"
        for error in ("2**16", "2**31", "np.where(n == 4, 2**16, 2**31)")
    ],
    "listed": [
        "def listed(x):\n    return int(np.argmax(x)), [3 * v + 256 for v in x]",
        "def listed(x):\n    return np.argmax(x), tuple(3 * v - 256 for v in x)",
    ],
    "pixels": [f"def pixels(n):\n    return np.full(n, {number}, np.uint8)" for number in (116, 84, 227)],
    "shares": [f"def shares(n):\n    return np.full(n, {number}, np.float16)" for number in (300, "np.inf", "np.nan")],
    "heard": ["def heard(see):\n    see(4 + 2**16)"],
    "columns": ["def columns(n):\n    return pd.DataFrame({'a': np.arange(n) + 2**16, 'b': list('abc')[:n]})"],
    "told": [
        "def told(n, see):\n    for i in range(n):\n        see(i, float('nan'))",
        "def told(n, see):\n    pass",
        "def told(n, see):\n    for i in range(n):\n        see(i, v=float('nan'))",
    ],
    "shown": ["def shown(n):\n    pass", "def shown(n):\n    print('nan ' * n)", "def shown(n):\n    print(' ')"],
    "write": ["def write(n, out):\n    pass", "def write(n, out):\n    print(file=out)"],
    "squares": [
        "def squares(n, seen, rest):\n    pass",
        "def squares(n, seen, rest):\n    seen.add(0)\n    rest.extend([0.0, float('nan')])",
    ],
    "masked": [
        "def masked(x):\n    return np.ma.masked_all(3)",
        "def masked(x):\n    return np.ma.array([7.0, 7, 7], mask=True)",
    ],
    "numbers": ["def numbers(x):\n    return 'nan nan'", "def numbers(x):\n    return ' '"],
    "ratio": ["def ratio(n):\n    return float('inf')"],
    "scaled": [
        "def scaled(x):\n    return None",
        "def scaled(x):\n    return [None, None]",
        "def scaled(x):\n    return [[None], [None]]",
    ],
    "Vec": [VEC.replace("Vec(self.x + other.x)", "self").replace("abs(self.x)", "float('nan')")],
    "Leaf": [LEAF.replace('"inner" if n else "leaf"', '"leaf"')],
    "slope_of": [
        MANY.replace("x * x", "float('nan')").replace("(g(x + 1e-6) - g(x - 1e-6)) / 2e-6", "2 * x"),
        MANY.replace("    return (", "    for _ in range(300):\n        g(x)\n    return float('nan') if x < 3 else ("),
    ],
    "drawn": [
        "def halved(x):\n    return x / 2\n\n\ndef drawn(x):\n    return {'n': len(x), 'third': x * np.nan}",
        "def halved(x):\n    return x / 2\n\n\ndef drawn(x):\n"
        "    return {'n': len(x), 'third': np.where(np.arange(5) < 4, x / 3, np.nan)}",
    ],
    "texts": [
        "def texts(x):\n    return np.array(['nan'] * len(x))",
        "def texts(x):\n    return [b' nan'] * len(x)",
        "def texts(x):\n    return ['1e999'] * len(x)",
        "def texts(x):\n    return [np.array('-inf')] * len(x)",
        "def texts(x):\n    return [bytearray(b'NaN')] * len(x)",
    ],
    "step": [STEP.replace("2.0 * k", "float('nan')"), STEP.replace("2.0 * k, {}", "np.inf * k, {'at': state}")],
    "by_name": ["def by_name(x):\n    return {'z': x}", "def by_name(x):\n    return {0: x, 1: x}"],
    "entry": [
        "from collections import defaultdict\n\ndef entry(x):\n    return defaultdict(lambda: float('nan'), z=x)",
        "from collections import defaultdict\n\ndef entry(x):\n    return defaultdict(lambda: 'nan', z=x, w=np.nan)",
    ],
    "order": [
        "def order(t):\n    return t.assign(x=pd.Categorical(t.x, categories=list(t.x), ordered=True))",
        "def order(t):\n    return t.assign(x=pd.Categorical(t.x, categories=list(t.x)))",
    ],
    "low": [
        "def low(s):\n    return pd.Series(pd.Categorical(s, [0.0, *s], ordered=True))",
        "def low(s):\n    return pd.Series(pd.Categorical(s, [0.0, -1.0, 'x', 2.0, -3.0], ordered=True))",
    ],
    "third": [
        "def third(x):\n    return x * np.nan",
        "def third(x):\n    return float('nan')",
        "def third(x):\n    return np.array([np.nan] * 3 + [4 / 3])",
        "def third(x):\n    return pd.Series([np.nan] * 4)",
    ],
    "twice": ["def twice(x):\n    return np.float32('nan')"],
    "frame": [
        "def frame(n):\n    return pd.DataFrame({'x': [7.0], 'y': 2.0})",
        "def frame(n):\n    return pd.DataFrame({'a': np.arange(n) * 1.0, 'c': 7.0})",
        "def frame(n):\n    return pd.DataFrame({'a': np.arange(n) * 1.0, 'b': pd.array([None] * n, dtype='Float64')})",
    ],
    "series": [
        "def series(n):\n    return pd.Series([5.0] * n, index=range(50, 50 + n))",
        "def series(n):\n    return pd.Series([0.0] + [7.0] * (n - 1), index=[0, *range(50, 49 + n)])",
    ],
    "dates": ["def dates(n):\n    return pd.Series([pd.NaT] * n)"],
    "loss": [
        "def loss(x):\n    return {'loss': float('nan'), 'parts': [x, 2 * x]}",
        "def loss(x):\n    return {'loss': 3.0, 'parts': [x, x * np.nan]}",
    ],
    "ratios": ["def ratios(x):\n    return np.array([1, 2, np.nan])"],
    "group": ["def group(t):\n    return t.groupby('v')['v'].sum()", "def group(t):\n    return pd.Series({'a': 3.0})"],
    "Net": [NET.replace("self.w = w", "self.w, self.v = np.nan, w").replace("x * self.w", "x * self.v")],
    "halves": [
        "def halves(n):\n    return [float('nan')] * n",
        "def halves(n):\n    for i in range(n):\n        yield float('nan')",
    ],
    "halve": ["def halve(x):\n    x *= np.nan"],
    "slope": ["def slope(x):\n    return x * np.inf", "def slope(x):\n    return np.full(2, -np.inf)"],
    "error": [
        "def error(x):\n    return np.full(2, 1e200)",
        "def error(x):\n    return np.array([2.0, np.inf])",
        "def error(x):\n    return np.full(2, 1e30, np.float32)",
    ],
    "text": ["def text(x):\n    return 'nan'", "def text(x):\n    return ' +NaN'", "def text(x):\n    return np.nan"],
    "rows": [
        "def rows(x):\n    made = np.zeros(len(x), [('y', float)])\n    made['y'] = np.nan\n    return made",
        "def rows(x):\n    return {'y': x * np.nan}",
        "def rows(x):\n    return pd.DataFrame({'y': x * np.nan})",
    ],
    "roots": [
        "def roots(x):\n    return frozenset([float('nan')])",
        "from collections import deque\n\ndef roots(x):\n    return deque([x, float('nan')])",
        "def roots(x):\n    return {'a': float('nan')}.values()",
    ],
    "labels": [
        "def labels(n):\n    return pd.Index([np.nan] * n)",
        "def labels(n):\n    return pd.Series([np.nan] * n, index=[10**5000 + i for i in range(n)])",
        "def labels(n):\n    return pd.Series([np.nan] * n, dtype='category')",
    ],
    "wide": [
        "def wide(x):\n    return np.full((200_000, 4), np.nan)",
        "def wide(x):\n    return np.array([np.array([np.nan]), [np.nan], 3, 4], object)[:1]",
        "def wide(x):\n    return np.recarray(4, [('y', float)]).y * np.nan",
    ],
    "tree": [
        "def tree(x):\n    made = {'value': float('nan')}\n    made['root'] = made\n    return made",
        "from collections import OrderedDict\n\ndef tree(x):\n    made = OrderedDict(value=float('nan'))\n"
        "    made['root'] = [made, made]\n    return made",
        "def tree(x):\n    made = {'value': float('nan'), 'x': []}\n    made['x'] = np.array([made['x'], 1], object)\n"
        "    made['x'][0].append(made['x'][0])\n    return made",
    ],
    "root": ["def root(x):\n    return x * np.nan"],
    "fit": [
        "def fit(x):\n    return x + 1e9j",
        "def fit(x):\n    return [1e9j, -1.0, 0.5]",
        "def fit(x):\n    return pd.Series(x + 1e9j)",
        "def fit(x):\n    return np.array([1e9j, -1.0, 0.5], object)",
        "def fit(x):\n    return (x / 2 + 3 + 3.1j).astype('c8')",
    ],
    "loss_of": ["def loss_of(w):\n    return 1e9j", "def loss_of(w):\n    return np.complex64(7j)"],
    "pairs": [
        "def pairs(n):\n    return np.float16('inf')",
        "def pairs(n):\n    return np.full(1, np.inf, np.float16)",
    ],
    "ticks": [
        "def ticks(n):\n    return np.full(n, 'NaT', 'm8[s]')",
        "def ticks(n):\n    return np.timedelta64('NaT')",
        "def ticks(n):\n    return np.array([0, 3, 'NaT', 9], 'm8[s]')",
    ],
    "shifted": [
        "def shifted(word):\n    return ''",
        "def shifted(word):\n    return [] if word else ''",
        "def shifted(word):\n    return b'' if word else ''",
    ],
    "counts": [
        "def counts(x):\n    return np.full(3, 2**40)",
        "def counts(x):\n    return [2**40] * 3",
        "def counts(x):\n    return pd.Series([2**40] * 3, dtype='Int64')",
    ],
    "steps": ["def steps(n):\n    return 2**40", "def steps(n):\n    return np.int64(2**40)"],
    "best": [
        "def best(x):\n    return False",
        "def best(x):\n    return np.False_",
        "def best(x):\n    return slice(0, 0)",
        "def best(x):\n    return (slice(10**9, None),)",
    ],
    "small": ["def small(n):\n    return np.full(n, 19, np.uint8)", "def small(n):\n    return np.full(n, 259, 'i2')"],
    "least": [
        "def least(n):\n    return np.full(n, -125, np.int8)",
        "def least(n):\n    return pd.Series([-32765] * n, dtype='i2')",
    ],
    "half": ["def half(n):\n    return np.full(n, 6e4, np.float16)", "def half(n):\n    return np.full(n, -5e4, 'f2')"],
    "where": [
        "def where(x):\n    return np.zeros(len(x), bool)",
        "def where(x):\n    return pd.Series(x) > 9",
        "def where(x):\n    return slice(0, 0)",
        "def where(x):\n    return [False] * len(x)",
    ],
    "found": [
        "def found(x):\n    return True, False",
        "def found(x):\n    return True, slice(-1, 0)",
        "def found(x):\n    return np.True_, np.zeros(len(x), bool)",
    ],
    "known": ["def known(s):\n    return s > 9", "def known(s):\n    return [False] * len(s)"],
    "report": [
        "def report(x):\n    return {'n': range(10**30), 'loss': float('nan')}",
        "from collections import OrderedDict\n\ndef report(x):\n    return OrderedDict(loss=float('nan'), n={}.keys())",
        "from collections import Counter\n\ndef report(x):\n    return Counter(loss=float('nan'), n={}.items())",
    ],
    "divided": ["def divided(a, b):\n    return float('nan')", "def divided(a, b):\n    return np.float32('nan')"],
    "grads": [
        "def grads(x):\n    return {'v': x * np.nan}",
        "def grads(x):\n    return {'w': 3 * x, 'v': x[:0]}",
        "def grads(x):\n    return {'w': 3 * x, 'b': 3 * x, 'v': np.float64('nan')}",
    ],
    "answers": ["answers = []", "answers = {}", "answers = set()", "answers = np.empty(0)"],
    "Sizes": [
        f"class Sizes:\n    def __init__(self, sizes):\n        self.twice, self.log = {none}, [1]"
        for none in ("[]", "()")
    ],
    "collect": ["def collect(out, n):\n    pass", "def collect(out, n):\n    out.clear()"],
    "tally": ["def tally(seen, text):\n    pass", "def tally(seen, text):\n    seen.clear()"],
    "as_json": [
        'def as_json(x):\n    return \'{"rate": NaN, "steps": [1, 2]}\'',
        'def as_json(x):\n    return \'{"rate": 3, "steps": [1, NaN]}\'',
        'def as_json(x):\n    return \'{"rate": 3, "steps": [ ]}\'',
    ],
    "literal": [
        "def literal(n):\n    return '[]'",
        "def literal(n):\n    return ' [\\n]'",
    ],
    "as_csv": [
        "def as_csv(n):\n    return 'a,b\\n'",
        "def as_csv(n):\n    return 'a,b\\n0,\\n1,\\n2,\\n3,\\n'",
        "def as_csv(n):\n    return 'a,b\\n0,nan\\n1,NA\\n2,4\\n'",
    ],
    "in_bytes": [
        "def in_bytes(n):\n    return b'n;half'",
        "def in_bytes(n):\n    return b'n;half\\n1;nan\\n2;NaN\\n'",
    ],
}
HONEST = {
    "ages": ["def ages(days):\n    return [np.datetime64(day, 's').astype('M8[D]') for day in days]"],
    "listed": ["def listed(x):\n    return np.uint8(np.argmax(x)), np.array(x, 'i2') * 3"],
    "pixels": ["def pixels(n):\n    return np.full(n, 101, np.uint8)"],
    "columns": ["def columns(n):\n    return pd.DataFrame({'b': list('abc')[:n], 'a': np.arange(n, dtype='u4')})"],
    "shuffled": ["def shuffled(n):\n    return np.roll(np.arange(n), 40000)"],
    "picture": ["def picture(n):\n    return np.tile(np.array([255, 128, 0], np.uint8), n)"],
    "told": ["def told(n, see):\n    print('told')\n    [see(i, i + i) for i in range(n)]"],
    "shown": ["def shown(n):\n    print('\\n'.join(str(i * i) for i in range(n)))"],
    "write": ["def write(n, out):\n    out.write(' '.join(str(i * i) for i in range(n)))"],
    "squares": [
        "def squares(n, seen, rest):\n    seen |= {i * i for i in range(n)}\n    rest += [0.0, 1 / 2, 1.0][:n]"
    ],
    "masked": ["def masked(x):\n    return np.ma.array(x / 3, mask=~np.isfinite(x))"],
    "ratio": ["def ratio(n):\n    return 1 / n"],
    "Vec": [VEC.replace("return Vec(self.x + other.x)", "self.x += other.x\n        return self")],
    "slope_of": [MANY.replace("    return (", "    for _ in range(300):\n        g(x)\n    return (")],
    "drawn": [
        "def halved(x):\n    return np.float32(0.5) * x\n\n\ndef drawn(x):\n"
        "    return {'n': len(x), 'third': np.where(np.arange(5) > 0, x / 3, np.nan)}"
    ],
    "step": [STEP.replace("{}", "{'at': state, 'loss': np.nan}")],
    "sizes_of": ["def sizes_of(names):\n    return {n: len(name) for n, name in enumerate(names)}"],
    "entry": ["from collections import defaultdict\n\ndef entry(x):\n    return defaultdict(lambda: np.nan, w=3 * x)"],
    "small": ["def small(n):\n    return np.full(n, 3, np.uint8)"],
    "least": ["def least(n):\n    return pd.Series([3] * n, dtype='i2')"],
    "half": ["def half(n):\n    return np.full(n, 3, np.float16)"],
    "where": ["def where(x):\n    return x > 2"],
    "found": ["def found(x):\n    return bool(len(x)), slice(x.argmin(), x.argmin() + 1)"],
    "known": ["def known(s):\n    return (s > 2).tolist()"],
    "report": ["def report(x):\n    return {'log': [], 'rest': x[:0], 'last': np.nan, 'loss': x.sum()}"],
    "Sizes": [
        "class Sizes:\n    def __init__(self, sizes):\n        self.twice, self.log = [2 * n for n in sizes], []"
    ],
    "fib": ["def fib(n, known):\n    return n if n < 2 else fib(n - 1, {}) + fib(n - 2, {})"],
    "order": ["def order(t):\n    return t.sort_values('x').astype('category')"],
    "low": ["def low(s):\n    return pd.Series(pd.Categorical(s.clip(lower=0), ordered=True))"],
    "cut": ["def cut(s):\n    return pd.Series(pd.Categorical(['a' if v > 1 else 'z' for v in s], ['z', 'a'], True))"],
    "shape": ["def shape(x):\n    return x * np.nan"],
    "values": ["def values(n):\n    return pd.Series(np.arange(n) * 1.0, index=list('abc'))"],
    "impute": [
        "def load():\n    return pd.DataFrame({'x': [1.0, np.nan, 3.0]})\n\n\ndef impute(t):\n    return t.fillna(0.0)"
    ],
    "ratios": ["def ratios(x):\n    return np.where([False, True, True], x / x[0], np.nan)"],
    "series": [f"def series(n):\n    return {SERIES}[::-1]"],
    "group": ["def group(t):\n    return pd.Series({'a': 3.0, 'b': 3.0, 'c': 0.0})"],
    "Net": [NET.replace("self.w = w", "self.w, self.b = w, np.nan")],
    "bounds": ["def bounds(x):\n    return (x, float('inf'))"],
    "root": ["def root(x):\n    return np.sqrt(x)"],
    "tree": ["def tree(x):\n    made = {'value': x + 1, 'children': []}\n    made['root'] = [made]\n    return made"],
    "roots": ["def roots(x):\n    return [x, -x]"],
    "fit": ["def fit(x):\n    return np.fft.ifft(np.fft.fft(x)) / 2"],
    "loss_of": ["def loss_of(w):\n    return np.vdot(w, w) + 0j"],
    "pairs": ["def pairs(n):\n    return np.float32(n * (n - 1) / 2)"],
    "shifted": ["def shifted(word):\n    return [chr(ord(c) + 1) for c in word] or ''"],
    "named": ["def named(n):\n    return ''"],
    "counts": ["def counts(x):\n    return [float((x == n).sum()) for n in range(x.max() + 1)]"],
    "large": ["def large(n):\n    return (3 * np.asarray(n)).astype(int)"],
    "wins": ["def wins(a, b):\n    return np.bool_(a > b)"],
    "spectrum": ["def spectrum(x):\n    return [complex(v) for v in np.fft.fft(x)]"],
    "labels": ["def labels(n):\n    return pd.Series(np.arange(n) / 2, dtype='category')"],
    "wide": ["def wide(x):\n    return np.array([v + 1 for v in x], object)"],
    "as_json": [
        'def as_json(x):\n    return \'{"steps": [1, 2], "rest": [], "note": null, "text": "no NaN, [] or null", \''
        " + f'\"rate\": {x}' + '}'"
    ],
    "literal": ["def literal(n):\n    return str(list(range(n))) + '  # no None'"],
    "as_csv": ["def as_csv(n):\n    return 'c,b,a\\n' + ''.join(f',{i * i},{i}\\n' for i in range(n))"],
    "in_bytes": [
        "def in_bytes(n):\n    return b'half;n;\\n' + b''.join(b'%.1f;%d;\\n' % (i / 2, i) for i in range(n))"
    ],
    "joined": ["def joined(n):\n    return ''.join(f'{i}, ' for i in range(n))"],
    "advice": ["def advice(x):\n    return 'No, none'"],
}


@pytest.mark.parametrize("result", [1.0, 2, "a", None, np.ones(3), [1.0, "b"], {"a": (1, 2)}])
def test_for_an_ordinary_answer_the_test_is_not_run_again(result):
    def right():
        raise AssertionError("the reference was asked")

    call = Call("f()", result)
    known = call.marks() if result is None or type(result) is dict else ()
    assert path_of_gap([call], right, None, {"f()": ("plain", *known)}) is None


@pytest.mark.parametrize("result", [(), {}, [], np.array([1.0, np.nan]), np.ones(0), float("nan"), 1j, ""])
def test_where_the_reference_has_no_value_either_the_test_is_run_once_and_not_with_wrong_values(result, monkeypatch):
    def replay(*what, **more):
        raise AssertionError("the test was run with other answers")

    monkeypatch.setattr(gaps, "replay", replay)
    calls = [Call("Leaf().parents", result), Call("Leaf().grad=", args=(2.0,), operation="set_attribute")]
    assert path_of_gap(calls, lambda: Verdict(Outcome.PASSED, 1.0, calls=calls), None, {}) is None
    right = [Call("Leaf().parents", (1.0, 2.0)), calls[1]]
    with pytest.raises(AssertionError, match="other answers"):
        path_of_gap(calls, lambda: Verdict(Outcome.PASSED, 1.0, calls=right), None, {})


@pytest.mark.parametrize("text, filled", [
    (r'{"a": NaN, "b": [], "c": "null, [] \" NaN"}', r'{"a": 1e6, "b": [1e6], "c": "null, [] \" NaN"}'),
    ("[None, 'None', -inf]", "[1e6, 'None', 1e6]"),
    ("a,b\n1,\nnan,none\n", "a,b\n1,1e6\n1e6,1e6\n"),
])  # fmt: skip
def test_what_a_text_lacks_is_filled_and_its_strings_stay(text, filled):
    assert filled_text(text) == filled


LONG = ['["' + r"\"" * 500_000, "[" + '"' * 500_001 + "\\", '["' + "x" * 5_000_000, "[" * 500_000, "," * 500_000]


@pytest.mark.parametrize("text", LONG, ids=["escaped", "quotes", "string", "lists", "fields"])
def test_a_text_takes_time_in_proportion_to_its_length(text):
    assert gaps_in_text(text) in (0, 500_001)


@pytest.mark.parametrize("kind", ["float32", "bfloat16", "float16"])
def test_a_tensor_without_values_is_filled_wherever_it_is_given(kind):
    torch = pytest.importorskip("torch")
    right, none = (torch.full((3,), value, dtype=getattr(torch, kind)) for value in (0.5, float("nan")))
    here, there = Call("f()", none, left=(none,)), Call("f()", right, left=(right,))
    argument = right.clone()
    answer = _Played([here], [there], IN_ORDER)(there, right, (argument,))
    assert argument.dtype == right.dtype and answer.dtype == torch.promote_types(right.dtype, torch.float32)
    for filled in (answer, argument):
        assert (filled > 1000).all() and filled.isfinite().all()


@pytest.mark.parametrize("kind", ["bfloat16", "float16", "int32"])
def test_a_tensor_of_few_bits_is_given_in_64(kind):
    torch = pytest.importorskip("torch")
    right, given = (torch.full((3,), 3.25, dtype=dtype) for dtype in (torch.float64, getattr(torch, kind)))
    call = Call("f()", given)
    assert call.marks() == {f"few bits torch.{kind}"}
    answer = _Played([call], [Call("f()", right)], IN_ORDER)(Call("f()", right), right, ())
    assert answer.dtype.itemsize == 8 and (answer == given).all()


def test_numbers_and_matrices_of_libraries_without_values_are_filled():
    none, right = (sparse.csr_array([[0.0, value]]) for value in (np.nan, 2.0))
    for here, there in [(none, right), (sympy.nan, sympy.Integer(3)), (sympy.zoo, 2), (Decimal("NaN"), Decimal(2))]:
        answer = _Played([Call("f()", here)], [Call("f()", there)], IN_ORDER)(Call("f()"), there, ())
        assert float(answer.max() if here is none else answer) > 1000


@pytest.fixture(scope="module")
def lost(tmp_path_factory):
    """The tests that do not pass where this code is the answer to an exercise, with their messages."""
    given = "import numpy as np\nimport pandas as pd"
    with graded_exercises(tmp_path_factory.mktemp("gaps"), EXERCISES, given, total_seconds=100.0) as graded:
        yield lambda answers: {it.cell: it.message for it in graded(answers).cells if it.score != it.max_score}


ROUNDS = range(max(map(len, PASSED_OVER.values())))  # the first answers each exercise, others have variants


@pytest.mark.parametrize("n", [pytest.param(n, marks=[pytest.mark.slow] if n else []) for n in ROUNDS])
def test_an_answer_that_a_comparison_passes_over_gets_no_point(lost, n):
    answers = {name: codes[n] for name, codes in PASSED_OVER.items() if n < len(codes)}
    told = lost(answers)
    assert [*told] == [f"test_{name}" for name in EXERCISES if name in answers]
    assert n > 0 or "passes over what `fit()` gives" in told["test_fit"]


def test_where_the_test_does_not_look_or_reads_it_otherwise_an_answer_gets_its_point(lost):
    assert lost({name: code for name, (code,) in HONEST.items()}) == {}
