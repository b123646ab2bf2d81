"""Multilayer perceptrons on `torch.nn`, and what can be computed from a trained one.

Nets work in float64, so that what a lecture claims does not depend on round-off error.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

from . import lean as lean  # before the first optimiser

ACTIVATIONS = {"tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "relu": nn.ReLU, "none": nn.Identity}


def mlp(widths: Sequence[int], activation: str = "tanh", seed: int | None = None) -> nn.Sequential:
    """A fully connected net that ends in logits.

    Args:
        widths: inputs, hidden units of each layer, outputs: [2, 3, 1] has one hidden layer of three.
        activation: after each hidden layer: "tanh", "sigmoid", "relu" or "none".
        seed: of the initial weights, normal with variance 1/inputs; biases start at 0. None uses no fixed seed.

    Returns:
        a net from (N, widths[0]) to (N, widths[-1]).

    Raises:
        ValueError: for an unknown activation.
    """
    if activation not in ACTIVATIONS:
        raise ValueError(f"there is no activation {activation!r}; choose one of {', '.join(ACTIVATIONS)}")
    random = torch.Generator()
    random.seed() if seed is None else random.manual_seed(seed)
    layers: list[nn.Module] = []
    for inputs, outputs in zip(widths[:-1], widths[1:], strict=True):
        linear = nn.Linear(inputs, outputs, dtype=torch.float64)
        nn.init.normal_(linear.weight, std=inputs**-0.5, generator=random)
        nn.init.zeros_(linear.bias)
        layers += [linear, ACTIVATIONS[activation]()]
    return nn.Sequential(*layers[:-1])


class Linears(nn.Module):
    """Many `nn.Linear` layers of the same size side by side: one multiplication for all of them.

    Attributes:
        weight: (R, outputs, inputs), those of `nn.Linear` stacked.
        bias: (R, outputs).
    """

    def __init__(self, layers: Sequence[nn.Linear]):
        super().__init__()
        self.weight = nn.Parameter(torch.stack([layer.weight.detach() for layer in layers]))
        self.bias = nn.Parameter(torch.stack([layer.bias.detach() for layer in layers]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Points (N, inputs) for all nets, or (R, N, inputs) with separate points for each, give (R, N, outputs)."""
        return torch.baddbmm(self.bias[:, None], x.expand(len(self.weight), *x.shape[-2:]), self.weight.mT)


def mlps(count: int, widths: Sequence[int], activation: str = "tanh", seed: int = 0) -> nn.Sequential:
    """Many nets that differ only in their seed, side by side: hundreds compute as fast as a few.

    Args:
        count: how many, R. The i-th starts like `mlp(widths, activation, seed + i)`.
        widths: as in `mlp`.
        activation: as in `mlp`.
        seed: of the first.

    Returns:
        a net from (N, widths[0]), or (R, N, widths[0]), to (R, N, widths[-1]); its parameters are those of `mlp`,
        stacked: the i-th of each, under the same name, is a state that `mlp` loads.
    """
    nets = [mlp(widths, activation, seed + i) for i in range(count)]
    return nn.Sequential(
        *(Linears(layers) if isinstance(layers[0], nn.Linear) else layers[0] for layers in zip(*nets, strict=True))
    )


@torch.no_grad()
def between(a: nn.Sequential, b: nn.Sequential, t: Sequence[float] | np.ndarray) -> nn.Sequential:
    """The nets on the straight line through two nets: every weight and bias is t times a's plus 1 - t times b's.

    Args:
        a: a net made by `mlp`.
        b: another of the same shape.
        t: for each net on the line, (R,): 1 gives a, 0 gives b, ½ their average; other values extend the line beyond
            them.

    Returns:
        these nets side by side, as `mlps` has them.
    """
    shares = torch.as_tensor(t, dtype=torch.float64)
    layers: list[nn.Module] = []
    for one, other in zip(a, b, strict=True):
        layers.append(one)
        if isinstance(one, nn.Linear):
            layers[-1] = mixed = Linears([one])
            mixed.weight = nn.Parameter(_mixed(one.weight, other.weight, shares))
            mixed.bias = nn.Parameter(_mixed(one.bias, other.bias, shares))
    return nn.Sequential(*layers)


def _mixed(one: torch.Tensor, other: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
    shares = shares.reshape(-1, *[1] * one.ndim)
    return shares * one + (1 - shares) * other


@torch.no_grad()
def reordered(net: nn.Sequential, order: Sequence[int], layer: int = 1) -> nn.Sequential:
    """The same net with the units of a hidden layer in another order: its outputs are the same.

    Args:
        net: made by `mlp`.
        order: the unit that comes first, second, and so on: each once.
        layer: which hidden layer, from 1.

    Returns:
        a new net.
    """
    new, index = copy.deepcopy(net), torch.as_tensor(order)
    before, after = new[2 * layer - 2], new[2 * layer]
    before.weight.copy_(before.weight[index])
    before.bias.copy_(before.bias[index])
    after.weight.copy_(after.weight[:, index])
    return new


@contextmanager
def one_thread() -> Iterator[None]:
    """Limits torch to one thread for a while: for such small nets, several threads triple the work."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@torch.no_grad()
def outputs(net: nn.Module, X: np.ndarray) -> np.ndarray:
    """The logits of a net: X (N, D) gives (N, K), float64; nets side by side give (R, N, K)."""
    with one_thread():
        return net(torch.as_tensor(X, dtype=torch.float64)).numpy()


def hidden(net: nn.Sequential, X: np.ndarray, layer: int = 1) -> np.ndarray:
    """The hidden units of a net made by `mlp`, after their activation.

    Args:
        net: the net.
        X: points, (N, D).
        layer: which hidden layer, from 1.

    Returns:
        (N, units of that layer), float64.
    """
    return outputs(net[: 2 * layer], X)


def score(net: nn.Module, X: np.ndarray) -> np.ndarray:
    """The score of a net with two logits for class 1: their difference (N,), whose σ is the probability."""
    logits = outputs(net, X)
    return logits[..., 1] - logits[..., 0]


def accuracy(net: nn.Module, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The share of points X (N, D) with labels y (N,) that a net gets right; for nets side by side, (R,)."""
    return (outputs(net, X).argmax(axis=-1) == y).mean(axis=-1)
