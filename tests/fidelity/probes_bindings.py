"""Names that a test binds, deletes or asks for while the student's functions read them, as plain nbgrader has it."""

from probe import Probe

SQUARES = "def squares(n):\n    return [k * k for k in range(1, n + 1)]"
POINT = """
class Point:
    def __init__(self, x):
        self.x = x
    def norm(self):
        return abs(self.x)
"""

ORDERED = """
def ordered(x):
    x = list(x)
    for i in range(len(x)):
        for j in range(i):
            if x[i] < x[j]:
                x[i], x[j] = x[j], x[i]
    return x
"""

PROBES = [
    Probe(
        "a helper is deleted for a moment, to see whether it is used",
        solution=SQUARES,
        again="def sum_of_squares(n):\n    return sum(squares(n))",
        test=(
            """
        original = squares
        del squares
        try:
            sum_of_squares(3)
        except NameError:
            pass
        else:
            raise AssertionError('use squares')
        finally:
            squares = original
        """,
            "assert sum_of_squares(3) == 14",
            "del squares\nsquares = original\nassert squares(2) == [1, 4]",
            "assert sum_of_squares(2) == 5",
        ),
        wrong=("def squares(n):\n    return [k for k in range(n)]",),
    ),
    Probe(
        "a helper is replaced by the test's own",
        solution="def step(x):\n    return x + 1\n\ndef twice(x):\n    return step(step(x))",
        test=(
            "assert twice(1) == 3",
            """
            calls = []
            def step(x):
                calls.append(x)
                return x + 10
            assert twice(1) == 21 and calls == [1, 11]
            """,
        ),
        wrong=("def step(x):\n    return x + 1\n\ndef twice(x):\n    return x + 2",),
    ),
    Probe(
        "a function of Python's is forbidden by a name of the test's",
        solution=ORDERED,
        test="""
        def sorted(*args, **kwargs):
            raise AssertionError('write the sorting yourself')
        assert ordered([3, 1, 2]) == [1, 2, 3]
        del sorted
        assert sorted([2, 1]) == ordered((2, 1))
        """,
        right=("def ordered(x):\n    x = list(x)\n    x.sort()\n    return x",),
        wrong=("def ordered(x):\n    return sorted(x)", ORDERED.replace("<", ">")),
    ),
    Probe(
        "a name of Python's that the test uses for a number of its own",
        solution="def total(x):\n    return x[0] + x[1]",
        test="id, max = 3, total([1, 2])\nassert total([2, id]) == 5 and max == 3\ndel max\nassert max(1, id) == 3",
        right=("def total(x):\n    a, b = x\n    return a + b",),
        wrong=("def total(x):\n    return x[0]",),
    ),
    Probe(
        "the limit of recursion, raised by the test and put back",
        solution="def depth(n):\n    return n",
        test=(
            """
            import sys
            limit = sys.getrecursionlimit()
            sys.setrecursionlimit(limit + 4000)
            try:
                assert depth(limit + 500) == limit + 500
            finally:
                sys.setrecursionlimit(limit)
            assert depth(3) == 3
            """,
            "assert depth(5) == 5\ntry:\n    depth(1e6)\nexcept RecursionError:\n    pass",
        ),
        right=("def depth(n):\n    return 0 if n <= 0 else 1 + depth(n - 1)",),
        wrong=("def depth(n):\n    return min(n, 900)",),
    ),
    Probe(
        "a global of the test's that a function reads",
        solution="def scaled(x):\n    return factor * x",
        test="factor = 3\nassert scaled(2) == 6\nfactor = 5\nassert scaled(2) == 10",
        wrong=("def scaled(x):\n    return 3 * x", "def scaled(x):\n    return factor + x"),
    ),
    Probe(
        "an array of the test's that a function reads and the test binds anew",
        given="import numpy as np",
        solution="def apply(v):\n    return A @ v",
        test="""
        A = np.diag([1.0, 2.0])
        assert np.allclose(apply(np.ones(2)), [1, 2])
        A = np.diag([3.0, 4.0])
        assert np.allclose(apply(np.ones(2)), [3, 4])
        """,
        wrong=("def apply(v):\n    return A.T @ v + 1",),
    ),
    Probe(
        "a module that the test imports and a function reads",
        solution="def area(r):\n    return math.pi * r * r",
        test="import math\nassert math.isclose(area(2), 12.566370614359172)",
        wrong=("def area(r):\n    return math.e * r * r",),
    ),
    Probe(
        "whether a name is there, by dir()",
        solution="answer = 42\nunits = 'km'",
        test="if 'answer' not in dir():\n    raise NameError\nassert answer == 42 and 'units' in dir()",
        wrong=("reply = 42", "answer = 42"),
    ),
    Probe(
        "what an object and its class have, by dir()",
        solution=POINT,
        test="p = Point(-2)\nassert 'x' in dir(p) and 'norm' in dir(Point) and 'y' not in dir(p)",
        wrong=("class Point:\n    def __init__(self, x):\n        self.y = x",),
    ),
    Probe(
        "whether the student has imported something",
        solution="import math\nfrom os import path as p",
        test=("assert math.pi > 3", "assert p.join('a', 'b') == 'a/b' and math.tau > 6"),
        wrong=("import math as m\nfrom os import path as p", "import math\nfrom os import path"),
    ),
    Probe(
        "what was typed, by In",
        solution="print('hello')",
        test="""
        import contextlib, io
        with contextlib.redirect_stdout(io.StringIO()) as said:
            exec(In[-2])
        assert said.getvalue() == 'hello\\n'
        """,
        wrong=("print('hullo')",),
        isolated=False,
    ),
    Probe(
        "a magic and a command above the imports of a given cell",
        given="%precision 3\n!true\nimport math",
        solution="def half(x):\n    return x / 2",
        test="assert math.isclose(half(3), 1.5)",
        wrong=("def half(x):\n    return x // 2",),
    ),
]
