"""What a reader sees where no kernel moves a picture: a page of the site, a reopened notebook, GitHub.

Everywhere, this is at least the still picture with its text (`still`). On the site, which is built with `MLP_PAGES` set
to a folder, it is a picture that moves (`moving`): the settings of its controls were painted when the page was built,
and are stored in that folder as images of the differences from the picture at rest.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import itertools
import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from ipywidgets import DOMWidget

    from .live import Control

MOST_STEPS = 41  # values of a slider on a page; a longer one uses every second value, or third …
MOST_SETTINGS, MOST_BYTES = 500, 400_000  # for a picture with every setting painted, not one control at a time

# In JupyterLab, Notebook and VS Code, outputs are in boxes below each other. The output after a still picture is the
# widget that moves it: if its kernel is gone, JupyterLab shows an error that says less than the line above it. live.js
# makes itself visible.
_QUIET = (
    ".jp-OutputArea-child:has(.live-still)+.jp-OutputArea-child>.jp-OutputArea-output"
    "{visibility:hidden;font-size:0;line-height:0}"
)


def folder() -> Path | None:
    """The folder for a page's images while pages are being made; None in a notebook."""
    return Path(os.environ["MLP_PAGES"]) if os.environ.get("MLP_PAGES") else None


def joined(*modules: Path) -> str:
    """Modules of browser code as one, each written so that it can follow the others; exports what the last does."""
    texts = [path.read_text(encoding="utf-8") for path in modules]
    first = [re.sub(r"^export default .*$", "", text, flags=re.MULTILINE) for text in texts[:-1]]
    return "\n".join([*first, texts[-1]])


def still(png: bytes, caption: str, width: int) -> str:
    """A picture that does not move, as HTML, with its text and a note on how to start it.

    Args:
        png: the picture.
        caption: what it shows; also its alternative text.
        width: on the page, in CSS pixels.
    """
    image = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    wake = "<p><em>To move this picture, run its cell, after those above it.</em></p>"
    return quiet(_figure(image, caption, width) + wake)


def quiet(page: str) -> str:
    """HTML that a widget replaces while there is a kernel."""
    return f'<div class="live-still"><style>{_QUIET}</style>{page}</div>'


def alive(widget: DOMWidget) -> dict[str, object]:
    """A cell's output for a widget below a still picture: nothing if the widget cannot run."""
    view = widget._repr_mimebundle_()
    return (view[0] if isinstance(view, tuple) else view) | {"text/html": "", "text/plain": ""}


def _figure(source: str, caption: str, width: int) -> str:
    text = html.escape(caption, quote=True)
    return (
        f'<figure style="margin:0"><img src="{source}" alt="{text}" width="{width}" loading="lazy" '
        f'style="max-width:100%;height:auto"><figcaption>{text}</figcaption></figure>'
    )


class Shipped:
    """The images of one picture, in a folder.

    Attributes:
        rest: the name of the picture at rest.
        bytes: of all the others so far.
        count: of all the others so far.
    """

    def __init__(self, folder: Path, rest: np.ndarray):
        """Args: rest: uint8 (height, width, 4)."""
        self._folder, self._rest = folder, rest
        self.bytes = self.count = 0
        self.rest = self._write(rest)

    def put(self, pixels: np.ndarray) -> str:
        """Stores another picture, of the same shape, and returns its name; "" for the one at rest."""
        differs = (pixels != self._rest).any(axis=-1)
        if not differs.any():
            return ""
        name = self._write(np.where(differs[..., None], pixels, np.uint8(0)))
        self.count += 1
        self.bytes += (self._folder / name).stat().st_size
        return name

    def _write(self, pixels: np.ndarray) -> str:
        """Stores an image under a name derived from its content, so that equal ones are stored once."""
        name = hashlib.sha256(np.ascontiguousarray(pixels)).hexdigest()[:16] + ".webp"
        self._folder.mkdir(parents=True, exist_ok=True)
        if not (self._folder / name).exists():
            file = io.BytesIO()
            Image.fromarray(pixels).save(file, format="webp", lossless=True, method=2, quality=50)
            (self._folder / name).write_bytes(file.getvalue())
        return name


class Book:
    """The settings of a picture's controls that a page can show; each is a tuple with an index for each control.

    Attributes:
        whole: whether every setting is painted; otherwise only the presets, and the settings that differ from the one
            at rest in one control.
    """

    def __init__(
        self,
        controls: Mapping[str, Control],
        presets: Mapping[str, Mapping[str, object]],
        values: Mapping[str, object],
    ):
        self._controls, self._presets = controls, presets
        self.whole = False
        self._steps = {name: self._thinned(name, values[name]) for name in controls}
        self._rest = tuple(self._number(name, values[name]) for name in controls)

    def _thinned(self, name: str, rest: object) -> list[object]:
        """The values of a control that a page can show, as sent."""
        control = self._controls[name]
        wanted = [control.sent(value) for value in (rest, *(p[name] for p in self._presets.values() if name in p))]
        options = getattr(control, "options", None)
        if options is None:  # for typed values and points set by hand: only those of presets
            return [value for i, value in enumerate(wanted) if value not in wanted[:i]]
        stride = math.ceil(len(options) / MOST_STEPS)
        even = range(wanted[0] % stride, len(options), stride)
        return sorted({*even, *wanted, 0, len(options) - 1})

    def _number(self, name: str, value: object) -> int:
        return self._steps[name].index(self._controls[name].sent(value))

    def _can_move(self, name: str) -> bool:
        return hasattr(self._controls[name], "options")

    def settings(self, shipped: Shipped) -> Iterator[tuple[int, ...]]:
        """All settings that the page can show, the one at rest first, each once.

        Args:
            shipped: the images; the first ones show whether there is room for all.
        """
        counts = [len(steps) if self._can_move(name) else 1 for name, steps in self._steps.items()]
        numbers = {name: number for number, name in enumerate(self._controls)}
        first = {self._rest: None}
        for at, count in enumerate(counts):
            first |= {(*self._rest[:at], i, *self._rest[at + 1 :]): None for i in range(count)}
        for preset in self._presets.values():
            setting = list(self._rest)
            for name, value in preset.items():
                setting[numbers[name]] = self._number(name, value)
            first[tuple(setting)] = None
        yield from first
        total = math.prod(counts)
        mean = shipped.bytes / max(shipped.count, 1)
        self.whole = total <= MOST_SETTINGS and total * mean <= MOST_BYTES
        if self.whole:
            yield from (setting for setting in itertools.product(*map(range, counts)) if setting not in first)

    def values_of(self, setting: tuple[int, ...]) -> dict[str, object]:
        """The controls' values by name, in a setting."""
        return {
            name: self._controls[name].read(steps[at])
            for (name, steps), at in zip(self._steps.items(), setting, strict=True)
        }

    def told(self) -> dict[str, object]:
        """The description of the controls for live.js: as in a notebook, with fewer steps."""
        specs = []
        for name, control in self._controls.items():
            spec = control.spec()
            if self._can_move(name):
                spec["options"] = [spec["options"][at] for at in self._steps[name]]
            else:
                shown = [value if isinstance(value, str) else "" for value in self._steps[name]]
                spec = {"kind": "fixed", "label": spec["label"], "options": shown}
            specs.append(spec)
        numbers = {name: number for number, name in enumerate(self._controls)}
        presets = [
            [text, {numbers[name]: self._number(name, value) for name, value in preset.items()}]
            for text, preset in self._presets.items()
        ]
        return {"controls": specs, "presets": presets, "values": list(self._rest), "whole": self.whole}


def moving(told: Mapping[str, object], caption: str, base: str) -> str:
    """A picture that moves on a page, as HTML: it is still until live.js finds it.

    Args:
        told: the data for live.js.
        caption: what it shows at rest.
        base: where its images are, from the page.
    """
    return (
        f'<div class="live-page">{_figure(base + str(told["rest"]), caption, int(told["width"]))}'
        f"{data(dict(told) | {'base': base})}</div>"
    )


def data(told: object) -> str:
    """Data for a script on a page."""
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=int).replace("</", "<\\/")
    return f'<script type="application/json">{text}</script>'
