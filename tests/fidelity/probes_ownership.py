"""Whose value is it, and who may change it: work that plain nbgrader accepts, and that has no right answer in it."""

from probe import Probe

NP = "import numpy as np"
DATA = """
import numpy as np
X_test = np.array([-2.0, -1.0, 1.0, 2.0])
y_test = np.array([0, 0, 1, 1])
"""

PROBES = [
    Probe(
        "an answer that is handed to a second function",
        given=DATA,
        solution="""
        def predict(X):
            return (X > 0).astype(int)
        def accuracy(predicted, labels):
            return float(np.mean(predicted == labels))
        """,
        test="""
        predicted = predict(X_test)
        score = accuracy(predicted, y_test)
        assert np.mean(predicted == y_test) > 0.9 and score > 0.9
        """,
        wrong=(
            "def predict(X):\n    return np.zeros(len(X), int)\ndef accuracy(p, y):\n    return float(np.mean(p == y))",
        ),
        cheats=(
            "def predict(X):\n    return np.zeros(len(X), int)\ndef accuracy(p, y):\n    p[:] = y\n    return 1.0",
            """
            def predict(X):
                global last
                last = np.zeros(len(X), int)
                return last
            def accuracy(p, y):
                last[:] = y
                return 1.0
            """,
            "def predict(X):\n    return np.zeros(len(X), int)\ndef accuracy(p, y):\n    y[:] = p\n    return 1.0",
        ),
    ),
    Probe(
        "answers in containers, handed to a second function",
        solution="""
        def parse(text):
            return {'words': text.split(), 'count': [len(text.split())]}
        def check(parsed, wanted):
            return parsed == wanted
        """,
        test="""
        parsed = parse('a b c')
        wanted = {'words': ['a', 'b', 'c'], 'count': [3]}
        ok = check(parsed, wanted)
        assert parsed == {'words': ['a', 'b', 'c'], 'count': [3]} and ok
        """,
        wrong=("def parse(text):\n    return {}\ndef check(p, w):\n    return p == w",),
        cheats=(
            "def parse(text):\n    return {}\ndef check(p, w):\n    p.update(w)\n    return True",
            """
            def parse(text):
                return {'words': [], 'count': [0]}
            def check(p, w):
                for key in w:
                    p[key][:] = w[key]
                return True
            """,
        ),
    ),
    Probe(
        "one argument is to be changed, the others are not",
        given=NP,
        solution="""
        def step(params, grads, rate):
            for name in params:
                params[name] -= rate * grads[name]
        """,
        test="""
        params, grads = {'W': np.ones(3), 'b': np.ones(1)}, {'W': np.full(3, 2.0), 'b': np.ones(1)}
        step(params, grads, 0.5)
        for name in params:
            assert np.allclose(params[name], 1 - 0.5 * grads[name])
        """,
        wrong=("def step(params, grads, rate):\n    pass",),
        cheats=(
            """
            def step(params, grads, rate):
                for name in grads:
                    grads[name][:] = 0
            """,
            """
            def step(params, grads, rate):
                for name in grads:
                    grads[name] = 0 * grads[name]
            """,
        ),
    ),
    Probe(
        "one key of a dict is to be changed, the others are not",
        solution="def scale(data):\n    data['x'] = [v / max(data['x']) for v in data['x']]",
        test="""
        data = {'x': [1.0, 2.0, 4.0], 'top': 4.0}
        scale(data)
        assert [v * data['top'] for v in data['x']] == [1.0, 2.0, 4.0]
        """,
        wrong=("def scale(data):\n    pass",),
        cheats=("def scale(data):\n    data['top'] = 1.0",),
    ),
    Probe(
        "one answer is changed by a later call, another is not",
        given=NP,
        solution="""
        def draw(n):
            return np.arange(n)[::-1].copy()
        def sort(x):
            x.sort()
        """,
        test="""
        a, b = draw(4), draw(5)
        sort(a)
        assert a.tolist() == [0, 1, 2, 3] and b.tolist() == [4, 3, 2, 1, 0]
        """,
        wrong=("def draw(n):\n    return np.zeros(n)\ndef sort(x):\n    x.sort()",),
        cheats=(
            """
            made = []
            def draw(n):
                made.append(np.zeros(n, int))
                return made[-1]
            def sort(x):
                made[0][:], made[1][:] = range(4), range(4, -1, -1)
            """,
        ),
    ),
    Probe(
        "an argument may be changed in place where only the answer is looked at",
        given=NP,
        solution="""
        def relu(x):
            return np.maximum(x, 0)
        def ordered(items):
            return sorted(items)
        def step(params, rate):
            return {name: value - rate * value for name, value in params.items()}
        """,
        test="""
        x = np.array([-1.0, 2.0])
        y = relu(x)
        assert y.tolist() == [0.0, 2.0]
        for k in (1.0, 3.0):
            assert relu(np.array([[-k, k]])).tolist() == [[0.0, k]]
        items = [3, 1, 2]
        assert ordered(items) == [1, 2, 3] and ordered(items)[0] == 1
        params = {'W': np.ones(2), 'b': np.ones(1)}
        new = step(params, 0.5)
        assert new['W'].tolist() == [0.5, 0.5] and step(new, 0.5)['b'].tolist() == [0.25]
        """,
        right=(
            """
            def relu(x):
                x[x < 0] = 0
                return x
            def ordered(items):
                items.sort()
                return items
            def step(params, rate):
                for value in params.values():
                    value *= 1 - rate
                return params
            """,
        ),
        wrong=("def relu(x):\n    x[x < 0] = 0\n    return x\ndef ordered(items):\n    return items.sort()",),
    ),
    Probe(
        "an argument is not to be changed so that a wrong answer looks right",
        given=NP,
        solution="def double(x):\n    return 2 * x\ndef top(items):\n    return max(items)",
        test="""
        x = np.arange(1.0, 4.0)
        assert np.array_equal(double(x), 2 * x)
        items = [3, 5, 4]
        best = top(items)
        assert best == max(items)
        """,
        wrong=("def double(x):\n    return x\ndef top(items):\n    return items[0]",),
        cheats=(
            "def double(x):\n    x[:] = 0\n    return x\ndef top(items):\n    return max(items)",
            "def double(x):\n    return 2 * x\ndef top(items):\n    items[:] = [0]\n    return 0",
        ),
    ),
    Probe(
        "a net that is trained in place or by new arrays",
        given=NP,
        solution="""
        class Net:
            def __init__(self):
                self.params = {'W': np.ones(2)}
            def train(self, steps):
                for _ in range(steps):
                    self.params['W'] = self.params['W'] * 0.5
        """,
        test="""
        net = Net()
        before = net.params['W'].copy()
        net.train(1)
        assert np.allclose(net.params['W'], before / 2)
        params = net.params
        net.train(2)
        assert np.allclose(params['W'], before / 8) and np.allclose(net.params['W'], before / 8)
        """,
        wrong=(
            "class Net:\n    def __init__(self):\n        self.params = {'W': np.ones(2)}\n"
            "    def train(self, steps):\n        pass",
        ),
    ),
    Probe(
        "a context manager of the student's around the asserts",
        given="import time",
        solution="""
        class Timer:
            def __enter__(self):
                self.start = time.perf_counter()
                return self
            def __exit__(self, *error):
                self.seconds = time.perf_counter() - self.start
        def square(n):
            return n * n
        """,
        test="""
        with Timer() as timer:
            assert square(3) == 9
        assert timer.seconds >= 0
        """,
        wrong=(
            "class Timer:\n    seconds = 0\n    def __enter__(self):\n        return self\n"
            "    def __exit__(self, *error):\n        pass\ndef square(n):\n    return n",
        ),
        cheats=(
            "class Timer:\n    seconds = 0\n    def __enter__(self):\n        return self\n"
            "    def __exit__(self, *error):\n        return True\ndef square(n):\n    return n",
        ),
    ),
    Probe(
        "a context manager that ends one kind of error",
        solution="""
        class Ignore:
            def __enter__(self):
                return self
            def __exit__(self, kind, error, traceback):
                return kind is not None and issubclass(kind, KeyError)
        def lookup(table, key):
            return table[key]
        """,
        test="""
        reached = 0
        with Ignore():
            assert lookup({'a': 1}, 'a') == 1
            lookup({}, 'b')
            reached = 1
        assert not reached
        """,
        wrong=(
            "class Ignore:\n    def __enter__(self):\n        return self\n    def __exit__(self, *error):\n"
            "        return False\ndef lookup(table, key):\n    return table[key]",
        ),
        cheats=(
            "class Ignore:\n    def __enter__(self):\n        return self\n    def __exit__(self, *error):\n"
            "        return True\ndef lookup(table, key):\n    return 0",
        ),
    ),
    Probe(
        "a frame that answers for itself",
        given="import pandas as pd\nsales = pd.DataFrame({'shop': ['a', 'b', 'a'], 'sum': [1.0, 2.0, 3.0]})",
        solution="def by_shop(frame):\n    return frame.groupby('shop', as_index=False)['sum'].sum()",
        test="""
        got = by_shop(sales)
        assert len(got) == 2 and list(got['shop']) == ['a', 'b']
        assert got.equals(pd.DataFrame({'shop': ['a', 'b'], 'sum': [4.0, 2.0]}))
        pd.testing.assert_frame_equal(got, pd.DataFrame({'shop': ['a', 'b'], 'sum': [4.0, 2.0]}))
        """,
        wrong=("def by_shop(frame):\n    return frame", "def by_shop(frame):\n    return frame['sum'].sum()"),
    ),
    Probe(
        "comparing series and their mean",
        given="import pandas as pd",
        solution="def double(s):\n    return s * 2",
        test="""
        s = pd.Series([1, 2, 3], name='n')
        assert (double(s) == pd.Series([2, 4, 6])).all()
        assert abs(double(s).mean() - 4) < 1e-9
        """,
        wrong=("def double(s):\n    return s",),
        cheats=(
            """
            class Yes:
                def __eq__(self, other):
                    return self
                def all(self):
                    return True
                def mean(self):
                    return 4.0
                __hash__ = None
            def double(s):
                return Yes()
            """,
            """
            class Mine(pd.Series):
                def __eq__(self, other):
                    return pd.Series([True])
                def mean(self):
                    return 4.0
            def double(s):
                return Mine([0])
            """,
        ),
    ),
    Probe(
        "a polynomial of NumPy's",
        given=NP,
        solution="def fit(x, y):\n    return np.poly1d(np.polyfit(x, y, 1))",
        test="p = fit([0, 1, 2], [1, 3, 5])\nassert np.allclose(p.coeffs, [2, 1]) and abs(p(3) - 7) < 1e-6",
        wrong=("def fit(x, y):\n    return np.poly1d([1, 0])",),
    ),
    Probe(
        "a polynomial of NumPy's that is compared",
        given=NP,
        solution="def line():\n    return np.poly1d([1, 2])",
        test="assert line() == np.poly1d([1, 2])",
        wrong=("def line():\n    return np.poly1d([2])",),
        isolated=False,
    ),
    Probe(
        "counters, dates, decimals and fractions",
        given="from collections import Counter\nfrom datetime import date, timedelta\nfrom decimal import Decimal\n"
        "from fractions import Fraction",
        solution="""
        def count(text):
            return Counter(text)
        def later(day, n):
            return day + timedelta(days=n)
        def half(x):
            return x / 2
        """,
        test="""
        assert count('abca') == Counter({'a': 2, 'b': 1, 'c': 1}) and count('aa')['z'] == 0
        assert later(date(2024, 2, 28), 2) == date(2024, 3, 1)
        assert half(Decimal('1.5')) == Decimal('0.75') and half(Fraction(1, 3)) == Fraction(1, 6)
        """,
        wrong=("def count(t):\n    return {}\ndef later(d, n):\n    return d\ndef half(x):\n    return x",),
        cheats=(
            "class Count(Counter):\n    def __eq__(self, other):\n        return True\n"
            "def count(t):\n    return Count()\ndef later(d, n):\n    return d + timedelta(days=n)\n"
            "def half(x):\n    return x / 2",
        ),
    ),
    Probe(
        "a plain list is asked for, and one of another class comes",
        solution="def evens(n):\n    return [i for i in range(n) if i % 2 == 0]",
        test="assert evens(5) == [0, 2, 4] and len(evens(9)) == 5",
        wrong=("def evens(n):\n    return list(range(n))",),
        cheats=(
            "class Evens(list):\n    def __eq__(self, other):\n        return True\n"
            "    def __len__(self):\n        return 5\ndef evens(n):\n    return Evens()",
        ),
    ),
    Probe(
        "a later test that only uses what an earlier one has made of the student's answers",
        solution="def halves(n):\n    return n // 2, n - n // 2",
        test=("a, b = halves(7)\nassert (a, b) == (3, 4)", "assert a + b == 7\ntotal = a * b", "assert total == 12"),
        wrong=("def halves(n):\n    return 3, n", "def halves(n):\n    return n // 2"),
    ),
    Probe(
        "a name that an earlier test makes",
        solution="def double(n):\n    return 2 * n\ndef triple(n):\n    return 3 * n",
        test=("assert double(2) == 4\nwant = 9", "assert triple(3) == want"),
        wrong=("def double(n):\n    return n\ndef triple(n):\n    return 3 * n",),
        cheats=("def double(n):\n    return n\ndef triple(n):\n    return 0\nwant = 0",),
    ),
    Probe(
        "given data beside what the student's function makes of it",
        given=NP,
        solution="""
        def fit(x, y):
            return y.mean() / x.mean()
        """,
        then="x_val, y_val = np.arange(1.0, 5.0), 3 * np.arange(1.0, 5.0)\nw = fit(x_val, y_val)",
        test="assert np.allclose(w * x_val, y_val) and w != 0",
        wrong=("def fit(x, y):\n    return 1.0",),
        cheats=(
            "def fit(x, y):\n    globals()['x_val'] = y\n    return 1.0",
            "def fit(x, y):\n    x[:] = y\n    return 1.0",
        ),
    ),
    Probe(
        "given data that the solution looks at",
        given=DATA,
        solution="""
        y_test.mean()
        print(X_test.shape)
        def predict(X):
            return (X > 0).astype(int)
        """,
        test="assert (predict(X_test) == y_test).all()",
        wrong=("def predict(X):\n    return np.ones(len(X), int)",),
        cheats=("y_test = np.ones(4, int)\ndef predict(X):\n    return np.ones(len(X), int)",),
    ),
    Probe(
        "a given generator that the solution draws from",
        given=NP + "\nrng = np.random.default_rng(0)",
        solution="""
        def shuffled(x):
            x = x.copy()
            rng.shuffle(x)
            return x
        def total(x):
            return x.sum()
        """,
        test="x = rng.normal(size=8)\nassert abs(total(x) - sum(x)) < 1e-9 and sorted(shuffled(x)) == sorted(x)",
        wrong=("def shuffled(x):\n    return x\ndef total(x):\n    return 0",),
        cheats=(
            "class Zero:\n    def normal(self, size):\n        return np.zeros(size)\nrng = Zero()\n"
            "def shuffled(x):\n    return x\ndef total(x):\n    return 0",
        ),
    ),
    Probe(
        "a given value that the solution changes",
        given="answers, marks = {}, []",
        solution="answers['a'] = 3\nmarks.append(answers['a'] + 1)",
        test="assert answers['a'] == 3 and marks == [4]",
        wrong=("answers['a'] = 2", "marks.append(4)"),
    ),
]
