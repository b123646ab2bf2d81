"""Pictures that follow a slider.

A lecture builds a figure once, and writes one function that moves its contents and returns a line that says what the
picture shows:

    def move(w, b):
        curve.set_ydata(w * x + b)
        return f"The line has slope {w} and meets the axis at {b}."

    live.picture(move, axes, w=live.slider(1, -2, 2), b=live.slider(0, -2, 2))

Readers can also interact with the picture itself: `clicks` takes points that they set on axes, `handles` a curve that
they draw there.

Pictures are fast because the figure is never rebuilt: only the artists that changed are drawn, over a stored
background, and the browser puts the pixels on a canvas (live.js), which is never blank in between. The kernel receives
every change at once and paints the newest when it has finished the previous one, so a quick drag skips pictures that
would be late and always ends on the last value. While the reader looks at a picture and moves nothing, the kernel
paints ahead the pictures that are likely to be needed next. If the browser already has a picture, it shows it in the
next frame, and replaces it with the kernel's when that arrives.

The controls are the browser's own (range, radio, select, text), created by live.js; a picture is a single widget. A
notebook file keeps only the still picture with its text. On the site there is no kernel: if `MLP_PAGES` is set to a
folder, a picture is painted there once for the settings of its controls (`pages`), and the same live.js shows the
result.
"""

from __future__ import annotations

import asyncio
import io
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path

import anywidget
import numpy as np
import traitlets
from IPython.display import display
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text as FigureText
from matplotlib.transforms import Bbox
from PIL import Image

from . import pages
from .memory import give_back, give_back_after_cells
from .plots import TINT, with_minus

_PAUSE = 0.003  # seconds in which the kernel listens before it paints
_STILL = 0.1  # seconds after a change until it paints ahead: during a drag the browser needs the processor
_SLOW = 0.15  # seconds; after a picture that is slow to paint, the next one ahead waits five times as long
_SOON = 0.5  # seconds after which a picture finds out what moves in it

give_back_after_cells()


class Control(traitlets.HasTraits):
    """A control that a reader sets. The browser knows a value in the form that `sent` returns.

    Attributes:
        value: what `move` gets; setting it moves the picture, as if the reader had done so.
        description: the text beside the control.
        kind: the kind of control for live.js to create.
    """

    value = traitlets.Any()
    description = traitlets.Unicode()
    kind = ""

    def spec(self) -> dict[str, object]:
        """What the browser needs to create it."""
        return {"kind": self.kind, "label": self.description}

    def sent(self, value: object) -> object:
        """A value in the browser's form."""
        return value

    def read(self, sent: object) -> object:
        """The value for one from the browser."""
        return sent


class Options(Control):
    """A choice from a sequence of values: a slider, buttons, or a menu. The browser identifies a value by its index.

    Attributes:
        options: the text for each value, and the value itself.
    """

    options = traitlets.List()

    def __init__(self, kind: str, options: Sequence[tuple[str, object]], start: object, label: str):
        super().__init__(description=label, options=list(options))
        self.kind = kind
        self.value = start

    def spec(self) -> dict[str, object]:
        return super().spec() | {"options": [text for text, _ in self.options]}

    def sent(self, value: object) -> int:
        return [it for _, it in self.options].index(value)

    def read(self, sent: int) -> object:
        return self.options[sent][1]

    @traitlets.validate("value")
    def _is_an_option(self, proposal: Mapping[str, object]) -> object:
        try:
            return self.read(self.sent(proposal["value"]))
        except ValueError:
            known = ", ".join(text for text, _ in self.options)
            raise ValueError(f"{self.description or self.kind}: {proposal['value']!r} is not one of {known}") from None


class Slider(Options):
    """A slider over numbers. A value between two steps, for example from a preset, becomes an additional step."""

    def __init__(self, start: float, low: float, high: float, step: float, whole: bool, label: str):
        self._low, self._high, self._whole = low, high, whole
        self._digits = 0 if whole else max(map(_decimals, (low, step)))
        count = int((high - low) / step + 1e-9) + 1
        numbers = [self._number(low + i * step) for i in range(count)]
        super().__init__("range", [(self._text(number), number) for number in numbers], start, label)

    def _number(self, value: float) -> float:
        return round(value) if self._whole else round(float(value), 12)

    def _text(self, number: float) -> str:
        digits = max(self._digits, min(_decimals(number), 4))
        return with_minus(f"{number:,.{digits}f}")

    @traitlets.validate("value")
    def _is_an_option(self, proposal: Mapping[str, object]) -> float:
        value = self._number(min(max(proposal["value"], self._low), self._high))
        numbers = [number for _, number in self.options]
        nearest = min(numbers, key=lambda number: abs(number - value))
        if abs(nearest - value) <= 1e-9 * max(1, abs(value)):
            return nearest
        self.options = sorted([*self.options, (self._text(value), value)], key=lambda option: option[1])
        return value


def _decimals(number: float) -> int:
    """The number of decimal places of a number."""
    return len(f"{number:.10f}".rstrip("0").partition(".")[2])


def slider(start: float, low: float, high: float, step: float | None = None, label: str = "") -> Slider:
    """A slider; the arrow keys move it by a step, Page Up and Down by more, Home and End all the way.

    Args:
        start: its first value.
        low: its smallest value.
        high: its largest value.
        step: by default 1 if all three are integers, and otherwise a fortieth of the range.
        label: the text beside it; by default the name that `picture` gives it.

    Returns:
        a slider whose value is an int if `start`, `low`, `high` and `step` are, and a float otherwise.
    """
    whole = all(isinstance(number, int | np.integer) for number in (start, low, high, step or 1))
    return Slider(start, low, high, step or (1 if whole else (high - low) / 40), whole, label)


def values(start: object, options: Sequence[object] | Mapping[str, object], label: str = "") -> Options:
    """A slider over given values that shows the chosen one.

    Args:
        start: its first value.
        options: the values from left to right, or pairs of the text for a value and the value itself.
        label: the text beside it; by default the name that `picture` gives it.
    """
    shown = list(options.items()) if isinstance(options, Mapping) else [(_shown(value), value) for value in options]
    return Options("range", shown, start, label)


def _shown(value: object) -> str:
    """A value as shown to the reader: with a true minus, and without redundant zeros."""
    return with_minus(f"{value:,g}") if isinstance(value, int | float) else str(value)


def choice(*options: str, label: str = "") -> Options:
    """A row of buttons, one of which is pressed; its value is that button's text, initially the first one's."""
    return Options("radio", [(option, option) for option in options], options[0], label)


def menu(*options: str, label: str = "") -> Options:
    """A list to choose from, for more options than fit in a row of buttons; its initial value is the first one."""
    return Options("select", [(option, option) for option in options], options[0], label)


class Text(Control):
    """A text field; see `text`."""

    kind = "text"


def text(start: str, label: str = "") -> Text:
    """A text field; its value changes with Enter, or when it loses the focus.

    `move` gets whatever was typed; if it cannot interpret it, it says so.
    """
    return Text(value=start, description=label)


class Guess(Text):
    """A field for a guess; see `guess`."""

    def spec(self) -> dict[str, object]:
        return super().spec() | {"guess": True}


def guess(label: str = "") -> Guess:
    """A field for a guess, empty at first and again when another control changes, since the question is then different.
    Otherwise like `text`.
    """
    return Guess(value="", description=label)


class Pad(Control):
    """A control whose value is set directly on axes; created by `clicks` and `handles`."""

    def __init__(self, kind: str, ax: Axes, shape: tuple[int, ...], start: object, label: str, **more: object):
        self.kind, self._axes, self._shape, self._more = kind, ax, shape, more
        super().__init__(value=start, description=label)
        self._more["first"] = self.value.tolist()

    def spec(self) -> dict[str, object]:
        return super().spec() | self._more

    def sent(self, value: np.ndarray) -> list:
        return self._array(value).tolist()

    def read(self, sent: list) -> np.ndarray:
        return self._array(sent)

    def _array(self, rows: object) -> np.ndarray:
        return np.asarray(rows, dtype=float).reshape(self._shape)

    def where(self) -> list[float]:
        """The position of the axes: left, bottom, width and height as shares of the figure; the limits of x and y."""
        box, x, y = self._axes.get_position().bounds, self._axes.get_xlim(), self._axes.get_ylim()
        return [float(number) for number in (*box, *x, *y)]

    @traitlets.validate("value")
    def _as_array(self, proposal: Mapping[str, object]) -> np.ndarray:
        return self._array(proposal["value"])


def clicks(ax: Axes, classes: int = 1, start: np.ndarray | Sequence = (), label: str = "") -> Pad:
    """Points that the reader sets: a click on the axes adds one, a drag moves it, buttons undo and clear.

    With the keyboard: Tab to the axes, then the arrow keys move a cross (with Shift, in small steps), Enter adds a
    point, Backspace removes the last one, N picks up the next point, which the arrow keys then move, and a digit
    chooses the class. `move` draws the points, like everything else.

    Args:
        ax: the axes, with linear scales.
        classes: with more than one, up to four, a row of buttons selects the class of the next point.
        start: the first points, (N, 3): x₁, x₂ and a class from 0.
        label: the text beside the buttons; by default the name that `picture` gives it.

    Returns:
        a control whose value is an array (N, 3), float, in the coordinates of the axes: x₁, x₂ and the class;
        initially, and after *clear*, N may be 0.
    """
    help = (
        "Click to add a point, drag one to move it. "
        "Keys: arrows move the cross, Enter adds, Backspace removes the last, N picks up the next point."
    )
    return Pad("clicks", ax, (-1, 3), start, label, help=help, classes=classes)


def handles(ax: Axes, x: np.ndarray | Sequence, y: np.ndarray | Sequence, label: str = "") -> Pad:
    """A curve through breakpoints that the reader moves: up and down by dragging one, or all by drawing across them.

    With the keyboard: Tab to the axes, then Left and Right choose a breakpoint, Up and Down move it (with Shift, in
    small steps). `move` draws the curve, like everything else.

    Args:
        ax: the axes, with linear scales. Breakpoints stay within their limits.
        x: the positions of the breakpoints, (n,), ascending; these do not move.
        y: their initial heights, (n,); a button restores them.
        label: the text beside that button; by default the name that `picture` gives it.

    Returns:
        a control whose value is the array (n,) of heights, float, in the coordinates of the axes.
    """
    help = "Drag a breakpoint up or down, or draw across. Keys: left and right choose one, up and down move it."
    return Pad("handles", ax, (len(x),), y, label, help=help, x=np.asarray(x, dtype=float).tolist())


def picture(
    move: Callable[..., str],
    axes: Axes | Sequence[Axes],
    presets: Mapping[str, Mapping[str, object]] | None = None,
    columns: int = 0,
    only_when: Mapping[str, Callable[..., bool]] | None = None,
    **controls: Control,
) -> Picture:
    """A figure with its controls above it and, below it, a line that says what it shows.

    Args:
        move: takes the controls' values by name, changes existing artists, and returns that line, in which negative
            numbers get a true minus.
        axes: any axes of the figure.
        presets: buttons that set several controls at once: the text of each, and the values it sets.
        columns: the number of columns of controls, if there is room; by default as many as there is room for.
        only_when: for controls that have an effect only in some settings: takes all values by name, returns whether the
            control has an effect; if not, it is not shown.
        **controls: from `slider`, `values`, `choice`, `clicks` or `handles`, in the order shown.

    Returns:
        what the cell should show: make it the cell's last line.
    """
    figure = (axes if isinstance(axes, Axes) else np.ravel(axes)[0]).figure
    return Picture(move, figure, presets or {}, controls, columns, only_when or {})


class Painter:
    """Paints one figure many times, each time only what has changed since the last.

    An artist that has changed once is expected to change again: it is removed from the stored background and redrawn
    each time, with everything that lies above it in its axes.

    Only the most recently painted picture keeps a canvas and its background as pixels: in a lecture with twenty
    pictures, all of them would take 100 MB. Those of the others can be recreated in a few milliseconds.
    """

    _awake: Painter | None = None  # the one that painted most recently

    def __init__(self, figure: Figure):
        self.figure = figure
        self._background: np.ndarray | None = None
        self._packed: bytes | None = None  # the same, compressed, for when another picture has been painted
        self._texts: list[FigureText] = []  # all texts that were drawn with it
        self._wake()
        for _ in range(2):  # axes with a fixed aspect ratio need a second draw to settle their layout
            self.canvas.draw()
        figure.set_layout_engine("none")  # a new layout would cost 17 ms for every picture
        self._moving: set[Artist] = set()
        self._settle()

    def paint(self) -> np.ndarray:
        """The figure as it is now: uint8 (height, width, 4), red, green, blue and opacity."""
        self._wake()
        if self._learn() or self._background is None:
            self._draw_background()
        np.asarray(self.canvas.buffer_rgba())[:] = self._background
        for artist in self._foreground():
            artist.draw(self.canvas.get_renderer())
        self._settle()
        return np.asarray(self.canvas.buffer_rgba())

    def learn(self) -> None:
        """Records what has changed since the last picture, so that it can be painted at less cost from then on."""
        if self._learn():
            self._background = self._packed = None

    def _wake(self) -> None:
        """Makes sure that there is a canvas, and that the picture painted before this one releases its own."""
        if Painter._awake is self:
            return
        if Painter._awake:
            Painter._awake._rest()
        Painter._awake = self
        self.canvas = FigureCanvasAgg(self.figure)
        shape = np.asarray(self.canvas.get_renderer().buffer_rgba()).shape[:2]
        if self._packed:
            self._background = _pixels(self._packed, shape)

    def _rest(self) -> None:
        self._background = None
        self.canvas = FigureCanvasBase(self.figure)  # which has no pixels
        for text in (*self._texts, *self._artists()):
            if isinstance(text, FigureText):
                text._renderer = None  # otherwise each keeps the pixels of the canvas on which it was drawn, some 2 MB

    def _learn(self) -> bool:
        newly = {artist for artist in self._artists() if artist.stale} - self._moving
        self._moving |= {artist for artist in newly if not isinstance(artist, Axis)}
        return bool(newly)

    def panels(self) -> list[list[float]]:
        """Where the figure may be cut into panels to be stacked: left and right of each, as shares of the width."""
        if self.figure.texts or self.figure.legends or len(self.figure.axes) < 2:
            return [[0, 1]]
        width = self.figure.bbox.width
        boxes = [ax.get_tightbbox(self.canvas.get_renderer()) for ax in self.figure.axes if ax.get_visible()]
        spans: list[list[float]] = []
        for left, right in sorted((box.x0 / width, box.x1 / width) for box in boxes if box is not None):
            narrow = right - left < 0.15  # a colour bar stays with its axes
            if spans and (left < spans[-1][1] or narrow):
                spans[-1][1] = max(right, spans[-1][1])
            else:
                spans.append([left, right])
        cuts = [0, *((one[1] + other[0]) / 2 for one, other in zip(spans, spans[1:], strict=False)), 1]
        return [[round(left, 4), round(right, 4)] for left, right in zip(cuts, cuts[1:], strict=False)]

    def images(self) -> list[list[float]]:
        """The areas of photographs and fields of strong colours, and of their colour bars, which look the same in the
        dark theme: left, bottom, width, height."""
        boxes = []
        for ax in self.figure.axes:
            parts = [image.get_window_extent() for image in ax.images if image.get_gid() != TINT]
            parts += [ax.bbox] * (ax.get_label() == "<colorbar>")
            box = Bbox.intersection(Bbox.union(parts), ax.bbox) if parts else None
            if box is not None:
                boxes.append([round(side, 4) for side in box.transformed(self.figure.transFigure.inverted()).bounds])
        return boxes

    def _artists(self) -> list[Artist]:
        inside = [artist for axes in self.figure.axes for artist in axes.get_children()]
        return inside + [*self.figure.texts, *self.figure.legends]

    def _foreground(self) -> list[Artist]:
        """What moves, and what lies above it, lowest first, without tick labels and titles that do not move."""
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
        self._background = np.array(self.canvas.buffer_rgba())
        self._packed = _runs(self._background)
        self._texts = self.figure.findobj(FigureText)  # kept, because it takes as long as to paint a small picture

    def _settle(self) -> None:
        for artist in self._artists():
            artist.stale = False


def _runs(pixels: np.ndarray) -> bytes:
    """A picture as runs of equal pixels, compressed, which takes a quarter of the bytes or less.

    Args:
        pixels: uint8 (height, width, 4).

    Returns:
        for K runs, row after row: K lengths, then K colours, 4 bytes each; in zlib format.
    """
    flat = pixels.view(np.uint32).ravel()
    starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
    lengths = np.diff(starts, append=flat.size).astype(np.uint32)
    return zlib.compress(np.concatenate([lengths, flat[starts]]), 1)


def _pixels(runs: bytes, shape: tuple[int, int]) -> np.ndarray:
    """The inverse of `_runs`: uint8 (height, width, 4)."""
    lengths, colours = np.frombuffer(zlib.decompress(runs), np.uint32).reshape(2, -1)
    return np.repeat(colours, lengths).view(np.uint8).reshape(*shape, 4)


class _Screen(anywidget.AnyWidget):
    """Shows frames, a line of text below each, and the controls. The browser code is in live.js."""

    _esm = Path(__file__).with_name("live.js")
    _css = Path(__file__).with_name("live.css")
    shape = traitlets.Tuple().tag(sync=True)  # height and width, in pixels
    width = traitlets.Int().tag(sync=True)  # on the page, in CSS pixels
    panels = traitlets.List([[0, 1]]).tag(sync=True)  # from `Painter`
    images = traitlets.List().tag(sync=True)
    frame = traitlets.Bytes().tag(sync=True)  # from `_runs`
    caption = traitlets.Unicode().tag(sync=True)
    idle = traitlets.List().tag(sync=True)  # the indices of the controls that currently have no effect
    painted = traitlets.List().tag(sync=True)  # the controls' values, as sent, for this frame
    where = traitlets.Dict().tag(sync=True)  # for each pad, by its index
    controls = traitlets.List().tag(sync=True)  # their specs
    columns = traitlets.Int().tag(sync=True)
    presets = traitlets.List().tag(sync=True)  # the text of each, and the values it sets, by the controls' indices
    # The current values of the controls. ipywidgets would send each change back to the browser that made it, which
    # would waste a quarter of the time.
    values = traitlets.List().tag(sync=True, echo_update=False)

    loop: asyncio.AbstractEventLoop | None = None  # where cells run

    def set_state(self, sync_data: dict[str, object]) -> None:
        """Handles the browser's messages in the thread where cells run. Jupyter sometimes handles two widgets in two
        threads, but traits are made for one: a change that arrives while a frame is being sent could be lost, or
        separated from its text.
        """
        take = super().set_state
        if self.loop is None or self.loop is _running_loop():
            take(sync_data)
        else:
            self.loop.call_soon_threadsafe(take, sync_data)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class Picture:
    """A figure, its controls and its line of text, kept in sync. Created by `picture`.

    Attributes:
        controls: by name; setting a `value` moves the picture, as if the reader had done so.
        caption: what the picture shows now.
    """

    _ahead: Future | None = None  # painting ahead: for one picture at a time in the whole kernel

    def __init__(
        self,
        move: Callable[..., str],
        figure: Figure,
        presets: Mapping[str, Mapping[str, object]],
        controls: dict[str, Control],
        columns: int = 0,
        only_when: Mapping[str, Callable[..., bool]] | None = None,
    ):
        self.controls = controls
        self.presets: dict[str, dict[str, object]] = {}
        self._move = lambda **values: with_minus(move(**values))
        self._only_when = only_when or {}
        for name, control in controls.items():
            control.description = control.description or name
        start = self._values()
        for text, preset in presets.items():  # a slider has a stop at each value that a preset sets
            self.set(**preset)
            self.presets[text] = {name: controls[name].value for name in preset}
        self.set(**start)
        self._is_taking = False
        self._screen = _Screen(
            width=round(figure.get_figwidth() * 100), columns=columns, values=self._as_sent(self._values())
        )
        self._tell_the_controls()
        for control in controls.values():
            control.observe(self._on_value, names="value")
            control.observe(self._tell_the_controls, names="options")
        self._screen.observe(self._take, names="values")
        self._screen.on_msg(self._on_wishes)
        self._is_due = False
        self._painted = 0.0  # when, by the monotonic clock
        self._loop = self._screen.loop = _running_loop()

        self._move(**self._values())  # artists that only this creates are part of the layout
        self._painter = Painter(figure)
        self._screen.panels, self._screen.images = self._painter.panels(), self._painter.images()
        self._update()
        if self._loop and not pages.folder():
            self._loop.call_later(_SOON, self._learn)

    @property
    def caption(self) -> str:
        self._paint()
        return self._screen.caption

    @property
    def pixels(self) -> np.ndarray:
        """The current picture: uint8 (height, width, 4)."""
        self._paint()
        return _pixels(self._screen.frame, self._screen.shape)

    @property
    def png(self) -> bytes:
        """The current picture."""
        file = io.BytesIO()
        Image.fromarray(self.pixels).save(file, format="png")
        return file.getvalue()

    def set(self, **values: object) -> None:
        """Sets the values of several controls; in a notebook, the picture is painted only once."""
        for name in sorted(values, key=lambda name: isinstance(self.controls[name], Guess)):  # guesses are set last
            self.controls[name].value = values[name]

    def _values(self) -> dict[str, object]:
        return {name: control.value for name, control in self.controls.items()}

    def _as_sent(self, values: Mapping[str, object]) -> list[object]:
        return [control.sent(values[name]) for name, control in self.controls.items()]

    def _tell_the_controls(self, _change: object = None) -> None:
        """Sends the controls to the browser. A slider with a new step renumbers its steps, so the values are sent
        too."""
        numbers = {name: number for number, name in enumerate(self.controls)}
        with self._screen.hold_sync():
            self._tell_the_values()
            self._screen.controls = [control.spec() for control in self.controls.values()]
            self._screen.presets = [
                [text, {numbers[name]: self.controls[name].sent(value) for name, value in preset.items()}]
                for text, preset in self.presets.items()
            ]

    def _tell_the_values(self) -> None:
        """Sends the controls' values to the browser, and never later than they are set: a value that the reader has set
        in the meantime would be lost."""
        if not self._is_taking:
            self._screen.values = self._as_sent(self._values())

    def _take(self, change: Mapping[str, list]) -> None:
        """Handles values that the reader has set."""
        self._is_taking = True
        try:
            for control, sent in zip(self.controls.values(), change["new"], strict=True):
                if sent != control.sent(control.value):
                    control.value = control.read(sent)
        finally:
            self._is_taking = False
        self._tell_the_values()

    def _on_value(self, change: Mapping[str, object]) -> None:
        if not self._is_taking and not isinstance(change["owner"], Guess):  # the browser has cleared them itself
            for control in self.controls.values():
                if isinstance(control, Guess):
                    control.value = ""
        self._tell_the_values()
        self._update()

    def _update(self) -> None:
        """Has the picture painted once the kernel has received all pending messages, so that it is the newest, and in
        the thread where cells run: matplotlib is made for one thread."""
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
        caption = self._move(**values)
        pixels = self._painter.paint()
        sent = self._as_sent(values)
        with self._screen.hold_sync():  # one message, so that the text always matches the picture
            self._screen.shape = pixels.shape[:2]
            self._screen.frame = _runs(pixels)
            self._screen.caption = caption
            self._screen.idle = self._idle(values)
            self._screen.painted = sent
            self._screen.where = {
                str(number): control.where()
                for number, control in enumerate(self.controls.values())
                if isinstance(control, Pad)
            }
        self._painted = time.monotonic()

    def _idle(self, values: Mapping[str, object]) -> list[int]:
        names = list(self.controls)
        return [names.index(name) for name, has_effect in self._only_when.items() if not has_effect(**values)]

    def _learn(self) -> None:
        """Moves each control by a step and back, invisibly, so that the painter knows what moves before a reader moves
        it: otherwise the first picture would need a full draw of the figure."""
        for name, control in self.controls.items():
            if isinstance(control, Options) and len(control.options) > 1:
                start, values = time.monotonic(), self._values()
                at = control.sent(values[name])
                self._move(**values | {name: control.read(at + 1 if at + 1 < len(control.options) else at - 1)})
                self._painter.learn()
                if time.monotonic() - start > _SLOW:  # the reader may be waiting for the next cell
                    break
        self._update()
        give_back()

    def _on_wishes(self, _screen: _Screen, wishes: Sequence[tuple[int, object]], _buffers: Sequence) -> None:
        """Starts to paint ahead the pictures for some values, each given with the index of its control.

        Earlier requests, from any picture, are dropped.
        """
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
            emptied = {other: "" for other, it in self.controls.items() if isinstance(it, Guess)}
            values = self._values() | emptied | {name: control.read(sent)}
            caption, pixels = self._show(values)
            told = {"values": self._as_sent(values), "shape": pixels.shape[:2], "caption": caption}
            self._screen.send(told | {"idle": self._idle(values)}, [_runs(pixels)])
            took = time.monotonic() - start
            pause = _PAUSE if took < _SLOW else 5 * took
        give_back()  # no cell runs while the reader moves pictures

    def _show(self, values: Mapping[str, object]) -> tuple[str, np.ndarray]:
        """The line and the pixels for some values, without setting the controls."""
        return self._move(**values), self._painter.paint()

    def _ipython_display_(self) -> None:
        if folder := pages.folder():
            display({"text/html": self._page(folder), "text/plain": self.caption}, raw=True)
            return
        still = pages.still(self.png, self.caption, self._screen.width)
        display({"text/html": still, "text/plain": self.caption}, raw=True)
        # Below it, the widget: if it cannot start, it is invisible.
        display(pages.alive(self._screen), raw=True)

    def _page(self, folder: Path) -> str:
        """The picture for a page without a kernel: all settings that its controls have there are painted now."""
        caption, screen = self.caption, self._screen
        shipped = pages.Shipped(folder, self.pixels)
        book = pages.Book(self.controls, self.presets, self._values())
        frames = {}
        for setting in book.settings(shipped):
            values = book.values_of(setting)
            caption_there, pixels = self._show(values)
            frames[",".join(map(str, setting))] = [shipped.put(pixels), caption_there, self._idle(values)]
        self._update()  # the artists are shared, so they are moved back
        told = {name: getattr(screen, name) for name in ("width", "shape", "panels", "images", "columns")}
        told |= book.told() | {"rest": shipped.rest, "frames": frames}
        return pages.moving(told, caption, f"../_live/{folder.name}/")
