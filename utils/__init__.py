"""Code shared by the lectures and the assignments.

| module     | holds                                                              |
|------------|--------------------------------------------------------------------|
| `data`     | small synthetic data sets and scikit-learn's bundled digits        |
| `linear`   | can a line separate two classes?                                   |
| `nets`     | multilayer perceptrons on `torch.nn`                               |
| `training` | a training loop that keeps a history                               |
| `ensembles`| many nets of one shape, trained at once                            |
| `regress`  | small tanh nets, fitted by least squares                           |
| `lean`     | torch without its compiler, as long as nothing is compiled         |
| `memory`   | keeps the memory of kernels small                                  |
| `plots`    | decision regions, truth tables, activations with their derivatives |
| `traces`   | moving curves, dots and grey pictures                              |
| `graphs`   | computational graphs, with values at their nodes                   |
| `convex`   | the chord above which a curve rises most                           |
| `formulas` | a formula that a reader types, as a function                       |
| `space`    | surfaces in space, seen from the side                              |
| `regions`  | the linear pieces of a ReLU net, counted exactly                   |
| `wiring`   | nets with masked connections: in layers, local or random           |
| `live`     | pictures that follow a slider                                      |
| `playground`| a net that learns in the page, and the same net here              |
| `stats`    | confidence intervals                                               |
| `quiz`     | questions to answer before running a cell                          |
| `explain`  | how two arrays differ, in words                                    |
| `how_far`  | which visible tests of a problem set pass, for how many points     |
| `d2l`      | the book's library, fixed for today's Python                       |

`import utils` itself is instant: a module is loaded when it is first used, so that reading a data set does not wait for
torch.
"""

from __future__ import annotations

import importlib
from types import ModuleType

__all__ = [
    "convex", "d2l", "data", "ensembles", "explain", "formulas", "graphs", "how_far", "linear", "live", "memory",
    "nets", "playground", "plots", "quiz", "regions", "regress", "space", "stats", "traces", "training", "wiring",
]  # fmt: skip


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
