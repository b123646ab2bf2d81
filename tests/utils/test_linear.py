"""A line is found just where there is one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from utils import data, linear


@pytest.mark.parametrize("gate", ["AND", "OR", "NAND"])
def test_the_line_found_keeps_the_classes_apart_by_its_margin(gate):
    X, y = data.gate(gate)
    line = linear.separating_line(X, y)
    distance = np.where(y == 1, 1, -1) * (X @ line.w + line.b)
    assert distance.min() == pytest.approx(line.margin) and line.margin == pytest.approx(0.5)


def test_no_line_is_found_for_xor_nor_for_its_opposite_and_one_for_all_other_tables():
    X, _ = data.gate("XOR")
    none = [table for table in product([0, 1], repeat=4) if not linear.separating_line(X, np.array(table))]
    assert none == [(0, 1, 1, 0), (1, 0, 0, 1)]


def test_a_hyperplane_is_found_in_more_dimensions():
    X, y = data.gate("XOR")
    lifted = np.column_stack([X, X.prod(axis=1)])
    line = linear.separating_line(lifted, y)
    assert ((lifted @ line.w + line.b > 0) == y).all()


def test_a_point_in_both_classes_separates_nothing():
    assert linear.separating_line(np.array([[1.0, 2.0], [1.0, 2.0]]), np.array([0, 1])) is None


def test_where_no_line_is_found_both_classes_mix_to_one_point_and_where_one_is_they_do_not():
    rng = np.random.default_rng(0)
    for count in range(4, 24):
        X, y = rng.normal(size=(count, 2)) + (np.arange(count) % 2)[:, None], np.arange(count) % 2
        star = linear.common_point(X, y)
        assert (star is None) == (linear.separating_line(X, y) is not None)
        if star:
            assert (star.shares >= 0).all() and (star.shares > 0).sum() <= 4
            for kind in (0, 1):
                assert star.shares[y == kind].sum() == pytest.approx(1)
                assert star.shares[y == kind] @ X[y == kind] == pytest.approx(star.point)


def test_the_diagonals_of_xor_cross_in_the_middle():
    star = linear.common_point(*data.gate("XOR"))
    assert star.point == pytest.approx([0.5, 0.5]) and star.shares == pytest.approx([0.5] * 4)


@pytest.mark.parametrize("y", [[], [0, 0], [1, 1]])
def test_one_class_alone_crosses_nothing_and_is_separated_from_nothing(y):
    X = np.arange(2.0 * len(y)).reshape(-1, 2)
    assert linear.common_point(X, np.array(y)) is None and linear.separating_line(X, np.array(y)) is not None
