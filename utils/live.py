"""Pictures that follow a slider.

A lecture builds a figure once and writes one function that moves what is in it and says, in a line, what is
to be seen now:

    def move(w, b):
        curve.set_ydata(w * x + b)
        return f"The line has slope {w} and meets the axis at {b}."

    live.picture(move, axes, w=live.slider(1, -2, 2), b=live.slider(0, -2, 2))

A reader's hand may be on the picture itself: `clicks` takes points that are set on axes, `handles` a curve that
is drawn on them.

Speed comes from never building the figure again: only the artists that changed are drawn, over a remembered
background, and the browser puts the pixels on a canvas (live.js), which never is blank in between. The kernel hears
of every change at once and paints the newest when it is done with the last, so a quick drag skips what would come
late and always ends on the last value. While a picture is looked at and the hand rests, the kernel paints ahead what
it may want next: where the browser has a picture already, it shows it in the next frame, and the kernel has the last
word.
"""

from __future__ import annotations

import asyncio
import io
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

import anywidget
import ipywidgets as widgets
import numpy as np
import traitlets
from IPython.display import display
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from .plots import with_minus

_PAUSE = 0.003  # seconds in which the kernel listens before it paints
_STILL = 0.1  # seconds after a change until it paints ahead: while a hand moves, the browser needs the processor
_SLOW = 0.15  # seconds for a picture that is slow to paint: the next one ahead waits five times as long


def slider(
    start: float, low: float, high: float, step: float | None = None, label: str = ""
) -> widgets.FloatSlider | widgets.IntSlider:
    """A slider; the arrow keys move it by a step, Page Up and Down by more, Home and End all the way.

    Args:
        start: its first value.
        low: its least value.
        high: its largest value.
        step: 1 by default where all three are whole numbers, and a fortieth of the range elsewhere.
        label: the text beside it; by default the name that `picture` gives it.

    Returns:
        a slider whose value is an int where `start`, `low`, `high` and `step` are, and a float elsewhere.
    """
    whole = all(isinstance(number, int) for number in (start, low, high, step or 1))
    kind, fine = (widgets.IntSlider, 1) if whole else (widgets.FloatSlider, (high - low) / 40)
    return _narrow(kind(value=start, min=low, max=high, step=step or fine, description=label))


def values(start: object, options: Sequence[object] | Mapping[str, object], label: str = "") -> widgets.SelectionSlider:
    """A slider over given values, of which it shows the chosen one.

    Args:
        start: its first value.
        options: the values from left to right, or what is shown of each and the value itself.
        label: the text beside it; by default the name that `picture` gives it.
    """
    shown = list(options.items()) if isinstance(options, Mapping) else [(_shown(value), value) for value in options]
    return _narrow(widgets.SelectionSlider(value=start, options=shown, description=label))


def _shown(value: object) -> str:
    """A value as a reader sees it: with a true minus, and without the zeros that say nothing."""
    return with_minus(f"{value:,g}") if isinstance(value, int | float) else str(value)


def choice(*options: str, label: str = "") -> widgets.ToggleButtons:
    """A row of buttons of which one is pressed; its value is that button's text, at first the first one's."""
    wide = max(6, 2 + 0.6 * max(len(option) for option in options))
    style = {"description_width": "7em", "button_width": f"{wide:.1f}em"}
    beside = widgets.Layout(display="flex", flex_flow="row nowrap", align_items="center")
    return widgets.ToggleButtons(options=options, description=label, style=style, layout=beside)


def menu(*options: str, label: str = "") -> widgets.Dropdown:
    """A list to choose from, for more than fit in a row of buttons; its value is at first the first one."""
    return _narrow(widgets.Dropdown(options=options, description=label))


def text(start: str, label: str = "") -> widgets.Text:
    """A line to type in; its value changes with Enter, or when the reader goes elsewhere.

    `move` gets what was typed, whatever it is: where it makes no sense of it, it says so.
    """
    return _narrow(widgets.Text(value=start, description=label, continuous_update=False))


def _narrow(control: widgets.ValueWidget) -> widgets.ValueWidget:
    """As wide as a slider."""
    control.style.description_width = "7em"
    control.layout.width = "25em"
    return control


def clicks(ax: Axes, classes: int = 1, start: np.ndarray | Sequence = (), label: str = "") -> Pad:
    """Points that the reader sets: a click on the axes adds one, a drag moves it, buttons take back and clear.

    From the keyboard: Tab to the axes, then the arrow keys move a cross (with Shift, finely), Enter adds a point,
    Backspace takes the last away, and a digit chooses the class. `move` draws the points, as all else.

    Args:
        ax: on which; with linear scales.
        classes: with more than one, up to four, a row of buttons says of which class the next point will be.
        start: the first points, (N, 3): x₁, x₂ and a class from 0.
        label: the text beside the buttons; by default the name that `picture` gives it.

    Returns:
        a control whose value is an array (N, 3), float, in the coordinates of the axes: x₁, x₂ and the class; at
        first, and after *clear*, N may be 0.
    """
    help = "Click to add a point, drag one to move it. Keys: arrows move the cross, Enter adds, Backspace takes back."
    pad = Pad(ax, "clicks", (-1, 3), start, help, classes=classes)
    if classes > 1:
        names = [(f"{sign} {number}", number) for number, sign in zip(range(classes), "●■▲◆", strict=False)]
        kinds = widgets.ToggleButtons(options=names, style={"button_width": "4em"})
        widgets.jslink((kinds, "index"), (pad, "current"))  # in the browser: the next click may be quick
        pad.children += (kinds,)
    pad.add_button("undo", lambda points: points[:-1])
    pad.add_button("clear", lambda points: points[:0])
    pad.description = label
    return pad


def handles(ax: Axes, x: np.ndarray | Sequence, y: np.ndarray | Sequence, label: str = "") -> Pad:
    """A curve through joints that the reader moves: up and down by dragging one, or drawn in one sweep across.

    From the keyboard: Tab to the axes, then Left and Right choose a joint, Up and Down move it (with Shift,
    finely). `move` draws the curve, as all else.

    Args:
        ax: on which; with linear scales. Joints stay within its limits.
        x: where the joints are, (n,), ascending; these do not move.
        y: their first heights, (n,); a button puts them back.
        label: the text beside that button; by default the name that `picture` gives it.

    Returns:
        a control whose value is the array (n,) of heights, float, in the coordinates of the axes.
    """
    help = "Drag a joint up or down, or draw across. Keys: left and right choose a joint, up and down move it."
    pad = Pad(ax, "handles", (len(x),), y, help, x=np.asarray(x, dtype=float).tolist())
    first = pad.value
    pad.add_button("reset", lambda _: first)
    pad.description = label
    return pad


class Pad(widgets.HBox):
    """A control whose value is given by hand on axes; see `clicks` and `handles`, which make it.

    Attributes:
        value: float array; setting it moves the picture, as the reader's hand does.
        current: the class of the next point.
    """

    kind = traitlets.Unicode().tag(sync=True)
    help = traitlets.Unicode().tag(sync=True)
    description = traitlets.Unicode().tag(sync=True)
    value = traitlets.Any().tag(sync=True, to_json=lambda array, _: array.tolist(), from_json=lambda rows, _: rows)
    where = traitlets.List().tag(sync=True)  # left, bottom, width, height in the figure; the limits of x and y
    classes = traitlets.Int(1).tag(sync=True)
    current = traitlets.Int(0).tag(sync=True)
    x = traitlets.List().tag(sync=True)

    def __init__(self, ax: Axes, kind: str, shape: tuple[int, ...], value: object, help: str, **more: object):
        self._axes, self._shape = ax, shape
        label = widgets.Label(layout=widgets.Layout(width="7em", justify_content="flex-end"))
        super().__init__(children=[label], kind=kind, value=value, help=help, **more)
        traitlets.dlink((self, "description"), (label, "value"))
        self.locate()

    def locate(self) -> None:
        """Tells the browser where the axes are now."""
        box, x, y = self._axes.get_position().bounds, self._axes.get_xlim(), self._axes.get_ylim()
        self.where = [float(number) for number in (*box, *x, *y)]

    def add_button(self, text: str, change: Callable[[np.ndarray], np.ndarray]) -> None:
        """A button that changes the value."""
        button = widgets.Button(description=text, layout=widgets.Layout(width="auto"))
        button.on_click(lambda _: self.set_trait("value", change(self.value)))
        self.children += (button,)

    @traitlets.validate("value")
    def _as_array(self, proposal: Mapping[str, object]) -> np.ndarray:
        return np.asarray(proposal["value"], dtype=float).reshape(self._shape)


def picture(
    move: Callable[..., str],
    axes: Axes | Sequence[Axes],
    presets: Mapping[str, Mapping[str, object]] | None = None,
    **controls: widgets.ValueWidget,
) -> Picture:
    """A figure with its controls above and, beneath it, a line that says what it shows.

    Args:
        move: takes the controls' values by name, changes artists that already exist, returns that line, in which
            negative numbers get a true minus.
        axes: any axes of the figure.
        presets: buttons that set several controls at once: what each says, and the values it sets.
        **controls: from `slider`, `values`, `choice`, `clicks` or `handles`, in the order shown.

    Returns:
        what the cell is to show: make it the cell's last line.
    """
    figure = (axes if isinstance(axes, Axes) else np.ravel(axes)[0]).figure
    return Picture(move, figure, presets or {}, controls)


class Painter:
    """Paints one figure many times, each time only what changed since the last.

    An artist that has changed once is expected to change again: it leaves the remembered background and is
    drawn anew each time, with all that lies above it in its axes.
    """

    def __init__(self, figure: Figure):
        self.figure = figure
        self.canvas = FigureCanvasAgg(figure)
        for _ in range(2):  # the layout of axes that keep their proportions settles with the second
            self.canvas.draw()
        figure.set_layout_engine("none")  # laying out again would cost 17 ms for every picture
        self._moving: set[Artist] = set()
        self._background = None
        self._settle()

    def paint(self) -> np.ndarray:
        """The figure as it is now: uint8 (height, width, 4), red, green, blue and opacity."""
        changed = {artist for artist in self._artists() if artist.stale}
        newly = changed - self._moving
        self._moving |= {artist for artist in newly if not isinstance(artist, Axis)}
        if newly or self._background is None:
            self._draw_background()
        self.canvas.restore_region(self._background)
        for artist in self._foreground():
            artist.draw(self.canvas.get_renderer())
        self._settle()
        return np.asarray(self.canvas.buffer_rgba())

    def _artists(self) -> list[Artist]:
        inside = [artist for axes in self.figure.axes for artist in axes.get_children()]
        return inside + [*self.figure.texts, *self.figure.legends]

    def _foreground(self) -> list[Artist]:
        """What moves, and what lies above it, lowest first. Resting numbers and titles lie outside."""
        lowest: dict[Axes | None, float] = {}
        for artist in self._artists():
            if artist in self._moving:
                lowest[artist.axes] = min(artist.zorder, lowest.get(artist.axes, np.inf))
        above = [
            artist
            for artist in self._artists()
            if artist.zorder >= lowest.get(artist.axes, np.inf)
            and (artist in self._moving or not isinstance(artist, Axis) and artist is not artist.axes.title)
        ]
        return sorted(above, key=lambda artist: artist.zorder)

    def _draw_background(self) -> None:
        foreground = self._foreground()
        for artist in foreground:
            artist.set_animated(True)
        self.canvas.draw()
        for artist in foreground:
            artist.set_animated(False)
        self._background = self.canvas.copy_from_bbox(self.figure.bbox)

    def _settle(self) -> None:
        for artist in self._artists():
            artist.stale = False


def _runs(pixels: np.ndarray) -> bytes:
    """A picture as runs of equal pixels, deflated, which leaves a quarter of the bytes or less.

    Args:
        pixels: uint8 (height, width, 4).

    Returns:
        for K runs, row after row: K lengths, then K colours, 4 bytes each; in zlib's format.
    """
    flat = pixels.view(np.uint32).ravel()
    starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
    lengths = np.diff(starts, append=flat.size).astype(np.uint32)
    return zlib.compress(np.concatenate([lengths, flat[starts]]), 1)


def _state_of(control: widgets.ValueWidget) -> str:
    """The name of that which the browser changes: a choice is known there by its number."""
    return "index" if "index" in control.keys else "value"


def _as_sent(control: widgets.ValueWidget, value: object) -> object:
    """A control's value as the browser knows it."""
    if _state_of(control) == "index":
        return _options_of(control).index(value)
    return value.tolist() if isinstance(value, np.ndarray) else value


def _options_of(control: widgets.ValueWidget) -> list[object]:
    """The values among which a control chooses."""
    return [it[1] if isinstance(it, tuple) else it for it in control.options]


def _way_of(control: widgets.ValueWidget) -> list[float]:
    """What a control can be set to, as the browser knows it: the least, the largest and the step, 0 for no steps."""
    if hasattr(control, "step"):
        return [control.min, control.max, control.step]
    return [0, len(control.options) - 1, 1] if _state_of(control) == "index" else [0, 0, 0]


class _Screen(anywidget.AnyWidget):
    """Shows frames, and a line of text beneath each. What it does in the browser is in live.js."""

    _esm = Path(__file__).with_name("live.js")
    _css = Path(__file__).with_name("live.css")
    shape = traitlets.Tuple().tag(sync=True)  # height and width, in pixels
    width = traitlets.Int().tag(sync=True)  # on the page, in CSS pixels
    frame = traitlets.Bytes().tag(sync=True)  # from `_runs`
    caption = traitlets.Unicode().tag(sync=True)
    controls = traitlets.List(traitlets.Instance(widgets.Widget)).tag(sync=True, **widgets.widget_serialization)
    values = traitlets.List().tag(sync=True)  # the controls' own, of which this is the frame
    ways = traitlets.List().tag(sync=True)  # of each control, from `_way_of`


class Picture:
    """A figure, its controls and its line of text, kept in step. Made by `picture`.

    Attributes:
        controls: the widgets by name; setting a `value` moves the picture, as the reader's hand does.
        caption: what the picture shows now.
    """

    _ahead: Future | None = None  # the painting ahead: of one picture at a time in all of the kernel

    def __init__(
        self,
        move: Callable[..., str],
        figure: Figure,
        presets: Mapping[str, Mapping[str, object]],
        controls: dict[str, widgets.ValueWidget],
    ):
        self.controls = controls
        self._move = move
        for name, control in controls.items():
            control.description = control.description or name
            control.observe(self._update, names="value")
            # ipywidgets would send each change back to the browser that made it: a quarter of the way, for nothing.
            control.traits()[_state_of(control)].tag(echo_update=False)
        every = list(controls.values())
        self._screen = _Screen(
            width=round(figure.get_figwidth() * 100), controls=every, ways=[_way_of(control) for control in every]
        )
        self._screen.on_msg(self._on_wishes)
        self._widget = self._arrange(presets)
        self._painter = None
        self._is_due = False
        self._painted = 0.0  # when, by the monotonic clock
        self._loop = None
        with suppress(RuntimeError):
            self._loop = asyncio.get_running_loop()

        self._move(**self._values())  # artists that come only with it belong to the layout
        self._painter = Painter(figure)
        self._update()

    @property
    def caption(self) -> str:
        self._paint()
        return self._screen.caption

    @property
    def png(self) -> bytes:
        """The picture as it is now."""
        self._paint()
        file = io.BytesIO()
        Image.fromarray(self._pixels).save(file, format="png")
        return file.getvalue()

    def set(self, **values: object) -> None:
        """Gives several controls a value; in a notebook the picture is painted once, for all of them."""
        for name, value in values.items():
            self.controls[name].value = value

    def _values(self) -> dict[str, object]:
        return {name: control.value for name, control in self.controls.items()}

    def _update(self, _change: object = None) -> None:
        """Has the picture painted once the kernel has heard what else there is to hear, so that it is the newest; and
        where cells run: Jupyter hears of two widgets in two threads at times, and matplotlib is made for one."""
        self._is_due = True
        if self._loop is None:
            self._paint()
        else:
            self._loop.call_soon_threadsafe(self._loop.call_later, _PAUSE, self._paint)

    def _paint(self) -> None:
        if not self._is_due:
            return
        self._is_due = False
        values = self._values()
        caption = with_minus(self._move(**values))
        self._pixels = self._painter.paint().copy()
        for control in self._screen.controls:
            if isinstance(control, Pad):
                control.locate()
        with self._screen.hold_sync():  # one message: the text never belongs to another picture
            self._screen.shape = self._pixels.shape[:2]
            self._screen.frame = _runs(self._pixels)
            self._screen.caption = caption
            self._screen.values = self._as_sent(values)
        self._painted = time.monotonic()

    def _on_wishes(self, _screen: _Screen, wishes: Sequence[tuple[int, object]], _buffers: Sequence) -> None:
        """Begins to paint ahead: what is to be seen where a control, by its number, has a value, by a pair each. The
        wishes before, of whichever picture, are forgotten."""
        if Picture._ahead:
            Picture._ahead.cancel()
        if self._loop:
            Picture._ahead = asyncio.run_coroutine_threadsafe(self._paint_ahead(wishes), self._loop)

    async def _paint_ahead(self, wishes: Sequence[tuple[int, object]]) -> None:
        pause = _PAUSE
        for number, sent in wishes:
            await asyncio.sleep(pause)
            while (left := self._painted + _STILL - time.monotonic()) > 0:
                await asyncio.sleep(left)
            start = time.monotonic()
            name, control = list(self.controls.items())[number]
            values = self._values()
            is_choice = _state_of(control) == "index"
            values[name] = _options_of(control)[sent] if is_choice else type(values[name])(sent)
            caption = with_minus(self._move(**values))
            pixels = self._painter.paint()
            told = {"values": self._as_sent(values), "shape": pixels.shape[:2], "caption": caption}
            self._screen.send(told, [_runs(pixels)])
            took = time.monotonic() - start
            pause = _PAUSE if took < _SLOW else 5 * took

    def _as_sent(self, values: Mapping[str, object]) -> list[object]:
        return [_as_sent(control, values[name]) for name, control in self.controls.items()]

    def _arrange(self, presets: Mapping[str, Mapping[str, object]]) -> widgets.VBox:
        row = widgets.Layout(width=f"{self._screen.width}px", max_width="100%", flex_flow="row wrap")
        controls = widgets.Box(list(self.controls.values()), layout=row)
        buttons = [widgets.Button(description=text) for text in presets]
        for button, values in zip(buttons, presets.values(), strict=True):
            button.on_click(lambda _button, values=values: self.set(**values))
        rows = [widgets.Box(buttons, layout=row)] if buttons else []
        return widgets.VBox([*rows, controls, self._screen])

    def _ipython_display_(self) -> None:
        # Where there is no kernel to move it (a page, a preview), the first picture is shown in its place.
        still = {"image/png": self.png, "text/plain": self.caption}
        view = self._widget._repr_mimebundle_()
        display(view | still, metadata={"image/png": {"width": self._screen.width, "alt": self.caption}}, raw=True)
