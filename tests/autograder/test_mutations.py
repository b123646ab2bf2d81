"""One change at a time, of the sort that students make, and the rest of the cell as it was written."""

from __future__ import annotations

import ast

import pytest

from autograder.judging.mutations import mutations

CELL = '''def loss(x, y, rate=0.5):
    """A mean of squares; 1 and 2 in a docstring stay."""
    total = 0  # of the squares
    for a, b in zip(x, y):
        total += (a - b) ** 2
    scaled = np.mean(x, axis=1, keepdims=True) @ y.T
    part = x[1:]
    mine = x.copy()
    return np.where(x > 0, total / len(x), -scaled)'''


def changed(kind: str, source: str = CELL, **kwargs) -> list[str]:
    """The lines that mutations of this kind have in place of those of the source."""
    before = source.splitlines()
    made = (m.code.splitlines() for m in mutations(source, **kwargs) if m.kind == kind)
    return [line.strip() for code in made for line in code if line not in before]


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("operator", "total += (a + b) ** 2"),
        ("swapped operands", "total += (b - a) ** 2"),
        ("dropped term", "total += (a) ** 2"),
        ("= for +=", "total = (a - b) ** 2"),
        ("dropped statement", "pass  # of the squares"),
        ("loop that runs once", "break"),
        ("loop without its first", "for a, b in list(zip(x, y))[1:]:"),
        ("sum for mean", "scaled = np.sum(x, axis=1, keepdims=True) @ y.T"),
        ("axis", "scaled = np.mean(x, keepdims=True, axis=0) @ y.T"),
        ("dropped axis", "scaled = np.mean(x, keepdims=True) @ y.T"),
        ("dropped keepdims", "scaled = np.mean(x, axis=1) @ y.T"),
        ("transpose", "scaled = np.mean(x, axis=1, keepdims=True) @ y"),
        ("slice off by one", "part = x[1 + 1:]"),
        ("copy left out", "mine = x"),
        ("comparison", "return np.where((x >= 0), total / len(x), -scaled)"),
        ("constant", "return np.where(x > 1, total / len(x), -scaled)"),
        ("swapped arguments", "return np.where(x > 0, -scaled, total / len(x))"),
        ("dropped sign", "return np.where(x > 0, total / len(x), (scaled))"),
        ("default", "def loss(x, y, rate=1.0):"),
    ],
)
def test_each_kind_of_change_is_made(kind, line):
    assert line in changed(kind)


def test_every_mutation_is_valid_python_and_none_comes_twice():
    codes = [mutation.code for mutation in mutations(CELL)]
    assert len({ast.dump(ast.parse(code)) for code in codes}) == len(codes)
    assert all('"""A mean of squares; 1 and 2 in a docstring stay."""' in code for code in codes)


def test_only_what_students_write_is_changed():
    made = [mutation for mutation in mutations(CELL, lines={7}) if mutation.line != 1]
    assert made and {mutation.line for mutation in made} == {7}


def test_columns_count_bytes():
    assert changed("operator", "α = 'σ'; β = α + 'τ'") == ["α = 'σ'; β = (α - 'τ')"]


def test_a_range_is_off_by_one_at_either_end():
    assert changed("range off by one", "for i in range(1, n, 2):\n    print(i)") == [
        "for i in range(1, n - 1, 2):",
        "for i in range(1 + 1, n, 2):",
    ]


def test_a_change_that_does_not_compile_is_none():
    step = "    def step():\n        nonlocal n\n        n += 1\n        return n\n"
    counter = f"def counter():\n    n = 0\n{step}    return step"
    made = [mutation.code for mutation in mutations(counter)]
    assert made and all(compile(code, "<made>", "exec") for code in made)
