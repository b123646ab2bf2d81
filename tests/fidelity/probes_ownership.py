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
]
