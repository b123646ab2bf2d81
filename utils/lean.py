"""torch without its compiler, which it would otherwise load only to find that it is not used.

The first step of any optimiser in `torch.optim` imports `torch._dynamo`, the front end of `torch.compile`, and the
first `backward` or `grad` that is given a gradient imports `torch.fx.experimental.symbolic_shapes`. Either imports
sympy: 40 to 80 MB and more than a second. Importing this module replaces each with a stand-in that has only what torch
asks for. Code that asks for anything else, as `torch.compile` does, gets the real module.
"""

from __future__ import annotations

import importlib
import operator
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch


class StandIn(ModuleType):
    """Stands in for a module until something is requested that the stand-in does not have.

    Args:
        name: of the module.
        is_package: whether it contains modules; they are those of the real one.
        **has: the functions that the stand-in has.
    """

    def __init__(self, name: str, is_package: bool = False, **has: Callable):
        super().__init__(name)
        vars(self).update(has)
        self._is_package = is_package

    def __getattr__(self, name: str) -> Any:
        asks_for_inside = self._is_package and name == "__path__"
        if name.startswith("__") and not asks_for_inside:  # code that goes through all modules asks each for such names
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
            importlib.import_module(self.__name__)
        return getattr(sys.modules[self.__name__], name)


STAND_INS = (
    # Nothing is compiled, so a graph break does nothing, and a function excluded from compiling stays as it is.
    StandIn("torch._dynamo", True, graph_break=lambda: None, disable=lambda function, *_, **__: function),
    # All shapes are numbers, so conditions on them are known, and they are equal or not.
    StandIn("torch.fx.experimental.symbolic_shapes", expect_true=lambda known: known, sym_eq=operator.eq),
)
for _module in STAND_INS:
    if _module.__name__ not in sys.modules:
        sys.modules[_module.__name__] = _module
if sys.modules["torch._dynamo"] is STAND_INS[0]:
    torch._dynamo = STAND_INS[0]
