"""A small slip that nobody named is found by changing the reference, and told by its kind."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.judging.again import Reference, TooLong, leading_to, never_too_long
from autograder.judging.link import Call, Opaque
from autograder.judging.slips import likely

REFERENCE = """import numpy as np

def energy(x, k, rest=0.25):
    stretch = x - rest
    return k / 2 * np.sum(stretch**2, axis=0)
"""
X = np.array([[0.3, 1.7], [2.1, -0.4], [0.9, 0.05]])


def slips(students: str, reference: str = REFERENCE, name: str = "energy", args: tuple = (X, 2.3)) -> list[str]:
    names: dict = {}
    exec(students, names)
    answer = names[name](*args)
    ask = Reference([(name, reference)])

    def alike(code: str) -> bool:
        try:
            given = ask.answer([Call(f"{name}()", answer, None, args)], code)
        except (Exception, TooLong):
            return False
        return np.shape(given) == np.shape(answer) and bool(np.allclose(given, answer))

    return likely(reference, alike)


@pytest.mark.parametrize(
    ("students", "words"),
    [
        ("return k * np.sum((x - rest) ** 2, axis=0)", ["a constant factor is missing, or has a different value"]),
        ("return k / 2 * np.sum((x + rest) ** 2, axis=0)", ["`+` is used instead of `-`"]),
        ("return k / 2 * np.sum(x ** 2, axis=0)", ["a term with `rest` is left out"]),
        ("return k / 2 * np.mean((x - rest) ** 2, axis=0)", ["`mean` is used instead of `sum`"]),
        ("return k / 2 * np.sum((x - rest) ** 3, axis=0)", ["an exponent is missing, or has a different value"]),
        ("return k / 2 * np.sum((x - rest) ** 2, axis=1)", ["a different `axis` is used"]),
        ("return k / 2 * np.sum((x - rest) ** 2)", ["`axis` is left out"]),
        ("return np.sin(k * np.sum((x - rest) ** 2, axis=0))", []),
    ],
)
def test_another_way_to_write_a_slip_is_told_by_its_kind(students, words):
    assert slips(f"import numpy as np\n\ndef energy(x, k, rest=0.25):\n    {students}") == words


def test_a_loop_that_never_ends_is_ended():
    power = "def power(n):\n    k = 1\n    while k < n:\n        k *= 2\n    return k"
    wrong = "def power(n):\n    k = 1\n    while k <= n:\n        k *= 2\n    return k"
    assert "`<=` is used instead of `<`" in slips(wrong, power, "power", (64,))
    with pytest.raises(TooLong), never_too_long():
        exec(compile("while True:\n    pass", "<reference>", "exec"))


def made(number: int) -> Opaque:
    """What the record of a call holds of an object."""
    one = Opaque()
    one.number = number
    return one


def test_what_an_earlier_call_made_is_asked_again():
    reference = "class Sum:\n    def __init__(self, start):\n        self.all = start\n\n"
    reference += "    def add(self, x):\n        self.all = self.all + 2 * x\n        return self.all"
    calls = [
        Call("Sum", made(1), operation="name", name="Sum"),
        Call("Sum()", made(2), None, (1.5,), on=1),
        Call("Sum()", made(3), None, (100.0,), on=1),
        Call("Sum().add()", 5.5, None, (2.0,), operation="method", on=2, name="add"),
        Call("Sum().add()", 120.0, None, (10.0,), operation="method", on=3, name="add"),
        Call("Sum().all", 5.5, operation="attribute", on=2, name="all"),
    ]
    needed = leading_to(calls[-1], calls)
    assert [call.path for call in needed] == ["Sum", "Sum()", "Sum().add()", "Sum().all"]
    ask = Reference([("Sum", reference)])
    assert ask.answer(needed) == 5.5
    assert ask.answer(needed, reference.replace("2 * x", "x")) == 3.5
    assert ask.answer(needed) == 5.5


def test_an_object_that_was_handed_to_others_brings_their_calls_along():
    box = "class Box:\n    def __init__(self, x):\n        self.x = x\n\ndef grow(box):\n    box.x *= 3"
    calls = [
        Call("Box", made(1), operation="name", name="Box"),
        Call("Box()", made(2), None, (2.0,), on=1),
        Call("grow", made(3), operation="name", name="grow"),
        Call("Box().x=", None, None, (5.0,), operation="set_attribute", on=2, name="x"),
        Call("grow()", None, None, (made(2),), on=3),
        Call("Box().x", 15.0, operation="attribute", on=2, name="x"),
    ]
    assert Reference([("box", box)]).answer(leading_to(calls[-1], calls)) == 15.0


def test_a_cell_that_does_work_is_not_run_again_and_again():
    asked = []
    assert likely("import numpy as np\nnet = np.ones(3) + 1", lambda code: asked.append(code) or True) == []
    assert not asked


RIGHT = "def f(x, y, scale):\n    shifted = x - y\n    return scale * shifted + g(x)\n"
OTHER = "def g(x):\n    return x * x\n\ndef h(x):\n    return x ** 3\n\ndef k(x, y, scale):\n    return 7 * x"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("def f(x, y, scale):\n    return scale * (x - y) + g(y)", "`y` is used instead of `x`"),
        ("def f(x, y, scale):\n    return scale * x + g(x)", "a term with `y` is left out"),
        ("def f(x, y, scale):\n    return scale * (x - y) + h(x)", "`h` is used instead of `g`"),
        ("def f(x, y, scale):\n    return 7 * x", "`k` is used instead of `f`"),
        ("def f(x, y, scale):\n    return y * (x - scale) + g(x)", "`y` and `scale` are swapped"),
        ("def f(x, y, scale):\n    return scale + (x - y) + g(x)", "`+` is used instead of `*`"),
        ("def f(x, y, scale):\n    return scale * (x - y) + g(x - y)", "one name is used instead of another"),
    ],
)
def test_one_thing_in_the_place_of_another(wrong, words):
    def answer(code):
        names = {}
        exec(f"{OTHER}\n\n{code}", names)
        return names["f"](1.7, 0.3, 2.9)

    def alike(code):
        try:
            return abs(answer(code) - answer(wrong)) < 1e-9
        except Exception:
            return False

    assert likely(RIGHT, alike, [OTHER]) == [words]


def test_a_loop_with_one_round_too_many():
    right = "def grow(x, rounds):\n    for _ in range(rounds):\n        x = 1.5 * x + 0.25\n    return x"
    wrong = right.replace("range(rounds)", "range(rounds + 1)")
    assert slips(wrong, right, "grow", (0.7, 4)) == ["a range is off by one"]
