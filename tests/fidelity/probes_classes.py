"""Classes of the student's: construction, attributes, operators, inheritance, protocols."""

from probe import Probe

POINT = """
class Point:
    dimensions = 2
    def __init__(self, x, y=0):
        self.x, self.y = x, y
    def norm(self):
        return (self.x ** 2 + self.y ** 2) ** 0.5
    @property
    def both(self):
        return (self.x, self.y)
    @both.setter
    def both(self, value):
        self.x, self.y = value
    @classmethod
    def origin(cls):
        return cls(0)
    @staticmethod
    def distance(p, q):
        return Point(p.x - q.x, p.y - q.y).norm()
"""
VECTOR = """
class Vector:
    def __init__(self, *items):
        self.items = list(items)
    def __add__(self, other):
        return Vector(*[a + b for a, b in zip(self.items, other.items)])
    def __mul__(self, k):
        return Vector(*[k * a for a in self.items])
    __rmul__ = __mul__
    def __neg__(self):
        return self * -1
    def __eq__(self, other):
        return isinstance(other, Vector) and self.items == other.items
    def __lt__(self, other):
        return self.items < other.items
    def __len__(self):
        return len(self.items)
    def __getitem__(self, i):
        return self.items[i]
    def __setitem__(self, i, value):
        self.items[i] = value
    def __iter__(self):
        return iter(self.items)
    def __contains__(self, x):
        return x in self.items
    def __call__(self, x):
        return sum(a * x ** n for n, a in enumerate(self.items))
    def __repr__(self):
        return f'Vector({self.items})'
    def __bool__(self):
        return any(self.items)
"""

SETTING = """
class Setting:
    def __init__(self, bits):
        self.bits = bits
    def __or__(self, other):
        return Setting(self.bits | getattr(other, 'bits', other))
    __ror__ = __or__
    def __ior__(self, other):
        self.bits |= other.bits
        return self
    def __and__(self, other):
        return Setting(self.bits & other.bits)
    def __xor__(self, other):
        return Setting(self.bits ^ other.bits)
    def __lshift__(self, n):
        return Setting(self.bits << n)
    def __rshift__(self, n):
        return Setting(self.bits // 2**n)
    def __invert__(self):
        return Setting(~self.bits)
    def __round__(self, digits=None):
        return round(self.bits, digits)
    def __divmod__(self, other):
        return divmod(self.bits, other.bits)
    def __int__(self):
        return self.bits
    def __bytes__(self):
        return bin(self.bits)[2:].encode()
"""
REGISTRY = """
class Registry(type):
    known = {}
    def __new__(kind, name, bases, body, **more):
        made = super().__new__(kind, name, bases, body, **more)
        kind.known[name] = made
        return made
class Plugin(metaclass=Registry):
    def __init_subclass__(cls, suffix=''):
        cls.suffix = suffix
class Csv(Plugin):
    pass
class Json(Plugin, suffix='js'):
    pass
"""
CHAIN = """
class Chain:
    def __init__(self):
        self.items = []
    def add(self, item):
        self.items.append(item)
def is_word(text):
    return bool(re.fullmatch('[a-z]+', text))
def mean(x):
    return sum(x) / len(x) if x else 0.0
"""
YES = """
class Yes:
    def __init__(self, true):
        self.true = true
    def __bool__(self):
        return self.true
def is_word(text):
    return Yes(text.isalpha())
"""
LIAR = """
class Meta(type):
    __eq__ = __gt__ = __lt__ = lambda *any: True
    is_integer = lambda *any: True
    __hash__ = type.__hash__
class Liar(metaclass=Meta):
    def __init__(self, *any):
        pass
    __eq__ = __lt__ = __gt__ = is_integer = lambda *any: True
    __float__ = lambda self: 5.0
    __str__ = lambda self: '5'
"""

OWN_ITERABLE = """
class It:
    def __init__(self, n):
        self.n = n
    def __iter__(self):
        return iter(range(0, self.n, 2))
def evens(n):
    return It(n)
"""
OWN_ITEMS = """
class It:
    def __init__(self, n):
        self.n = n
    def __getitem__(self, i):
        if 2 * i >= self.n:
            raise IndexError
        return 2 * i
def evens(n):
    return It(n)
"""
OWN_SEQUENCE = """
class It:
    def __init__(self, n):
        self.d = list(range(0, n, 2))
    def __len__(self):
        return len(self.d)
    def __getitem__(self, i):
        return self.d[i]
def evens(n):
    return It(n)
"""
OWN_FIELDS = """
from dataclasses import dataclass
@dataclass
class Own:
    mean: float
    count: int
def stats(x):
    return Own(sum(x) / len(x), len(x))
"""

PROBES = [
    Probe(
        "attributes, methods and properties",
        solution=POINT,
        test="""
        p = Point(3, 4)
        assert (p.x, p.y) == (3, 4) and Point(1).y == 0 and Point(x=1, y=2).y == 2
        assert p.norm() == 5 and p.both == (3, 4)
        p.x = 0
        p.both = (5, 12)
        assert p.norm() == 13 and p.x == 5
        assert Point.dimensions == 2 and p.dimensions == 2
        assert Point.origin().both == (0, 0) and Point.distance(Point(1, 1), Point(4, 5)) == 5
        norm = p.norm
        assert norm() == 13 and Point.norm(p) == 13
        """,
        wrong=(POINT.replace("** 0.5", "** 1"), "class Point:\n    pass", "Point = 3"),
    ),
    Probe(
        "hasattr, getattr, setattr and callable",
        solution=POINT,
        test="""
        p = Point(1, 2)
        assert hasattr(p, 'norm') and not hasattr(p, 'z')
        assert callable(p.norm) and getattr(p, 'x') == 1 and getattr(p, 'z', None) is None
        for name in ('x', 'y', 'norm', 'both'):
            assert hasattr(p, name), f'{name} is missing'
        setattr(p, 'x', 7)
        assert p.x == 7
        """,
        wrong=(
            POINT.replace("norm", "length"),
            POINT.replace("self.x, self.y = x, y", "self.x, self.y, self.z = x, y, 0"),
        ),
    ),
    Probe(
        "isinstance and issubclass of the student's classes",
        solution="class Shape:\n    pass\nclass Disc(Shape):\n    pass\ndef make():\n    return Disc()",
        test="""
        assert isinstance(make(), Disc) and isinstance(make(), Shape) and issubclass(Disc, Shape)
        assert not isinstance(Shape(), Disc) and not isinstance(3, Shape) and isinstance(make(), (int, Shape))
        """,
        wrong=(
            "class Shape:\n    pass\nclass Disc:\n    pass\ndef make():\n    return Disc()",
            "class Shape:\n    pass\nclass Disc(Shape):\n    pass\ndef make():\n    return 1",
        ),
    ),
    Probe(
        "operators that the class defines",
        solution=VECTOR,
        test="""
        v, w = Vector(1, 2), Vector(3, 4)
        assert v + w == Vector(4, 6) and 2 * v == v * 2 and -v == Vector(-1, -2)
        assert v != w and not (v == 3) and v < w and sorted([w, v])[0] is v
        assert len(v) == 2 and v[1] == 2 and v[-1] == 2 and v[:1] == [1]
        v[0] = 9
        assert list(v) == [9, 2] and 9 in v and 5 not in v
        assert Vector(1, 0, 1)(2) == 5
        assert str(v) == repr(v) == 'Vector([9, 2])' and f'{v}' == 'Vector([9, 2])'
        assert v and not Vector(0, 0)
        total = Vector(0, 0)
        for u in (w, w):
            total += u
        assert total == Vector(6, 8) and sum(total) == 14 and max(total) == 8
        assert sum([v, w], Vector(0, 0)) == Vector(12, 6)
        """,
        wrong=(VECTOR.replace("a + b", "a - b"), VECTOR.replace("__len__", "size"), VECTOR.replace("__eq__", "equals")),
    ),
    Probe(
        "operators that few classes define",
        solution=SETTING,
        test="""
        a, b = Setting(6), Setting(3)
        assert (a | b).bits == 7 and (a & b).bits == 2 and (a ^ b).bits == 5 and (1 | a).bits == 7 and (~b).bits == -4
        assert (a << 1).bits == 12 and (a >> 1).bits == 3 and round(a, -1) == 10 and divmod(a, b) == (2, 0)
        a |= b
        a <<= 2
        assert a.bits == 28 and int(a) == 28 and bytes(b) == b'11'
        """,
        wrong=(SETTING.replace("<< n", ">> n"), SETTING.replace("__round__", "rounded")),
    ),
    Probe(
        "a class of classes, and what derives from a class",
        solution=REGISTRY,
        test="""
        assert type(Plugin) is Registry and isinstance(Csv, Registry) and Registry.known['Csv'] is Csv
        assert Plugin.__subclasses__() == [Csv, Json] and Csv.__bases__ == (Plugin,) and Json.suffix == 'js'
        """,
        wrong=(REGISTRY.replace("suffix='js'", ""), REGISTRY.replace("Json(Plugin", "Json(Csv")),
    ),
    Probe(
        "a class without __eq__ in place of a plain result",
        solution="def total(xs):\n    return sum(xs)",
        test="assert total([1, 2]) == 3 and total([]) <= 0",
        wrong=("def total(xs):\n    return object()",),
        cheats=("class Any:\n    __eq__ = __le__ = lambda self, other: True\ndef total(xs):\n    return Any()",),
    ),
    Probe(
        "an object where the reference gives none, which nobody looks at",
        given="import re",
        solution=CHAIN,
        test=(
            """
            chain = Chain()
            chain.add(1)
            chain.add(2)
            assert chain.items == [1, 2] and is_word('abc') and not is_word('a1')
            assert [text for text in ('a', '1') if is_word(text)] == ['a']
            """,
            "assert mean([1, 3]) == 2 and mean([]) is not None",
            "got = mean([2, 4])\nassert got.is_integer() and 2 < got",
            "assert abs(float(mean([5])) - 5) < 1e-9 and str(mean([5])) in ('5', '5.0')",
        ),
        right=(
            CHAIN.replace("append(item)", "append(item)\n        return self"),
            CHAIN.replace("bool(re.fullmatch('[a-z]+', text))", "re.fullmatch('[a-z]+', text)"),
            CHAIN.replace("append(item)", "append(item)\n        return open('log', 'w')") + YES,
        ),
        wrong=(
            CHAIN.replace("self.items.append(item)", "return self"),
            CHAIN + "def is_word(text):\n    return re.compile(text)",
        ),
        cheats=(
            CHAIN + LIAR + "mean = Liar\n",
            CHAIN + LIAR + "def mean(x):\n    return Liar\n",
        ),
    ),
    Probe(
        "a data class",
        solution="""
        from dataclasses import dataclass, field
        @dataclass(order=True)
        class Item:
            name: str
            price: float = 1.0
            tags: list = field(default_factory=list)
            def total(self, n):
                return n * self.price
        """,
        test="""
        a = Item('pen')
        assert a == Item('pen', 1.0) and a != Item('ink') and a.tags == [] and a.total(3) == 3
        a.tags.append('blue')
        assert a.tags == ['blue'] and Item('x').tags == []
        assert repr(Item('pen', 2)) == "Item(name='pen', price=2, tags=[])" and Item('a') < Item('b')
        """,
        wrong=(
            """
            class Item:
                tags = []
                def __init__(self, name, price=1.0):
                    self.name, self.price = name, price
                def total(self, n):
                    return n
            """,
        ),
    ),
    Probe(
        "a subclass of a class that is given, called for values",
        given="""
        class Layer:
            def forward(self, x):
                raise NotImplementedError
            def __call__(self, x):
                return self.forward(x)
        """,
        solution="class Double(Layer):\n    def forward(self, x):\n        return 2 * x",
        test="layer = Double()\nassert layer.forward(2) == 4 and layer(3) == 6",
        wrong=("class Double(Layer):\n    pass", "class Double(Layer):\n    def forward(self, x):\n        return x"),
    ),
    Probe(
        "isinstance of a class that is given",
        given="class Layer:\n    def forward(self, x):\n        raise NotImplementedError",
        solution="class Double(Layer):\n    def forward(self, x):\n        return 2 * x",
        test="assert isinstance(Double(), Layer) and issubclass(Double, Layer)",
        wrong=("class Double:\n    pass",),
    ),
    Probe(
        "an object that is given works with the student's",
        given="""
        class Relu:
            def forward(self, x):
                return max(x, 0)
        """,
        solution="""
        class Chain:
            def __init__(self, *layers):
                self.layers = list(layers)
            def forward(self, x):
                for layer in self.layers:
                    x = layer.forward(x)
                return x
        """,
        test="assert Chain(Relu(), Relu()).forward(-3) == 0",
        wrong=(
            """
            class Chain:
                def __init__(self, *layers):
                    pass
                def forward(self, x):
                    return x
            """,
        ),
    ),
    Probe(
        "inheritance and super",
        solution="""
        class Animal:
            def __init__(self, name):
                self.name = name
            def speak(self):
                return f'{self.name} says {self.sound()}'
            def sound(self):
                return '...'
        class Dog(Animal):
            def __init__(self, name):
                super().__init__(name.title())
            def sound(self):
                return 'woof'
        """,
        test="""
        assert Dog('rex').speak() == 'Rex says woof' and Animal('it').speak() == 'it says ...'
        class Cat(Animal):
            def sound(self):
                return 'meow'
        assert Cat('tom').speak() == 'tom says meow'
        """,
        wrong=(
            """
            class Animal:
                def __init__(self, name):
                    self.name = name
                def speak(self):
                    return self.name
            class Dog(Animal):
                pass
            """,
        ),
    ),
    Probe(
        "abstract classes",
        solution="""
        from abc import ABC, abstractmethod
        class Model(ABC):
            @abstractmethod
            def predict(self, x): ...
        class Constant(Model):
            def predict(self, x):
                return 1
        """,
        test="""
        assert Constant().predict(0) == 1 and Model.__abstractmethods__ == {'predict'} and Constant.__base__ is Model
        try:
            Model()
        except TypeError:
            pass
        else:
            assert False, 'Model is abstract'
        """,
        wrong=(
            """
            class Model:
                def predict(self, x): ...
            class Constant(Model):
                def predict(self, x):
                    return 1
            """,
        ),
    ),
    Probe(
        "iterators and containers of the student's",
        solution="""
        class Countdown:
            def __init__(self, n):
                self.n = n
            def __iter__(self):
                return self
            def __next__(self):
                if self.n == 0:
                    raise StopIteration
                self.n -= 1
                return self.n
        """,
        test="""
        assert list(Countdown(3)) == [2, 1, 0] and next(Countdown(5)) == 4
        assert [x for x in Countdown(2)] == [1, 0] and dict(enumerate(Countdown(1))) == {0: 0}
        """,
        wrong=(
            """
            class Countdown:
                def __init__(self, n):
                    self.n = n
                def __iter__(self):
                    return iter([self.n])
                def __next__(self):
                    return 4
            """,
        ),
    ),
    Probe(
        "context managers",
        solution="""
        from contextlib import contextmanager
        log = []
        class Open:
            def __enter__(self):
                log.append('in')
                return self
            def __exit__(self, *details):
                log.append('out')
        @contextmanager
        def noted(name):
            log.append(name)
            yield name.upper()
            log.append('end')
        """,
        test="""
        with Open() as o:
            assert log[-1] == 'in'
        assert log[-1] == 'out'
        with noted('a') as name:
            assert name == 'A'
        assert log == ['in', 'out', 'a', 'end']
        """,
        wrong=(
            """
            log = []
            class Open:
                def __enter__(self):
                    return self
                def __exit__(self, *details):
                    pass
            def noted(name):
                return Open()
            """,
        ),
    ),
    Probe(
        "a context manager that swallows an error",
        solution="""
        class Quiet:
            def __enter__(self):
                return self
            def __exit__(self, kind, value, trace):
                return kind is not None and issubclass(kind, ValueError)
        """,
        test="with Quiet():\n    raise ValueError('never seen')\nassert True",
        wrong=(
            """
            class Quiet:
                def __enter__(self):
                    return self
                def __exit__(self, *details):
                    return False
            """,
        ),
    ),
    Probe(
        "a context manager that lets other errors through",
        given="from contextlib import contextmanager",
        solution="""
        class Quiet:
            def __enter__(self):
                return self
            def __exit__(self, kind, value, trace):
                return kind is ValueError
        """,
        test="""
        came = False
        try:
            with Quiet():
                raise KeyError
        except KeyError:
            came = True
        assert came
        """,
        right=(
            """
            @contextmanager
            def Quiet():
                try:
                    yield
                except ValueError:
                    pass
            """,
        ),
        wrong=("class Quiet:\n    def __enter__(self): return self\n    def __exit__(self, *details): return True",),
    ),
    Probe(
        "objects of the student's in lists and dicts",
        solution="""
        class Node:
            def __init__(self, value, children=()):
                self.value, self.children = value, list(children)
        def tree():
            return Node(1, [Node(2), Node(3, [Node(4)])])
        def index():
            return {'root': tree(), 'size': 4}
        """,
        test="""
        root = tree()
        assert root.value == 1 and len(root.children) == 2 and root.children[1].children[0].value == 4
        def total(node):
            return node.value + sum(total(child) for child in node.children)
        assert total(root) == 10 and [c.value for c in root.children] == [2, 3]
        assert index()['size'] == 4 and index()['root'].value == 1
        root.children.append(Node(5))
        assert total(root) == 15 and root.children[0] is root.children[0]
        """,
        wrong=(
            """
            class Node:
                def __init__(self, value, children=()):
                    self.value, self.children = value, []
            def tree():
                return Node(1)
            def index():
                return {}
            """,
        ),
    ),
    Probe(
        "a linked list, with None at its end",
        solution="""
        class Link:
            def __init__(self, first, rest=None):
                self.first, self.rest = first, rest
        def build(xs):
            return Link(xs[0], build(xs[1:])) if xs else None
        """,
        test="""
        node, seen = build([1, 2, 3]), []
        while node is not None:
            seen.append(node.first)
            node = node.rest
        assert seen == [1, 2, 3] and build([]) is None and build([1]) != None
        """,
        wrong=(
            """
            class Link:
                def __init__(self, first, rest=None):
                    self.first, self.rest = first, rest
            def build(xs):
                return Link(xs[0]) if xs else None
            """,
        ),
    ),
    Probe(
        "an object passed back to the student's functions",
        given="import numpy as np",
        solution="""
        class Net:
            def __init__(self, w):
                self.w = w
        def train(net, steps):
            for _ in range(steps):
                net.w = net.w * 0.5
            return net
        def predict(net, x):
            return net.w @ x
        """,
        test="""
        net = Net(np.array([4.0, 8.0]))
        assert train(net, 2) is net
        assert np.allclose(net.w, [1, 2]) and np.isclose(predict(net, np.ones(2)), 3)
        assert [predict(n, np.ones(2)) for n in [net, train(net, 1)]] == [1.5, 1.5]
        """,
        wrong=(
            """
            class Net:
                def __init__(self, w):
                    self.w = w
            def train(net, steps):
                return Net(net.w / 4)
            def predict(net, x):
                return net.w @ x
            """,
        ),
    ),
    Probe(
        "the type and its name",
        solution=POINT,
        test="p = Point(1)\nassert type(p) is Point and type(p).__name__ == 'Point' and p.__class__ == Point",
        wrong=("class Point:\n    def __new__(cls, x):\n        return x",),
        isolated=False,
    ),
    Probe(
        "vars, dir and __dict__",
        solution=POINT,
        test="assert vars(Point(1, 2)) == {'x': 1, 'y': 2} and 'norm' in dir(Point)",
        wrong=("class Point:\n    def __init__(self, x, y):\n        self.a = x",),
    ),
    Probe(
        "copy and pickle",
        given="import copy, pickle",
        solution=POINT,
        test="p = Point(1, 2)\nq = copy.deepcopy(p)\nq.x = 5\nassert p.x == 1 and q.y == 2",
        wrong=(POINT.replace("self.x, self.y = x, y", "self.x = self.y = x"),),
        isolated=False,
    ),
    Probe(
        "deleting an attribute, and slots",
        solution="class Fixed:\n    __slots__ = ('a',)\n    def __init__(self):\n        self.a = 1",
        test="""
        f = Fixed()
        try:
            f.b = 2
            assert False, 'b must not be possible'
        except AttributeError:
            pass
        f.a = 3
        assert f.a == 3
        """,
        wrong=("class Fixed:\n    def __init__(self):\n        self.a = 1",),
    ),
    Probe(
        "enumerations",
        solution="""
        from enum import Enum
        class Colour(Enum):
            RED = 1
            BLUE = 2
        def pick():
            return Colour.BLUE
        """,
        test="""
        assert Colour.RED.value == 1 and Colour.BLUE.name == 'BLUE' and pick() is Colour.BLUE
        assert pick() == Colour.BLUE and Colour.RED != Colour.BLUE and Colour(2) is Colour.BLUE
        assert [c.name for c in Colour] == ['RED', 'BLUE'] and len(Colour) == 2
        """,
        wrong=(
            """
            from enum import Enum
            class Colour(Enum):
                RED = 1
                BLUE = 3
            def pick():
                return Colour.RED
            """,
        ),
    ),
    Probe(
        "an iterable of an own class where the reference gives a list",
        solution="def evens(n):\n    return [i for i in range(n) if i % 2 == 0]",
        test="assert list(evens(5)) == [0, 2, 4] and sum(evens(7)) == 12 and sorted(evens(5)) == [0, 2, 4]",
        right=(OWN_ITERABLE, OWN_ITEMS),
        wrong=(OWN_ITERABLE.replace("n, 2", "n, 3"), "class It: pass\ndef evens(n):\n    return It()"),
    ),
    Probe(
        "a sequence of an own class where the reference gives a list",
        given="import numpy as np",
        solution="def evens(n):\n    return [i for i in range(n) if i % 2 == 0]",
        test="""
        got = evens(7)
        assert len(got) == 4 and got[0] == 0 and got[-1] == 6 and got[1:3] == [2, 4]
        for i, x in enumerate(got):
            assert x == 2 * i
        assert 4 in got and 3 not in got and list(reversed(got)) == [6, 4, 2, 0]
        assert np.allclose(evens(3), [0, 2])
        """,
        right=(OWN_SEQUENCE,),
        wrong=(
            OWN_SEQUENCE.replace("range(0, n, 2)", "range(1, n, 2)"),
            OWN_SEQUENCE.replace("__getitem__", "item"),
            OWN_SEQUENCE.replace("__len__", "length"),
        ),
    ),
    Probe(
        "an own class with nothing in it where a loop compares the entries of a list",
        solution="def evens(n):\n    return [i for i in range(n) if i % 2 == 0]",
        test="for i, x in enumerate(evens(5)):\n    assert not abs(x - 2 * i) > 1e-9",
        right=(OWN_ITERABLE, OWN_SEQUENCE),
        cheats=(
            OWN_ITERABLE.replace("self.n, 2", "0, 2"),
            OWN_ITERABLE.replace("range(0, self.n, 2)", "[float('nan')]"),
            OWN_SEQUENCE.replace("list(range(0, n, 2))", "[]"),
        ),
    ),
    Probe(
        "an own class that would answer a comparison itself",
        solution="def evens(n):\n    return [i for i in range(n) if i % 2 == 0]",
        test="assert evens(5) == [0, 2, 4]",
        wrong=(OWN_SEQUENCE,),
        cheats=(OWN_SEQUENCE.replace("def __len__", "def __eq__(self, other): return True\n    def __len__"),),
    ),
    Probe(
        "an own class where the reference gives a named tuple",
        given="from collections import namedtuple\nStats = namedtuple('Stats', 'mean count')",
        solution="def stats(x):\n    return Stats(sum(x) / len(x), len(x))",
        test="got = stats([1, 2, 3])\nassert not abs(got.mean - 2) > 1e-9 and got.count == 3",
        right=(
            OWN_FIELDS,
            "from types import SimpleNamespace\ndef stats(x):\n"
            "    return SimpleNamespace(mean=sum(x) / len(x), count=len(x))",
        ),
        wrong=(OWN_FIELDS.replace("sum(x) / len(x)", "sum(x)"), OWN_FIELDS.replace("count", "number")),
        cheats=(OWN_FIELDS.replace("sum(x) / len(x)", "float('nan')"),),
    ),
    Probe(
        "an own class where the reference gives a named tuple that is unpacked",
        given="from collections import namedtuple\nStats = namedtuple('Stats', 'mean count')",
        solution="def stats(x):\n    return Stats(sum(x) / len(x), len(x))",
        test="m, c = stats([1, 2, 3])\nassert m == 2 and c == 3",
        right=(
            OWN_FIELDS.replace("def stats", "    def __iter__(self): return iter((self.mean, self.count))\ndef stats"),
            "def stats(x):\n    return [sum(x) / len(x), len(x)]",
        ),
        wrong=(OWN_FIELDS,),
    ),
    Probe(
        "an object that a method returns for nothing is not read",
        solution="""
        class Model:
            def fit(self, x):
                self.mean = sum(x) / len(x)
        """,
        test="m = Model()\nm.fit([1, 3])\nassert m.mean == 2",
        right=(
            """
            class Model:
                def fit(self, x):
                    self.mean = sum(x) / len(x)
                    return self
                def __iter__(self):
                    self.mean = 0
                    yield 1
            """,
        ),
        wrong=("class Model:\n    def fit(self, x):\n        self.mean = 0\n        return self",),
    ),
    # -- an operation that Python supports by another method ----------------------------------------------
    Probe(
        "a class that can be iterated over, by an iterator or by index",
        """
        class Bag:
            def __init__(self, *items):
                self.items = items
            def __iter__(self):
                return iter(self.items)
            def __len__(self):
                return len(self.items)
        """,
        "b = Bag(3, 4)\nassert list(b) == [3, 4] and 4 in b and len(b) == 2\nx, y = b\nassert sum(b) == x + y == 7",
        right=(
            """
            class Bag:
                def __init__(self, *items):
                    self.items = items
                def __getitem__(self, i):
                    return self.items[i]
                def __len__(self):
                    return len(self.items)
            """,
        ),
        wrong=(
            "class Bag:\n    def __init__(self, *items): self.items = items\n    def __len__(self): return 2",
            "class Bag(tuple):\n    def __new__(cls, *items): return tuple.__new__(cls, items[::-1])",
            "class Bag:\n    def __init__(self, *items): self.items = items\n    def __len__(self): return 2\n"
            "    def __iter__(self): return self.items",
        ),
    ),
    Probe(
        "a class that can be read by index, or iterated over by an iterator of its own",
        """
        class Steps:
            def __init__(self, n):
                self.n = n
            def __getitem__(self, i):
                if i >= self.n:
                    raise IndexError(i)
                return i * i
        """,
        "assert list(Steps(4)) == [0, 1, 4, 9]\nassert max(Steps(3)) == 4 and 9 in Steps(4) and 9 not in Steps(3)",
        right=(
            """
            class Steps:
                def __init__(self, n):
                    self.n = n
                def __iter__(self):
                    for i in range(self.n):
                        yield i * i
            """,
        ),
        wrong=(
            "class Steps:\n    def __init__(self, n): self.n = n\n"
            "    def __iter__(self): return iter(range(self.n))",
        ),
    ),
    Probe(
        "operators in place, swapped and compared, by whichever method",
        """
        class Money:
            def __init__(self, cents):
                self.cents = cents
            def __add__(self, other):
                return Money(self.cents + (other.cents if isinstance(other, Money) else other))
            __radd__ = __add__
            def __iadd__(self, other):
                self.cents += other.cents
                return self
            def __lt__(self, other):
                return self.cents < other.cents
            def __bool__(self):
                return self.cents != 0
            def __contains__(self, coin):
                return self.cents % coin == 0
            def __float__(self):
                return self.cents / 100
        """,
        """
        m = Money(150)
        m += Money(50)
        assert m.cents == 200 and sum([Money(1), Money(2)]).cents == 3
        assert sorted([Money(3), Money(1)])[0].cents == 1 and not Money(0) and Money(2)
        assert 50 in m and 70 not in m and round(float(m)) == 2
        """,
        right=(
            """
            class Money:
                def __init__(self, cents):
                    self.cents = cents
                def __add__(self, other):
                    return Money(self.cents + getattr(other, "cents", other))
                def __radd__(self, other):
                    return self + other
                def __gt__(self, other):
                    return self.cents > other.cents
                def __len__(self):
                    return self.cents
                def __iter__(self):
                    return (coin for coin in range(1, self.cents + 1) if self.cents % coin == 0)
                def __index__(self):
                    return self.cents // 100
            """,
        ),
        wrong=(
            """
            class Money:
                def __init__(self, cents):
                    self.cents = cents
                def __add__(self, other):
                    return Money(self.cents + getattr(other, "cents", other))
                def __lt__(self, other):
                    return self.cents < other.cents
                def __len__(self):
                    return self.cents
                def __iter__(self):
                    return (coin for coin in range(1, self.cents + 1) if self.cents % coin == 0)
                def __index__(self):
                    return self.cents // 100
            """,
        ),
    ),
]
