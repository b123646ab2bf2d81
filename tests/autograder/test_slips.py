"""A small slip that nobody named is found by changing the reference, and told by its kind."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.judging.link import Call
from autograder.judging.slips import TooLong, asked_directly, likely, never_too_long

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
    ask = asked_directly([(name, reference)], [Call(f"{name}()", answer, None, args)])

    def alike(code: str) -> bool:
        try:
            given = ask(code)
        except (Exception, TooLong):
            return False
        return np.shape(given) == np.shape(answer) and bool(np.allclose(given, answer))

    return likely(reference, alike)


@pytest.mark.parametrize(
    ("students", "words"),
    [
        ("return k * np.sum((x - rest) ** 2, axis=0)", ["a constant factor is missing, or has another value"]),
        ("return k / 2 * np.sum((x + rest) ** 2, axis=0)", ["`+` stands in the place of `-`"]),
        ("return k / 2 * np.sum(x ** 2, axis=0)", ["a term with `rest` is left out"]),
        ("return k / 2 * np.mean((x - rest) ** 2, axis=0)", ["`mean` stands in the place of `sum`"]),
        ("return k / 2 * np.sum((x - rest) ** 3, axis=0)", ["an exponent is missing, or has another value"]),
        ("return k / 2 * np.sum((x - rest) ** 2, axis=1)", ["another `axis` is taken"]),
        ("return k / 2 * np.sum((x - rest) ** 2)", ["`axis` is left out"]),
        ("return np.sin(k * np.sum((x - rest) ** 2, axis=0))", []),
    ],
)
def test_another_way_to_write_a_slip_is_told_by_its_kind(students, words):
    assert slips(f"import numpy as np\n\ndef energy(x, k, rest=0.25):\n    {students}") == words


def test_a_loop_that_never_ends_is_ended():
    power = "def power(n):\n    k = 1\n    while k < n:\n        k *= 2\n    return k"
    wrong = "def power(n):\n    k = 1\n    while k <= n:\n        k *= 2\n    return k"
    assert "`<=` stands in the place of `<`" in slips(wrong, power, "power", (64,))
    with pytest.raises(TooLong), never_too_long():
        exec(compile("while True:\n    pass", "<reference>", "exec"))


def test_what_an_earlier_call_made_is_asked_again():
    reference = "class Sum:\n    def __init__(self, start):\n        self.all = start\n\n"
    reference += "    def add(self, x):\n        self.all = self.all + 2 * x\n        return self.all"
    calls = [Call("Sum()", None, None, (1.5,)), Call("Sum().add()", 5.5, None, (2.0,)), Call("Sum().all", 5.5)]
    assert asked_directly([("Sum", reference)], calls)(reference) == 5.5
    assert asked_directly([("Sum", reference)], calls)(reference.replace("2 * x", "x")) == 3.5


def test_a_cell_that_does_work_is_not_run_again_and_again():
    asked = []
    assert likely("import numpy as np\nnet = np.ones(3) + 1", lambda code: asked.append(code) or True) == []
    assert not asked
