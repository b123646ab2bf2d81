"""A live picture shows what it should, draws only what moved, and says what it shows."""

from __future__ import annotations

import asyncio
import base64
import io
import threading
import zlib

import matplotlib.image
import nbformat
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from nbconvert import HTMLExporter

from utils import live, plots


def pixels(png: bytes) -> np.ndarray:
    return matplotlib.image.imread(io.BytesIO(png), format="png")


def drawn_anew(figure: Figure) -> np.ndarray:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba()) / 255


@pytest.fixture
def wave():
    """A picture of a·sin(x) under a dot that rests, and the axes it is on."""
    x = np.linspace(0, 6, 100)
    ax = Figure(figsize=(4, 3), layout="constrained").subplots()
    curve, _ = ax.plot(x, np.sin(x), lw=3, zorder=1)[0], ax.plot([3], [0], "o", ms=20, zorder=5)
    ax.set(xlabel="x", title="a wave", ylim=(-3, 3))

    def move(a):
        curve.set_ydata(a * np.sin(x))
        return f"The wave is {a:g} high & mighty."

    return live.picture(move, ax, a=live.slider(1.0, 0, 3, 0.5)), ax


def test_the_png_holds_exactly_the_pixels_of_the_figure(wave):
    picture, ax = wave
    assert np.allclose(pixels(picture.png), drawn_anew(ax.figure), atol=1e-6)


def test_after_many_moves_the_picture_is_the_one_that_would_be_drawn_anew(wave):
    picture, ax = wave
    for a in (0.5, 3, 1.5):
        before = picture.png
        picture.controls["a"].value = a
        assert picture.png != before
        assert np.allclose(pixels(picture.png), drawn_anew(ax.figure), atol=2 / 255)


def test_an_artist_that_moves_for_the_first_time_later_on_leaves_no_ghost(wave):
    picture, ax = wave
    dot = ax.lines[1]
    picture.controls["a"].value = 2
    dot.set_data([1], [2])
    picture.controls["a"].value = 0.5
    assert np.allclose(pixels(picture.png), drawn_anew(ax.figure), atol=2 / 255)


def test_an_axis_that_gets_other_limits_is_drawn_again(wave):
    picture, ax = wave
    ax.set_ylim(-9, 9)
    picture.controls["a"].value = 2
    assert np.allclose(pixels(picture.png), drawn_anew(ax.figure), atol=2 / 255)


def test_a_move_redraws_neither_the_resting_axis_nor_the_layout(wave, monkeypatch):
    picture, ax = wave
    monkeypatch.setattr(type(ax.xaxis), "draw", lambda *_: pytest.fail("the axis was drawn again"))
    picture.controls["a"].value = 2.5
    assert not ax.figure.get_constrained_layout()


def test_the_line_of_text_follows_the_picture_and_is_its_alternative(wave):
    picture, _ = wave
    assert picture.caption == "The wave is 1 high & mighty."
    picture.controls["a"].value = 2
    assert picture.caption == "The wave is 2 high & mighty."
    assert picture._screen.caption == picture.caption


def frame_of(picture: live.Picture) -> np.ndarray:
    """The pixels that the browser makes of what it was sent, 0 … 1."""
    lengths, colours = np.frombuffer(zlib.decompress(picture._screen.frame), np.uint32).reshape(2, -1)
    return np.repeat(colours, lengths).view(np.uint8).reshape(*picture._screen.shape, 4) / 255


def test_the_browser_is_sent_every_pixel_in_less_than_a_twentieth_of_the_bytes(wave):
    picture, ax = wave
    picture.controls["a"].value = 2
    assert np.allclose(frame_of(picture), drawn_anew(ax.figure), atol=2 / 255)
    assert len(picture._screen.frame) < frame_of(picture).size / 20


def test_a_move_sends_the_picture_and_its_line_in_one_message(wave, monkeypatch):
    picture, _ = wave
    sent = []
    monkeypatch.setattr(picture._screen, "send_state", lambda key=None: sent.append(set(key)))
    picture.controls["a"].value = 2
    assert sent == [{"frame", "caption", "values"}]


def test_points_set_by_hand_come_as_rows_of_place_and_class():
    ax, seen = Figure().subplots(), []
    points = live.clicks(ax, classes=2, start=[(0, 1, 1)])
    picture = live.picture(lambda points: seen.append(points) or f"{len(points)}", ax, points=points)
    points.set_state({"value": [[0, 1, 1], [0.5, 0.5, 0]]})  # as the browser does
    assert picture.caption == "2" and seen[-1].tolist() == [[0, 1, 1], [0.5, 0.5, 0]]
    buttons = {child.description: child for child in points.children if hasattr(child, "click")}
    buttons["undo"].click()
    assert seen[-1].tolist() == [[0, 1, 1]]
    buttons["clear"].click()
    assert picture.caption == "0" and seen[-1].shape == (0, 3)


def test_a_curve_drawn_by_hand_comes_as_its_heights_and_can_be_put_back():
    ax, seen = Figure().subplots(), []
    joints = live.handles(ax, [0, 1, 2], [0, 1, 4])
    live.picture(lambda joints: seen.append(joints) or "", ax, {"flat": {"joints": np.zeros(3)}}, joints=joints)
    joints.set_state({"value": [0, 2, 4]})
    assert seen[-1].tolist() == [0, 2, 4]
    joints.children[-1].click()
    assert seen[-1].tolist() == [0, 1, 4]


def test_a_pad_lies_over_its_axes_wherever_they_go():
    ax = Figure(layout="constrained").subplots()
    pad = live.clicks(ax)
    picture = live.picture(lambda points, a: ax.set_xlim(0, a) and "", ax, points=pad, a=live.slider(1, 1, 5))
    picture.controls["a"].value = 3
    assert pad.where == pytest.approx([*ax.get_position().bounds, 0, 3, 0, 1])
    drawn = ax.get_window_extent()
    assert pad.where[0] == pytest.approx(drawn.x0 / ax.figure.bbox.width)


def test_a_preset_sets_several_controls_and_paints_once():
    calls = []

    def move(a, b):
        calls.append((a, b))
        return f"{a} {b}"

    async def cell():
        far = {"far": {"a": 3, "b": 4}}
        picture = live.picture(move, Figure().subplots(), far, a=live.slider(0, 0, 5), b=live.slider(0, 0, 5))
        assert picture.caption == "0 0"
        calls.clear()
        picture._widget.children[0].children[0].click()
        await asyncio.sleep(0.1)
        assert calls == [(3, 4)] and picture._screen.caption == "3 4"

    asyncio.run(cell())


def test_what_a_cell_shows_holds_a_still_picture_for_those_who_only_read(wave, monkeypatch):
    picture, shown = wave[0], []
    monkeypatch.setattr(live, "display", lambda data, **_: shown.append(data))
    picture._ipython_display_()
    bundle = shown[-1]
    assert bundle["image/png"] == picture.png and bundle["text/plain"] == picture.caption
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_a_page_made_without_the_widgets_state_shows_the_still_picture(wave, monkeypatch):
    picture, bundles = wave[0], []
    monkeypatch.setattr(live, "display", lambda data, **_: bundles.append(data))
    picture._ipython_display_()
    still = base64.b64encode(picture.png).decode()
    shown = nbformat.v4.new_output("display_data", bundles[-1] | {"image/png": still})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("picture", outputs=[shown])])
    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert f"data:image/png;base64,{still}" in page


def test_a_slider_of_whole_numbers_gives_whole_numbers():
    assert isinstance(live.slider(2, 0, 10).value, int)
    assert isinstance(live.slider(2, 0, 1.5 * 4).value, float)
    assert live.slider(0.0, -2, 2).step == pytest.approx(0.1)


def test_a_slider_over_given_values_shows_the_value_and_moves_the_picture_with_it():
    """Where it stands among them is nobody's business: the reader, and who listens, is told the value itself."""
    rate = live.values(0.05, [-1, 0.05, 5000.0])
    assert [shown for shown, _ in rate.options] == ["−1", "0.05", "5,000"] and rate.value == 0.05
    sizes = live.values(0, {"all 30": 0, "10": 10})
    picture = live.picture(lambda rate, size: f"{rate} {size}", plots.charts()[0], rate=rate, size=sizes)
    assert picture.caption == "0.05 0"
    picture.set(rate=5000.0, size=10)
    assert picture.caption == "5000.0 10"
    assert picture._screen.values == [2, 1] and picture._screen.ways == [[0, 2, 1], [0, 1, 1]]


def test_a_caption_has_true_minus_signs():
    picture = live.picture(lambda a: f"at {a}", plots.charts()[0], a=live.slider(-1, -2, 2))
    assert picture.caption == "at −1"


def test_a_control_without_a_label_is_called_by_its_name(wave):
    assert wave[0].controls["a"].description == "a"


def test_titles_and_labels_of_square_axes_lie_within_the_picture():
    axes = plots.panels("x", "h", titles=["inputs", "features"], low=-1.5, high=1.5)
    live.picture(lambda: "", axes)
    figure = axes[0].figure
    for text in (axes[0].title, axes[1].title, axes[0].xaxis.label, axes[0].yaxis.label):
        box = text.get_window_extent()
        assert box.y0 >= 0 and box.x0 >= 0 and box.y1 <= figure.bbox.height and box.x1 <= figure.bbox.width


def test_a_choice_has_room_for_its_longest_option():
    short, long = live.choice("a", "b"), live.choice("a", "cross-entropy")
    assert short.style.button_width == "6.0em"
    assert float(long.style.button_width.removesuffix("em")) > 0.6 * len("cross-entropy")


def test_what_is_typed_or_chosen_from_a_menu_moves_the_picture():
    ax = plots.charts()[0]
    picture = live.picture(
        lambda word, way: f"{word} {way}", ax, word=live.text("x", label="f ="), way=live.menu("up", "down")
    )
    assert picture.caption == "x up"
    assert not picture.controls["word"].continuous_update, "a formula half typed is no formula"
    picture.set(word="x**2", way="down")
    assert picture.caption == "x**2 down"


def test_what_is_painted_ahead_is_what_comes_when_the_control_gets_there_and_leaves_the_picture_as_it_was(monkeypatch):
    (ax,) = plots.charts(1)
    ax.set(xlim=(0, 4), ylim=(0, 4))
    (dot,) = ax.plot([0], [0], "o")

    def move(a, shape):
        dot.set_data([a], [a])
        dot.set_marker("o" if shape == "round" else "s")
        return f"{shape} at {a!r}"

    async def cell():
        picture, sent = live.picture(move, ax, a=live.values(1, [0, 1, 2, 3]), shape=live.choice("round", "square")), []
        monkeypatch.setattr(picture._screen, "send", lambda said, buffers: sent.append((said, *buffers)))
        before = picture.png
        wish(picture, (0, 3), (1, 1))
        await asyncio.sleep(0.3)
        assert picture.png == before and picture.caption == "round at 1"
        for controls, (told, frame) in zip([dict(a=3), dict(a=1, shape="square")], sent, strict=True):
            picture.set(**controls)
            assert told["caption"] == picture.caption and frame == picture._screen.frame
            assert (told["values"], told["shape"]) == (picture._screen.values, picture._screen.shape)

    asyncio.run(cell())


def wish(picture: live.Picture, *wishes: tuple[int, object]) -> None:
    """As the browser does: numbers of controls, and values, to be painted ahead."""
    picture._screen._handle_custom_msg([list(pair) for pair in wishes], [])


@pytest.fixture
def noted():
    """Makes pictures of a slider from 0 to 9, and notes what each paints, and in which thread."""
    painted = []

    def make(name: str) -> live.Picture:
        def move(a):
            painted.append((name, a, threading.current_thread()))
            return f"{name} = {a}"

        picture = live.picture(move, Figure().subplots(), a=live.slider(0, 0, 9))
        assert picture.caption == f"{name} = 0"
        painted.clear()
        return picture

    return make, painted


def test_what_other_threads_change_is_painted_once_in_the_thread_that_made_the_picture(noted):
    make, painted = noted

    async def cell():
        picture = make("a")
        for value in (1, 2, 3):  # the cell still runs: nothing is painted before it ends
            await_thread(picture.controls["a"].set_state, {"value": value})
            await_thread(wish, picture, (0, 9))
        assert not painted
        await asyncio.sleep(0.2)

    asyncio.run(cell())
    assert painted == [("a", a, threading.current_thread()) for a in (3, 9)]  # and of the wishes, the last ones


def test_a_change_is_painted_before_what_is_painted_ahead(noted):
    make, painted = noted

    async def cell():
        picture = make("a")
        wish(picture, *[(0, value) for value in range(1, 10)])
        while len(painted) < 3:
            await asyncio.sleep(0)
        picture.controls["a"].value = 5
        await asyncio.sleep(0.3)

    asyncio.run(cell())
    order = [a for _, a, _ in painted]
    assert order.index(5) < 5 and sorted(order) == [1, 2, 3, 4, 5, 5, 6, 7, 8, 9]


def test_while_a_hand_moves_nothing_is_painted_ahead(noted, monkeypatch):
    make, painted = noted
    monkeypatch.setattr(live, "_STILL", 0.5)

    async def cell():
        picture = make("a")
        wish(picture, (0, 8), (0, 9))
        for value in (1, 2, 3):
            picture.controls["a"].value = value
            await asyncio.sleep(0.1)
        assert [a for _, a, _ in painted] == [1, 2, 3]
        await asyncio.sleep(1)

    asyncio.run(cell())
    assert [a for _, a, _ in painted] == [1, 2, 3, 8, 9]


def test_one_picture_at_a_time_is_painted_ahead(noted):
    make, painted = noted

    async def cell():
        one, other = make("one"), make("other")
        wish(one, *[(0, value) for value in range(1, 10)])
        while not painted:
            await asyncio.sleep(0)
        wish(other, (0, 4))
        await asyncio.sleep(0.2)

    asyncio.run(cell())
    assert [(name, a) for name, a, _ in painted] == [("one", 1), ("other", 4)]


def test_a_picture_that_is_slow_to_paint_leaves_the_kernel_time_for_all_else(noted, monkeypatch):
    make, painted = noted
    monkeypatch.setattr(live, "_SLOW", 0)
    rests = []
    rest = asyncio.sleep

    async def cell():
        wish(make("a"), (0, 1), (0, 2))
        await rest(0.3)

    monkeypatch.setattr(live.asyncio, "sleep", lambda seconds: rests.append(seconds) or rest(0))
    asyncio.run(cell())
    assert len(painted) == 2 and rests[0] == live._PAUSE < rests[1]


def await_thread(function, *arguments) -> None:
    thread = threading.Thread(target=function, args=arguments)
    thread.start()
    thread.join(timeout=10)
    assert not thread.is_alive()


def test_the_browser_knows_which_way_each_control_goes():
    (ax,) = plots.charts(1)
    controls = dict(
        a=live.slider(0.5, 0, 1, 0.25), b=live.slider(1, 0, 4), c=live.choice("x", "y", "z"), d=live.menu("u", "v"),
        e=live.text("cos(x)"), f=live.handles(ax, [0, 1], [0, 0]),
    )  # fmt: skip
    picture = live.picture(lambda **_: "", ax, **controls)
    assert picture._screen.ways == [[0, 1, 0.25], [0, 4, 1], [0, 2, 1], [0, 1, 1], [0, 0, 0], [0, 0, 0]]
