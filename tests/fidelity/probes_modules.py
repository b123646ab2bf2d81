"""Small exercises with modules of the standard library, pandas, SciPy and SymPy, as courses set them."""

from probe import Probe

PROBES = [
    Probe(
        "a root, a fitted curve and a linear program",
        solution="""
            from scipy import optimize
            def root(f):
                return optimize.brentq(f, 0, 2)
            def curve(x, y):
                return optimize.curve_fit(lambda t, a, b: a * t + b, x, y)
            sol = optimize.linprog([1, 1], A_ub=[[-1, 0], [0, -1]], b_ub=[-1, -2])
        """,
        test=(
            "assert abs(root(lambda t: t ** 2 - 2) - 2 ** .5) < 1e-6",
            """
            popt, pcov = curve([0., 1, 2], [1., 3, 5])
            assert np.allclose(popt, [2, 1]) and pcov.shape == (2, 2)
            """,
            """
            assert sol.success and sol.status == 0
            assert np.allclose(sol.x, [1, 2]) and abs(sol.fun - 3) < 1e-9
            """,
        ),
        wrong=(
            """
            def root(f):
                return 1
            def curve(x, y):
                return np.zeros(2), np.zeros((2, 2))
            sol = None
            """,
        ),
        given="import numpy as np",
    ),
    Probe(
        "derivatives, roots and series",
        solution="""
            import sympy as sp
            x = sp.symbols('x')
            d = sp.diff(sp.sin(x) * x, x)
            roots = sp.solve(x ** 2 - 3 * x + 2, x)
            def taylor(f, n):
                return sp.series(f, x, 0, n).removeO()
        """,
        test=(
            "assert sp.simplify(d - (sp.sin(x) + x * sp.cos(x))) == 0",
            "assert set(roots) == {1, 2}",
            """
            assert sp.expand(taylor(sp.exp(x), 3) - (1 + x + x ** 2 / 2)) == 0
            assert d.subs(x, 0) == 0 and d.has(sp.cos)
            assert float(sp.N(d.subs(x, 1))) > 1
            """,
        ),
        right=(
            """
            import sympy as sp
            x = sp.Symbol('x')
            d = x * sp.cos(x) + sp.sin(x)
            roots = [2, 1]
            def taylor(f, n):
                return sum(f.diff(x, k).subs(x, 0) * x ** k / sp.factorial(k) for k in range(n))
            """,
        ),
        wrong=(
            """
            import sympy as sp
            x = sp.Symbol('x')
            d = sp.cos(x)
            roots = [1]
            def taylor(f, n):
                return 1 + x
            """,
        ),
    ),
    Probe(
        "means, tables and groups of a frame",
        solution="""
            import pandas as pd
            def means(df):
                return df.groupby('k')['v'].mean()
            def table(df):
                return df.pivot_table(index='k', columns='c', values='v', aggfunc='sum', fill_value=0)
            def groups(df):
                return df.groupby('k')
        """,
        test=(
            """
            got = means(df)
            assert got['a'] == 2 and got.loc['b'] == 5 and got.index.tolist() == ['a', 'b']
            assert got.name == 'v' and got.index.name == 'k'
            """,
            """
            t = table(df)
            assert t.loc['a', 'x'] == 1 and t.shape == (2, 2) and list(t.columns) == ['x', 'y']
            pd.testing.assert_frame_equal(t, df.groupby(['k', 'c'])['v'].sum().unstack(fill_value=0))
            """,
            """
            g = groups(df)
            assert g.ngroups == 2 and g['v'].sum()['a'] == 4
            assert {k: len(p) for k, p in g} == {'a': 2, 'b': 1}
            assert g.get_group('b')['v'].item() == 5
            """,
        ),
        right=(
            """
            def means(df):
                return df.groupby('k').v.agg('mean')
            def table(df):
                return df.groupby(['k', 'c']).v.sum().unstack(fill_value=0)
            def groups(df):
                return df.groupby('k', sort=False)
            """,
        ),
        wrong=(
            """
            def means(df):
                return df.groupby('k', as_index=False)['v'].mean()
            def table(df):
                return df
            def groups(df):
                return df.groupby('c')
            """,
        ),
        given="""
            import pandas as pd
            df = pd.DataFrame({'k': ['a', 'a', 'b'], 'c': ['x', 'y', 'x'], 'v': [1, 3, 5]})
        """,
    ),
    Probe(
        "patterns and what they find",
        solution=r"""
            import re
            MAIL = re.compile(r'(?P<who>\w+)@(?P<where>\w+)')
            def find(t):
                return MAIL.search(t)
            def clean(t):
                return re.sub(r'\s+', ' ', t).strip()
            def words(t):
                return re.finditer(r'\w+', t)
        """,
        test=(
            """
            assert MAIL.fullmatch('a@b') and not MAIL.fullmatch('ab')
            assert MAIL.groupindex['who'] == 1 and [m for m in MAIL.findall('a@b c@d')] == [('a', 'b'), ('c', 'd')]
            """,
            """
            m = find('x a@b')
            assert m.group('who') == 'a' and m.span() == (2, 5) and m.groupdict() == {'who': 'a', 'where': 'b'}
            assert find('-') is None
            """,
            "assert clean('  a  b ') == 'a b'",
            "assert [m.group() for m in words('a bc')] == ['a', 'bc']",
        ),
        right=(
            """
            import re
            MAIL = re.compile('(?P<who>[a-z0-9]+)@(?P<where>[a-z0-9]+)', re.I)
            find = MAIL.search
            def clean(t):
                return ' '.join(t.split())
            def words(t):
                return list(re.finditer('[a-z]+', t))
            """,
        ),
        wrong=(
            """
            import re
            MAIL = re.compile('(?P<who>.*)')
            def find(t):
                return None
            def clean(t):
                return t
            def words(t):
                return []
            """,
        ),
    ),
    Probe(
        "a database of the student's, and one of the test's",
        solution="""
            import sqlite3
            def make():
                db = sqlite3.connect(':memory:')
                db.execute('create table t (a int, b text)')
                db.executemany('insert into t values (?, ?)', [(1, 'x'), (2, 'y')])
                return db
            QUERY = 'select b from t where a = ?'
            def names(db):
                return [b for b, in db.execute('select b from t order by a')]
        """,
        test=(
            """
            db = make()
            assert db.execute(QUERY, (2,)).fetchone() == ('y',)
            assert db.execute('select count(*) from t').fetchall() == [(2,)]
            """,
            "assert names(make()) == ['x', 'y']",
            """
            import sqlite3
            mine = sqlite3.connect(':memory:')
            mine.execute('create table t (a int, b text)')
            mine.execute("insert into t values (1, 'q')")
            assert names(mine) == ['q'] and mine.execute(QUERY, (1,)).fetchall() == [('q',)]
            """,
        ),
        wrong=(
            """
            import sqlite3
            def make():
                db = sqlite3.connect(':memory:')
                db.execute('create table t (a int, b text)')
                return db
            QUERY = 'select a from t where a = ?'
            def names(db):
                return []
            """,
        ),
        isolated=False,
    ),
    Probe(
        "dates, times and what lies between them",
        solution="""
            from datetime import datetime, timedelta, date, timezone
            def due(d):
                return d + timedelta(days=7)
            def parse(t):
                return datetime.strptime(t, '%Y-%m-%d %H:%M')
            span = parse('2024-01-02 10:00') - parse('2024-01-01 09:00')
        """,
        test=(
            """
            from datetime import date, datetime
            assert due(date(2024, 2, 26)) == date(2024, 3, 4) and due(datetime(2024, 1, 1)).day == 8
            """,
            """
            p = parse('2024-05-06 07:08')
            assert p.hour == 7 and p.isoformat() == '2024-05-06T07:08:00' and p.weekday() == 0
            assert f'{p:%d.%m.}' == '06.05.'
            """,
            "assert span.total_seconds() == 25 * 3600 and span.days == 1",
        ),
        right=(
            """
            import datetime as dt
            def due(d):
                return d + dt.timedelta(weeks=1)
            def parse(t):
                return dt.datetime.fromisoformat(t)
            span = dt.timedelta(hours=25)
            """,
        ),
        wrong=(
            """
            import datetime as dt
            def due(d):
                return d
            def parse(t):
                return dt.date.fromisoformat(t[:10])
            span = dt.timedelta(hours=24)
            """,
        ),
    ),
    Probe(
        "coroutines, asynchronous generators and a queue of the test's",
        solution="""
            import asyncio
            async def slow(x):
                await asyncio.sleep(0)
                return 2 * x
            async def both(*xs):
                return await asyncio.gather(*(slow(x) for x in xs))
            async def count(n):
                for i in range(n):
                    yield i
        """,
        test=(
            "assert await slow(2) == 4",
            "assert await both(1, 2) == [2, 4]",
            "assert [i async for i in count(3)] == [0, 1, 2]",
            """
            import inspect
            assert inspect.iscoroutinefunction(slow) and inspect.isasyncgenfunction(count)
            assert await asyncio.wait_for(slow(1), 1) == 2
            """,
            """
            q = asyncio.Queue()
            async def put():
                await q.put(await slow(3))
            await asyncio.gather(put())
            assert q.get_nowait() == 6
            """,
        ),
        right=(
            """
            import asyncio
            async def slow(x):
                return x + x
            async def both(*xs):
                return [await slow(x) for x in xs]
            async def count(n):
                i = 0
                while i < n:
                    yield i
                    i += 1
            """,
        ),
        wrong=(
            """
            def slow(x):
                return 2 * x
            async def both(*xs):
                return xs
            async def count(n):
                yield n
            """,
        ),
    ),
    Probe(
        "a data class with an order and a list of its own",
        solution="""
            from dataclasses import dataclass, field, asdict, replace
            @dataclass(order=True)
            class P:
                x: int
                y: int = 0
                tags: list = field(default_factory=list, compare=False)
                def norm(self): return abs(self.x) + abs(self.y)
        """,
        test=(
            """
            p = P(1, 2)
            assert p == P(1, 2) and p < P(2) and p.norm() == 3 and repr(P(1)) == 'P(x=1, y=0, tags=[])'
            """,
            """
            from dataclasses import asdict, fields, replace, is_dataclass
            assert is_dataclass(P) and [f.name for f in fields(P)] == ['x', 'y', 'tags']
            assert asdict(P(1)) == {'x': 1, 'y': 0, 'tags': []} and replace(P(1), y=5).y == 5
            """,
            """
            a, b = P(1), P(1)
            a.tags.append(1)
            assert b.tags == [] and sorted([P(2), P(1)])[0].x == 1 and max(P(1), P(3)).x == 3
            """,
        ),
        wrong=(
            """
            class P:
                def __init__(self, x, y=0, tags=[]):
                    self.x, self.y, self.tags = x, y, tags
            """,
        ),
    ),
    Probe(
        "kinds of enumerations",
        solution="""
            from enum import Enum, IntEnum, auto, Flag
            class Color(Enum):
                RED = 1
                BLUE = auto()
                @property
                def short(self): return self.name[0]
            class Level(IntEnum):
                LOW = 1
                HIGH = 2
            class Perm(Flag):
                R = 1
                W = 2
            def mix(c):
                return Color.BLUE if c is Color.RED else Color.RED
        """,
        test=(
            """
            assert Color.RED.value == 1 and Color['BLUE'] is Color.BLUE
            assert Color(2).name == 'BLUE' and len(Color) == 2
            """,
            """
            assert mix(Color.RED) is Color.BLUE and mix(Color.BLUE) == Color.RED and Color.RED.short == 'R'
            assert [c.name for c in Color] == ['RED', 'BLUE']
            """,
            "assert Level.HIGH > Level.LOW and Level.HIGH + 1 == 3 and max(Level) == Level.HIGH",
            """
            from enum import Enum
            assert issubclass(Color, Enum) and isinstance(Color.RED, Color)
            assert Perm.R in (Perm.R | Perm.W) and (Perm.R & Perm.W) == Perm(0)
            assert {Color.RED: 1}[Color(1)] == 1
            """,
        ),
        wrong=(
            """
            class Color:
                RED = 1
                BLUE = 2
            class Level:
                LOW = 1
                HIGH = 2
            class Perm:
                R = 1
                W = 2
            def mix(c):
                return c
            """,
        ),
    ),
]
