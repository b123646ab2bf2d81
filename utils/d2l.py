"""The library of "Dive into Deep Learning", d2l 0.17.0, mended for today's Python: `from utils import d2l`.

Everything in it is reached as in the book (`d2l.plot`, `d2l.train_ch3`). Four things are mended, and the
rest is left alone:

- it imports torchvision for data sets and pictures that this course does not use: where torchvision is not
  installed, something stands in for it that explains itself when it is used;
- it asks IPython for a function that IPython 9 no longer has, to draw sharp figures: asked of its new home;
- it draws the curves of a training on an axis from 0.3 to 0.9, which fits the book's data: the axis follows the curves;
- it reads off the loss as `float(l)`, of which torch now warns once a session: that warning is kept quiet.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import warnings
from types import ModuleType

from matplotlib_inline.backend_inline import set_matplotlib_formats


class _Absent(ModuleType):
    """Stands in for torchvision where it is not installed."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        raise ModuleNotFoundError(
            f"this part of d2l needs {self.__name__}.{name}; the course does without: pip install torchvision"
        )


def _load() -> ModuleType:
    """d2l.torch, with torchvision stood in for only while it is being imported."""
    if importlib.util.find_spec("torchvision"):
        return importlib.import_module("d2l.torch")
    absent = _Absent("torchvision")
    absent.transforms = _Absent("torchvision.transforms")
    stand_ins = {module.__name__: module for module in (absent, absent.transforms)}
    sys.modules.update(stand_ins)
    try:
        return importlib.import_module("d2l.torch")
    finally:
        for name in stand_ins:
            del sys.modules[name]


def _use_svg_display() -> None:
    """Draw figures as SVG, which stays sharp at any size."""
    set_matplotlib_formats("svg")


_d2l = _load()


class _Animator(_d2l.Animator):
    """Curves that grow while a net is trained, none of which leaves the axes."""

    def __init__(self, *args: object, **settings: object):
        super().__init__(*args, **settings | {"ylim": None})


_d2l.Animator = _Animator
_d2l.use_svg_display = _use_svg_display
warnings.filterwarnings("ignore", "Converting a tensor with requires_grad=True", UserWarning, r"d2l\.")


def __getattr__(name: str) -> object:
    return getattr(_d2l, name)


def __dir__() -> list[str]:
    return dir(_d2l)
