"""The library of "Dive into Deep Learning", d2l 0.17.0, fixed for today's Python: `from utils import d2l`.

Everything in it is used as in the book (`d2l.plot`, `d2l.train_ch3`); `d2l_mended` lists the fixes. The setup also
installs that module by itself, so that the book's own line works anywhere: `from d2l import torch as d2l`.
"""

from __future__ import annotations

import importlib

from . import d2l_mended

d2l_mended.install()
_d2l = importlib.import_module("d2l.torch")


def __getattr__(name: str) -> object:
    return getattr(_d2l, name)


def __dir__() -> list[str]:
    return dir(_d2l)
