"""What is drawn is where it should be, and can be told apart without colour."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from contrast import contrast
from matplotlib.colors import to_rgb

from utils import data, plots


@pytest.mark.parametrize(
    "written, shown",
    [
        ("slope -0.5 at (-2, 3)", "slope −0.5 at (−2, 3)"),
        ("h = 1e-05, or -inf", "h = 1e−05, or −inf"),
        ("a 784-16-10 net, left-hand, x1-3", "a 784-16-10 net, left-hand, x1-3"),
    ],
)
def test_a_negative_number_gets_a_minus_and_a_hyphen_stays(written, shown):
    assert plots.with_minus(written) == shown


def test_the_boundary_lies_where_the_score_is_zero():
    (ax,) = plots.panels("x")
    plots.decision_regions(ax)(lambda X: X[:, 0] + 2 * X[:, 1] - 1)
    segments = ax.collections[1].get_segments()
    assert len(segments) == 1 and len(segments[0]) > 10
    assert np.allclose(segments[0] @ [1, 2], 1, atol=1e-9)


def test_a_side_is_shaded_by_its_class():
    (ax,) = plots.panels("x")
    plots.decision_regions(ax, hard=True)(lambda X: X[:, 0] - 0.5)
    (side,) = ax.collections[0].get_paths()
    assert side.contains_point((1, 0)) and not side.contains_point((0, 0))


def test_shades_follow_the_probability():
    (ax,) = plots.panels("x", low=-4, high=4)
    plots.decision_regions(ax)(lambda X: X[:, 0])
    starts = [path.vertices[:, 0].min() for path in ax.collections[0].get_paths()]
    assert 1 / (1 + np.exp(-np.array(starts))) == pytest.approx(np.arange(0.1, 0.95, 0.1))


def test_a_classifier_that_never_changes_its_mind_has_no_boundary():
    (ax,) = plots.panels("x")
    plots.decision_regions(ax)(lambda X: np.full(len(X), -30.0))
    assert ax.collections[1].get_segments() == []


def test_points_stand_where_they_belong_and_wrong_ones_are_crossed_out():
    (ax,) = plots.panels("x")
    X, y = data.gate("XOR")
    plots.points(ax, ["00", "01", "10", "11"])(X, y, answers=np.array([0, 1, 1, 1]))
    zeros, ones, _, _, crosses, *words = (line.get_xydata().tolist() for line in ax.lines)
    assert zeros == [[0, 0], [1, 1]] and ones == [[0, 1], [1, 0]] and crosses == [[1, 1]]
    assert words == [[place] for place in X.tolist()]
    assert [line.get_gid() for line in ax.lines[5:]] == ["00", "01", "10", "11"]


def test_a_name_beside_a_point_is_as_large_as_a_text_would_be_and_outward_of_it():
    (ax,) = plots.panels("x")
    plots.points(ax, ["00"])(np.array([[0.5, 0.5]]), np.array([0]))
    ax.figure.canvas.draw()
    word, text = ax.lines[-1].get_window_extent(), ax.text(0, 0, "00", size=10).get_window_extent()
    assert word.width == pytest.approx(text.width, rel=0.15)
    assert word.x1 < ax.transData.transform((0.5, 0.5))[0]


def test_classes_differ_in_shape_and_in_lightness_or_hue_that_everyone_sees():
    assert len(set(plots.SHAPES)) == len(plots.SHAPES) == len(plots.COLOURS)
    # Who cannot tell red from green still sees blue, and light from dark.
    to_seen = np.array([[0.625, 0.375, 0], [0.7, 0.3, 0], [0, 0.3, 0.7]])
    seen = np.array([to_seen @ to_rgb(colour) for colour in plots.COLOURS])
    apart = np.linalg.norm(seen[:, None] - seen, axis=-1)[np.triu_indices(len(seen), 1)]
    assert apart.min() > 0.1 and np.linalg.norm(seen[0] - seen[1]) > 0.5


@pytest.mark.parametrize("w, b", [((1, 1), -1.5), ((0, 2), 1), ((-3, 0), 0.2)])
def test_a_straight_line_lies_where_it_says_and_leaves_the_axes_alone(w, b):
    (ax,) = plots.panels("x")
    plots.straight_line(ax)(w, b)
    assert np.allclose(ax.lines[0].get_xydata() @ np.array(w) + b, 0, atol=1e-9)
    assert ax.get_xlim() == (-0.5, 1.5)


def test_no_weights_no_line():
    (ax,) = plots.panels("x")
    lay = plots.straight_line(ax)
    lay((1, 0), 0)
    lay((0, 0), 1)
    assert len(ax.lines[0].get_xydata()) == 0


def test_a_net_of_lines_is_bent_by_the_map():
    (ax,) = plots.panels("x")
    plots.grid(ax, -1, 1)(lambda X: np.maximum(X, 0))
    assert min(segment.min() for segment in ax.collections[0].get_segments()) == 0


def test_warped_points_say_whether_a_line_separates_them():
    (ax,) = plots.panels("x")
    X, y = data.gate("XOR")
    send = plots.warped(ax, X, y)
    assert send(lambda X: X) is False and len(ax.lines[-1].get_xydata()) == 0
    assert send(lambda X: np.maximum(X @ np.array([[1, -1], [-1, 1]]), 0)) is True


def test_an_activation_is_drawn_with_its_derivative():
    (ax,) = plots.charts()
    plots.activation(ax, torch.tanh)
    _, value, slope = (line.get_xydata() for line in ax.lines)
    assert np.allclose(value[:, 1], np.tanh(value[:, 0]), atol=1e-6)
    assert np.allclose(slope[:, 1], 1 - np.tanh(slope[:, 0]) ** 2, atol=1e-6)


def test_a_dot_runs_on_the_curves():
    (ax,) = plots.charts()
    plots.curves(ax, [0, 1, 2], {"a": [3, 2, 1], "b": [3, 3, 3]}, "epoch", "loss")(1, 2)
    assert ax.lines[-1].get_xydata().tolist() == [[1, 2]]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]


def test_three_classes_meet_where_their_shares_are_equal():
    (ax,) = plots.panels("x", low=-1, high=1)
    show = plots.class_regions(ax, hard=True)
    show(lambda X: np.column_stack([X[:, 0], -X[:, 0], np.full(len(X), -9.0)]))
    borders = np.concatenate(ax.collections[0].get_segments())
    assert borders[:, 0] == pytest.approx(0, abs=1e-9) and ax.get_xlim() == (-1, 1)
    left, right = np.asarray(ax.images[0].get_array())[40, [5, 75], :3]
    assert right.argmax() == 2 and left.argmax() == 0  # class 0, blue, on the right; class 1, orange, on the left


def test_shares_blend_the_tints_of_their_classes():
    (ax,) = plots.panels("x")
    show, seen = plots.class_regions(ax), []
    for share in (1.0, 0.5, 0.0):
        show(lambda X, share=share: np.tile([share, 1 - share], (len(X), 1)))
        seen.append(np.asarray(ax.images[0].get_array())[0, 0, :3].astype(float))
    assert seen[1] == pytest.approx((seen[0] + seen[2]) / 2, abs=1)


def test_bars_are_as_high_as_their_numbers_say():
    (ax,) = plots.charts()
    plots.bars(ax, ["a", "b"], -1, 1, ["now", "then"])([0.5, -0.25], [1, 0])
    assert [box.get_height() for box in ax.patches] == [0.5, -0.25, 1, 0]
    assert [text.get_text() for text in ax.texts] == ["0.50", "-0.25", "1.00", "0.00"]


def test_a_table_shows_its_numbers_and_leaves_gaps_empty():
    (ax,) = plots.charts()
    show = plots.table(ax, 1, 3, signs={(0, 1): "="})
    show(np.array([[-2, np.nan, 0.5]]), np.array([[True, False, False]]))
    assert [text.get_text() for text in ax.texts] == ["−2", "", "0.5", "="]
    lit, gap, other = ax.collections[0].get_facecolor()
    assert gap[3] == 0 and tuple(lit[:3]) != tuple(other[:3]) == (1, 1, 1)


def test_a_surface_is_darkest_where_it_is_lowest():
    (ax,) = plots.panels("w", low=-1, high=1)
    plots.surface(ax)((plots.places_of(ax) ** 2).sum(axis=1))
    light = np.asarray(ax.images[0].get_array())[..., :3].sum(axis=-1)
    assert light[39:41, 39:41].max() < light[20:60, 20:60].mean() < light[0, 0] == light.max()


def test_a_trail_ends_where_the_walk_does():
    (ax,) = plots.panels("w")
    plots.trail(ax)(np.array([[0, 0], [1, 0], [1, 1]]))
    assert len(ax.lines[0].get_xydata()) == 3 and ax.lines[1].get_xydata().tolist() == [[1, 1]]


def test_strokes_run_along_the_strongest_edge():
    (ax,) = plots.charts()
    hog = np.zeros((1, 2, 9))
    hog[0, 0, 0] = hog[0, 1, 4] = 0.1  # grey changes to the right: the edge stands; downward: it lies
    plots.edges(ax, 1, 2)(hog)
    upright, level = (np.ptp(segment, axis=0) for segment in ax.collections[0].get_segments())
    assert upright == pytest.approx([0, 1.6]) and level == pytest.approx([1.6, 0])


def test_many_bars_have_their_colours_and_heights():
    (ax,) = plots.charts()
    plots.shares(ax, 2, 0.5, colours=np.eye(3)[:2], icons=np.zeros((2, 4, 4)))(np.array([0.1, 0.4]))
    tops = [path.vertices[:, 1].max() for path in ax.collections[0].get_paths()]
    assert tops == [0.1, 0.4] and len(ax.images) == 2


@pytest.mark.parametrize("X, corners", [
    ([[0, 0], [1, 0], [0, 1], [0.2, 0.2]], 3), ([[0, 0], [1, 1], [0.5, 0.5]], 2), ([[0, 0]], 1), ([], 0),
])  # fmt: skip
def test_a_rubber_band_goes_around_the_outermost_points_alone(X, corners):
    (ax,) = plots.panels("x")
    X = np.array(X, dtype=float).reshape(-1, 2)
    plots.hulls(ax)(X, np.zeros(len(X)))
    assert len(np.unique(ax.patches[0].get_xy(), axis=0)) == corners and len(ax.patches[1].get_xy()) == 0


def test_spokes_go_from_the_star_to_each_point_and_without_points_there_is_no_star():
    (ax,) = plots.panels("x")
    show = plots.spokes(ax)
    show(np.array([0.5, 0.5]), np.array([[0, 0], [1, 1]]))
    assert len(ax.collections[0].get_segments()) == 2 and len(ax.lines[1].get_xydata()) == 1
    show(np.zeros(2), np.empty((0, 2)))
    assert ax.collections[0].get_segments() == [] and len(ax.lines[1].get_xydata()) == 0


def test_a_ring_slides_on_its_segment_from_the_second_end_to_the_first():
    (ax,) = plots.panels("x")
    slide = plots.segment(ax, (0, 1), (1, 0))
    assert slide(0.0).tolist() == [1, 0] and slide(1.0).tolist() == [0, 1]
    assert slide(0.25).tolist() == [0.75, 0.25] == ax.lines[-1].get_xydata()[0].tolist()


def test_error_bars_reach_from_low_to_high():
    (ax,) = plots.charts()
    plots.curves(ax, [1, 2], {"a": [0.5, 0.6]}, "n", "share", spread={"a": ([0.4, 0.5], [0.7, 0.8])})
    (bars,) = ax.collections
    assert [bar.tolist() for bar in bars.get_segments()] == [[[1, 0.4], [1, 0.7]], [[2, 0.5], [2, 0.8]]]


def test_one_curve_of_a_bundle_is_picked_out():
    (ax,) = plots.charts()
    plots.bundle(ax, [0, 10, 20], "step", "loss", 0, 5)(np.array([[4, 3], [2, 3], [1, 3]]), picked=0, i=2)
    thick, dot = ax.lines
    assert len(ax.collections[0].get_segments()) == 2
    assert thick.get_ydata().tolist() == [4, 2, 1] and dot.get_xydata().tolist() == [[20, 1]]


@pytest.mark.parametrize(("curves", "thin"), [(119, 119), (120, 60), (300, 100)])
def test_of_very_many_curves_not_all_are_drawn(curves, thin):
    (ax,) = plots.charts(1)
    plots.bundle(ax, [0, 1], "step", "loss", 0, 5)(np.tile(np.arange(curves), (2, 1)), picked=7, i=0)
    drawn = [segment[0][1] for segment in ax.collections[-1].get_segments()]
    assert drawn == list(range(0, curves, curves // thin))
    assert ax.lines[0].get_ydata().tolist() == [7, 7]


def test_stems_stand_where_they_are_put_and_reach_from_low_to_high():
    (ax,) = plots.charts(1)
    plots.stems(ax)(np.array([1.0, 2.0]), np.array([0.0, 0.3]), np.array([0.4, 1.0]))
    (stems,) = ax.collections
    assert [segment.tolist() for segment in stems.get_segments()] == [[[1, 0], [1, 0.4]], [[2, 0.3], [2, 1]]]


def test_what_has_not_happened_yet_is_paler_on_a_timeline_and_can_still_be_read():
    (ax,) = plots.charts()
    plots.timeline(ax, {1957: "one", 1969: "two", 1986: "three"})(1969)
    past, now, future = (text.get_alpha() for text in ax.texts)
    assert past == now == 1 > future
    grey = 1 - future * (1 - np.array(to_rgb(ax.texts[-1].get_color())))
    assert contrast(grey, "white") > 4.5  # what WCAG 2 asks of text
    assert [text.get_text() for text in ax.texts] == ["1957\none", "1969\ntwo", "1986\nthree"]


def boxes_of_words(ax, names):
    (texts,) = [artist for artist in ax.collections if len(artist.get_paths()) == len(names)]
    boxes = []
    for path, offset in zip(texts.get_paths(), texts.get_offsets(), strict=True):
        low, high = path.get_extents().get_points() * ax.figure.dpi / 72 + offset
        boxes.append((*low, *high))
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1], "a word covers another"
    return np.array(boxes)


@pytest.mark.parametrize("side, centre", [("right", -0.5), ("left", 0.9)])
def test_the_words_of_a_crowd_stand_beside_it_in_the_order_of_their_heights_and_within_the_axes(side, centre):
    ax = plots.plane(plots.charts()[0], "x", -1, 1)
    names = ["cat", "doghouse", "dog", "bird", "cow"]
    places = np.array([[centre, 0.01 * i - 0.98] for i in (3, 1, 4, 0, 2)])
    plots.words(ax, names, [0] * 5)(places)
    boxes, marks = boxes_of_words(ax, names), ax.transData.transform(places)
    assert (boxes[:, 0] > marks[:, 0]).all() if side == "right" else (boxes[:, 2] < marks[:, 0]).all()
    assert boxes[:, 1].argsort().tolist() == places[:, 1].argsort().tolist()
    assert boxes[:, 1].min() >= ax.bbox.y0 - 5 and ax.bbox.x0 < boxes[:, 0].min() and boxes[:, 2].max() < ax.bbox.x1


def test_only_the_named_words_are_written_in_a_dark_shade_of_their_kinds_colour():
    ax = plots.plane(plots.charts()[0], "x", -1, 1)
    put = plots.words(ax, ["cat", "dog", "the"], [0, 1, -1])
    put(np.zeros((3, 2)), named=[1])
    (texts,) = [artist for artist in ax.collections if len(artist.get_paths()) == 3]
    assert [bool(np.all(offset > 0)) for offset in texts.get_offsets()] == [False, True, False]
    for colour, kind in zip(texts.get_facecolors(), [plots.BLUE, plots.ORANGE, plots.INK], strict=True):
        light = np.array(colour[:3])
        assert contrast(light, "white") > 4.5 and light.argmax() == np.argmax(to_rgb(kind))


def test_words_stand_over_their_marks_and_none_covers_another():
    ax = plots.plane(plots.charts()[0], "x", -1, 1)
    names, places = ["cat", "doghouse", "dog", "far"], np.array([[0, 0], [0.01, 0], [0, 0.01], [0.8, -0.8]])
    plots.words(ax, names, [0, 0, 1, -1])(places, lit=[1, 3])
    for a, below in zip(boxes_of_words(ax, names), ax.transData.transform(places), strict=True):
        assert a[0] < below[0] < a[2] and a[1] > below[1]
    by_shape = {line.get_marker(): line.get_xydata() for line in ax.get_lines() if line.get_markerfacecolor() != "none"}
    assert len(by_shape["o"]) == 2 and len(by_shape["s"]) == len(by_shape["."]) == 1 and len(by_shape["^"]) == 0
    (ring,) = [line for line in ax.get_lines() if line.get_markerfacecolor() == "none"]
    assert ring.get_xydata().tolist() == places[[1, 3]].tolist()
