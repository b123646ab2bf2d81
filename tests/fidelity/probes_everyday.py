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
SAVED = "def save(rows, file):\n    for row in rows:\n        print(*row, sep=',', file=file)"
SORTED = """
def sort_lines(source, target):
    target.writelines(sorted(source))
"""
COUNTER = """
import asyncio
class Counter:
    async def __aenter__(self):
        self.open = True
        return self
    async def __aexit__(self, *error):
        self.open = False
    async def up_to(self, n):
        for i in range(n):
            await asyncio.sleep(0)
            yield i
async def double(x):
    await asyncio.sleep(0)
    if x < 0:
        raise ValueError('below zero')
    return 2 * x
"""
SLOPE = """
import sympy as sp
x, y = sp.symbols('x y')
def slope(f):
    return sp.diff(f, x)
area = sp.integrate(sp.sqrt(x) + sp.pi, (x, 0, y))
roots = sp.solve(x**2 - 2, x)
turn = sp.Matrix([[sp.cos(x), -sp.sin(x)], [sp.sin(x), sp.cos(x)]])
"""
SHAPE = """
from abc import ABC, abstractmethod
class Shape(ABC):
    def __init__(self, name):
        self.name = name
    @abstractmethod
    def area(self):
        ...
    def tell(self):
        return f'{self.name}: {self.area()}'
    def __eq__(self, other):
        return self.area() == other.area()
"""

BOXES = """
import dataclasses
from typing import Generic, TypeVar
T = TypeVar('T')
class Stack(Generic[T]):
    def __init__(self):
        self.items = []
    def push(self, item):
        self.items.append(item)
        return self
@dataclasses.dataclass
class Box:
    width: int
    height: int = 0
"""
FLIPPED = """
def flip(data):
    for n in range(len(data)):
        data[n] ^= 255
    return data
def middle(data):
    return memoryview(data)[1:3]
"""
PROBES = [
    Probe(
        "a generic class, and a data class that is replaced in part",
        given="from dataclasses import replace",
        solution=BOXES,
        test="""
        stack = Stack[int]().push(1)
        assert isinstance(stack, Stack) and stack.push('a').items == [1, 'a']
        box = Box(1)
        assert replace(box, height=3) == Box(1, 3) and box == Box(1) and replace(box) is not box
        """,
        wrong=(BOXES.replace("(Generic[T])", ""), BOXES.replace("@dataclasses.dataclass", "class Made:\n    pass")),
    ),
    Probe(
        "bytes that can be changed",
        solution=FLIPPED,
        test="""
        data = bytearray(b'ab')
        assert flip(data) is data and data == bytearray([158, 157]) and type(flip(data)) is bytearray
        data.append(0)
        assert flip(data)[2] == 255 and isinstance(data, bytearray) and bytes(middle(b'abcd')) == b'bc'
        """,
        right=("def flip(d):\n    d[:] = bytes(255 - n for n in d)\n    return d\nmiddle = lambda d: d[1:3]",),
        wrong=(FLIPPED.replace("^= 255", "^= 254"), FLIPPED.replace("return data\n", "return data[:]\n")),
    ),
    Probe(
        "what a pattern has found",
        given="import re",
        solution="def month(text):\n    return re.search(r'(?P<y>\\d{4})-(?P<m>\\d\\d)', text)",
        test="""
        found = month('on 2024-05-01')
        assert found and found.group('y') == '2024' and found.span() == (3, 10) and isinstance(found, re.Match)
        assert found['m'] == found[2] == '05' and found.groupdict() == {'y': '2024', 'm': '05'} and not month('never')
        """,
        wrong=("def month(text):\n    return re.match(r'(?P<y>\\d{4})-(?P<m>\\d\\d)', text)",),
    ),
    Probe(
        "times in time zones",
        given="""
        from datetime import datetime, time, timedelta, timezone
        from zoneinfo import ZoneInfo
        """,
        solution="""
        def local(moment):
            return moment.astimezone(ZoneInfo('Europe/Berlin'))
        def west(hours):
            return timezone(-timedelta(hours=hours), 'west')
        """,
        test="""
        noon = datetime(2024, 7, 1, 12, tzinfo=timezone.utc)
        assert local(noon) == noon and local(noon).hour == 14 and local(noon).strftime('%Z') == 'CEST'
        assert local(noon).tzinfo == ZoneInfo('Europe/Berlin') and west(2) == timezone(timedelta(hours=-2))
        again = datetime(2024, 10, 27, 1, 30, tzinfo=timezone.utc)
        assert local(again).fold == 1 and local(local(again)).utcoffset() == timedelta(hours=1)
        assert str(west(1)) == 'west' and time(1, tzinfo=west(1)).tzinfo.tzname(None) == 'west'
        """,
        wrong=(
            "def local(moment):\n    return moment + timedelta(hours=2)\ndef west(hours):\n    return timezone.utc",
            "from datetime import *\nlocal = lambda t: t.astimezone(timezone(timedelta(hours=2)))\nwest = abs",
        ),
    ),
    Probe(
        "a given cell runs a file that lies beside the notebook",
        given="%matplotlib inline\n%run ./helpers.py\n%run helpers.py\nimport math",
        solution="def area(r):\n    return scaled(math.pi) * r**2",
        test="assert NAME == '__main__' and area(2) == 8 * math.pi == scaled(area(1) * 2)",
        right=("def area(r):\n    return math.pi * r * r * 2",),
        wrong=("def area(r):\n    return math.pi * r**2", "scaled = float\ndef area(r):\n    return math.pi * r**2"),
        files={"helpers.py": b"NAME = __name__\nfactor = 2\ndef scaled(x):\n    return factor * x\nraise SystemExit"},
    ),
    Probe(
        "a given cell writes a module by %%writefile",
        given="%%writefile scales.py\nfactor = 2\ndef scaled(x):\n    return factor * x",
        solution="from scales import scaled\ndef area(r):\n    return scaled(r) * r",
        test="import scales\nassert area(3) == 18 == scales.scaled(3) * 3",
        wrong=("def area(r):\n    return r * r", "from scales import scaled\ndef area(r):\n    return scaled(r)"),
    ),
    Probe(
        "a test runs a file that lies beside the notebook",
        solution="def double(n):\n    return 2 * n",
        test=("%run helpers.py\nassert double(3) == 6", "assert double(2) == WANT"),
        wrong=("def double(n):\n    return n * n",),
        files={"helpers.py": b"WANT = 4\n"},
        isolated=False,
    ),
    Probe(
        "a folder that %cd goes to, and variables that %env and %set_env set",
        given="""
        import os
        os.mkdir('data')
        with open('data/words.txt', 'w') as file:
            file.write('ant\\nbee\\n')
        %cd data
        %env GREETING=Good day
        %set_env TIMES 3
        """,
        solution="""
        def lines(path):
            return [line.strip() for line in open(path)]
        def greeting():
            return int(os.environ['TIMES']) * [os.environ['GREETING']]
        """,
        test="""
        assert lines('words.txt') == open('words.txt').read().split() and os.path.basename(os.getcwd()) == 'data'
        assert greeting() == [os.environ['GREETING']] * int(os.environ['TIMES'])
        """,
        wrong=("def lines(path):\n    return ['ant']\ndef greeting():\n    return ['Good day'] * 2",),
    ),
    Probe(
        "a given cell begins with %pylab",
        given="%pylab inline",
        solution="def mean(x):\n    return sum(x) / len(x)",
        test="assert isinstance(mean(array([1, 2])), float64) and np.isclose(mean([1, 2]), 1.5) and sum(eye(2)) == 2",
        right=("def mean(x):\n    return average(x)",),
        wrong=("def mean(x):\n    return median(x) + 1e-3",),
    ),
    Probe(
        "a file in memory that is written, and one that is read",
        solution=SAVED + "\nimport csv\ndef rows(file):\n    return [list(map(int, row)) for row in csv.reader(file)]",
        test="""
        import io
        file = io.StringIO()
        save([(1, 2), (3, 4)], file)
        assert file.getvalue() == '1,2\\n3,4\\n'
        file.seek(0)
        assert next(file) == '1,2\\n' and rows(file) == [[3, 4]] and file.read() == ''
        """,
        wrong=(
            SAVED.replace("sep=','", "sep=';'") + "\ndef rows(file):\n    return [[3, 4]]",
            SAVED + "\ndef rows(file):\n    return [[3, 4]]",
        ),
    ),
    Probe(
        "bytes in memory, a file that is open, and a pattern",
        given="import re",
        solution="""
        def head(file):
            return file.read(2)
        def found(pattern, file):
            return [line.strip() for line in file if pattern.search(line)]
        """,
        test="""
        import io
        assert head(io.BytesIO(b'PNG')) == b'PN'
        with open('words.txt') as file:
            assert file.readline() == 'ant\\n' and found(re.compile('A', re.I), file) == ['cat']
        """,
        files={"words.txt": b"ant\nbee\ncat\n"},
        wrong=("def head(file):\n    return file.read()\ndef found(pattern, file):\n    return ['cat']",),
    ),
    Probe(
        "a file in memory that is only to be read",
        solution=SORTED,
        test="""
        import io
        source, target = io.StringIO('c\\na\\nb\\n'), io.StringIO()
        sort_lines(source, target)
        source.seek(0)
        assert sorted(source) == target.getvalue().splitlines(True)
        """,
        wrong=("def sort_lines(source, target):\n    target.writelines(source)",),
        cheats=("def sort_lines(source, target):\n    source.seek(0), source.truncate()",),
    ),
    Probe(
        "coroutines one by one, together, in a block and in a loop",
        solution=COUNTER,
        test="""
        import asyncio
        assert await asyncio.gather(double(1), double(2)) == [2, 4]
        async def twice(n):
            return await double(await double(n))
        assert await twice(3) == 12
        async with Counter() as counter:
            assert counter.open and [i async for i in counter.up_to(3)] == [0, 1, 2]
        assert not counter.open
        try:
            await double(-1)
            assert False
        except ValueError as error:
            assert 'zero' in str(error)
        await double(5)
        """,
        wrong=(
            COUNTER.replace("return 2 * x", "return x"),
            COUNTER.replace("self.open = False", "pass"),
            COUNTER.replace("yield i", "yield i; return"),
            COUNTER.replace("async def double(x):\n    await asyncio.sleep(0)", "def double(x):"),
        ),
        cheats=(COUNTER.replace("self.open = False", "self.open = False; return True").replace("yield i", "yield -i"),),
    ),
    Probe(
        "formulas of SymPy",
        solution=SLOPE,
        test="""
        import sympy as sp
        x, y = sp.symbols('x y')
        assert slope(x**3 * sp.exp(y)) == 3 * x**2 * sp.exp(y) and slope(5) == 0
        assert sp.simplify(area - 2 * y**sp.Rational(3, 2) / 3 - sp.pi * y) == 0
        assert set(roots) == {sp.sqrt(2), -sp.sqrt(2)} and area.free_symbols == {y}
        assert sp.simplify(turn.det()) == 1 and turn.subs(x, 0) == sp.eye(2)
        """,
        wrong=(
            SLOPE.replace("sp.diff(f, x)", "f"),
            SLOPE.replace("sp.symbols('x y')", "sp.symbols('x y', positive=True)"),
            SLOPE.replace("sp.diff(f, x)", "str(sp.diff(f, x))"),
        ),
    ),
    Probe(
        "a class that the test derives from the student's",
        solution=SHAPE,
        test="""
        class Square(Shape):
            sides = 4
            def __init__(self, a):
                super().__init__('square')
                self.a = a
            def area(self):
                return self.a ** 2
            @property
            def edge(self):
                return 4 * self.a
            @classmethod
            def unit(cls):
                return cls(1)
            def tell(self):
                return super().tell() + '!'
        square = Square(3)
        assert square.tell() == 'square: 9!' and square.edge == 12 and Square.unit().area() == 1
        assert isinstance(square, Shape) and issubclass(Square, Shape) and square == Square(3) and square.sides == 4
        class Unfinished(Shape):
            pass
        try:
            Unfinished('x')
            assert False
        except TypeError:
            pass
        """,
        wrong=(
            SHAPE.replace("    @abstractmethod\n", ""),
            SHAPE.replace("self.name = name", "self.name = 'shape'"),
            SHAPE.replace("{self.area()}", "9").replace("'{self.name}", "'{self.name.title()}"),
            "def Shape(name):\n    return None",
        ),
    ),
    Probe(
        "a cell that is timed",
        solution="def twice(x):\n    return 2 * x",
        test=("%%timeit -n 1 -r1\nassert twice(3) == 6", "%%time\nassert twice(4) == 8"),
        wrong=("def twice(x):\n    return x",),
    ),
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
            assert error.__class__ is RuntimeError and repr(error) == "RuntimeError('no number')"
            assert traceback.format_exc().splitlines()[-1] == 'RuntimeError: no number'
        else:
            assert False
        assert parsed('7') == 7
        """,
        given="import traceback",
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
