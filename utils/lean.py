"""Optimisers of torch without torch's compiler, which they would load only to say that they do not use it.

The first step of any optimiser in `torch.optim` imports `torch._dynamo`, the front end of `torch.compile`, and with it
sympy: 80 MB and more than a second, in every lecture. Importing this module puts a stand-in in its place that knows the
two things an optimiser asks of it. Whoever asks for anything else, as `torch.compile` does, gets the real one.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch

NAME = "torch._dynamo"


class _NoCompiler(ModuleType):
    """Stands for the compiler while nothing is compiled."""

    def graph_break(self) -> None:
        """Ends what is compiled in one piece: nothing is."""

    def disable(self, function: Callable, *_: Any, **__: Any) -> Callable:
        """The function as one that is not compiled: as it is."""
        return function

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__path__":  # such as whoever goes through all modules asks of each
            raise AttributeError(name)
        if sys.modules.get(NAME) is self:
            del sys.modules[NAME]
            torch._dynamo = importlib.import_module(NAME)
        return getattr(sys.modules[NAME], name)


if NAME not in sys.modules:
    torch._dynamo = sys.modules[NAME] = _NoCompiler(NAME)
