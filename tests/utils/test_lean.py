"""An optimiser of torch does not load the compiler, and whoever wants to compile still can."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

from utils import lean

OPTIMISERS = """
import sys
import torch
from utils import nets

w = torch.ones(3, requires_grad=True)
made = [torch.optim.SGD([w], 0.1, momentum=0.9), torch.optim.Adam([w]), torch.optim.Adam([w], fused=True)]
for optimiser in [*made, torch.optim.AdamW([w])]:
    optimiser.zero_grad()
    w.square().sum().backward()
    optimiser.step()
assert "sympy" not in sys.modules, "a step loads the compiler"
assert (w < 1).all()

from torch.distributed import tensor  # goes through all modules while it is imported

doubled = torch.compile(lambda x: 2 * x, backend="eager")
assert doubled(w).tolist() == (2 * w).tolist()
assert "sympy" in sys.modules and torch._dynamo is sys.modules["torch._dynamo"]
"""


def test_what_is_asked_of_the_stand_in_is_answered_by_the_real_module(monkeypatch):
    real = ModuleType("a_compiler")
    real.compile = lambda: "compiled"
    stand_in = lean._NoCompiler("a_compiler")
    monkeypatch.setattr(lean, "NAME", "a_compiler")
    monkeypatch.setattr(lean.torch, "_dynamo", lean.torch._dynamo)
    monkeypatch.setitem(sys.modules, "a_compiler", stand_in)
    monkeypatch.setattr(lean.importlib, "import_module", lambda name: sys.modules.setdefault(name, real))

    assert stand_in.disable(print, True, wrapping=False) is print and stand_in.graph_break() is None
    assert not hasattr(stand_in, "__file__"), "inspect asks this of every module"
    assert sys.modules["a_compiler"] is stand_in
    assert stand_in.compile() == "compiled"
    assert sys.modules["a_compiler"] is real and lean.torch._dynamo is real
    assert stand_in.compile() == "compiled"


@pytest.mark.slow
def test_optimisers_step_without_the_compiler_and_a_function_can_still_be_compiled():
    done = subprocess.run([sys.executable, "-c", OPTIMISERS], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
