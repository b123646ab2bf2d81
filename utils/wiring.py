"""Nets whose connections are given by a mask: in layers, only nearby, or at random.

The units of a net are numbered: first the inputs, then the hidden units, then the outputs. A unit may have connections
from any unit before it. Units are computed in groups, without connections within a group.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from torch import nn

from .plots import BLUE, GREEN, GREY, INK, ORANGE


class Wired(nn.Module):
    """R nets with the same groups of units, each with its own connections; ReLU in all but the last group.

    Attributes:
        masks: True where there is a connection from a unit (first index) to a later one (second), (R, D + H, H + K).
        groups: how many units each group has; the last are the outputs.
    """

    def __init__(self, masks: np.ndarray, groups: Sequence[int], seeds: Sequence[int]):
        """
        Args:
            masks: for each net, from inputs and hidden units to hidden units and outputs, bool (R, D + H, H + K).
            groups: the sizes of the groups, in order; their sum is H + K.
            seeds: one for each net. Weights are initialised normal with variance 2/(incoming connections), biases 0.

        Raises:
            ValueError: if there is a connection from a unit of the same group or of a later one.
        """
        super().__init__()
        self.groups = list(groups)
        self._inputs = masks.shape[1] - sum(groups) + groups[-1]
        begin = np.cumsum([0, *groups])
        for start, end in zip(begin[:-1], begin[1:], strict=True):
            if masks[:, self._inputs + start :, start:end].any():
                raise ValueError(f"units {start} to {end - 1} are one group and connect only to earlier units")
        random = [torch.Generator().manual_seed(seed) for seed in seeds]
        drawn = torch.stack([torch.randn(*masks.shape[1:], generator=generator) for generator in random])
        self.masks = torch.as_tensor(masks)
        heard = self.masks.sum(dim=1, keepdim=True).clamp(min=1)
        self.weights = nn.Parameter(torch.where(self.masks, drawn * (2 / heard) ** 0.5, 0.0))
        self.biases = nn.Parameter(torch.zeros(len(masks), 1, masks.shape[2]))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """The outputs of each net: points (N, D), the same for all, give (R, N, K)."""
        weights, start = self.weights * self.masks, self._inputs
        z = torch.matmul(X, weights[:, : self._inputs]) + self.biases  # of all units, filled up to the inputs
        for size in self.groups[:-1]:
            own, later = z.split([size, z.shape[2] - size], dim=2)
            end = start + size
            z = torch.baddbmm(later, torch.relu(own), weights[:, start:end, end - self._inputs :])
            start = end
        return z

    def numbers(self) -> np.ndarray:
        """The number of weights and biases that each net really has, (R,)."""
        return self.masks.sum(dim=(1, 2)).numpy() + self.biases.shape[2]


def layered(widths: Sequence[int], first: np.ndarray | None = None) -> np.ndarray:
    """The mask of one layered net.

    Args:
        widths: inputs, hidden units of each layer, outputs.
        first: the connections from the inputs to the first layer, bool (D, units); all by default.

    Returns:
        bool (D + H, H + K), for groups `widths[1:]`.
    """
    begin = np.cumsum([0, *widths])
    mask = np.zeros((begin[-2], begin[-1] - widths[0]), dtype=bool)
    for layer, (start, end, after) in enumerate(zip(begin[:-2], begin[1:-1], begin[2:], strict=True)):
        mask[start:end, end - widths[0] : after - widths[0]] = True if layer or first is None else first
    return mask


def nearby(side: int, reach: int) -> np.ndarray:
    """The connections of a layer with one unit over each pixel of a square picture, from the pixels around it.

    Args:
        side: of the picture, in pixels.
        reach: the maximum distance in rows and columns.

    Returns:
        bool (side², side²).
    """
    row, column = np.divmod(np.arange(side**2), side)
    return (np.abs(row[:, None] - row) <= reach) & (np.abs(column[:, None] - column) <= reach)


def at_random(inputs: int, nodes: int, units: int, outputs: int, wires: float, seed: int) -> np.ndarray:
    """The mask of a net whose nodes, small groups of units, have random connections.

    Args:
        inputs: D; each unit has a connection from about a third of them.
        nodes: how many; a node may have connections from any before it.
        units: in each node.
        outputs: K, with connections from the nodes that no other node has connections from.
        wires: the probability of connections from one node to a later one, from 0 to 1.
        seed: of the random wiring.

    Returns:
        bool (D + H, H + K) with H = nodes · units, for groups [units] * nodes + [outputs].
    """
    random = np.random.default_rng(seed)
    graph = np.triu(random.random((nodes, nodes)) < wires, 1)
    from_inputs = random.random((inputs, nodes * units)) < 1 / 3
    hidden = np.kron(graph, np.ones((units, units), dtype=bool)).astype(bool)
    last = np.repeat(~graph.any(axis=1), units)
    to_outputs = np.concatenate([np.zeros(inputs, dtype=bool), last])[:, None].repeat(outputs, axis=1)
    return np.hstack([np.vstack([from_inputs, hidden]), to_outputs])


def graph_of(mask: np.ndarray, inputs: int, groups: Sequence[int]) -> np.ndarray:
    """Which groups, including the outputs, are connected: bool (G, G), from first index to second."""
    begin = np.cumsum([0, *groups])
    heard = mask[inputs:]
    G = len(groups)
    found = np.zeros((G, G), dtype=bool)
    for i in range(G - 1):
        for j in range(i + 1, G):
            found[i, j] = heard[begin[i] : begin[i + 1], begin[j] : begin[j + 1]].any()
    return found


def ring(ax: Axes, nodes: int) -> Callable[[np.ndarray], None]:
    """Groups of units on a circle, in order from the top, and an arc for each wire; the outputs are a square.

    Args:
        ax: the axes to draw on; they then contain nothing else.
        nodes: how many groups, including the outputs.

    Returns:
        show(graph): bool (nodes, nodes), as returned by `graph_of`.
    """
    angle = np.pi / 2 - 2 * np.pi * np.arange(nodes) / nodes
    places = np.column_stack([np.cos(angle), np.sin(angle)])
    ax.set(xlim=(-1.3, 1.3), ylim=(-1.3, 1.3), aspect="equal", xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    wires = ax.add_collection(LineCollection([], colors=GREY, linewidths=1.6, zorder=1))
    ax.plot(*places[1:-1].T, "o", color=BLUE, mec=INK, ms=19, zorder=2)
    ax.plot(*places[:1].T, "^", color=GREEN, mec=INK, ms=21, zorder=2)
    ax.plot(*places[-1:].T, "s", color=ORANGE, mec=INK, ms=19, zorder=2)
    for number, place in enumerate(places):
        name = "out" if number == nodes - 1 else str(number + 1)
        ax.text(*(1.22 * place), name, ha="center", va="center", zorder=3)
    along = np.linspace(0, 1, 21)[:, None]

    def show(graph: np.ndarray) -> None:
        pairs = np.argwhere(graph)
        arcs = []
        for start, end in places[pairs]:
            bend = 0.35 * (start + end) / 2  # a quadratic curve that bends towards the centre
            arcs.append((1 - along) ** 2 * start + 2 * along * (1 - along) * bend + along**2 * end)
        wires.set_segments(arcs)

    return show
