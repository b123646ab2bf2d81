"""Pieces of a net are counted exactly: known counts come out, and nothing is missed or counted twice."""

from __future__ import annotations

import numpy as np
import pytest

from utils import regions


def random_net(*widths: int, seed: int = 0) -> list[regions.Layer]:
    """A net of these widths whose weights and biases are drawn from a normal distribution."""
    rng = np.random.default_rng(seed)
    return [
        (rng.normal(size=(inputs, outputs)) * (2 / inputs) ** 0.5, rng.normal(size=outputs))
        for inputs, outputs in zip(widths[:-1], widths[1:], strict=True)
    ]


def tent() -> list[regions.Layer]:
    """Up from (0, 0) to (½, 1) and down to (1, 0)."""
    return [(np.ones((1, 2)), np.array([0, -0.5])), (np.array([[2.0], [-4.0]]), np.zeros(1))]


def fold() -> list[regions.Layer]:
    """|2x - 1| of both coordinates of the unit square."""
    W = 2.0 * np.array([[1, -1, 0, 0], [0, 0, 1, -1]])
    return [(W, np.array([-1.0, 1, -1, 1])), (np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]]), np.zeros(2))]


def test_a_net_says_what_its_layers_say_one_after_the_other():
    (W1, b1), (W2, b2) = random_net(2, 3, 1)
    X = np.random.default_rng(1).normal(size=(7, 2))
    np.testing.assert_allclose(regions.apply([(W1, b1), (W2, b2)], X), np.maximum(X @ W1 + b1, 0) @ W2 + b2)
    assert regions.numbers([(W1, b1), (W2, b2)]) == 2 * 3 + 3 + 3 + 1


@pytest.mark.parametrize("times", range(1, 9))
def test_a_tent_after_a_tent_doubles_the_pieces(times):
    x, y = regions.joints(tent() * times)
    assert len(x) - 1 == 2**times
    np.testing.assert_allclose(y, np.arange(2**times + 1) % 2, atol=1e-9)
    np.testing.assert_allclose(x, np.linspace(0, 1, 2**times + 1))


def test_a_bend_outside_the_ends_does_not_count():
    assert [len(regions.joints(tent(), *ends)[0]) - 1 for ends in [(0, 1), (0, 0.5), (0.1, 0.4), (-1, 2)]] == [
        2,
        1,
        1,
        3,
    ]


def test_a_joint_of_units_that_cancel_does_not_count():
    layers = [(np.ones((1, 2)), np.array([-0.5, -0.5])), (np.array([[1.0], [-1.0]]), np.zeros(1))]
    assert regions.joints(layers)[0].tolist() == [0, 1]


@pytest.mark.parametrize("widths", [(1, 20, 1), (1, 8, 8, 1), (1, 6, 6, 6, 6, 1)])
def test_straight_lines_between_the_joints_are_the_curve(widths):
    layers = random_net(*widths, seed=3)
    x, y = regions.joints(layers, -2, 2)
    fine = np.linspace(-2, 2, 5001)
    np.testing.assert_allclose(np.interp(fine, x, y), regions.apply(layers, fine[:, None])[:, 0], atol=1e-9)
    assert np.abs(np.diff(np.diff(y) / np.diff(x))).min() > 0


@pytest.mark.parametrize("units", [1, 2, 5, 12])
def test_one_layer_cuts_the_plane_as_so_many_lines_in_general_position_do(units):
    found = regions.cells(random_net(2, units, 1, seed=6), -1e3, 1e3)
    assert len(found) == 1 + units + units * (units - 1) // 2


@pytest.mark.parametrize("times", [1, 2, 3, 4])
def test_a_fold_after_a_fold_makes_four_times_as_many(times):
    found = regions.cells(fold() * times)
    assert len(found) == 4**times
    np.testing.assert_allclose([regions.area(cell) for cell in found], 4.0**-times)


@pytest.mark.parametrize("widths", [(2, 15, 1), (2, 6, 6, 1), (2, 5, 5, 5, 1)])
def test_the_cells_cover_the_square_once_and_each_has_a_pattern_of_units_of_its_own(widths):
    layers = random_net(*widths, seed=4)
    found = regions.cells(layers, -2, 2)
    assert sum(map(regions.area, found)) == pytest.approx(16)

    def sides(X: np.ndarray) -> list[bytes]:
        before = [regions.apply(layers[:depth], X) > 0 for depth in range(1, len(layers))]
        return [row.tobytes() for row in np.hstack(before)]

    middles = sides(np.array([cell.mean(axis=0) for cell in found]))
    assert len(set(middles)) == len(middles)
    tried = set(sides(np.random.default_rng(0).uniform(-2, 2, (20000, 2))))
    assert tried <= set(middles) and len(tried) > 0.7 * len(middles)


def test_on_a_cell_the_net_is_affine():
    layers = random_net(2, 6, 6, 1, seed=5)
    for cell in regions.cells(layers, -2, 2):
        middle = cell.mean(axis=0)
        inside = regions.apply(layers, (cell + middle) / 2)
        np.testing.assert_allclose(inside, (regions.apply(layers, cell) + regions.apply(layers, middle[None])) / 2)
