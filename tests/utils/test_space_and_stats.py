"""A sheet is cut where it should be, and an interval holds the truth as often as it says."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from utils import data, plots, space, stats


def product(X):
    return X[:, 0] * X[:, 1]


def shown(cut, turn=0):
    """The axes of a sheet x₁x₂ cut at this height."""
    (ax,) = plots.charts()
    space.sheet(ax, product, names=["00", "01", "10", "11"])(turn, cut, *data.gate("XOR"))
    return ax


def colours(ax):
    return {tuple(colour[:3]) for colour in ax.collections[0].get_facecolor()}


def test_the_sheet_is_tinted_by_the_side_of_the_plane():
    blue, orange, grey = (to_rgba(colour)[:3] for colour in (plots.BLUE, plots.ORANGE, plots.GREY))
    assert colours(shown(lambda X: np.full(len(X), 0.5))) == {blue, orange, grey}
    assert colours(shown(lambda X: np.full(len(X), -0.2))) == {blue, grey}
    assert colours(shown(lambda X: np.full(len(X), 1.2))) == {orange, grey}


def test_the_seam_is_where_sheet_and_plane_are_at_one_height():
    faces, frame, seam = shown(lambda X: np.full(len(X), 0.5)).collections
    (line,) = seam.get_segments()
    # Not turned, x on the picture is x₁ - ½: there x₂ = ½/x₁ and both are at height ½.
    x1 = line[:, 0] + 0.5
    up = (0.5 / x1 - 0.5) * np.sin(np.radians(28)) + 0.5 * np.cos(np.radians(28))
    assert line[:, 1] == pytest.approx(up, abs=1e-3) and np.ptp(x1) == pytest.approx(0.5, abs=0.01)


def test_a_patch_is_cut_where_the_plane_cuts_it_and_nothing_of_it_is_lost():
    patches = np.array([[[0, 0], [0.1, 0], [0.1, 0.1], [0, 0.1]]], dtype=float)
    sheet, plane = np.array([[0, 1, 1, 0]], dtype=float), np.full((1, 4), 0.25)
    pieces, under, _ = space._split(0, patches, sheet, plane)
    assert sorted(under) == [False, True]
    for piece, is_under in zip(pieces, under, strict=True):
        over = piece[:, 2] - piece[:, 3]
        assert (over <= 1e-12).all() if is_under else (over >= -1e-12).all()
        x, y = piece[:, 0], piece[:, 1]
        area = abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
        assert area == pytest.approx(0.0025 if is_under else 0.0075)


def test_another_sheet_can_be_shown_on_the_same_axes():
    (ax,) = plots.charts()
    show = space.sheet(ax, product)
    for height, is_blue in ((product, True), (lambda X: 0 * X[:, 0], False)):
        show(0, lambda X: np.full(len(X), 0.5), *data.gate("XOR"), height)
        assert (to_rgba(plots.BLUE)[:3] in colours(ax)) == is_blue


def test_half_a_turn_swaps_left_and_right():
    here, there = (shown(lambda X: np.full(len(X), 0.5), turn).lines for turn in (0, 180))
    assert here[1].get_xdata() == pytest.approx(-there[1].get_xdata())


def test_ridges_stand_on_their_feet_far_ones_first_and_smaller():
    (ax,) = plots.charts()
    heights = np.array([[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
    space.ridges(ax, 0, 1)(heights)
    far, near = (path.vertices[:3] for path in ax.collections[0].get_paths())
    assert far[0, 1] > near[0, 1] and np.ptp(far[:, 0]) < np.ptp(near[:, 0])
    assert near[1, 1] - near[0, 1] == pytest.approx(1 / 3) and 0.1 < far[1, 1] - far[0, 1] < 1 / 3


def test_more_tries_make_surer():
    few, many = (stats.share(np.arange(n) % 2 == 0) for n in (10, 1000))
    assert few[0] == many[0] == 0.5 and many[2] - many[1] < few[2] - few[1] < 0.6


def test_nothing_is_certain_even_after_successes_alone():
    p, low, high = stats.share(np.ones(20, dtype=bool))
    assert p == high == 1 and low == pytest.approx(20 / (20 + 1.96**2))


@pytest.mark.parametrize("truth", [0.05, 0.3, 0.9])
def test_the_interval_holds_the_truth_about_95_times_in_100(truth):
    tries = np.random.default_rng(0).random((2000, 60)) < truth
    held = np.mean([low <= truth <= high for _, low, high in map(stats.share, tries)])
    assert 0.92 < held < 0.98


def test_a_paired_interval_covers_the_true_difference_95_times_in_100_and_ignores_what_pairs_share():
    random, held = np.random.default_rng(0), []
    for _ in range(2000):
        shared = 100 * random.normal(size=6)
        _, low, high = stats.paired(shared + 0.5 + random.normal(size=6), shared + random.normal(size=6))
        held.append(low <= 0.5 <= high)
    assert 0.94 < np.mean(held) < 0.96


def test_a_difference_is_told_in_points_with_signs_and_true_minuses():
    assert stats.in_points((0.0151, -0.001, 0.031)) == "+1.5 points (−0.1 … +3.1)"
    assert stats.in_points((-0.00537, -0.0091, -0.0017), 2) == "−0.54 points (−0.91 … −0.17)"
