"""Tests that look at figures, files, given objects and Python's own account of the student's code."""

from probe import Probe

DRAW = "import matplotlib.pyplot as plt\nfrom matplotlib.axes import Axes"
NOTES = "def keep(path, lines):\n    with open(path, 'w') as file:\n        file.write(';'.join(lines))"
TREE = """
class Leaf:
    def __init__(self, size):
        self.size = size
class Fork:
    def __init__(self, left, right):
        self.left, self.right = left, right
"""
WEIGH = """
def weigh(tree):
    return tree.size if isinstance(tree, Leaf) else weigh(tree.left) + weigh(tree.right)
def mirrored(tree):
    return tree if isinstance(tree, Leaf) else Fork(mirrored(tree.right), mirrored(tree.left))
"""
TALK = "def greet():\n    name = input('name? ')\n    print('hello', name)\n    return len(name)"

BARS = """
def bars(ax, heights):
    ax.bar(range(len(heights)), heights)
    ax.set_ylabel('votes')
    return ax
"""
LINE = """
import matplotlib.pyplot as plt
def line(y):
    plt.plot(y, 'g--')
    plt.title('run')
    return max(y)
"""
COUNT = "def count(n):\n    while n:\n        yield n\n        n -= 1\n"

PERSON = """
from dataclasses import dataclass, field
@dataclass
class Person:
    name: str
    age: int
    parents: list = field(default_factory=list)
    def is_child(self):
        return self.age < 18
"""
VECTOR = """
class Vector(list):
    def __add__(self, other):
        return Vector(a + b for a, b in zip(self, other))
    def __eq__(self, other):
        return len(self) == len(other) and all(abs(a - b) < 1e-9 for a, b in zip(self, other))
"""
ALIKE = "class Alike:\n    name, age, parents = 'Bob', 0, ()\n    __eq__ = lambda self, other: True\n"

PROBES = [
    Probe(
        "a text of a class of the test's that refuses what the student may not use",
        solution="""
        def has(text, letter):
            for it in range(len(text)):
                if text[it] == letter:
                    return True
            return False
        """,
        test=(
            """
            from functools import total_ordering
            @total_ordering
            class Letters(str):
                def __init__(self, text):
                    self.text = text
                def __eq__(self, other):
                    assert len(self.text) == len(other) == 1, 'compare letter by letter'
                    return self.text == other
                def __lt__(self, other):
                    return self.text < other
                def __contains__(self, letter):
                    raise AssertionError('do not use in')
                def __getitem__(self, at):
                    assert isinstance(at, int), 'no slices'
                    return self.text[at]
            def check(text, letter, wanted):
                assert has(Letters(text), Letters(letter)) is wanted
            check('abc', 'b', True)
            """,
            "check('abc', 'd', False)\ncheck('', 'd', False)",
        ),
        right=("def has(text, letter):\n    return any(text[it] == letter for it in range(len(text)))",),
        wrong=(
            "def has(text, letter):\n    return letter in text",
            "def has(text, letter):\n    return any(text[it:it + 1] == letter for it in range(len(text)))",
        ),
    ),
    Probe(
        "an object of the test's that counts how often it is asked",
        solution="def average(meter, n):\n    return sum(meter.read() for _ in range(n)) / n",
        test="""
        class Device:
            name = 'a'
        class Meter(Device):
            def __init__(self, *values):
                self.values, self.asked = values, 0
            def read(self):
                self.asked += 1
                return self.values[(self.asked - 1) % len(self.values)]
        meter = Meter(2, 4)
        assert average(meter, 4) == 3 and meter.asked == 4 and meter.name == 'a'
        """,
        right=("def average(meter, n):\n    values = [meter.read() for _ in range(n)]\n    return sum(values) / n",),
        wrong=(
            "def average(meter, n):\n    return meter.read()",
            "def average(meter, n):\n    assert meter.read() > 0\n    return sum(meter.read() for _ in range(n)) / n",
        ),
    ),
    Probe(
        "a list of a class of the test's that counts how often it is read",
        solution="""
        def find(items, wanted):
            low, high = 0, len(items)
            while low < high:
                middle = (low + high) // 2
                if items[middle] < wanted:
                    low = middle + 1
                else:
                    high = middle
            return low
        """,
        test="""
        class Counting(list):
            reads = 0
            def __getitem__(self, at):
                self.reads += 1
                return super().__getitem__(at)
            def __iter__(self):
                raise TypeError('look at single items')
        items = Counting(range(0, 2000, 2))
        assert find(items, 1000) == 500
        assert items.reads <= 10
        """,
        right=("import bisect\ndef find(items, wanted):\n    return bisect.bisect_left(items, wanted)",),
        wrong=(
            "def find(items, wanted):\n    return list(items).index(wanted)",
            "def find(items, wanted):\n    at = 0\n    while items[at] < wanted:\n        at += 1\n    return at",
        ),
    ),
    Probe(
        "records of a class of the test's that the student's code gives back",
        solution="def oldest(people):\n    return max(people, key=lambda person: person.age)",
        test="""
        from dataclasses import dataclass
        @dataclass(frozen=True)
        class Person:
            name: str
            age: int
        ann, bob = Person('Ann', 30), Person('Bob', 40)
        assert oldest([ann, bob]) == Person('Bob', 40)
        """,
        right=("def oldest(people):\n    return sorted(people, key=lambda person: -person.age)[0]",),
        wrong=("def oldest(people):\n    return people[0]", "def oldest(people):\n    return people[1].name"),
        cheats=(f"{ALIKE}def oldest(people):\n    return Alike()",),
    ),
    Probe(
        "records of a given class that the student's code makes",
        given=PERSON,
        solution="def born(name):\n    return Person(name, 0, [Person('Ann', 30)])",
        test=(
            "assert born('Bob') == Person('Bob', 0, [Person('Ann', 30)])",
            "bob = born('Bob')\nassert isinstance(bob, Person) and bob.is_child() and not bob.parents[0].is_child()",
        ),
        right=(
            "def born(name):\n    bob = Person(name, 40)\n    bob.age -= 40\n    bob.parents += [Person('Ann', 30)]\n"
            "    return bob",
        ),
        wrong=(
            "def born(name):\n    return Person(name, 0)",
            "def born(name):\n    return Person(name, 0, [Person('Ann', 3)])",
            "def born(name):\n    return name, 0",
        ),
        cheats=(
            f"{ALIKE}def born(name):\n    return Alike()",
            f"{ALIKE}def born(name):\n    return Person(name, 0, [Alike()])",
            f"{ALIKE}def born(name):\n    return Person(Alike(), Alike(), Alike())",
            "Person.__eq__ = lambda self, other: True\nPerson.is_child = lambda self: not self.age\n"
            "def born(name):\n    return Person('', 0, [Person('', 1)])",
            "class Child(Person):\n    __eq__ = lambda self, other: True\n    is_child = lambda self: not self.age\n"
            "def born(name):\n    return Child('', 0, [Child('', 1)])",
        ),
    ),
    Probe(
        "records that are changed in place, by both sides, and are the same ones after that",
        given=PERSON,
        solution="def birthday(person):\n    person.age += 1\n    return person",
        test="""
        bob = Person('Bob', 17)
        assert birthday(bob) is bob and bob.age == 18
        bob.age = 40
        assert birthday(bob) == Person('Bob', 41)
        family = [bob, bob]
        birthday(family[0])
        assert family[1].age == 42
        """,
        wrong=(
            "def birthday(person):\n    return Person(person.name, person.age + 1)",
            "def birthday(person):\n    person.age = 18\n    return person",
        ),
        cheats=(f"{ALIKE}def birthday(person):\n    person.age = Alike()\n    return person",),
    ),
    Probe(
        "a list of linked records, one of which leads back to the first",
        given="class Node:\n    def __init__(self, value, next=None):\n        self.value, self.next = value, next",
        solution="def ring(values):\n    first = last = Node(values[0])\n    for value in values[1:]:\n"
        "        last.next = last = Node(value)\n    last.next = first\n    return first",
        test="""
        first = ring([1, 2, 3])
        assert first.next.value == 2 and first.next.next.next is first
        """,
        right=(
            "class Link(Node):\n    pass\ndef ring(values):\n    nodes = [Link(value) for value in values]\n"
            "    for node, other in zip(nodes, nodes[1:] + nodes[:1]):\n        node.next = other\n    return nodes[0]",
        ),
        wrong=("def ring(values):\n    return Node(values[0], Node(values[1], Node(values[2], Node(values[0]))))",),
    ),
    Probe(
        "another class that has what a given one has",
        given=PERSON,
        solution="def born(name):\n    return Person(name, 0)",
        test="bob = born('Bob')\nassert bob.name == 'Bob' and bob.age == 0",
        right=(
            "class Child:\n    def __init__(self, name):\n        self.name, self.age, self.parents = name, 0, []\n"
            "def born(name):\n    return Child(name)",
        ),
        wrong=("def born(name):\n    return Person(name, 1)", "def born(name):\n    return name"),
    ),
    Probe(
        "functions of a module that a test replaces to forbid them",
        given="import numpy as np",
        solution="def solve(A, b):\n    return np.linalg.solve(A, b)",
        test=(
            """
            from unittest.mock import patch
            A, b = 2 * np.eye(2), np.ones(2)
            with patch('numpy.linalg.inv', side_effect=AssertionError('do not invert')):
                assert np.allclose(solve(A, b), 0.5)
            """,
            """
            kept, np.linalg.inv = np.linalg.inv, None
            try:
                assert np.allclose(solve(4 * A, b), 0.125)
            finally:
                np.linalg.inv = kept
            """,
        ),
        right=("def solve(A, b):\n    return np.linalg.lstsq(A, b, rcond=None)[0]",),
        wrong=("def solve(A, b):\n    return np.linalg.inv(A) @ b",),
        isolated=False,
    ),
    Probe(
        "an Axes of the test's is drawn on and handed back",
        given=DRAW,
        solution=BARS,
        test="""
        figure, (left, right) = plt.subplots(1, 2)
        same = bars(right, [3, 5])
        assert isinstance(same, Axes) and same is right
        assert right.get_ylabel() == 'votes' and left.get_ylabel() == ''
        assert [bar.get_height() for bar in right.patches] == [3, 5]
        """,
        wrong=(
            BARS.replace("    ax.set_ylabel('votes')\n", ""),
            "def bars(ax, heights):\n    plt.bar([0, 1], heights)\n    return plt.figure().gca()",
        ),
    ),
    Probe(
        "plt imported by the test, and one more test that does not draw",
        solution=LINE,
        test=(
            """
            import matplotlib.pyplot as plt
            plt.figure()
            line([1, 4, 2])
            drawn = plt.gca().get_lines()
            assert len(drawn) == 1 and drawn[0].get_linestyle() == '--' and plt.gca().get_title() == 'run'
            """,
            "assert line([3, 9]) == 9\nassert plt.get_backend()",
        ),
        wrong=(LINE.replace("    plt.title('run')\n", ""),),
    ),
    Probe(
        "a file that the student's cell writes",
        solution="with open('report.txt', 'w') as file:\n    file.write('mean 4.5')",
        test="""
        import os
        assert os.path.exists('report.txt')
        assert open('report.txt').read().split() == ['mean', '4.5']
        """,
        wrong=("with open('report.txt', 'w') as file:\n    file.write('mean 4.0')", "open('raport.txt', 'w').close()"),
    ),
    Probe(
        "a file that the student's function writes, into a folder of the test's",
        solution=NOTES,
        test="""
        import os
        os.makedirs('out', exist_ok=True)
        keep('out/a.txt', ['x', 'y'])
        assert open('out/a.txt').read() == 'x;y'
        keep('out/a.txt', ['z'])
        assert open('out/a.txt').read() == 'z'
        os.remove('out/a.txt')
        assert not os.path.exists('out/a.txt')
        """,
        wrong=("def keep(path, lines):\n    pass", NOTES.replace("'w'", "'a'")),
    ),
    Probe(
        "a file that the test writes for the student's function",
        given="import json",
        solution="def total(path):\n    with open(path) as file:\n        return sum(json.load(file).values())",
        test="""
        with open('prices.json', 'w') as file:
            json.dump({'tea': 2, 'milk': 3}, file)
        assert total('prices.json') == 5
        """,
        wrong=("def total(path):\n    return 2",),
    ),
    Probe(
        "the type of an object is a class of a library's",
        solution="from string import Formatter, Template\nletter = Template('Dear $name')",
        test="""
        import string
        assert type(letter) is Template and type(letter) == string.Template and {type(letter): 1}[Template] == 1
        assert type(letter) not in (Formatter, str) and type(letter).__name__ == 'Template'
        assert letter.substitute(name='Ada') == 'Dear Ada'
        """,
        right=("import string\nfrom string import Formatter, Template\nletter = string.Template('Dear ${name}')",),
        wrong=(
            "from string import Formatter, Template\nclass Letter(Template):\n    pass\nletter = Letter('Dear $name')",
            "from string import Formatter, Template\nletter = Formatter()",
            "from string import Formatter\nclass Template:\n    def substitute(self, name):\n"
            "        return 'Dear Ada'\nletter = Template()",
        ),
    ),
    Probe(
        "the type of an object is one of two classes, and not the reference's",
        solution="from string import Formatter, Template\nletter = Template('Dear $name')",
        test="""
        assert type(letter) in (Template, Formatter)
        assert (type(letter) == Template) != (Formatter == type(letter))
        """,
        right=("from string import Formatter, Template\nletter = Formatter()",),
        wrong=("from string import Formatter, Template\nletter = Exception",),
    ),
    Probe(
        "an object made of the type of the student's, which is no other than the reference's",
        given="import unittest.mock\nfrom types import SimpleNamespace",
        solution="empty = SimpleNamespace()",
        test="assert type(empty)() == SimpleNamespace() and not vars(empty)",
        wrong=("empty = SimpleNamespace(size=2)",),
        cheats=(
            "class Any(type(unittest.mock.ANY)):\n    pass\nempty = Any()",
            "empty = unittest.mock.ANY",
        ),
    ),
    Probe(
        "a temporary folder of the test's, that the student's function looks into",
        solution="from pathlib import Path\ndef is_sealed(run):\n    return (Path(run) / 'lock.json').is_file()",
        test="""
        import tempfile
        from pathlib import Path
        with tempfile.TemporaryDirectory() as folder:
            run = Path(folder)
            assert is_sealed(run) is False
            (run / 'lock.json').write_text('{}')
            assert is_sealed(run) is True and is_sealed(folder) is True
        assert is_sealed(run) is False
        """,
        right=("import os\ndef is_sealed(run):\n    return os.path.exists(run) and 'lock.json' in os.listdir(run)",),
        wrong=(
            "def is_sealed(run):\n    return True",
            "import os\ndef is_sealed(run):\n    return os.path.exists(run)",
        ),
    ),
    Probe(
        "absolute paths, that the student's function gets, prints and gives back",
        solution="""
        import os
        def export(folder, names):
            paths = {name: os.path.join(folder, name + '.txt') for name in names}
            for name, path in paths.items():
                with open(path, 'a') as file:
                    file.write(name)
                print('wrote', path)
            return paths
        def here():
            return os.getcwd()
        """,
        test="""
        import contextlib, io, os, tempfile
        folder, told = tempfile.mkdtemp(), io.StringIO()
        with contextlib.redirect_stdout(told):
            paths = export(folder, ['a', 'b'])
        assert paths == {name: f'{folder}/{name}.txt' for name in 'ab'}
        assert sorted(os.listdir(folder)) == ['a.txt', 'b.txt']
        assert told.getvalue() == f'wrote {folder}/a.txt\\nwrote {folder}/b.txt\\n'
        with tempfile.NamedTemporaryFile('w+', dir=folder, suffix='.txt') as file:
            export(folder, [os.path.basename(file.name)[:-4]])
            assert file.read() == os.path.basename(file.name)[:-4]
        assert here() == os.getcwd() and open(export(os.path.abspath('.'), ['c'])['c']).read() == 'c'
        """,
        wrong=(
            "def export(folder, names):\n    return {name: f'{folder}/{name}.txt' for name in names}",
            "def export(folder, names):\n    pass\ndef here():\n    return '.'",
        ),
    ),
    Probe(
        "what the test compares with lies in a temporary folder, whatever a student writes over it",
        solution="def cubes(path):\n    return [int(word) ** 3 for word in open(path).read().split()]",
        test="""
        import tempfile
        from pathlib import Path
        with tempfile.TemporaryDirectory() as folder:
            numbers, wanted = Path(folder, 'numbers.txt'), Path(folder, 'wanted.txt')
            numbers.write_text('1 2 3')
            wanted.write_text('1 8 27')
            assert cubes(numbers) == [int(word) for word in wanted.read_text().split()]
            later = Path(folder, 'later.txt')
            if not later.exists():
                later.write_text('1 8 27')
            assert cubes(numbers) == [int(word) for word in later.read_text().split()]
        """,
        wrong=("def cubes(path):\n    return [1, 8]",),
        cheats=(
            "def cubes(path):\n    path.with_name('wanted.txt').write_text('5')\n"
            "    path.with_name('later.txt').write_text('5')\n    return [5]",
            "def cubes(path):\n    later = path.with_name('later.txt')\n    if later.exists():\n        return [5]\n"
            "    later.write_text('5')\n    return [1, 8, 27]",
        ),
    ),
    Probe(
        "a given file is the instructor's, whatever a student writes over it",
        solution="def cubes(n):\n    return [int(line) ** 3 for line in open('expected.txt')][:n]",
        test="""
        with open('expected.txt') as file:
            want = [int(line) ** 3 for line in file]
        assert cubes(2) == want[:2]
        with open('seen.txt', 'w') as file:
            file.write('1')
        assert cubes(1) == [1]
        """,
        wrong=("def cubes(n):\n    return [1] * n",),
        cheats=("open('expected.txt', 'w').write('1\\n1\\n1\\n')\ndef cubes(n):\n    return [1] * n",),
        files={"expected.txt": b"1\n2\n3\n"},
    ),
    Probe(
        "objects of given classes go in and come back",
        given=TREE,
        solution=WEIGH,
        test="""
        small = Leaf(3)
        tree = Fork(small, Fork(Leaf(4), Leaf(5)))
        assert weigh(tree) == 12
        other = mirrored(tree)
        assert isinstance(other, Fork) and other.right is small and other.left.left.size == 5
        """,
        wrong=(WEIGH.replace("weigh(tree.left) +", "0 +"), WEIGH.replace("mirrored(tree.right), ", "tree.left, ")),
    ),
    Probe(
        "a given database connection is handed to the student's function",
        given="import sqlite3\nstore = sqlite3.connect(':memory:')\nstore.execute('create table t (a int)')\n"
        "store.executemany('insert into t values (?)', [(1,), (5,), (7,)])",
        solution="def large(connection):\n    return connection.execute('select a from t where a > 4').fetchall()",
        test="assert large(store) == [(5,), (7,)]",
        wrong=("def large(connection):\n    return connection.execute('select a from t').fetchall()",),
    ),
    Probe(
        "input and print patched by the test",
        solution=TALK,
        test="""
        from unittest.mock import call, patch
        with patch('builtins.input', side_effect=['ada', 'bo']) as asked, patch('builtins.print') as said:
            assert greet() == 3 and greet() == 2
        assert asked.call_count == 2 and said.call_args_list == [call('hello', 'ada'), call('hello', 'bo')]
        """,
        wrong=(TALK.replace("'hello', name", "'hello ' + name"), "def greet():\n    return len('ada')"),
    ),
    Probe(
        "stdin replaced by the test",
        solution=TALK,
        test="""
        import io, sys
        usual, sys.stdin = sys.stdin, io.StringIO('eve\\nmallory\\n')
        try:
            assert greet() == 3 and greet() == 7
        finally:
            sys.stdin = usual
        """,
        wrong=("def greet():\n    return 3",),
    ),
    Probe(
        "unittest.main over the names of the notebook",
        solution="def middle(x):\n    return sorted(x)[len(x) // 2]",
        test="""
        import unittest
        class TestMiddle(unittest.TestCase):
            def test_odd(self):
                self.assertEqual(middle([9, 1, 4]), 4)
        assert unittest.main(argv=[''], exit=False).result.wasSuccessful()
        """,
        wrong=("def middle(x):\n    return x[len(x) // 2]",),
    ),
    Probe(
        "patch of a name of the notebook's",
        solution="def fetch():\n    return 8\ndef half():\n    return fetch() / 2",
        test="""
        from unittest.mock import patch
        with patch('__main__.fetch', return_value=20):
            assert half() == 10
        assert half() == 4
        """,
        wrong=("def fetch():\n    return 8\ndef half():\n    return 4",),
    ),
    Probe(
        "a test that asks for nothing of the student's",
        solution="rate = 3",
        test=(
            "import io, unittest\nrun = unittest.TextTestRunner(io.StringIO()).run(unittest.TestSuite())\n"
            "assert run.wasSuccessful()",
            "assert rate == 3",
        ),
        isolated=False,
    ),
    Probe(
        "doctest over the student's docstrings",
        solution="def twice(x):\n    '''\n    >>> twice(4)\n    8\n    '''\n    return 2 * x",
        test="import doctest\nassert twice(0) == 0\nassert doctest.testmod().failed == 0",
        isolated=False,
    ),
    Probe(
        "a counter that the test sets to 0 and the student's function adds to",
        given="steps = 0",
        solution="def walk(n):\n    global steps\n    steps += n",
        test="steps = 0\nwalk(2)\nwalk(3)\nassert steps == 5\nsteps = 10\nwalk(1)\nassert steps == 11",
        wrong=("def walk(n):\n    steps = n", "def walk(n):\n    global steps\n    steps = n"),
    ),
    Probe(
        "iterators and generators of the test's as arguments",
        solution="def firsts(rows):\n    return [row[0] for row in rows]",
        test="assert firsts(zip('ab', [1, 2])) == ['a', 'b']\nassert firsts((w, 1) for w in 'cd') == ['c', 'd']",
        wrong=("def firsts(rows):\n    return [rows[0][0]]",),
    ),
    Probe(
        "what inspect says of functions and classes",
        given="import inspect, types",
        solution=COUNT + "class Box:\n    def open(self, key, *, slow=False):\n        pass",
        test="""
        assert inspect.isgeneratorfunction(count) and isinstance(count(2), types.GeneratorType)
        assert inspect.isclass(Box) and inspect.isfunction(Box.open) and inspect.ismethod(Box().open)
        assert isinstance(count, types.FunctionType) and type(Box()) is Box and type(Box()).__name__ == 'Box'
        assert inspect.getfullargspec(Box.open).kwonlyargs == ['slow'] and Box.open.__kwdefaults__ == {'slow': False}
        assert count.__code__.co_argcount == 1 and 'while' in inspect.getsource(count)
        """,
        wrong=(
            "def count(n):\n    return list(range(n))\nclass Box:\n    def open(self, key, slow=False):\n        pass",
        ),
    ),
    Probe(
        "processor time, measured by the test",
        given="import time",
        solution="def total(n):\n    return n * (n + 1) // 2",
        test="began = time.process_time()\nassert total(5) == 15\nassert time.process_time() - began < 0.2",
        wrong=(
            "def total(n):\n    import time\n    until = time.process_time() + 0.4\n"
            "    while time.process_time() < until:\n        pass\n    return n * (n + 1) // 2",
        ),
        isolated=False,
    ),  # fmt: skip
    Probe(
        "names that only look like those of what measures a process",
        given="import numpy as np",
        solution="def trace(A):\n    return sum(A[i, i] for i in range(len(A)))",
        test="A = np.arange(9).reshape(3, 3)\nprofile = trace(A)\nassert profile == np.trace(A)",
        wrong=("def trace(A):\n    return A[0, 0]",),
    ),
    Probe(
        "memory, measured by the test",
        solution="def total(n):\n    return sum(range(n))",
        test="""
        import tracemalloc
        tracemalloc.start()
        assert total(100_000) == 4999950000
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 100_000, 'do not make a list'
        """,
        wrong=("def total(n):\n    return sum(list(range(n)))",),
        isolated=False,
    ),
    Probe(
        "calls, counted by a profile",
        solution="def power(x, n):\n    return 1 if n == 0 else power(x * x, n // 2) * (x if n % 2 else 1)",
        test="""
        import sys
        calls = []
        sys.setprofile(lambda frame, event, arg: calls.append(frame.f_code.co_name) if event == 'call' else None)
        try:
            result = power(2, 64)
        finally:
            sys.setprofile(None)
        assert result == 2**64 and calls.count('power') < 10
        """,
        wrong=("def power(x, n):\n    return 1 if n == 0 else x * power(x, n - 1)",),
        isolated=False,
    ),
    Probe(
        "measured by %time, in a cell to write and in a test",
        solution="%time squares = [n * n for n in range(4)]",
        test="%time total = sum(squares)\nassert total == 14",
        wrong=("%time squares = [n for n in range(4)]",),
    ),
    Probe(
        "members of an Enum of a given cell",
        given="from enum import Enum\nclass Color(Enum):\n    RED = 1\n    BLUE = 2\n    def __eq__(self, other):\n"
        "        return self is other\n    def __hash__(self):\n        return self.value\n",
        solution="def warm(color):\n    return color is Color.RED, Color.RED",
        test="assert warm(Color.BLUE) == (False, Color.RED) and warm(Color.RED)[0]",
        wrong=("def warm(color):\n    return color is Color.RED, Color.BLUE", "def warm(color):\n    return True, 1"),
        cheats=(f"{ALIKE}def warm(color):\n    return color is Color.RED, Alike()",),
    ),
    Probe(
        "records of a given class with slots, which are compared",
        given=PERSON.replace("@dataclass", "@dataclass(slots=True)"),
        solution="def born(name):\n    return Person(name, 0)",
        test="assert born('Bob') == Person('Bob', 0)",
        wrong=("def born(name):\n    return Person(name, 1)",),
        isolated=False,
    ),
    Probe(
        "objects of a given class derived from a list, whose entries are compared",
        given=VECTOR,
        solution="def double(vector):\n    return vector + vector",
        test="assert list(double(Vector([1, 2]))) == [2, 4]",
        wrong=("def double(vector):\n    return vector",),
        cheats=(f"{ALIKE}def double(vector):\n    return [2, Alike()]",),
    ),
    Probe(
        "objects of a given class derived from a list, which are compared",
        given=VECTOR,
        solution="def double(vector):\n    return vector + vector",
        test="assert double(Vector([1, 2])) == Vector([2, 4])",
        wrong=("def double(vector):\n    return vector",),
        isolated=False,
    ),
    Probe(
        "objects of a test's class derived from a list, which are compared",
        solution="def double(vector):\n    return vector + vector",
        test=f"{VECTOR}\nassert double(Vector([1, 2])) == Vector([2, 4])",
        wrong=("def double(vector):\n    return vector",),
        isolated=False,
    ),
    Probe(
        "a given class that counts its objects",
        given="class Ticket:\n    sold = 0\n    def __init__(self, price):\n        self.price = price\n"
        "        Ticket.sold += 1",
        solution="def sell(prices):\n    return [Ticket(price) for price in prices]",
        test="Ticket.sold = 0\nassert sell([1, 2])[1].price == 2 and Ticket.sold == 2",
        wrong=("def sell(prices):\n    return [Ticket(2)] * 2",),
    ),
    Probe(
        "a given class that gets another method",
        given="class Square:\n    def __init__(self, size):\n        self.size = size",
        solution="def area(self):\n    return self.size ** 2\nSquare.area = area",
        test="assert Square(3).area() == 9",
        wrong=("def area(self):\n    return self.size\nSquare.area = area",),
    ),
]
