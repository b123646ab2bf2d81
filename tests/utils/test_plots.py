"""What is drawn is where it should be, and can be told apart without colour."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb

from utils import data, plots


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
    zeros, ones, _, _, crosses = (line.get_xydata().tolist() for line in ax.lines)
    assert zeros == [[0, 0], [1, 1]] and ones == [[0, 1], [1, 0]] and crosses == [[1, 1]]
    assert [text.get_text() for text in ax.texts] == ["00", "01", "10", "11"]


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
