"""Pictures that follow a slider.

A lecture builds a figure once and writes one function that moves what is in it and says, in a line, what is
to be seen now:

    def move(w, b):
        curve.set_ydata(w * x + b)
        return f"The line has slope {w} and meets the axis at {b}."

    live.picture(move, axes, w=live.slider(1, -2, 2), b=live.slider(0, -2, 2))

Speed comes from never building the figure again: only the artists that changed are drawn, over a remembered
background, and go to the browser as one PNG. ipywidgets keeps a single change in flight, so a quick drag
skips what would come late and always ends on the last value.
"""

from __future__ import annotations

import html
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence

import ipywidgets as widgets
import numpy as np
import traitlets
from IPython.display import Javascript, display
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# ipywidgets leaves the part of a slider that takes the focus without a name: lend it its label.
_NAME_THE_SLIDERS = """
if (!window.slidersAreNamed) {
  const name = () => document.querySelectorAll('.noUi-handle:not([aria-label])').forEach(handle => {
    const label = handle.closest('.jupyter-widgets')?.querySelector('.widget-label')?.textContent;
    if (label) handle.setAttribute('aria-label', label);
  });
  window.slidersAreNamed = new MutationObserver(name);
  window.slidersAreNamed.observe(document.body, {childList: true, subtree: true});
  name();
}
"""


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
    control = kind(value=start, min=low, max=high, step=step or fine, description=label)
    control.style.description_width = "7em"
    control.layout.width = "25em"
    return control


def choice(*options: str, label: str = "") -> widgets.ToggleButtons:
    """A row of buttons of which one is pressed; its value is that button's text, at first the first one's."""
    style = {"description_width": "7em", "button_width": "6em"}
    beside = widgets.Layout(display="flex", flex_flow="row nowrap", align_items="center")
    return widgets.ToggleButtons(options=options, description=label, style=style, layout=beside)


def picture(
    move: Callable[..., str],
    axes: Axes | Sequence[Axes],
    presets: Mapping[str, Mapping[str, object]] | None = None,
    **controls: widgets.ValueWidget,
) -> Picture:
    """A figure with its controls above and, beneath it, a line that says what it shows.

    Args:
        move: takes the controls' values by name, changes artists that already exist, returns that line.
        axes: any axes of the figure.
        presets: buttons that set several controls at once: what each says, and the values it sets.
        **controls: from `slider` or `choice`, in the order shown.

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
        self.canvas.draw()
        figure.set_layout_engine("none")  # laying out again would cost 17 ms for every picture
        self._moving: set[Artist] = set()
        self._background = None
        self._settle()

    def paint(self) -> bytes:
        """The figure as it is now, as a PNG."""
        changed = {artist for artist in self._artists() if artist.stale}
        newly = changed - self._moving
        self._moving |= {artist for artist in newly if not isinstance(artist, Axis)}
        if newly or self._background is None:
            self._draw_background()
        self.canvas.restore_region(self._background)
        for artist in self._foreground():
            artist.draw(self.canvas.get_renderer())
        self._settle()
        return _png(np.asarray(self.canvas.buffer_rgba()))

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


def _png(pixels: np.ndarray) -> bytes:
    """A PNG written plainly, in a third of the time that the usual encoders spend on making it small.

    Args:
        pixels: uint8 (height, width, 4), red, green, blue and opacity.

    Source: W3C, "Portable Network Graphics (PNG) Specification", chapters 5 and 11.
    """

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 4 * width), np.uint8)  # each row begins with its filter: 0, none
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)  # 8 bits a channel, 6: with opacity
    data = zlib.compress(rows, level=1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


class _Image(widgets.Image):
    """An image whose tooltip, which is its alternative text, does not stop the browser.

    ipywidgets 8.1 shows no tooltip on a widget that has no description, and its image has none.
    """

    description = traitlets.Unicode("").tag(sync=True)


class Picture:
    """A figure, its controls and its line of text, kept in step. Made by `picture`.

    Attributes:
        controls: the widgets by name; setting a `value` moves the picture, as the reader's hand does.
        caption: what the picture shows now.
        png: the picture as it is now.
    """

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
        self._width = round(figure.get_figwidth() * 100)
        wide = f"{self._width}px"
        self._image = _Image(format="png", layout=widgets.Layout(width=wide, max_width="100%"))
        self._text = widgets.HTML(layout=widgets.Layout(width=wide, max_width="100%"))
        self._widget = self._arrange(presets, wide)
        self._painter = None
        self._held = False

        self._call_move()
        self._painter = Painter(figure)
        self._update()

    def set(self, **values: object) -> None:
        """Gives several controls a value and paints once."""
        self._held = True
        try:
            for name, value in values.items():
                self.controls[name].value = value
        finally:
            self._held = False
        self._update()

    def _call_move(self) -> None:
        self.caption = self._move(**{name: control.value for name, control in self.controls.items()})

    def _update(self, _change: object = None) -> None:
        if self._held:
            return
        self._call_move()
        self.png = self._painter.paint()
        with self._image.hold_sync():  # one message: the browser loads the image anew for each
            self._image.value = self.png
            self._image.tooltip = self.caption
        self._text.value = f'<div role="status">{html.escape(self.caption)}</div>'

    def _arrange(self, presets: Mapping[str, Mapping[str, object]], wide: str) -> widgets.VBox:
        row = widgets.Layout(width=wide, max_width="100%", flex_flow="row wrap")
        controls = widgets.Box(list(self.controls.values()), layout=row)
        buttons = [widgets.Button(description=text) for text in presets]
        for button, values in zip(buttons, presets.values(), strict=True):
            button.on_click(lambda _button, values=values: self.set(**values))
        rows = [widgets.Box(buttons, layout=row)] if buttons else []
        return widgets.VBox([*rows, controls, self._image, self._text])

    def _ipython_display_(self) -> None:
        # Where there is no kernel to move it (a page, a preview), the first picture is shown in its place.
        still = {"image/png": self.png, "text/plain": self.caption}
        view = self._widget._repr_mimebundle_()
        display(Javascript(_NAME_THE_SLIDERS))
        display(view | still, metadata={"image/png": {"width": self._width}}, raw=True)
