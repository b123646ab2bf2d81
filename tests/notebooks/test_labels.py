"""The measure of a picture's words finds each kind of fault, and no other."""

from __future__ import annotations

import labels
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg

from utils import live, plots, traces


def faults(ax: Axes) -> list[str]:
    """Of the figure as it is laid out and drawn."""
    FigureCanvasAgg(ax.figure).draw()
    return labels.faults(ax.figure)


@pytest.fixture
def ax() -> Axes:
    (ax,) = plots.charts(1, titles=["a title"])
    return traces.frame(ax, (0, 1), (0, 1), "x", "y")


def test_words_that_can_be_read_are_no_fault(ax):
    traces.curves(ax, "one", "two", legend="upper left")([0, 1], [0, 0.4], [0.2, 0])
    ax.text(0.5, 0.5, "a word")
    ax.text(0.5, 0.7, "another")
    ax.text(0.5, 0.7, "")
    assert faults(ax) == []


def test_a_word_that_leaves_the_figure_is_cut(ax):
    ax.text(1.0, 0.5, "much too long for the margin on the right", in_layout=False)
    assert faults(ax) == ["'much too long for the margin on the right' is cut"]


def test_a_word_that_ends_with_its_axes_is_cut(ax):
    ax.text(0.95, 0.5, "clipped", clip_on=True)
    assert faults(ax) == ["'clipped' is cut"]


def test_a_number_at_an_axis_that_was_laid_out_for_a_narrower_one_is_cut(ax):
    ax.figure.canvas.draw()
    ax.figure.set_layout_engine("none")
    ax.set_ylim(0, 1_000_000_000)
    ax.set_yticks([500_000_000], ["500,000,000,000"])
    assert "'500,000,000,000' is cut" in faults(ax)


def test_two_words_at_one_place_lie_over_each_other(ax):
    ax.text(0.5, 0.5, "one")
    ax.text(0.52, 0.51, "two")
    assert faults(ax) == ["'one' and 'two' lie over each other"]


def test_a_word_over_the_title_is_found(ax):
    ax.text(0.5, 1.03, "4.51", ha="center")
    assert faults(ax) == ["'4.51' and 'a title' lie over each other"]


def test_a_legend_over_a_curve_is_found_and_beside_it_is_not(ax):
    show = traces.curves(ax, "one", legend="upper left")
    show([0, 1], [0, 1])
    assert faults(ax) == []
    show([0, 0.5, 1], [0.95, 0.95, 0.9])
    assert faults(ax) == ["the legend lies over 'one'"]
    show([0, 1], [-1, -1])
    ax.axvline(0.05)
    assert faults(ax) == []
    ax.plot([0.05], [0.95], "o", label="a dot")
    assert faults(ax) == ["the legend lies over 'a dot'"]


def test_a_picture_is_measured_where_its_controls_end_and_its_line_is_read_everywhere(ax):
    word = ax.text(0, 0.5, "word", clip_on=True)

    def move(x):
        word.set_x(x / 20)
        return f"{x} units are there."

    picture = live.picture(move, ax, x=live.slider(4, 0, 10))
    assert labels.faults_of(picture) == {"x = 1": ["'1 units' in '1 units are there.'"]}
    assert picture.caption == "4 units are there."


def test_what_a_control_does_at_its_end_is_measured(ax):
    word = ax.text(0, 0.5, "word", clip_on=True)

    def move(x):
        word.set_x(x)
        return "A word."

    assert labels.faults_of(live.picture(move, ax, x=live.slider(0.5, 0.0, 1, 0.1))) == {"x = 1.0": ["'word' is cut"]}


@pytest.mark.parametrize("line", ["1 units", "It is a 8.", "with 1 points, of 2", "a 11 and an 8", "one is a 18"])
def test_a_slip_of_grammar_is_found(line):
    assert len(labels.slips(line)) == 1


@pytest.mark.parametrize("line", ["1 unit", "an 8", "an 11", "10.1 points", "a 9", "− 1.1 units", "0.1 steps", "n = 1"])
def test_right_grammar_is_no_slip(line):
    assert labels.slips(line) == []
