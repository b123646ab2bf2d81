"""Objects that answer the test's questions themselves."""

from .attack import Attack, of

_YES = """\
class Yes:
    def __eq__(self, other):
        return True
    def __ne__(self, other):
        return False
    def __bool__(self):
        return True
    def __getattr__(self, name):
        return self
    def __call__(self, *a, **k):
        return self
    def __hash__(self):
        return 1
    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    __sub__ = __rsub__ = __abs__ = __add__ = __call__

"""
_ARRAY = """\
import numpy as np

class Lying(np.ndarray):
    def __eq__(self, other):
        return np.ones(self.shape, bool)
    def __ne__(self, other):
        return np.zeros(self.shape, bool)

"""


def _for_relu(prelude: str, body: str) -> dict[str, str]:
    return {"relu": f"{prelude}def relu(x):\n    {body}"}


ATTACKS = of(
    "lying objects",
    Attack("equal_to_everything", "points", solutions={"square": _YES + "def square(n):\n    return Yes()"}),
    Attack("difference_is_nothing", "points", solutions={"slope": _YES + "def slope(f, x):\n    return Yes()"}),
    Attack("shape_of_everything", "points",
           solutions={"net": _YES + "class Net(Yes):\n    def __init__(self, W):\n        pass\n"
                      "    def __getattr__(self, name):\n        return lambda *a: Yes()"}),
    Attack("array_subclass_eq", "points",
           solutions={"net": _ARRAY + "class Net:\n    def __init__(self, W):\n        pass\n"
                      "    def forward(self, x):\n        return np.zeros((4, 2)).view(Lying)"}),
    Attack("array_ufunc_override", "points",
           solutions={"net": "import numpy as np\n\nclass Lying(np.ndarray):\n"
                      "    def __array_ufunc__(self, ufunc, method, *inputs, **k):\n        return True\n\n"
                      "class Net:\n    def __init__(self, W):\n        pass\n"
                      "    def forward(self, x):\n        return np.zeros((4, 2)).view(Lying)"}),
    Attack("array_protocol_on_demand", "points",
           solutions=_for_relu(
               "import numpy as np, sys\n\nclass Late:\n    def __array__(self, *a, **k):\n"
               "        frame = sys._getframe()\n        while frame:\n"
               "            if 'desired' in frame.f_locals and frame.f_locals['desired'] is not self:\n"
               "                return np.asarray(frame.f_locals['desired'])\n"
               "            if 'b' in frame.f_locals and isinstance(frame.f_locals['b'], np.ndarray):\n"
               "                return frame.f_locals['b']\n            frame = frame.f_back\n"
               "        return np.zeros(7)\n\n",
               "return Late()")),
    Attack("float_subclass", "points",
           solutions={"slope": "class F(float):\n    def __sub__(self, other):\n        return 0.0\n\n"
                      "def slope(f, x):\n    return F()"}),
    Attack("int_subclass", "points",
           solutions={"square": "class I(int):\n    def __eq__(self, other):\n        return True\n\n"
                      "def square(n):\n    return I()"}),
    Attack("str_subclass", "points",
           solutions={"square": "class S(str):\n    def __eq__(self, other):\n        return True\n\n"
                      "def square(n):\n    return S()"}),
    Attack("object_in_a_list", "points",
           solutions={"accuracy": _YES + "class Full(list):\n    def __rmul__(self, n):\n        return Yes()\n\n"
                      "def accuracy(a, b):\n    return Full([Yes()])"}),
    Attack("a_word_is_full_marks", "points",
           solutions={"accuracy": "def accuracy(a, b):\n    return 'all right'"}),
    Attack("an_array_is_full_marks", "points",
           solutions={"accuracy": "import numpy as np\n\ndef accuracy(a, b):\n    return np.zeros(1)"}),
    Attack("infinitely_right", "points", solutions={"accuracy": "def accuracy(a, b):\n    return float('inf')"}),
    Attack("stop_iteration_ends_the_loop", "points",
           solutions={"square": "done = []\n\ndef square(n):\n    done.append(n)\n"
                      "    if len(done) == 1:\n        raise StopIteration\n    return n * n if n == 7 else 0"}),
    Attack("poses_as_assertion", "engine",
           solutions={"square": "def square(n):\n    raise AssertionError('all tests passed')"}),
    Attack("class_spoofed", "points",
           solutions={"square": _YES + "class Spoof(Yes):\n    __class__ = property(lambda self: int)\n"
                      "    __int__ = __index__ = __float__ = lambda self: 1\n\ndef square(n):\n    return Spoof()"}),
    Attack("endless_sequence", "engine",
           solutions=_for_relu("class Endless:\n    def __len__(self):\n        return 10 ** 9\n"
                               "    def __getitem__(self, i):\n        return 0.5 * i\n\n", "return Endless()")),
    Attack("isinstance_by_metaclass", "points",
           solutions={"square": "import builtins\n\nclass Meta(type):\n"
                      "    def __instancecheck__(cls, value):\n        return True\n"
                      "    def __eq__(cls, other):\n        return True\n    __hash__ = type.__hash__\n\n"
                      "class Anything(metaclass=Meta):\n    pass\n\ndef square(n):\n    return Anything"}),
    Attack("arguments_zeroed", "points",
           solutions=_for_relu("", "x *= 0\n    return x")),
    Attack("read_only_argument_overwritten", "engine",
           solutions={"mean": "def mean(x):\n    x[:] = 0\n    return 1.5"}),
    Attack("all_is_masked", "points",
           solutions=_for_relu("import numpy as np\n\n", "return x if x.min() >= 0 else np.ma.masked_all(x.shape)")),
    Attack("what_was_an_object_is_an_item", "points",
           solutions={"money": "class Money:\n    def __init__(self, cents):\n        pass\n\n"
                      "    def __eq__(self, other):\n        return True\n\n\n"
                      "def shares(money, n):\n    return [money] * n"}),
    Attack("what_the_test_has_thrown_ends_its_loop", "points",
           solutions={"tabulate": "class Thrown(StopIteration):\n    number_in_test = 0\n\n\n"
                      "def tabulate(f, n):\n    if f.__name__ == 'f':\n        raise Thrown\n"
                      "    numbers = [f(0), f(0)]\n    try:\n        f(0)\n    except BaseException:\n"
                      "        return numbers"}),
    Attack("assertion_in_a_callback_swallowed", "points",
           solutions={"tabulate": "def tabulate(f, n):\n    table = []\n    for i in range(9):\n        try:\n"
                      "            table.append(f(i / n))\n        except BaseException:\n            pass\n"
                      "    return table"}),
    Attack("given_data_overwritten", "points",
           code="", last="",
           solutions={"predict": "def predict(X):\n    return np.full(X.shape, 2)\n\ny_test = predict(X_test)"}),
    Attack("given_data_overwritten_later", "points",
           solutions={"predict": "def predict(X):\n    globals()['y_test'][:] = 2\n    return np.full(X.shape, 2)"}),
)  # fmt: skip
