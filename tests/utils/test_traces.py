"""What moves is where the numbers say, and what rests is not drawn anew."""

from __future__ import annotations

import numpy as np
import pytest

from utils import plots, traces


@pytest.fixture
def ax():
    return traces.frame(plots.charts()[0], (-1, 1), (-2, 2), "x", "y")


def lines(ax) -> dict[str, np.ndarray]:
    return {line.get_label(): line.get_xydata() for line in ax.get_lines()}


def test_a_wall_has_its_axes_row_after_row_with_their_titles():
    axes = traces.wall(2, 3, titles="abcdef")
    assert [ax.get_title() for ax in axes] == list("abcdef")
    assert axes[1].get_subplotspec().colspan.start == 1 and axes[3].get_subplotspec().rowspan.start == 1


@pytest.mark.parametrize("log, low", [(False, -2), (True, 0.01)])
def test_axes_keep_the_limits_of_their_frame(log, low):
    ax = traces.frame(plots.charts()[0], (-1, 1), (low, 2), log=log)
    traces.curves(ax, "far")(np.array([-50, 50]), np.array([1, 900]))
    assert (ax.get_xlim(), ax.get_ylim()) == ((-1, 1), (low, 2))


def test_a_logarithmic_x_has_round_numbers_beneath_it():
    ax = traces.frame(plots.charts()[0], (3, 70), (0, 1), log_x=True)
    ax.figure.canvas.draw()
    assert [label.get_text() for label in ax.get_xticklabels() if 3 <= label.get_position()[0] <= 70] == [
        "5", "10", "20", "50",
    ]  # fmt: skip


def test_curves_go_where_they_are_told_and_one_without_values_is_hidden(ax):
    show = traces.curves(ax, "a", "b")
    show(np.array([0, 1]), np.array([2, 3]), None)
    assert lines(ax)["a"].tolist() == [[0, 2], [1, 3]] and len(lines(ax)["b"]) == 0
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]


def test_a_curve_that_stays_is_not_drawn_anew(ax):
    show = traces.curves(ax, "a", "b")
    x = np.array([0.0, 1.0])
    show(x, x, x)
    a, b = ax.get_lines()[-2:]
    a.stale = b.stale = False
    show(x, x, 2 * x)
    assert not a.stale and b.stale


def test_curves_without_names_have_no_legend(ax):
    traces.curves(ax, "", "")
    assert ax.get_legend() is None


def test_curves_differ_in_colour_and_in_dashes_and_dots_in_shape(ax):
    traces.curves(ax, *"abcd"), traces.dots(ax, 4)
    drawn = [line for line in ax.get_lines() if line.get_label() in "abcd"]
    assert len({line.get_color() for line in drawn}) == len({line.get_linestyle() for line in drawn}) == 4
    assert len({line.get_marker() for line in ax.get_lines()[-4:]}) == 4


def test_dots_take_a_number_or_many(ax):
    put = traces.dots(ax)
    put(0.5, 1.5)
    assert ax.get_lines()[-1].get_xydata().tolist() == [[0.5, 1.5]]
    put(np.array([0, 1]), np.array([2, 3]))
    assert ax.get_lines()[-1].get_xydata().tolist() == [[0, 2], [1, 3]]


def test_a_swarm_stands_above_its_name_and_leaves_out_what_is_not_finite(ax):
    traces.swarm(ax, "one", "two")(np.array([1.0, 2.0]), np.array([3.0, np.inf]))
    second = ax.get_lines()[-1].get_xydata()
    assert abs(second[:, 0] - 1).max() < 0.5 and second[0, 1] == 3 and np.isnan(second[1, 1])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["one", "two"]


def test_a_tangent_has_its_slope(ax):
    traces.tangent(ax, reach=0.5)(0, 1, 2)
    assert ax.get_lines()[-1].get_xydata().tolist() == [[-0.5, 0], [0.5, 2]]


def test_a_level_and_an_upright_line_move(ax):
    traces.level(ax)(0.25)
    assert set(ax.get_lines()[-1].get_ydata()) == {0.25}
    traces.upright(ax)(0.75)
    assert set(ax.get_lines()[-1].get_xdata()) == {0.75}


def test_every_point_of_a_crease_is_where_its_unit_is_0_and_marked_ones_are_dashed(ax):
    W, b = np.array([[1.0, 0.5], [2.0, -1.0]], dtype=np.float32), np.array([0.5, -1], dtype=np.float32)
    traces.creases(ax)(W, b, np.array([True, False]))
    (collection,) = ax.collections
    for segment, w, shift in zip(collection.get_segments(), W.T, b, strict=True):
        assert np.allclose(segment @ w + shift, 0, atol=1e-6)
    (_, dashed), (_, solid) = collection.get_linestyles()
    assert dashed is not None and solid is None


def test_a_grey_picture_has_its_first_row_on_top():
    (ax,) = plots.charts()
    traces.greys(ax, 0, 1)(np.array([[0.0, 1.0], [0.5, 0.5], [1.0, 1.0]]))
    (image,) = ax.get_images()
    left, right, bottom, top = image.get_extent()
    assert (right - left, bottom - top) == (2, 3)
    assert image.get_array()[..., 0].tolist() == [[0, 255], [127, 127], [255, 255]]


def test_racers_end_in_a_shape_of_their_own(ax):
    run = traces.racers(ax, "one", "other")
    paths = [np.array([[0, 0], [1, 1]]), np.array([[0, 0], [1, -1]])]
    run(*paths)
    named = {line.get_label(): line for line in ax.get_lines() if line.get_label() in ("one", "other")}
    assert [line.get_xydata().tolist() for line in named.values()] == [path.tolist() for path in paths]
    assert all(line.get_markevery() == [-1] for line in named.values())
    looks = {(line.get_marker(), line.get_linestyle(), line.get_color()) for line in named.values()}
    assert len(looks) == 2 and len({look[0] for look in looks}) == 2


def test_a_chord_has_two_ends_and_an_upright_at_a_place_and_can_be_hidden(ax):
    lay = traces.chord(ax)
    line, gap = ax.get_lines()[-2:]
    lay(np.array([[-1, 0], [1, 2]]), (0.0, 3.0, 1.0))
    assert line.get_xydata().tolist() == [[-1, 0], [1, 2]] and gap.get_xydata().tolist() == [[0, 3], [0, 1]]
    lay(None)
    assert len(line.get_xydata()) == len(gap.get_xydata()) == 0


def test_the_upright_axis_follows_the_values_and_rests_where_they_stay(ax):
    traces.rescale(ax, np.array([0.0, 10.0]), room=0.1)
    assert ax.get_ylim() == (-1, 11)
    ax.stale = ax.yaxis.stale = False
    traces.rescale(ax, np.array([0.0, 10.0]), room=0.1)
    assert not ax.stale and not ax.yaxis.stale
    traces.rescale(ax, np.array([2.0, 2.0]))
    assert ax.get_ylim()[0] < 2 < ax.get_ylim()[1]


def test_many_ways_begin_at_small_dots_and_end_at_large_ones(ax):
    paths = np.arange(12.0).reshape(3, 2, 2)
    traces.ways(ax, tail=99)(paths)
    starts, ends = ax.get_lines()[-2:]
    assert starts.get_xydata().tolist() == paths[0].tolist() and ends.get_xydata().tolist() == paths[-1].tolist()
    assert [way.tolist() for way in ax.collections[-1].get_segments()] == [paths[:, i].tolist() for i in (0, 1)]
    assert ends.get_markersize() > starts.get_markersize()


def test_of_a_way_that_leaps_to_and_fro_only_the_last_part_is_to_be_seen(ax):
    resting, leaping = np.zeros((5, 2)), np.array([[0, 0], [4, 0], [0, 0], [4, 0], [0, 0]])
    traces.ways(ax, tail=9)(np.stack([resting, leaping], axis=1))
    rests, leaps = (np.array(way) for way in ax.collections[-1].get_segments())
    assert rests.tolist() == resting.tolist()
    assert leaps.tolist() == leaping[2:].tolist()


def test_tiles_are_tinted_by_their_values_from_lowest_to_highest(ax):
    lay, corner = traces.mosaic(ax), np.array([[0, 0], [1, 0], [0, 1]])
    lay([corner, corner + 1, corner - 1], np.array([5.0, 3.0, 7.0]))
    (tiles,) = ax.collections
    assert [path.vertices[0].tolist() for path in tiles.get_paths()] == [[0, 0], [1, 1], [-1, -1]]
    np.testing.assert_allclose(tiles.get_facecolor(), plots.SHADES([0.5, 0.0, 1.0]))
    lay([corner])
    assert len(tiles.get_paths()) == 1 and len(tiles.get_facecolor()) == 0


def test_links_join_pairs_of_places(ax):
    pairs = np.arange(8.0).reshape(2, 2, 2)
    traces.links(ax)(pairs)
    assert np.array_equal(ax.collections[-1].get_segments(), pairs)


def test_another_grey_picture_of_the_same_size_leaves_the_axes_at_rest(ax):
    show = traces.greys(ax, 0, 1)
    show(np.zeros((4, 6)))
    (image,) = ax.get_images()
    ax.figure.draw_without_rendering()
    for axis in (ax.xaxis, ax.yaxis):
        axis.stale = False
    show(np.ones((4, 6)))
    assert not ax.xaxis.stale and not ax.yaxis.stale and image.get_array().min() == 255
    show(np.ones((2, 2)))
    assert list(image.get_extent()) == [-0.5, 1.5, 1.5, -0.5]


def test_a_logarithmic_axis_reaches_as_far_as_its_values_and_as_far_on_the_other_side_of_1():
    ax = traces.frame(plots.charts()[0], (0, 1), (0.1, 10), log=True)
    traces.decades(ax, np.array([1e-3, 0.0, np.inf]), np.array([2.0]))
    assert ax.get_ylim() == (1e-10, 1e10)
    traces.decades(ax, np.array([3e24]))
    assert ax.get_ylim() == (1e-30, 1e30)


def test_an_upright_histogram_is_widest_where_most_values_are(ax):
    traces.violins(ax, -1, 1)(np.array([[1, 0, 2], [5, 5, 5]]))
    first, second = ax.collections[-1].get_paths()
    low, high = (np.ptp(first.vertices[first.vertices[:, 1] == y, 0]) for y in (-1, 1))
    assert (low, high) == pytest.approx((0.45, 0.9)) and first.vertices[:, 0].mean() == pytest.approx(1, abs=0.1)
    assert np.ptp(second.vertices[:, 0]) == pytest.approx(0.9) and np.ptp(second.vertices[:, 1]) == pytest.approx(2)


def test_signed_numbers_are_blue_below_0_white_at_0_and_orange_above():
    (ax,) = plots.charts()
    traces.signed(ax)(np.array([[-1, 0], [0.5, 7]]))
    pixels = ax.get_images()[0].get_array()[..., :3].astype(int)
    assert pixels[0, 0, 2] > pixels[0, 0, 0] and (pixels[0, 1] >= 254).all()
    assert pixels[1, 0, 0] > pixels[1, 0, 2] > pixels[1, 1, 2]


def test_stems_go_from_0_to_their_heights(ax):
    traces.stems(ax)(np.array([0.5, -1]))
    assert [line.tolist() for line in ax.collections[-1].get_segments()] == [[[0, 0], [0, 0.5]], [[1, 0], [1, -1]]]
