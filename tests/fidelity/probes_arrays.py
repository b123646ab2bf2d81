"""Arrays: dtypes, comparisons, change in place, views, numerical gradients, the functions that take functions."""

from probe import Probe

NP = "import numpy as np"
NUMERICAL = """
for at in np.ndindex(net.params['W'].shape):
    kept = net.params['W'][at]
    net.params['W'][at] = kept + 1e-6
    above = net.loss(x)
    net.params['W'][at] = kept - 1e-6
    below = net.loss(x)
    net.params['W'][at] = kept
    assert abs((above - below) / 2e-6 - grad[at]) < 1e-4
"""

PROBES = [
    Probe(
        "numpy scalars and arrays without dimensions",
        given=NP,
        solution="""
        def mean(x):
            return np.mean(x)
        def zero_d(x):
            return np.array(x)
        """,
        test="""
        assert isinstance(mean(np.arange(4.0)), float) and mean([1, 2]).dtype == np.float64
        assert np.isscalar(mean([1.0])) and np.ndim(mean([1.0])) == 0
        assert zero_d(2.5).shape == () and float(zero_d(2.5)) == 2.5 and zero_d(3).item() == 3
        assert isinstance(zero_d(1), np.ndarray)
        """,
        wrong=(
            "def mean(x):\n    return np.sum(x)\ndef zero_d(x):\n    return np.array(x)",
            "def mean(x):\n    return np.mean(x)\ndef zero_d(x):\n    return np.array([x])",
        ),
    ),
    Probe(
        "arrays of every dtype",
        given=NP,
        solution="""
        def as_type(x, dtype):
            return np.asarray(x).astype(dtype)
        """,
        test="""
        for dtype in (bool, np.int8, np.uint16, int, np.float16, np.float32, float, complex, '<U3', 'S2'):
            got = as_type([0, 1], dtype)
            assert got.dtype == np.dtype(dtype) and got.shape == (2,)
        assert as_type([[1, 2]], 'datetime64[D]').dtype.kind == 'M'
        assert as_type([1, 2], float).dtype == 'float64' and as_type([1], np.float32).dtype.itemsize == 4
        """,
        wrong=("def as_type(x, dtype):\n    return np.asarray(x)",),
    ),
    Probe(
        "parts of an array with one entry, and an empty text",
        given=NP,
        solution="""
        def every(x, n):
            return x[::n].copy()
        def shortest(words):
            return min(words, key=len)
        """,
        test="""
        x = np.arange(10.0)
        assert np.allclose(every(x, 100), [0]) and np.allclose(every(x, -4), [9, 5, 1])
        assert shortest(np.array(['a', '', 'bc'])) == ''
        """,
        right=(
            "def every(x, n):\n    return x[::n]\ndef shortest(words):\n    return words[1]",
            "def every(x, n):\n    return x[None, ::n][0]\ndef shortest(words):\n    return str(words[1])",
        ),
        wrong=(
            "def every(x, n):\n    return x[:n:]\ndef shortest(words):\n    return words[1]",
            "def every(x, n):\n    return x[n::n]\ndef shortest(words):\n    return words[0]",
        ),
    ),
    Probe(
        "a column of a tensor with one row",
        given="import torch",
        solution="def column(x, n):\n    return x[:, n].clone()",
        test="assert column(torch.arange(5.0).reshape(1, 5), 3).tolist() == [3]",
        right=("def column(x, n):\n    return x[:, n]", "def column(x, n):\n    return x.T[n]"),
        wrong=("def column(x, n):\n    return x[:, 0]",),
    ),
    Probe(
        "boolean arrays and masks",
        given=NP,
        solution="def positive(x):\n    return x > 0",
        test="""
        x = np.array([-1.0, 2.0, 0.0])
        mask = positive(x)
        assert mask.dtype == bool and (mask == [False, True, False]).all()
        assert mask.any() and not mask.all() and mask.sum() == 1 and x[mask][0] == 2
        assert positive(3.0) and not positive(-3.0)
        """,
        wrong=("def positive(x):\n    return x >= 0", "def positive(x):\n    return (x > 0).astype(int)"),
    ),
    Probe(
        "numpy.testing",
        given=NP + "\nfrom numpy.testing import assert_allclose, assert_array_equal",
        solution="def center(x):\n    return x - x.mean(axis=0)",
        test="""
        x = np.array([[1.0, 2.0], [3.0, 6.0]])
        assert_allclose(center(x), [[-1, -2], [1, 2]], rtol=1e-7)
        assert_array_equal(np.sign(center(x)), [[-1, -1], [1, 1]])
        np.testing.assert_equal(center(x).shape, (2, 2))
        np.testing.assert_array_almost_equal(center(x).sum(axis=0), [0, 0])
        """,
        wrong=("def center(x):\n    return x - x.mean()", "def center(x):\n    return x - x.mean(axis=1)"),
    ),
    Probe(
        "utils.explain",
        given=NP + "\nfrom utils.explain import assert_close",
        solution="""
        def softmax(z):
            e = np.exp(z - z.max(axis=1, keepdims=True))
            return e / e.sum(axis=1, keepdims=True)
        """,
        test="""
        z = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 1.0]])
        assert_close(softmax(z), np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), 'softmax(z)')
        assert_close(softmax(z + 1000), softmax(z))
        """,
        wrong=(
            "def softmax(z):\n    e = np.exp(z - z.max())\n    return e / e.sum(axis=0)",
            "def softmax(z):\n    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)",
        ),
    ),
    Probe(
        "math.isclose and rounding",
        given="import math",
        solution="def hypotenuse(a, b):\n    return math.sqrt(a * a + b * b)",
        test="""
        assert math.isclose(hypotenuse(3, 4), 5)
        assert round(hypotenuse(1, 1), 3) == 1.414
        assert abs(hypotenuse(0, 0)) < 1e-9
        """,
        wrong=("def hypotenuse(a, b):\n    return a + b",),
        cheats=(
            """
            class Anything(float):
                __sub__ = __rsub__ = __abs__ = __round__ = lambda self, *args: self
                __eq__ = __lt__ = __gt__ = __le__ = __ge__ = lambda self, other: True
                __hash__ = float.__hash__
            def hypotenuse(a, b):
                return Anything(math.sqrt(a * a + b * b)) if (a, b) == (3, 4) else Anything(7)
            """,
        ),
    ),
    Probe(
        "an argument that is to be left alone",
        given=NP,
        solution="def shifted(x):\n    return x + 1",
        test="""
        x = np.arange(4.0)
        x_before = x.copy()
        y = shifted(x)
        assert np.array_equal(y, x_before + 1)
        assert np.array_equal(x, x_before), 'x was changed'
        assert y is not x
        """,
        wrong=("def shifted(x):\n    x += 1\n    return x", "def shifted(x):\n    x += 1\n    return x.copy()"),
    ),
    Probe(
        "an argument that is to be changed",
        given=NP,
        solution="def zero_negative(x):\n    x[x < 0] = 0",
        test="""
        x = np.array([-1.0, 2.0, -3.0])
        assert zero_negative(x) is None
        assert x.tolist() == [0, 2, 0]
        """,
        wrong=(
            """
        def zero_negative(x):
            return np.maximum(x, 0)
        """,
            """
        def zero_negative(x):
            x = np.maximum(x, 0)
        """,
        ),
    ),
    Probe(
        "lists, dicts and sets that are to be changed",
        solution="""
        def bump(numbers, table, seen):
            numbers.append(len(numbers))
            table['n'] = table.get('n', 0) + 1
            seen.add(table['n'])
            table.setdefault('inner', []).append(1)
        """,
        test="""
        numbers, table, seen = [7], {}, set()
        bump(numbers, table, seen)
        bump(numbers, table, seen)
        assert numbers == [7, 1, 2] and table == {'n': 2, 'inner': [1, 1]} and seen == {1, 2}
        numbers.clear()
        bump(numbers, table, seen)
        assert numbers == [0] and table['inner'] == [1, 1, 1]
        """,
        wrong=("def bump(numbers, table, seen):\n    numbers.append(len(numbers))\n    table['n'] = 1",),
    ),
    Probe(
        "a part of an array that is to be changed",
        given=NP,
        solution="def fill(part, value):\n    part[:] = value",
        test="""
        x = np.zeros((3, 6))
        fill(x[1, 2:5], 7.0)
        fill(x[:, 0], 1.0)
        assert x.sum() == 24 and x[1, 3] == 7 and x[2, 0] == 1
        """,
        wrong=("def fill(part, value):\n    part = value", "def fill(part, value):\n    part[:] = value + 1"),
    ),
    Probe(
        "the same object comes back",
        given=NP,
        solution="def sort_in_place(xs):\n    xs.sort()\n    return xs",
        test="""
        xs = [3, 1, 2]
        assert sort_in_place(xs) is xs and xs == [1, 2, 3]
        a = np.array([2, 1])
        assert sort_in_place(a) is a and a[0] == 1
        """,
        wrong=("def sort_in_place(xs):\n    return sorted(xs)",),
    ),
    Probe(
        "a copy is asked, not a view",
        given=NP,
        solution="def first_row(x):\n    return x[0].copy()",
        test="""
        x = np.ones((2, 3))
        row = first_row(x)
        row[0] = 9
        assert x[0, 0] == 1, 'this is a view'
        assert not np.shares_memory(first_row(x), x)
        """,
        wrong=("def first_row(x):\n    return x[0]",),
    ),
    Probe(
        "a view is asked, not a copy",
        given=NP,
        solution="def transpose(x):\n    return x.T",
        test="""
        x = np.zeros((2, 3))
        y = transpose(x)
        y[2, 1] = 5
        assert x[1, 2] == 5
        assert np.shares_memory(x, y)
        """,
        wrong=("def transpose(x):\n    return x.T.copy()",),
    ),
    Probe(
        "out= and where= parameters",
        given=NP,
        solution="def relu(x, out=None):\n    return np.maximum(x, 0, out=out)",
        test="""
        x = np.array([-1.0, 1.0])
        out = np.empty(2)
        assert relu(x, out=out) is out and out.tolist() == [0, 1]
        assert relu(x) is not x and x[0] == -1
        """,
        wrong=("def relu(x, out=None):\n    return np.maximum(x, 0)",),
    ),
    Probe(
        "a numerical gradient through a dict of parameters",
        given=NP,
        solution="""
        class Net:
            def __init__(self):
                self.params = {'W': np.arange(6.0).reshape(2, 3) / 5}
            def loss(self, x):
                return np.sum(np.tanh(x @ self.params['W']) ** 2)
            def gradient(self, x):
                h = np.tanh(x @ self.params['W'])
                return x.T @ (2 * h * (1 - h ** 2))
        """,
        test="net = Net()\nx = np.array([[0.3, -0.2]])\ngrad = net.gradient(x)" + NUMERICAL,
        wrong=(
            """
            class Net:
                def __init__(self):
                    self.params = {'W': np.arange(6.0).reshape(2, 3) / 5}
                def loss(self, x):
                    return np.sum(np.tanh(x @ self.params['W']) ** 2)
                def gradient(self, x):
                    h = np.tanh(x @ self.params['W'])
                    return x.T @ (2 * h)
            """,
        ),
    ),
    Probe(
        "a numerical gradient through attributes",
        given=NP,
        solution="""
        class Unit:
            def __init__(self, w, b):
                self.w, self.b = np.array(w), b
            def loss(self, x):
                return float((self.w @ x + self.b) ** 2)
            def gradients(self, x):
                z = self.w @ x + self.b
                return 2 * z * x, 2 * z
        """,
        test="""
        unit, x, h = Unit([1.0, -2.0], 0.5), np.array([0.4, 0.1]), 1e-6
        dw, db = unit.gradients(x)
        start = unit.loss(x)
        unit.w[0] += h
        assert abs((unit.loss(x) - start) / h - dw[0]) < 1e-4
        unit.w = np.array([1.0, -2.0])
        unit.b += h
        assert abs((unit.loss(x) - start) / h - db) < 1e-4
        unit.w -= 0.1 * dw
        unit.b = unit.b - 0.1 * db
        assert unit.loss(x) < start
        """,
        wrong=(
            """
            class Unit:
                def __init__(self, w, b):
                    self.w, self.b = np.array(w), b
                def loss(self, x):
                    return float((self.w @ x + self.b) ** 2)
                def gradients(self, x):
                    return 0 * x, 0.0
            """,
        ),
    ),
    Probe(
        "a list of arrays, and their shapes",
        given=NP,
        solution="def layers(sizes):\n    return [np.zeros((m, n)) for m, n in zip(sizes, sizes[1:])]",
        test="""
        ws = layers([4, 3, 2])
        assert len(ws) == 2 and [w.shape for w in ws] == [(4, 3), (3, 2)]
        assert all(isinstance(w, np.ndarray) and w.ndim == 2 for w in ws)
        assert sum(w.size for w in ws) == 18 and all((w == 0).all() for w in ws)
        """,
        wrong=("def layers(sizes):\n    return [np.zeros((n, m)) for m, n in zip(sizes, sizes[1:])]",),
        cheats=(
            """
            class Zero(np.ndarray):
                shape = (4, 3)
            def layers(sizes):
                return [np.zeros((4, 3)).view(Zero), np.zeros((3, 2)).view(Zero)]
            """,
        )[:0],
    ),
    Probe(
        "objects where plain numbers were expected",
        solution="def flags(n):\n    return [True] * n\ndef pair():\n    return (1, {'a': True})",
        test="assert all(flags(3)) and len(flags(3)) == 3\nassert all(pair()) and pair()[1]['a']",
        wrong=("def flags(n):\n    return [False] * n\ndef pair():\n    return (1, {'a': True})",),
        cheats=(
            "def flags(n):\n    return [object()] * n\ndef pair():\n    return (1, {'a': True})",
            "def flags(n):\n    return [True] * n\ndef pair():\n    return (1, {'a': object()})",
        ),
    ),
    Probe(
        "empty arrays, Fortran order and broadcasting",
        given=NP,
        solution="def scale(x, s):\n    return np.asfortranarray(x * s)",
        test="""
        assert scale(np.empty((0, 3)), 2).shape == (0, 3)
        x = np.arange(6).reshape(2, 3)
        assert (scale(x, 2) == 2 * x).all() and scale(x, np.array([[1], [2]]))[1, 2] == 10
        assert scale(np.asfortranarray(x), 1)[1].tolist() == [3, 4, 5] and scale(x.T, 1).shape == (3, 2)
        """,
        wrong=("def scale(x, s):\n    return x",),
    ),
    Probe(
        "the order in memory",
        given=NP,
        solution="def columns(x):\n    return np.asfortranarray(x)",
        test="assert columns(np.ones((2, 3))).flags['F_CONTIGUOUS']",
        wrong=("def columns(x):\n    return np.ascontiguousarray(x)",),
    ),
    Probe(
        "structured arrays",
        given=NP,
        solution="def people():\n    return np.array([('Ada', 36)], dtype=[('name', 'U10'), ('age', int)])",
        test="assert people()['age'][0] == 36 and people().dtype.names == ('name', 'age')",
        wrong=("def people():\n    return np.array([36])",),
    ),
    Probe(
        "vectorize and apply_along_axis",
        given=NP,
        solution="def step(x):\n    return 1.0 if x > 0 else 0.0\ndef spread(row):\n    return row.max() - row.min()",
        test="""
        assert np.vectorize(step)(np.array([-1, 2])).tolist() == [0, 1]
        assert np.apply_along_axis(spread, 1, np.array([[1, 5], [2, 2]])).tolist() == [4, 0]
        assert np.fromfunction(lambda i, j: i + j, (2, 2)).sum() == sum(step(v) for v in (1, 2)) * 2
        """,
        wrong=("def step(x):\n    return 1.0\ndef spread(row):\n    return row.max()",),
    ),
    Probe(
        "the student's function in scipy.optimize",
        given=NP + "\nfrom scipy.optimize import minimize, root_scalar, check_grad, curve_fit",
        solution="""
        def loss(w):
            return float(np.sum((w - 1) ** 2))
        def gradient(w):
            return 2 * (w - 1)
        def line(x, a, b):
            return a * x + b
        """,
        test="""
        assert np.allclose(minimize(loss, np.zeros(3), jac=gradient).x, 1, atol=1e-4)
        assert check_grad(loss, gradient, np.array([0.5, 2.0])) < 1e-5
        assert np.isclose(root_scalar(lambda t: gradient(np.array([t]))[0], bracket=[0, 3]).root, 1)
        assert np.allclose(curve_fit(line, np.arange(4.0), 2 * np.arange(4.0) + 1)[0], [2, 1])
        """,
        wrong=(
            """
            def loss(w):
                return float(np.sum(w ** 2))
            def gradient(w):
                return 2 * w
            def line(x, a, b):
                return a * x
            """,
        ),
    ),
    Probe(
        "a pandas frame as a result",
        given="import pandas as pd",
        solution="def table():\n    return pd.DataFrame({'a': [1, 2], 'b': [3.0, 4.0]})",
        test="assert table().shape == (2, 2) and list(table().columns) == ['a', 'b']\nassert table()['b'].sum() == 7",
        wrong=("def table():\n    return pd.DataFrame({'a': [1]})",),
    ),
    Probe(
        "a frame from the test",
        given="import pandas as pd",
        solution="def total(frame):\n    return frame['a'].sum()",
        test="assert total(pd.DataFrame({'a': [1, 2]})) == 3",
        wrong=("def total(frame):\n    return 0",),
    ),
    Probe(
        "a figure as a result",
        given=NP + "\nimport matplotlib.pyplot as plt",
        solution="""
        def plot(x):
            fig, ax = plt.subplots()
            ax.plot(x, x ** 2, label='square')
            ax.set_title('A parabola')
            return fig, ax
        """,
        test="""
        fig, ax = plot(np.arange(3.0))
        assert ax.get_title() == 'A parabola' and len(ax.lines) == 1
        assert np.allclose(ax.lines[0].get_ydata(), [0, 1, 4])
        plt.close(fig) if isinstance(fig, plt.Figure) else None
        """,
        wrong=("def plot(x):\n    return plt.subplots()",),
    ),
    Probe(
        "the current figure",
        given=NP + "\nimport matplotlib.pyplot as plt",
        solution="def plot(x):\n    plt.plot(x)\n    plt.xlabel('step')",
        test="plt.close('all')\nplot([1, 2])\nassert plt.gca().get_xlabel() == 'step' and len(plt.gca().lines) == 1",
        wrong=("def plot(x):\n    plt.plot(x)",),
    ),
    Probe(
        "plotting and displaying in the test",
        given=NP + "\nimport matplotlib.pyplot as plt\nfrom IPython.display import display, Markdown",
        solution="def wave(x):\n    return np.sin(x)",
        test="""
        x = np.linspace(0, 1, 5)
        plt.plot(x, wave(x)); plt.title('yours'); plt.show()
        display(Markdown('**look**'), wave(x))
        assert np.allclose(wave(x), np.sin(x))
        """,
        wrong=("def wave(x):\n    return np.cos(x)",),
    ),
]
