"""Functions: plain, higher-order, generators, callbacks, exceptions, prints, what they say of themselves."""

from probe import Probe

SQUARE = "def square(x):\n    return x * x"
SQUARES = "import numpy as np\ndef squares(x):\n    return x ** 2"

PROBES = [
    Probe(
        "a function of a number",
        solution=SQUARE,
        test="assert square(3) == 9\nassert square(-2) == 4",
        wrong=("def square(x):\n    return 2 * x", "def square(x):\n    raise NotImplementedError()", "x = 1"),
        cheats=("class Yes:\n    def __eq__(self, other):\n        return True\ndef square(x):\n    return Yes()",),
    ),
    Probe(
        "names bound anew by a call, in a callback, or not at all",
        solution="""
        state = 0
        def step():
            return state
        def advance():
            global state, step
            state += 1
            step = lambda: 10 * state
        def twice(f):
            advance()
            f()
            advance()
            f()
        """,
        test="""
        assert state == 0 and step() == 0 and step() == 0
        advance()
        assert state == 1 and step() == 10
        seen = []
        twice(lambda: seen.append((state, step())))
        assert seen == [(2, 20), (3, 30)] and state == 3
        """,
        wrong=("state = 0\ndef step():\n    return state\ndef advance():\n    pass\ndef twice(f):\n    f()\n    f()",),
    ),
    Probe(
        "default, keyword and variable arguments",
        solution="def affine(x, a=2, *more, b=1, **named):\n    return a * x + b + sum(more) + sum(named.values())",
        test="""
        assert affine(1) == 3
        assert affine(1, 3, 4, 5) == 13
        assert affine(1, b=0, c=7) == 9
        assert affine(*[1, 2], **{'b': 3}) == 5
        """,
        wrong=("def affine(x, a=2, *more, b=0, **named):\n    return a * x + b",),
    ),
    Probe(
        "an assertion with a message",
        solution=SQUARE,
        test="got = square(3)\nassert got == 9, f'square(3) is 9, not {got}'",
        wrong=("def square(x):\n    return x + x",),
    ),
    Probe(
        "None, truth and membership",
        solution="""
        def find(word, words):
            return words.index(word) if word in words else None
        def is_even(n):
            return n % 2 == 0
        """,
        test="""
        assert find('b', ['a', 'b']) == 1
        assert find('z', ['a', 'b']) is None
        assert is_even(4) and not is_even(3)
        assert is_even(2) is True
        assert 0 <= find('a', ['a']) < 1
        assert find('b', ['a', 'b']) in (1, 2)
        """,
        wrong=("def find(word, words):\n    return -1\ndef is_even(n):\n    return n % 2 == 0",),
        cheats=(
            """
            class Both:
                __eq__ = __lt__ = __le__ = __ge__ = __gt__ = lambda self, other: True
                __hash__ = None
            def find(word, words):
                return Both() if word in words else None
            def is_even(n):
                return n % 2 == 0
            """,
        ),
    ),
    Probe(
        "strings",
        solution="def shout(text):\n    return text.upper() + '!'",
        test="""
        assert shout('hé') == 'HÉ!'
        assert shout('a').endswith('!') and len(shout('abc')) == 4
        assert '\\n'.join(shout(w) for w in 'a b'.split()) == 'A!\\nB!'
        assert f'{shout("x"):>4}' == '  X!'
        """,
        wrong=("def shout(text):\n    return text + '!'",),
    ),
    Probe(
        "lists, tuples, dicts and sets as results",
        solution="""
        def shapes(n):
            return list(range(n)), {i: i * i for i in range(n)}, {i % 2 for i in range(n)}, (n, [n, (n,)])
        """,
        test="""
        numbers, squares, parity, nested = shapes(3)
        assert numbers == [0, 1, 2] and type(numbers) is list
        assert squares == {0: 0, 1: 1, 2: 4} and isinstance(squares, dict)
        assert parity == {0, 1} and nested == (3, [3, (3,)])
        assert sorted(squares.items(), key=lambda pair: -pair[1])[0] == (2, 4)
        """,
        wrong=("def shapes(n):\n    return list(range(n)), {}, set(), (n,)", "def shapes(n):\n    return None"),
    ),
    Probe(
        "big integers, complex numbers, nan, inf and minus zero",
        given="import math, cmath",
        solution="""
        import math
        def factorial(n):
            return 1 if n < 2 else n * factorial(n - 1)
        def special():
            return [math.nan, math.inf, -math.inf, -0.0, 1j ** 2]
        """,
        test="""
        assert factorial(30) == 265252859812191058636308480000000
        nan, inf, minus, zero, square = special()
        assert math.isnan(nan) and inf == math.inf and minus == -inf
        assert math.copysign(1, zero) == -1 and cmath.isclose(square, -1)
        """,
        wrong=("def factorial(n):\n    return 1\ndef special():\n    return [0.0] * 5",),
    ),
    Probe(
        "recursion over nested lists",
        solution="def depth(x):\n    return 1 + max(map(depth, x), default=0) if isinstance(x, list) else 0",
        test="assert depth([]) == 1 and depth([1, [2, [3]]]) == 3 and depth(7) == 0",
        wrong=("def depth(x):\n    return depth(x)", "def depth(x):\n    return 1"),
    ),
    Probe(
        "a named tuple as a result",
        solution="""
        from collections import namedtuple
        Point = namedtuple('Point', 'x y')
        def mirror(p):
            return Point(p[1], p[0])
        def height(p):
            return p.y
        """,
        test="""
        p = mirror((1, 2))
        assert p.x == 2 and p[1] == 1
        a, b = p
        assert (a, b) == (2, 1) and len(p) == 2
        assert height(Point(3, 4)) == 4 and height(p) == 1 and isinstance(p, Point)
        """,
        right=(
            """
            from collections import namedtuple
            Point = namedtuple('Point', 'x y')
            def mirror(p):
                return Point(*p[::-1])
            def height(p):
                return p.y if type(p) is Point else 'no point'
            """,
        ),
        wrong=(
            """
            from collections import namedtuple
            Point = namedtuple('Point', 'x y')
            def mirror(p):
                return Point(*p)
            def height(p):
                return p.y
            """,
        ),
    ),
    Probe(
        "Counter and defaultdict as results",
        solution="""
        from collections import Counter, defaultdict
        def count(words):
            return Counter(words)
        def by_length(words):
            groups = defaultdict(list)
            for word in words:
                groups[len(word)].append(word)
            return groups
        """,
        test="""
        assert count(['a', 'b', 'a']) == {'a': 2, 'b': 1}
        assert count('aab').most_common(1) == [('a', 2)]
        assert dict(by_length(['x', 'yz'])) == {1: ['x'], 2: ['yz']}
        assert by_length(['x'])[1] == ['x']
        """,
        wrong=("def count(words):\n    return {}\ndef by_length(words):\n    return {}",),
    ),
    Probe(
        "a dictionary with a default",
        solution="""
        from collections import defaultdict
        def lengths(words):
            found = defaultdict(int)
            for word in words:
                found[word] = len(word)
            return found
        """,
        test="""
        got = lengths(['ab', 'c'])
        assert got['ab'] == 2 and got['zz'] == 0 and 'zz' in got
        assert got.default_factory is not None
        """,
        right=(
            """
            from collections import defaultdict
            def lengths(words):
                return defaultdict(lambda: 0, ((word, len(word)) for word in words))
            """,
            """
            from collections import defaultdict
            class Lengths(defaultdict):
                pass
            def lengths(words):
                return Lengths(int, {word: len(word) for word in words})
            """,
            """
            from collections import defaultdict
            class Lengths(defaultdict):
                def __init__(self):
                    super().__init__(lambda: 0)
            def lengths(words):
                found = Lengths()
                for word in words:
                    found[word] += len(word)
                return found
            """,
        ),
        wrong=(
            """
            from collections import defaultdict
            def lengths(words):
                return defaultdict(lambda: 1, ((word, len(word)) for word in words))
            """,
            """
            from collections import defaultdict
            class Lengths(defaultdict):
                pass
            def lengths(words):
                return Lengths(int, ((word, 2 * len(word)) for word in words))
            """,
            "def lengths(words):\n    return {word: len(word) for word in words}",
        ),
    ),
    Probe(
        "classes derived from containers",
        solution="""
        from collections import Counter, OrderedDict, deque
        def latest(items):
            return deque(items)
        def in_order(pairs):
            return OrderedDict(pairs)
        def count(items):
            return Counter(items)
        """,
        test="""
        window = latest([1, 2, 3])
        window.appendleft(0)
        assert list(window) == [0, 1, 2, 3] and window != latest([0, 1])
        ordered = in_order([('b', 1), ('a', 2)])
        ordered.move_to_end('b')
        assert list(ordered) == ['a', 'b']
        assert count('aab').most_common(1) == [('a', 2)] and count('aab')['z'] == 0
        """,
        right=(
            """
            from collections import Counter, OrderedDict, deque
            class Window(deque):
                pass
            def latest(items):
                return Window(items)
            class Ordered(OrderedDict):
                pass
            def in_order(pairs):
                return Ordered(pairs)
            class Counted(Counter):
                pass
            def count(items):
                return Counted(items)
            """,
        ),
        wrong=(
            """
            from collections import Counter, OrderedDict, deque
            class Window(deque):
                pass
            def latest(items):
                return Window(items[1:])
            def in_order(pairs):
                return OrderedDict(pairs)
            def count(items):
                return Counter(items)
            """,
        ),
    ),
    Probe(
        "closures",
        solution="def adder(n):\n    def add(x):\n        return x + n\n    return add",
        test="add_two = adder(2)\nassert add_two(3) == 5 and adder(-1)(1) == 0\nassert callable(add_two)",
        wrong=(
            "def adder(n):\n    return lambda x: x",
            "def adder(n):\n    return n",
            "def adder(n):\n    return None",
        ),
    ),
    Probe(
        "a closure with a state",
        solution="""
        def make_counter():
            count = 0
            def counter():
                nonlocal count
                count += 1
                return count
            return counter
        """,
        test="a, b = make_counter(), make_counter()\nassert [a(), a(), b(), a()] == [1, 2, 1, 3]",
        wrong=(
            """
            count = 0
            def make_counter():
                def counter():
                    global count
                    count += 1
                    return count
                return counter
            """,
        ),
    ),
    Probe(
        "generators",
        solution="""
        def countdown(n):
            while n:
                yield n
                n -= 1
        """,
        test="""
        assert list(countdown(3)) == [3, 2, 1]
        it = countdown(2)
        assert next(it) == 2 and next(it) == 1 and next(it, None) is None
        assert [(i, x) for i, x in enumerate(countdown(2))] == [(0, 2), (1, 1)]
        assert list(zip(countdown(2), 'ab')) == [(2, 'a'), (1, 'b')]
        assert sum(countdown(4)) == 10 and max(countdown(4)) == 4 and any(x == 2 for x in countdown(2))
        for first in countdown(9):
            break
        assert first == 9
        """,
        wrong=("def countdown(n):\n    return list(range(n, 0, -1))", "def countdown(n):\n    yield n"),
    ),
    Probe(
        "iterators of the library",
        solution="def pairs(a, b):\n    return zip(a, b)\ndef twice(xs):\n    return map(lambda x: 2 * x, xs)",
        test="assert list(pairs([1, 2], 'ab')) == [(1, 'a'), (2, 'b')]\nassert [*twice([1, 2])] == [2, 4]",
        wrong=("def pairs(a, b):\n    return []\ndef twice(xs):\n    return xs",),
    ),
    Probe(
        "callbacks: lambdas, functions and numpy's",
        given="import numpy as np",
        solution="def apply_twice(f, x):\n    return f(f(x))",
        test="""
        calls = []
        def noting(x):
            calls.append(x)
            return x + 1
        assert apply_twice(lambda x: 3 * x, 2) == 18
        assert apply_twice(noting, 0) == 2 and calls == [0, 1]
        assert np.isclose(apply_twice(np.tanh, 0.5), np.tanh(np.tanh(0.5)))
        assert apply_twice(str.upper, 'a') == 'A' and apply_twice(abs, -1) == 1
        """,
        wrong=("def apply_twice(f, x):\n    return f(x)", "def apply_twice(f, x):\n    return f(f(f(x)))"),
    ),
    Probe(
        "a callback that raises",
        solution="""
        def safely(f, x):
            try:
                return f(x)
            except ZeroDivisionError:
                return None
        """,
        test="""
        assert safely(lambda x: 1 / x, 0) is None
        try:
            safely(int, 'seven')
            assert False, 'an error was expected'
        except ValueError:
            pass
        """,
        wrong=(
            "def safely(f, x):\n    return f(x)",
            "def safely(f, x):\n    try:\n        return f(x)\n    except Exception:\n        return None",
        ),
    ),
    Probe(
        "an exception of the test's own through the student's function",
        solution="def call(f):\n    return f()",
        test="""
        class Stop(Exception):
            pass
        def stop():
            raise Stop('here')
        try:
            call(stop)
            assert False
        except Stop as error:
            assert str(error) == 'here'
        """,
        wrong=(
            "def call(f):\n    return f",
            "def call(f):\n    try:\n        f()\n    except Exception:\n        pass",
        ),
    ),
    Probe(
        "decorators written by the student",
        solution="""
        from functools import wraps
        def twice(f):
            @wraps(f)
            def inner(*args):
                return 2 * f(*args)
            return inner
        """,
        test="""
        @twice
        def add(a, b):
            return a + b
        assert add(1, 2) == 6
        assert add.__name__ == 'add'
        """,
        wrong=(
            "def twice(f):\n    return f",
            "def twice(f):\n    def inner(*args):\n        return 2 * f(*args)\n    return inner",
        ),
    ),
    Probe(
        "memoisation seen by counting calls",
        solution="""
        def memoise(f):
            known = {}
            def inner(x):
                if x not in known:
                    known[x] = f(x)
                return known[x]
            return inner
        """,
        test="""
        count = 0
        def slow(x):
            global count
            count += 1
            return x + 1
        fast = memoise(slow)
        assert fast(1) == 2 and fast(1) == 2 and fast(2) == 3
        assert count == 2
        """,
        wrong=("def memoise(f):\n    return f",),
    ),
    Probe(
        "the student's function as a key, in map, filter, reduce",
        given="from functools import reduce, partial",
        solution="""
        def key(word):
            return -len(word)
        def keep(n):
            return n > 1
        def add(a, b):
            return a + b
        """,
        test="""
        assert sorted(['a', 'ccc', 'bb'], key=key) == ['ccc', 'bb', 'a']
        assert max(['a', 'bb'], key=key) == 'a'
        assert list(map(key, ['a'])) == [-1] and list(filter(keep, [1, 2, 3])) == [2, 3]
        assert reduce(add, [1, 2, 3]) == 6 and partial(add, 1)(2) == 3
        assert [add(a, b) for a, b in zip([1, 2], [3, 4])] == [4, 6]
        """,
        wrong=("def key(word):\n    return len(word)\ndef keep(n):\n    return True\ndef add(a, b):\n    return a",),
    ),
    Probe(
        "try and except",
        solution="""
        def root(x):
            if x < 0:
                raise ValueError('x must not be negative')
            return x ** 0.5
        """,
        test="""
        assert root(4) == 2
        try:
            root(-1)
        except ValueError as error:
            assert 'negative' in str(error)
        else:
            raise AssertionError('a ValueError was expected')
        """,
        wrong=(
            "def root(x):\n    return abs(x) ** 0.5",
            "def root(x):\n    if x < 0:\n        raise TypeError\n    return x ** 0.5",
        ),
    ),
    Probe(
        "assertRaises and the assertions of unittest",
        given="from unittest import TestCase",
        solution="""
        def divide(a, b):
            if not isinstance(b, (int, float)):
                raise TypeError('b is not a number')
            return a / b
        """,
        test="""
        t = TestCase()
        with t.assertRaises(ZeroDivisionError):
            divide(1, 0)
        t.assertRaises(TypeError, divide, 1, 'a')
        with t.assertRaisesRegex(TypeError, 'not a number') as caught:
            divide(1, None)
        assert isinstance(caught.exception, TypeError)
        t.assertAlmostEqual(divide(1, 3), 0.33333333)
        t.assertIsInstance(divide(1, 2), float)
        """,
        wrong=("def divide(a, b):\n    return a / b", "def divide(a, b):\n    return 0"),
    ),
    Probe(
        "pytest.raises",
        given="import pytest",
        solution="def pick(d, k):\n    if k not in d:\n        raise KeyError(k)\n    return d[k]",
        test="""
        with pytest.raises(KeyError, match='z') as caught:
            pick({}, 'z')
        assert caught.value.args == ('z',)
        assert pick({'a': 1}, 'a') == pytest.approx(1.0)
        """,
        wrong=("def pick(d, k):\n    return d.get(k)", "def pick(d, k):\n    raise KeyError('other')"),
    ),
    Probe(
        "exception classes of the student's",
        solution="""
        class BankError(Exception):
            pass
        class Overdrawn(BankError, ValueError):
            def __init__(self, missing):
                super().__init__(f'{missing} too much')
                self.missing = missing
        def withdraw(balance, amount):
            if amount > balance:
                raise Overdrawn(amount - balance)
            return balance - amount
        """,
        test="""
        assert withdraw(5, 2) == 3
        try:
            withdraw(1, 4)
            assert False
        except Overdrawn as error:
            assert str(error) == '3 too much'
        for kind in (BankError, ValueError, Exception):
            try:
                withdraw(1, 2)
                assert False
            except kind:
                pass
        assert issubclass(Overdrawn, BankError) and issubclass(Overdrawn, ValueError)
        """,
        wrong=(
            """
            class BankError(Exception):
                pass
            class Overdrawn(Exception):
                pass
            def withdraw(balance, amount):
                if amount > balance:
                    raise Overdrawn('3 too much')
                return balance - amount
            """,
        ),
    ),
    Probe(
        "attributes of the student's exception",
        solution="""
        class HttpError(Exception):
            def __init__(self, code):
                super().__init__('failed')
                self.code = code
        def fetch():
            raise HttpError(404)
        """,
        test="""
        try:
            fetch()
            assert False
        except HttpError as error:
            assert error.code == 404
        """,
        wrong=("class HttpError(Exception):\n    code = 500\ndef fetch():\n    raise HttpError()",),
    ),
    Probe(
        "what is printed",
        given="import io, contextlib, sys\nfrom contextlib import redirect_stdout",
        solution="def greet(name):\n    print('Hello,', name, end='!\\n')",
        test="""
        out = io.StringIO()
        with redirect_stdout(out):
            assert greet('Ada') is None
        assert out.getvalue() == 'Hello, Ada!\\n'
        before, sys.stdout = sys.stdout, io.StringIO()
        greet('Bob')
        text, sys.stdout = sys.stdout.getvalue(), before
        assert text.strip().split() == ['Hello,', 'Bob!']
        """,
        wrong=("def greet(name):\n    return 'Hello, ' + name + '!'", "def greet(name):\n    print(name)"),
    ),
    Probe(
        "printing and warning costs nothing",
        solution="""
        import sys, warnings
        def noisy(x):
            print('working')
            print('careful', file=sys.stderr)
            warnings.warn('old')
            return x
        """,
        test="assert noisy(1) == 1",
        wrong=("def noisy(x):\n    return 0",),
    ),
    Probe(
        "warnings that the student is to give",
        given="import warnings",
        solution="""
        def old(x):
            if x < 0:
                warnings.warn('x is negative', RuntimeWarning)
            return x
        """,
        test="""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter('always')
            assert old(-1) == -1
        assert len(caught) == 1 and issubclass(caught[0].category, RuntimeWarning)
        assert 'negative' in str(caught[0].message)
        """,
        wrong=("def old(x):\n    return x",),
    ),
    Probe(
        "warnings that the student is not to give",
        given="import warnings\nimport numpy as np",
        solution="def log1p_exp(x):\n    return np.logaddexp(0, x)",
        test="""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter('always')
            log1p_exp(np.array([0.0, 1000.0]))
        assert len(caught) == 0
        """,
        wrong=("def log1p_exp(x):\n    return np.log(1 + np.exp(x))",),
    ),
    Probe(
        "warnings turned into errors",
        given="import warnings\nimport numpy as np",
        solution="def inverse(x):\n    return np.where(x == 0, 0.0, 1 / np.where(x == 0, 1, x))",
        test="""
        with warnings.catch_warnings():
            warnings.simplefilter('error')
            assert np.array_equal(inverse(np.array([0.0, 2.0])), [0, 0.5])
        """,
        wrong=("def inverse(x):\n    return np.where(x == 0, 0.0, 1 / x)",),
    ),
    Probe(
        "numpy told to raise",
        given="import numpy as np",
        solution="def softmax(z):\n    e = np.exp(z - z.max())\n    return e / e.sum()",
        test="""
        with np.errstate(all='raise', under='ignore'):
            p = softmax(np.array([1000.0, 0.0]))
        assert p[0] > 0.5 or np.isnan(p[0])
        """,
        wrong=("def softmax(z):\n    return np.exp(z) / np.exp(z).sum()",),
    ),
    Probe(
        "the signature",
        given="import inspect",
        solution="def fit(x, y, rate=0.1, *, steps=10):\n    return 0",
        test="""
        parameters = inspect.signature(fit).parameters
        assert list(parameters) == ['x', 'y', 'rate', 'steps']
        assert parameters['rate'].default == 0.1 and len(inspect.signature(fit).parameters) == 4
        assert parameters['steps'].kind is inspect.Parameter.KEYWORD_ONLY
        """,
        wrong=("def fit(x, y, rate=0.2, *, steps=10):\n    return 0", "def fit(*args):\n    return 0"),
    ),
    Probe(
        "name and docstring",
        solution="def area(r):\n    '''Area of a disc of radius r.'''\n    return 3 * r * r",
        test="assert area.__doc__ and 'radius' in area.__doc__\nassert area.__name__ == 'area'",
        wrong=("def area(r):\n    return 3 * r * r",),
    ),
    Probe(
        "no docstring was asked, one word is checked",
        solution="def area(r):\n    '''Area of a disc.'''\n    return 3 * r * r",
        test="assert area.__doc__, 'write a docstring'",
        wrong=("def area(r):\n    return 3 * r * r",),
    ),
    Probe(
        "the source of the student's function",
        given="import inspect",
        solution="def total(xs):\n    return sum(xs)",
        test="assert 'for' not in inspect.getsource(total) and total([1, 2]) == 3",
        wrong=("def total(xs):\n    t = 0\n    for x in xs:\n        t += x\n    return t",),
    ),
    Probe(
        "whether a name exists",
        solution="answer = 42\ndef f():\n    return answer",
        test="assert 'answer' in globals() and 'f' in globals()\nassert globals()['answer'] == 42 and callable(f)",
        wrong=("def f():\n    return 42", "answer = 41\ndef f():\n    return 42"),
    ),
    Probe(
        "a name that may not exist",
        solution="answer = 42",
        test="try:\n    answer\nexcept NameError:\n    assert False, 'define answer'\nassert answer == 42",
        wrong=("result = 42", "answer = '42'"),
    ),
    Probe(
        "time taken",
        given="import time",
        solution="def total(n):\n    return n * (n + 1) // 2",
        test="t = time.perf_counter()\nassert total(10 ** 6) == 500000500000\nassert time.perf_counter() - t < 0.5",
        wrong=("import time\ndef total(n):\n    time.sleep(0.6)\n    return n * (n + 1) // 2",),
    ),
    Probe(
        "coroutines",
        given="import asyncio",
        solution="async def answer():\n    await asyncio.sleep(0)\n    return 42",
        test="assert await answer() == 42",
        wrong=("async def answer():\n    return 41",),
    ),
    Probe(
        "the seed set before the call",
        given="import random\nimport numpy as np",
        solution="def roll():\n    return random.randint(1, 6), int(np.random.randint(1, 7))",
        test="""
        random.seed(1); np.random.seed(1)
        first = [roll() for _ in range(5)]
        random.seed(1); np.random.seed(1)
        assert first == [(random.randint(1, 6), int(np.random.randint(1, 7))) for _ in range(5)]
        random.seed(1); np.random.seed(1)
        again = [roll() for _ in range(5)]
        assert again == first and len(set(first)) > 1
        """,
        wrong=("def roll():\n    return 3, 3", "def roll():\n    return random.randint(1, 5), 1"),
    ),
    Probe(
        "normal numbers that the test draws between two calls",  # NumPy makes them in pairs and keeps the second
        given="import numpy as np",
        solution="def draw(n):\n    return np.random.randn(n)",
        test="""
        np.random.seed(5)
        np.random.randn(); draw(0)
        np.random.randn()
        assert np.isclose(draw(1)[0], np.random.RandomState(5).randn(3)[2])
        """,
        wrong=("def draw(n):\n    return np.random.RandomState(5).randn(n)",),
    ),
    Probe(
        "a generator of random numbers as an argument",
        given="import numpy as np",
        solution="def noise(n, rng):\n    return rng.normal(size=n)",
        test="""
        rng = np.random.default_rng(7)
        a, b = noise(4, rng), noise(4, rng)
        expected = np.random.default_rng(7).normal(size=8)
        assert np.allclose(a, expected[:4]) and not np.allclose(a, b)
        assert np.allclose(noise(3, rng=np.random.default_rng(7)), expected[:3])
        """,
        wrong=("def noise(n, rng):\n    return np.random.default_rng(0).normal(size=n)",),
    ),
    Probe(
        "a seed before the solution's cell",
        given="import numpy as np\nnp.random.seed(3)",
        solution="weights = np.random.randn(3)",
        test="assert weights.shape == (3,) and np.isclose(weights[0], np.random.RandomState(3).randn())",
        wrong=("weights = np.zeros(3)", "weights = np.random.rand(3)"),
    ),
    Probe(
        "an alarm of the test's ends a call",
        solution="def first(n):\n    return n\n\ndef second(n):\n    return 7 * n",
        test="""
        import signal
        class Late(Exception):
            pass
        def ring(*_):
            raise Late
        before = signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        try:
            first(1)
        except Late:
            pass
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        assert second(6) == 42
        """,
        wrong=("import time\n\ndef first(n):\n    time.sleep(1.5)\n    return first\n\nsecond = 42",),
    ),
]
