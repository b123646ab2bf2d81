"""A drawn graph shows the words, the node at work and the way the arrows go."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_rgba

from utils import graphs, plots

PLACES = {"x": (0, 0), "y": (3, 0), "L": (6, 2)}
ARROWS = [("x", "y"), ("y", "L")]


@pytest.fixture
def ax():
    return plots.charts()[0]


def lines_of(ax, colour) -> list[np.ndarray]:
    found = [lines for lines in ax.collections if isinstance(lines, LineCollection)]
    return next(list(lines.get_segments()) for lines in found if np.allclose(lines.get_color()[0], to_rgba(colour)))


def words_of(ax) -> list[str]:
    written = [paths.get_gid() for paths in ax.collections if isinstance(paths, PathCollection) and paths.get_gid()]
    return [word for words in written for word in words.split("|")]


def boxes_of(ax, edge) -> int:
    found = [paths for paths in ax.collections if isinstance(paths, PathCollection)]
    return next(len(p.get_paths()) for p in found if len(p.get_edgecolor()) and np.allclose(p.get_edgecolor()[0], edge))


def test_each_node_has_its_name_and_what_it_holds_and_arrows_have_notes(ax):
    graphs.graph(ax, PLACES, ARROWS)({"x": "value 1"}, notes={("y", "L"): "× 2"})
    assert words_of(ax) == ["x\nvalue 1", "y", "L", "", "× 2"]


def test_a_marked_node_has_another_shape_and_an_edge_of_ink(ax):
    show = graphs.graph(ax, PLACES, ARROWS)
    show({}, marked=["y"])
    assert (boxes_of(ax, to_rgba(plots.GREY)), boxes_of(ax, to_rgba(plots.INK))) == (2, 1)
    show({})
    assert (boxes_of(ax, to_rgba(plots.GREY)), boxes_of(ax, to_rgba(plots.INK))) == (3, 0)


def test_an_arrow_goes_forward_in_blue_or_backward_in_orange_and_the_others_rest(ax):
    show = graphs.graph(ax, PLACES, ARROWS)
    show({}, along=[("x", "y")])
    (forward,) = lines_of(ax, plots.BLUE)
    assert forward[0, 0] < forward[1, 0] and not lines_of(ax, plots.ORANGE) and len(lines_of(ax, plots.GREY)) == 1
    show({}, along=[("x", "y")], backward=True)
    (back,) = lines_of(ax, plots.ORANGE)
    assert back[0, 0] > back[1, 0] and not lines_of(ax, plots.BLUE)


def test_arrows_stay_outside_the_boxes(ax):
    graphs.graph(ax, PLACES, ARROWS, size=(1.2, 0.8))({})
    for segment in lines_of(ax, plots.GREY):
        for place in PLACES.values():
            assert (np.abs(segment - place) > np.array([0.6, 0.4])).any(axis=1).all()


def test_letters_are_centred_and_a_space_takes_room():
    word, wide = (graphs._lettering(text, 10).get_extents() for text in ("nn", "n n"))
    assert (word.x0 + word.x1) / 2 == pytest.approx(0, abs=0.5) and wide.width > word.width + 2
    two = graphs._lettering("n\nn", 10).get_extents()
    assert two.height > 10 and (two.y0 + two.y1) / 2 == pytest.approx(0, abs=2)


def test_words_that_were_shown_before_are_not_made_again(ax):
    show = graphs.graph(ax, PLACES, ARROWS)
    for text in ("1", "2", "1", "2"):
        made = graphs._lettering.cache_info().misses
        show(dict.fromkeys(PLACES, text))
    assert graphs._lettering.cache_info().misses == made
