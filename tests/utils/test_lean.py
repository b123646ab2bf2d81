"""torch learns without its compiler, and whoever wants to compile still can."""

from __future__ import annotations

import subprocess
import sys

import pytest

from utils import lean

LEARNING = """
import sys
import torch
from utils import nets

w = torch.ones(3, requires_grad=True)
made = [torch.optim.SGD([w], 0.1, momentum=0.9), torch.optim.Adam([w]), torch.optim.Adam([w], fused=True)]
for optimiser in [*made, torch.optim.AdamW([w])]:
    optimiser.zero_grad()
    w.square().sum().backward()
    optimiser.step()
assert (w < 1).all()

w.grad = None
(w ** 2).backward(torch.tensor([1.0, 0.0, 2.0]))
assert torch.equal(w.grad, 2 * w * torch.tensor([1.0, 0.0, 2.0]))
try:
    torch.autograd.grad(w ** 2, w, torch.ones(2))
except RuntimeError as error:
    assert "Mismatch in shape" in str(error)
else:
    raise AssertionError("a gradient of another shape is taken")
assert "sympy" not in sys.modules, "a step, or a gradient, loads the compiler"

from torch.distributed import tensor  # goes through all modules while it is imported

doubled = torch.compile(lambda x: 2 * x, backend="eager", dynamic=True)
for size in (3, 4, 5):
    x = torch.ones(size, requires_grad=True)
    assert doubled(x).tolist() == [2] * size
    doubled(x).backward(torch.ones(size))
    assert x.grad.tolist() == [2] * size
assert "sympy" in sys.modules and torch._dynamo is sys.modules["torch._dynamo"]
from torch.fx.experimental import symbolic_shapes

assert symbolic_shapes is sys.modules["torch.fx.experimental.symbolic_shapes"] and symbolic_shapes.ShapeEnv
"""


def test_what_a_stand_in_does_not_have_is_answered_by_the_real_module(tmp_path, monkeypatch):
    (tmp_path / "a_package").mkdir()
    (tmp_path / "a_package" / "__init__.py").touch()
    (tmp_path / "a_package" / "a_compiler.py").write_text("compile = lambda: 'compiled'\n")
    monkeypatch.syspath_prepend(tmp_path)
    stand_in, name = lean.StandIn("a_package.a_compiler", disable=lambda function: function), "a_package.a_compiler"
    monkeypatch.setitem(sys.modules, name, stand_in)

    from a_package.a_compiler import disable

    assert disable(print) is print
    assert not hasattr(stand_in, "__file__"), "inspect asks this of every module"
    assert sys.modules[name] is stand_in
    assert stand_in.compile() == "compiled"
    assert sys.modules[name] is sys.modules["a_package"].a_compiler is not stand_in
    assert stand_in.compile() == "compiled"


@pytest.mark.slow
def test_nets_learn_without_the_compiler_and_a_function_can_still_be_compiled():
    done = subprocess.run([sys.executable, "-c", LEARNING], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
