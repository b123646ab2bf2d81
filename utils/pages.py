"""What a reader sees where no kernel moves a picture: a page of the site, a saved notebook opened again, GitHub.

Everywhere it is at least the still picture, with its text (`still`). On the site, which is built with `MLP_PAGES` set
to a folder, it is a picture that moves (`moving`): what its controls can be set to was painted when the page was
built, and lies in that folder as images of what differs from the picture at rest.
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

MOST_STEPS = 41  # of a slider on a page: of a longer one every second value, or third …
MOST_SETTINGS, MOST_BYTES = 500, 400_000  # of a picture of which every setting is painted, not one control at a time

# In JupyterLab, Notebook and VS Code outputs stand in boxes beneath each other. What follows a still picture is the
# widget that moves it: where there is no kernel for it any more, JupyterLab says so in an error, which says less than
# the line above it. live.js makes itself visible.
_QUIET = (
    ".jp-OutputArea-child:has(.live-still)+.jp-OutputArea-child>.jp-OutputArea-output"
    "{visibility:hidden;font-size:0;line-height:0}"
)


def folder() -> Path | None:
    """Where a page's images go, while pages are made; None in a notebook."""
    return Path(os.environ["MLP_PAGES"]) if os.environ.get("MLP_PAGES") else None


def joined(*modules: Path) -> str:
    """Modules of browser code as one, each written so that it can stand behind the others; what the last exports."""
    texts = [path.read_text(encoding="utf-8") for path in modules]
    first = [re.sub(r"^export default .*$", "", text, flags=re.MULTILINE) for text in texts[:-1]]
    return "\n".join([*first, texts[-1]])


def still(png: bytes, caption: str, width: int) -> str:
    """A picture that does not move, as HTML, with its text and a word on how to wake it.

    Args:
        png: the picture.
        caption: what it shows; its alternative text, too.
        width: on the page, in CSS pixels.
    """
    image = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    wake = "<p><em>To move this picture, run its cell, after those above it.</em></p>"
    return quiet(_figure(image, caption, width) + wake)


def quiet(page: str) -> str:
    """HTML of which a widget takes the place while there is a kernel."""
    return f'<div class="live-still"><style>{_QUIET}</style>{page}</div>'


def alive(widget: DOMWidget) -> dict[str, object]:
    """What a cell shows of a widget that stands beneath a still picture: where the widget cannot live, nothing."""
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
        """Keeps another picture, of the same shape, and gives its name; "" for the one at rest."""
        differs = (pixels != self._rest).any(axis=-1)
        if not differs.any():
            return ""
        name = self._write(np.where(differs[..., None], pixels, np.uint8(0)))
        self.count += 1
        self.bytes += (self._folder / name).stat().st_size
        return name

    def _write(self, pixels: np.ndarray) -> str:
        """Under a name that is made from what it shows, so that equal ones are kept once."""
        name = hashlib.sha256(np.ascontiguousarray(pixels)).hexdigest()[:16] + ".webp"
        self._folder.mkdir(parents=True, exist_ok=True)
        if not (self._folder / name).exists():
            file = io.BytesIO()
            Image.fromarray(pixels).save(file, format="webp", lossless=True, method=2, quality=50)
            (self._folder / name).write_bytes(file.getvalue())
        return name


class Book:
    """The settings of a picture's controls that a page can show; each is a tuple with a number for each control.

    Attributes:
        whole: whether every setting is painted; else, from the one at rest, those in which one control has moved, and
            the presets.
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
        if options is None:  # what is typed or set by hand: only what presets set
            return [value for i, value in enumerate(wanted) if value not in wanted[:i]]
        stride = math.ceil(len(options) / MOST_STEPS)
        even = range(wanted[0] % stride, len(options), stride)
        return sorted({*even, *wanted, 0, len(options) - 1})

    def _number(self, name: str, value: object) -> int:
        return self._steps[name].index(self._controls[name].sent(value))

    def _can_move(self, name: str) -> bool:
        return hasattr(self._controls[name], "options")

    def settings(self, shipped: Shipped) -> Iterator[tuple[int, ...]]:
        """Every setting that the page can show, the one at rest first, each once.

        Args:
            shipped: whose images of the first ones tell whether there is room for all.
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
        """What live.js is told of the controls: as in a notebook, with fewer steps."""
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
    """A picture that moves on a page, as HTML: it stands still until live.js finds it.

    Args:
        told: what live.js needs to know.
        caption: what it shows at rest.
        base: where its images are, from the page.
    """
    return (
        f'<div class="live-page">{_figure(base + str(told["rest"]), caption, int(told["width"]))}'
        f"{data(dict(told) | {'base': base})}</div>"
    )


def data(told: object) -> str:
    """Something to be read by a script of a page."""
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=int).replace("</", "<\\/")
    return f'<script type="application/json">{text}</script>'
