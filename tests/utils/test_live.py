"""A live picture shows what it should, draws only what moved, and says what it shows."""

from __future__ import annotations

import asyncio
import base64
import gc
import io
import threading
import weakref
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


def test_only_the_picture_painted_last_keeps_a_canvas():
    """Each label of a figure remembers what drew it, and with it the pixels: in a lecture some 30 MB."""

    def shown() -> live.Picture:
        left, right = plots.charts(2, titles=["a surface", "a curve"])
        shade = plots.surface(left, scale=(0, 4))
        plots.colour_bar(left, 0, 4, "height", {0: "0", 4: "4"})
        curve = right.plot([0, 1], [0, 1], label="a line")[0]
        right.legend()
        right.annotate("here", (0.5, 0.5))

        def move(k):
            shade(np.full(80**2, k)), curve.set_ydata([0, k / 4])
            return f"k = {k}"

        return live.picture(move, left, k=live.slider(1, 0, 3))

    first = shown()
    first.set(k=2)
    before = first.pixels
    renderer = weakref.ref(first._painter.canvas.get_renderer())
    second = shown()
    second.set(k=2)
    gc.collect()
    assert renderer() is None
    assert (first._show({"k": 2})[1] == before).all()


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
    send_state = lambda key: sent.append({key} if isinstance(key, str) else set(key))  # noqa: E731
    monkeypatch.setattr(picture._screen, "send_state", send_state)
    picture.controls["a"].value = 2
    assert sent == [{"values"}, {"frame", "caption", "painted"}]


def set_by_hand(picture: live.Picture, **values: object) -> None:
    """As the browser does: the controls' values as it knows them, in one message."""
    now = dict(zip(picture.controls, picture._screen.values, strict=True))
    picture._screen.set_state({"values": list((now | values).values())})


def test_points_set_by_hand_come_as_rows_of_place_and_class():
    ax, seen = Figure().subplots(), []
    points = live.clicks(ax, classes=2, start=[(0, 1, 1)])
    picture = live.picture(lambda points: seen.append(points) or f"{len(points)}", ax, points=points)
    set_by_hand(picture, points=[[0, 1, 1], [0.5, 0.5, 0]])
    assert picture.caption == "2" and seen[-1].tolist() == [[0, 1, 1], [0.5, 0.5, 0]]
    set_by_hand(picture, points=[])
    assert picture.caption == "0" and seen[-1].shape == (0, 3)


def test_a_curve_drawn_by_hand_comes_as_its_heights():
    ax, seen = Figure().subplots(), []
    joints = live.handles(ax, [0, 1, 2], [0, 1, 4])
    picture = live.picture(lambda joints: seen.append(joints) or "", ax, joints=joints)
    set_by_hand(picture, joints=[0, 2, 4])
    assert seen[-1].tolist() == [0, 2, 4]
    assert picture._screen.controls[0]["first"] == [0, 1, 4], "what the button puts back"


def test_a_pad_lies_over_its_axes_wherever_they_go():
    ax = Figure(layout="constrained").subplots()
    pad = live.clicks(ax)
    picture = live.picture(lambda points, a: ax.set_xlim(0, a) and "", ax, points=pad, a=live.slider(1, 1, 5))
    picture.controls["a"].value = 3
    where = picture._screen.where["0"]
    assert where == pytest.approx([*ax.get_position().bounds, 0, 3, 0, 1])
    drawn = ax.get_window_extent()
    assert where[0] == pytest.approx(drawn.x0 / ax.figure.bbox.width)


def test_several_controls_set_at_once_are_painted_once(monkeypatch):
    monkeypatch.setattr(live, "_SOON", 3600)  # what moves is not learned meanwhile, however slow the machine is
    calls = []

    def move(a, b):
        calls.append((a, b))
        return f"{a} {b}"

    async def cell():
        far = {"far": {"a": 3, "b": 4}}
        picture = live.picture(move, Figure().subplots(), far, a=live.slider(0, 0, 5), b=live.slider(0, 0, 5))
        assert picture.caption == "0 0"
        assert picture._screen.presets == [["far", {0: 3, 1: 4}]]
        calls.clear()
        set_by_hand(picture, a=3, b=4)
        await until(lambda: calls)
        assert calls == [(3, 4)] and picture._screen.caption == "3 4"

    asyncio.run(cell())


def test_a_slider_also_stops_where_a_preset_sets_it():
    a = live.slider(0.0, -1, 1, 0.5)
    picture = live.picture(lambda a: f"{a}", Figure().subplots(), {"a third": {"a": 1 / 3}}, a=a)
    assert [text for text, _ in a.options] == ["−1.0", "−0.5", "0.0", "0.3333", "0.5", "1.0"]
    assert picture.caption == "0.0" and picture._screen.presets == [["a third", {0: 3}]]
    set_by_hand(picture, a=3)
    assert a.value == pytest.approx(1 / 3)
    a.value = 7
    assert a.value == 1, "a slider ends at its ends"


def outputs_of(picture: live.Picture, monkeypatch) -> list[dict]:
    """What a cell shows that ends with a picture."""
    shown = []
    monkeypatch.setattr(live, "display", lambda data, **_: shown.append(data))
    picture._ipython_display_()
    return shown


def test_a_cell_shows_the_still_picture_with_its_text_and_beneath_it_what_moves(wave, monkeypatch):
    still, moving = outputs_of(wave[0], monkeypatch)
    png = base64.b64encode(wave[0].png).decode()
    assert f'<img src="data:image/png;base64,{png}" alt="The wave is 1 high &amp; mighty."' in still["text/html"]
    assert "<figcaption>The wave is 1 high &amp; mighty.</figcaption>" in still["text/html"]
    assert "run its cell" in still["text/html"], "a word on how to wake it"
    assert "application/vnd.jupyter.widget-view+json" in moving and not moving["text/html"] + moving["text/plain"]


def test_a_page_made_of_a_notebook_shows_the_still_picture_with_its_text(wave, monkeypatch):
    outputs = [nbformat.v4.new_output("display_data", data) for data in outputs_of(wave[0], monkeypatch)]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("picture", outputs=outputs)])
    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert base64.b64encode(wave[0].png).decode() in page
    assert 'alt="The wave is 1 high &amp; mighty."' in page and "<figcaption>" in page


def test_a_slider_of_whole_numbers_gives_whole_numbers():
    assert isinstance(live.slider(2, 0, 10).value, int)
    assert isinstance(live.slider(2, 0, 1.5 * 4).value, float)
    assert [text for text, _ in live.slider(0.0, -2, 2).options][:3] == ["−2.0", "−1.9", "−1.8"]
    assert len(live.slider(0.0, -2, 2).options) == 41


def test_a_slider_over_given_values_shows_the_value_and_moves_the_picture_with_it():
    """Where it stands among them is nobody's business: the reader, and who listens, is told the value itself."""
    rate = live.values(0.05, [-1, 0.05, 5000.0])
    assert [shown for shown, _ in rate.options] == ["−1", "0.05", "5,000"] and rate.value == 0.05
    sizes = live.values(0, {"all 30": 0, "10": 10})
    picture = live.picture(lambda rate, size: f"{rate} {size}", plots.charts()[0], rate=rate, size=sizes)
    assert picture.caption == "0.05 0"
    picture.set(rate=5000.0, size=10)
    assert picture.caption == "5000.0 10"
    assert picture._screen.values == [2, 1]
    assert [spec["options"] for spec in picture._screen.controls] == [["−1", "0.05", "5,000"], ["all 30", "10"]]


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


def test_what_is_typed_or_chosen_from_a_menu_moves_the_picture():
    ax = plots.charts()[0]
    picture = live.picture(
        lambda word, way: f"{word} {way}", ax, word=live.text("x", label="f ="), way=live.menu("up", "down")
    )
    assert picture.caption == "x up"
    picture.set(word="x**2", way="down")
    assert picture.caption == "x**2 down"


@pytest.fixture
def asked() -> live.Picture:
    """Asks for twice a number, and says what was guessed."""
    ax = plots.charts()[0]
    return live.picture(
        lambda guess, number, word: f"twice {number} {word}? {guess or '–'}", ax, {"three": {"number": 3}},
        guess=live.guess("your guess"), number=live.slider(1, 0, 9), word=live.text("metres"),
    )  # fmt: skip


@pytest.mark.parametrize("changed", [{"number": 2}, {"word": "miles"}, {"number": 3, "word": "miles"}])
def test_a_guess_is_emptied_when_another_control_changes_since_the_question_is_another_one(asked, changed):
    asked.set(guess="2")
    assert asked.caption == "twice 1 metres? 2"
    asked.set(**changed)
    assert asked.controls["guess"].value == asked._screen.values[0] == "" and asked.caption.endswith("? –")


def test_a_guess_that_comes_together_with_the_question_stays(asked):
    asked.set(guess="4", number=2)
    assert asked.caption == "twice 2 metres? 4"
    set_by_hand(asked, guess="6", number=3)
    assert asked.caption == "twice 3 metres? 6"


def test_what_is_painted_ahead_has_no_guess_in_it(asked, monkeypatch):
    sent = []
    monkeypatch.setattr(asked._screen, "send", lambda said, buffers: sent.append(said))
    asked.set(guess="2")
    given_back = []
    monkeypatch.setattr(live, "give_back", lambda: given_back.append(len(sent)))
    asyncio.run(asked._paint_ahead([(1, 5)]))
    assert given_back == [1], "freed memory goes back once all is painted"
    assert [(told["values"], told["caption"]) for told in sent] == [(["", 5, "metres"], "twice 5 metres? –")]
    assert asked.controls["guess"].value == "2"


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
        await until(lambda: len(sent) == 2)
        assert picture.png == before and picture.caption == "round at 1"
        for controls, (told, frame) in zip([dict(a=3), dict(a=1, shape="square")], sent, strict=True):
            picture.set(**controls)
            assert told["caption"] == picture.caption and frame == picture._screen.frame
            assert (told["values"], told["shape"]) == (picture._screen.values, picture._screen.shape)

    asyncio.run(cell())


async def until(is_so) -> None:
    """Lets the kernel go on until something is so, and a little further."""
    while not is_so():
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)


def wish(picture: live.Picture, *wishes: tuple[int, object]) -> None:
    """As the browser does: numbers of controls, and values, to be painted ahead."""
    picture._screen._handle_custom_msg([list(pair) for pair in wishes], [])


@pytest.fixture
def noted(monkeypatch):
    """Makes pictures of a slider from 0 to 9, and notes what each paints, and in which thread."""
    painted = []
    monkeypatch.setattr(live, "_SOON", 3600)  # what moves is not learned meanwhile

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
            await_thread(lambda value=value: set_by_hand(picture, a=value))
            await_thread(wish, picture, (0, 9))
        assert not painted
        await until(lambda: len(painted) == 2)

    asyncio.run(cell())
    assert painted == [("a", a, threading.current_thread()) for a in (3, 9)]  # and of the wishes, the last ones


def test_a_value_that_the_reader_sets_while_the_picture_is_painted_stays(monkeypatch):
    monkeypatch.setattr(live, "_SOON", 3600)
    shown = []

    def move(a, b):
        if (a, b) == (3, 0) and (3, 0) not in shown:
            shown.append((a, b))
            await_thread(lambda: set_by_hand(picture, a=3, b=2))
        shown.append((a, b))
        return f"{a}, {b}"

    async def cell():
        nonlocal picture
        picture = live.picture(move, Figure().subplots(), a=live.slider(0, 0, 9), b=live.slider(0, 0, 9))
        set_by_hand(picture, a=3, b=0)
        await until(lambda: shown[-1] != (0, 0) and not picture._is_due)
        assert picture.caption == "3, 2" and picture._screen.values == picture._screen.painted == [3, 2]

    picture = None
    asyncio.run(cell())


def test_what_a_cell_sets_is_told_to_the_browser():
    picture = live.picture(lambda a, b: f"{a}", Figure().subplots(), a=live.slider(0, 0, 9), b=live.slider(0, 0, 9))
    picture.set(a=4, b=5)
    assert picture._screen.values == [4, 5]
    picture.controls["b"].value = 1
    assert picture._screen.values == [4, 1]


def test_a_change_is_painted_before_what_is_painted_ahead(noted):
    make, painted = noted

    async def cell():
        picture = make("a")
        wish(picture, *[(0, value) for value in range(1, 10)])
        while len(painted) < 3:
            await asyncio.sleep(0)
        picture.controls["a"].value = 5
        await until(lambda: len(painted) == 10)

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
        await until(lambda: len(painted) == 5)

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
        await until(lambda: len(painted) == 2)

    asyncio.run(cell())
    assert [(name, a) for name, a, _ in painted] == [("one", 1), ("other", 4)]


def test_a_picture_that_is_slow_to_paint_leaves_the_kernel_time_for_all_else(noted, monkeypatch):
    make, painted = noted
    monkeypatch.setattr(live, "_SLOW", 0)
    rests = []
    rest = asyncio.sleep

    async def cell():
        wish(make("a"), (0, 1), (0, 2))
        while len(painted) < 2:
            await rest(0.01)

    monkeypatch.setattr(live.asyncio, "sleep", lambda seconds: rests.append(seconds) or rest(0))
    asyncio.run(cell())
    assert len(painted) == 2 and rests[0] == live._PAUSE < rests[1]


def await_thread(function, *arguments) -> None:
    thread = threading.Thread(target=function, args=arguments)
    thread.start()
    thread.join(timeout=120)
    assert not thread.is_alive()


def test_the_browser_knows_what_each_control_can_be_set_to():
    (ax,) = plots.charts(1)
    controls = dict(
        a=live.slider(0.5, 0, 1, 0.25), b=live.slider(1, 0, 4), c=live.choice("x", "y", "z"), d=live.menu("u", "v"),
        e=live.text("cos(x)"), f=live.handles(ax, [0, 1], [0, 0]),
    )  # fmt: skip
    picture = live.picture(lambda **_: "", ax, **controls)
    specs = {spec["label"]: spec for spec in picture._screen.controls}
    assert [spec["kind"] for spec in specs.values()] == ["range", "range", "radio", "select", "text", "handles"]
    assert specs["a"]["options"] == ["0.00", "0.25", "0.50", "0.75", "1.00"] and specs["d"]["options"] == ["u", "v"]
    assert picture._screen.values == [2, 1, 0, 0, "cos(x)", [0, 0]]


def test_a_choice_that_is_none_of_the_options_is_refused():
    unit = live.choice("relu", "tanh", label="unit")
    with pytest.raises(ValueError, match="unit: 'sigmoid' is not one of relu, tanh"):
        unit.value = "sigmoid"


def test_a_control_without_effect_is_not_shown():
    picture = live.picture(
        lambda rule, rho: rule, plots.charts()[0], only_when={"rho": lambda rule, **_: rule == "momentum"},
        rule=live.choice("plain", "momentum"), rho=live.slider(0.5, 0, 1),
    )  # fmt: skip
    assert picture.caption == "plain" and picture._screen.idle == [1]
    picture.set(rule="momentum")
    assert picture._screen.idle == []


def test_what_moves_is_known_before_a_hand_moves_it(wave, monkeypatch):
    """The first picture after a key costs no more than those that follow."""
    picture, _ = wave
    picture._learn()
    monkeypatch.setattr(picture._painter, "_draw_background", lambda: pytest.fail("all was drawn again"))
    picture.controls["a"].value = 2
    assert picture.caption == "The wave is 2 high & mighty."


@pytest.mark.parametrize("count, panels", [(1, 1), (2, 2), (3, 3), (4, 2)])
def test_panels_side_by_side_may_be_cut_apart(count, panels):
    axes = plots.charts(count, titles=["a title"] * count)
    cut = live.picture(lambda: "", axes)._screen.panels
    assert len(cut) == panels and cut[0][0] == 0 and cut[-1][1] == 1
    width = axes[0].figure.bbox.width
    for ax in axes:
        box = ax.get_tightbbox()
        assert any(left * width <= box.x0 and box.x1 <= right * width for left, right in cut)


def test_a_colour_bar_stays_with_its_panel():
    axes = plots.charts(2)
    field = axes[0].imshow(np.eye(3))
    axes[0].figure.colorbar(field, ax=axes[0])
    assert len(live.picture(lambda: "", axes)._screen.panels) == 2


def test_in_the_dark_only_images_and_the_bars_of_their_shades_stay_as_they_are():
    charts = plots.charts(2)
    plots.shares(charts[0], 4, 1.0, icons=np.ones((4, 8, 8)))([0.1, 0.2, 0.3, 0.4])
    plots.plane(charts[1], "w", -1, 1), plots.surface(charts[1])(np.arange(80.0**2))
    plots.colour_bar(charts[1], 0, 1, "loss", {0: "0", 1: "1"})
    painter = live.Painter(charts[0].figure)
    painter.paint()
    icons, shades, bar = painter.images()
    panel, field = (ax.get_position().bounds for ax in charts)
    assert 0 < icons[3] < 0.2 * panel[3], "the bars above the icons are turned with their panel"
    assert np.allclose(shades, field, atol=0.02) and 0 < bar[2] < 0.1


def test_in_the_dark_pale_tints_of_classes_are_turned_with_their_paper():
    (ax,) = plots.panels("x")
    plots.class_regions(ax)(lambda X: np.column_stack([X[:, 0] > 0, X[:, 0] <= 0]))
    painter = live.Painter(ax.figure)
    painter.paint()
    assert painter.images() == []
