"""How messages write what a test asked of an object."""

import pytest

from autograder.judging.paths import in_python


@pytest.mark.parametrize(
    "path, written",
    [
        ("V()__add__", "V() + …"),
        ("V()__add____eq__", "V() + … == …"),
        ("V()__rmul____getitem__", "(… * V())[…]"),
        ("V()__add__.norm()", "(V() + …).norm()"),
        ("Stack()__len__", "len(Stack())"),
        ("bag__iter____next__", "next(iter(bag))"),
        ("bag__contains__", "… in bag"),
        ("V.__add__()", "V.__add__()"),
        ("def __add__(self, other):", "def __add__(self, other):"),
        ("f(2)", "f(2)"),
    ],
)
def test_special_methods_are_written_as_python_writes_them(path, written):
    assert in_python(f"In `{path}`: it is 1.") == f"In `{written}`: it is 1."
