"""What everyday tests hand over and look at besides: the environment, exceptions, dataclasses, results of SciPy's."""

from probe import Probe

USER = "import os\ndef user():\n    return os.environ.get('GREETED', 'nobody')"
GUARDED = """
class Full(Exception):
    pass
def guarded(job):
    try:
        return job()
    except Full:
        return 'full'
"""
PARSED = """
def parsed(text):
    try:
        return int(text)
    except ValueError as error:
        raise RuntimeError('no number') from error
"""
REPEATED = """
import functools
def repeated(n):
    def around(function):
        @functools.wraps(function)
        def inner(*args, **kwargs):
            return [function(*args, **kwargs) for _ in range(n)]
        return inner
    return around
"""
CARD = """
import dataclasses
@dataclasses.dataclass(frozen=True, order=True)
class Card:
    rank: int
    suit: str = 'clubs'
"""
LOWEST = "from scipy.optimize import minimize\ndef lowest(f):\n    return minimize(f, [1.0])"
POINT = """
from typing import NamedTuple
class Point(NamedTuple):
    x: float
    y: float = 0
    def norm(self):
        return (self.x**2 + self.y**2) ** 0.5
"""

PROBES = [
    Probe(
        "a variable of the environment that the test sets and deletes",
        solution=USER,
        test=(
            """
            import os
            os.environ['GREETED'] = 'ada'
            assert user() == 'ada'
            del os.environ['GREETED']
            assert user() == 'nobody'
            os.environ['GREETED'] = 'eve'
            """,
            "assert user() == 'eve'",
        ),
        wrong=("def user():\n    return 'ada'", "import os\ndef user():\n    return os.environ['GREETED']"),
    ),
    Probe(
        "the environment patched for a moment",
        solution=USER,
        test="""
        import os
        from unittest.mock import patch
        with patch.dict(os.environ, {'GREETED': 'eve'}):
            assert user() == 'eve'
        assert user() == 'nobody'
        """,
        wrong=("import os\nname = os.environ.get('GREETED', 'nobody')\ndef user():\n    return name",),
    ),
    Probe(
        "an exception of the student's that the test's callback raises",
        solution=GUARDED,
        test="""
        def fill():
            raise Full('no room')
        assert guarded(fill) == 'full' and guarded(lambda: 3) == 3
        try:
            raise Full('by hand')
        except Full as error:
            assert str(error) == 'by hand'
        """,
        wrong=("class Full(Exception):\n    pass\ndef guarded(job):\n    return job()",),
    ),
    Probe(
        "an exception of the student's that the test raises and nobody catches",
        solution="class Full(Exception):\n    pass",
        test="try:\n    raise Full\nexcept Full:\n    pass\nassert issubclass(Full, Exception)",
        wrong=("class Full:\n    pass",),
    ),
    Probe(
        "what an exception came from",
        solution=PARSED,
        test="""
        try:
            parsed('a')
        except RuntimeError as error:
            assert isinstance(error.__cause__, ValueError) and 'literal' in str(error.__cause__)
        else:
            assert False
        assert parsed('7') == 7
        """,
        wrong=(PARSED.replace(" from error", " from None"), PARSED.replace("ValueError as error", "TypeError")),
    ),
    Probe(
        "the very type of an exception",
        solution="def parts(text):\n    return [int(part) for part in text.split(',')]",
        test="""
        found = []
        for text, want in [('1,2', [1, 2]), ('', ValueError), (None, AttributeError)]:
            try:
                found.append(parts(text) == want)
            except Exception as error:
                found.append(type(error) is want)
        assert all(found), found
        """,
        wrong=("def parts(text):\n    return text.split(',')", "def parts(text):\n    raise KeyError(text)"),
    ),
    Probe(
        "a decorator around a documented function of the test's",
        solution=REPEATED,
        test="""
        @repeated(3)
        def greet(name='x'):
            'Greets.'
            return name
        assert greet(name='y') == ['y'] * 3
        assert greet.__name__ == 'greet' and greet.__doc__ == 'Greets.'
        """,
        wrong=(REPEATED.replace("        @functools.wraps(function)\n", ""),),
    ),
    Probe(
        "what dataclasses say of a class and its objects",
        solution=CARD,
        test="""
        from dataclasses import FrozenInstanceError, asdict, astuple, fields, is_dataclass
        low, high = Card(3), Card(5, 'hearts')
        assert is_dataclass(Card) and low < high and low == Card(3)
        assert asdict(high) == {'rank': 5, 'suit': 'hearts'} and astuple(low) == (3, 'clubs')
        assert [field.name for field in fields(Card)] == ['rank', 'suit']
        try:
            low.rank = 4
        except FrozenInstanceError:
            pass
        else:
            assert False, 'it can be changed'
        """,
        wrong=(CARD.replace("frozen=True, ", ""), CARD.replace("    suit: str = 'clubs'\n", "    suit = 'clubs'\n")),
    ),
    Probe(
        "a named tuple with a method of its own",
        solution=POINT,
        test="p = Point(3, 4)\nx, y = p\nassert p.norm() == 5 and p == (3, 4) and x == p[0] and len(p) == 2",
        wrong=(POINT.replace("** 0.5", "** 2"),),
    ),
    Probe(
        "a result of SciPy's, by attribute and by name",
        solution=LOWEST,
        test="""
        found = lowest(lambda x: (x[0] - 3) ** 2)
        assert found.success and abs(found.x[0] - 3) < 1e-3 and abs(found['fun']) < 1e-5
        """,
        wrong=(LOWEST.replace("minimize(f,", "minimize(lambda x: x[0] ** 2,"), "def lowest(f):\n    return 3.0"),
    ),
    Probe(
        "a sparse matrix",
        solution="import scipy.sparse as sp\ndef eye(n):\n    return sp.eye(n, format='csr')",
        test="""
        import numpy as np
        import scipy.sparse as sp
        m = eye(3)
        assert sp.issparse(m) and m.format == 'csr' and m.nnz == 3
        assert np.array_equal((m @ m).toarray(), np.eye(3))
        """,
        wrong=("import numpy as np\ndef eye(n):\n    return np.eye(n)",),
    ),
    Probe(
        "points above the maximum, and below nothing",
        solution="def same(x):\n    return x",
        test=("9 if same(1) == 1 else -3", "same(4) / 1"),
        wrong=("def same(x):\n    return 0.5 * x",),
    ),
]
