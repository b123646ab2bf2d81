"""Fixes d2l 0.17.0 for today's Python, wherever it is imported: `from d2l import torch as d2l`, as in the book.

Six things are fixed when `d2l.torch` is imported, and the rest is left alone:

- it imports torchvision for data sets and pictures that this course does not use: if torchvision is not installed, a
  stand-in takes its place and explains itself when it is used;
- it imports pandas and requests for functions that this course does not call: each is imported only when it is used,
  which saves 30 MB of memory;
- to draw sharp figures, it uses an IPython function that IPython 9 has moved: it is taken from its new module;
- it draws training curves on an axis from 0.3 to 0.9, which fits the book's data: the axis now follows the curves;
- it draws on white, which glares in a dark theme: figures are now transparent, with axes and text in a grey that can be
  read on white and on black;
- it reads the loss as `float(l)`, for which torch now issues a warning once a session: that warning is suppressed.

When it is installed (`pip install ./utils/d2l`), a line in `d2l_mended.pth` calls `install` whenever Python starts. So
nothing is imported here until d2l is.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GREY = "#787878"  # contrast over 4.2 : 1 with white and with the #111111 of JupyterLab's dark theme


class Finder:
    """Finds `d2l.torch` in the usual place, and has it fixed after it has run."""

    mends = "d2l.torch"

    def find_spec(self, name: str, path: object = None, target: object = None) -> object:
        """The module's own specification, with a loader that applies the fixes; None for every other module."""
        if name != self.mends:
            return None
        others = [finder for finder in sys.meta_path if getattr(finder, "mends", None) != name]
        spec = next((found for finder in others if (found := finder.find_spec(name, path, target))), None)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module
            spec.loader.exec_module = lambda module: _run(module, run)
        return spec


def install() -> None:
    """Has `d2l.torch` fixed from now on; one call is enough, and takes the place of one by another version."""
    others = [finder for finder in sys.meta_path if getattr(finder, "mends", None) != Finder.mends]
    sys.meta_path[:] = [Finder(), *others]


class Absent(ModuleType):
    """Stands in for torchvision if it is not installed."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        raise ModuleNotFoundError(
            f"this part of d2l needs {self.__name__}.{name}, which the course does not use: pip install torchvision"
        )


class Later(ModuleType):
    """Stands in for a module that is imported when it is first used."""

    def __getattr__(self, name: str) -> object:
        import importlib

        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(importlib.import_module(self.__name__), name)


def _run(module: ModuleType, run) -> None:  # noqa: ANN001  (a loader's own exec_module)
    """Runs d2l.torch, with stand-ins for other modules only during the import, and fixes it."""
    import importlib.util

    stand_ins: dict[str, ModuleType] = {name: Later(name) for name in ("pandas", "requests") if name not in sys.modules}
    if importlib.util.find_spec("torchvision") is None:
        absent = Absent("torchvision")
        absent.transforms = Absent("torchvision.transforms")
        stand_ins |= {it.__name__: it for it in (absent, absent.transforms)}
    sys.modules.update(stand_ins)
    try:
        run(module)
    finally:
        for name in stand_ins:
            del sys.modules[name]
    _mend(module)


def _mend(d2l: ModuleType) -> None:
    import warnings

    from matplotlib_inline.backend_inline import set_matplotlib_formats

    on_white = d2l.set_axes

    def set_axes(axes: Axes, *labels_and_limits: object) -> None:
        """The book's function; then the figure is made transparent, and its axes and text grey."""
        on_white(axes, *labels_and_limits)
        for patch in (axes.figure.patch, axes.patch):
            patch.set_alpha(0)
        axes.grid(True, color=GREY, alpha=0.4)
        axes.spines[:].set_color(GREY)
        axes.tick_params(which="both", color=GREY, labelcolor=GREY)
        legend = axes.get_legend()
        for text in (axes.xaxis.label, axes.yaxis.label, *(legend.get_texts() if legend else [])):
            text.set_color(GREY)
        if legend:
            legend.get_frame().set_alpha(0)

    class Animator(d2l.Animator):
        """Curves that grow while a net is trained and stay within the axes."""

        def __init__(self, *args: object, **settings: object):
            super().__init__(*args, **settings | {"ylim": None})

    def use_svg_display() -> None:
        """Draw figures as SVG, which stays sharp at any size."""
        set_matplotlib_formats("svg")

    d2l.set_axes = set_axes
    d2l.Animator = Animator
    d2l.use_svg_display = use_svg_display
    warnings.filterwarnings("ignore", "Converting a tensor with requires_grad=True", UserWarning, r"d2l\.")
