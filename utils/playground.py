"""A net that learns in the browser while you watch, and the same net in Python, number by number.

    playground.show("XOR", hidden=(4,), activation="tanh")

shows it: data that can be changed and points that can be set while it learns, a map in every unit, the weights as
lines. Everything is computed by playground.js, both in JupyterLab and on the site, sixty times a second and without the
kernel. All randomness there comes from a generator that is easy to write in any language, so that

    X, y, X_test, y_test = playground.points("XOR")
    playground.learn(range(20), X, y, hidden=(4,), activation="tanh", epochs=100)

gives what the reader sees after 100 epochs from each of the starts 0 … 19. A test compares the two step by step.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import anywidget
import numpy as np
import torch
import traitlets
from IPython.display import display
from torch import nn

from . import nets, pages

ACTIVATIONS = {"tanh": "tanh", "ReLU": "relu", "sigmoid": "sigmoid", "none (linear)": "none"}  # here, in `nets`
DATA_SETS = ("XOR", "circles", "spirals", "two blobs")
BATCHES = {"1": 1, "10": 10, "all": 10**9}
POINTS = 100  # points of each data set to learn from, and as many to test with
_HERE = Path(__file__).parent


def generator(seed: int) -> Callable[[], float]:
    """The random numbers of playground.js, in [0, 1).

    Source: the generator "xorshift" of G. Marsaglia, "Xorshift RNGs" (2003), with the shifts 13, 17 and 5.
    """
    state = (seed + 1) * 0x9E3779B1 & 0xFFFFFFFF

    def draw() -> float:
        nonlocal state
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        return state / 2**32

    for _ in range(8):
        draw()
    return draw


def points(name: str, noise: float = 0.2) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The points of a data set of the playground.

    Args:
        name: "XOR", "circles", "spirals" or "two blobs".
        noise: standard deviation of the noise added to both coordinates.

    Returns:
        X (100, 2) and y (100,), to learn from, and X_test (100, 2) and y_test (100,). Most points lie within ±3; y is
        0 or 1.
    """
    draw = generator(1)
    normal = lambda: sum(draw() for _ in range(12)) - 6  # noqa: E731
    rows = []
    for i in range(2 * POINTS):
        if name == "XOR":
            y = (i >> 1 & 1) ^ (i & 1)
            x1 = (0.3 + 2.2 * draw()) * (1 if i >> 1 & 1 else -1)
            x2 = (0.3 + 2.2 * draw()) * (1 if i & 1 else -1)
        elif name == "two blobs":
            y, middle = i % 2, 1.1 if i % 2 else -1.1
            x1 = middle + 0.5 * normal()
            x2 = middle + 0.5 * normal()
        elif name in ("circles", "spirals"):
            y, along = i % 2, draw()
            if name == "circles":
                radius = 1.7 + 0.8 * along if y else 1.1 * along**0.5
                angle = 2 * np.pi * draw()
            else:
                radius, angle = 0.2 + 2.4 * along, np.pi * (2.2 * along + y)
            x1, x2 = radius * np.cos(angle), radius * np.sin(angle)
        else:
            raise ValueError(f"there is no data set {name!r}; choose one of {', '.join(DATA_SETS)}")
        x1 += noise * normal()
        rows.append((x1, x2 + noise * normal(), y))
    table = np.array(rows)
    X, y = table[:, :2], table[:, 2].astype(np.int64)
    return X[:POINTS], y[:POINTS], X[POINTS:], y[POINTS:]


def net(hidden: Sequence[int], activation: str, start: int = 0) -> nn.Sequential:
    """The net at a start of the playground, from points (N, 2) to logits (N, 1), in float64.

    Args:
        hidden: how many units each hidden layer has: one or two numbers.
        activation: "tanh", "ReLU", "sigmoid" or "none (linear)".
        start: the number of the start: the seed of the weights.
    """
    draw = generator(2 * start + 2)
    made = nets.mlp([2, *hidden, 1], ACTIVATIONS[activation])
    for layer in made[::2]:
        outputs, inputs = layer.weight.shape
        drawn = [(2 * draw() - 1) / inputs**0.5 for _ in range(outputs * (inputs + 1))]
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(drawn[: outputs * inputs], dtype=torch.float64).reshape(inputs, outputs).T)
            layer.bias.copy_(torch.tensor(drawn[outputs * inputs :], dtype=torch.float64))
    return made


def batches(count: int, size: int, start: int = 0) -> Iterator[list[int]]:
    """The indices of the points in each batch of a start, for an endless sequence of epochs.

    Args:
        count: how many points there are.
        size: of a batch; the last of an epoch may be smaller.
        start: the number of the start.
    """
    draw = generator(2 * start + 3)
    while True:
        left = list(range(count))
        for i in range(count - 1, 0, -1):
            j = int(draw() * (i + 1))
            left[i], left[j] = left[j], left[i]
        yield from (left[at : at + size] for at in range(0, count, size))


@dataclass(frozen=True)
class Learned:
    """The results of the playground from R starts, each entry after one more epoch; the first is before any.

    Attributes:
        net: all nets side by side, from points (N, 2) to logits (R, N, 1).
        losses: (epochs + 1, R), mean cross-entropy over the training points, in nats.
        accuracies: (epochs + 1, R), the share of the training points that is right.
    """

    net: nn.Module
    losses: np.ndarray
    accuracies: np.ndarray


def learn(
    starts: Sequence[int],
    X: np.ndarray,
    y: np.ndarray,
    hidden: Sequence[int] = (4,),
    activation: str | Mapping[int, str] = "tanh",
    epochs: int = 100,
    rate: float = 0.3,
    batch: str = "10",
) -> Learned:
    """Trains the nets of some starts side by side, each as the playground does.

    Args:
        starts: the numbers of the starts, R of them.
        X: the training points, (N, 2).
        y: their labels 0 or 1, (N,).
        hidden: as in `net`.
        activation: as in `net`; for one that changes during training, a dictionary from epochs to activations: {0:
            "ReLU", 100: "tanh"}.
        epochs: how many.
        rate: the learning rate.
        batch: "1", "10" or "all".
    """
    size = min(BATCHES[batch], len(X))
    plan = {0: activation} if isinstance(activation, str) else activation
    each = [net(hidden, plan[0], start) for start in starts]
    layers = zip(*each, strict=True)
    crowd = nn.Sequential(*(nets.Linears(it) if isinstance(it[0], nn.Linear) else it[0] for it in layers))
    orders = [batches(len(X), size, start) for start in starts]
    points, labels = torch.as_tensor(X, dtype=torch.float64), torch.as_tensor(y, dtype=torch.float64)
    loss_of = nn.functional.binary_cross_entropy_with_logits
    losses, accuracies = [], []

    @torch.no_grad()
    def look() -> None:
        logits = crowd(points)[..., 0]
        every = labels.expand_as(logits)
        losses.append(loss_of(logits, every, reduction="none").mean(dim=1).numpy())
        accuracies.append(((logits > 0) == (every > 0)).double().mean(dim=1).numpy())

    optimizer = torch.optim.SGD(crowd.parameters(), lr=rate)
    with nets.one_thread():
        look()
        for epoch in range(epochs):
            if epoch in plan:
                for l in range(len(hidden)):
                    crowd[2 * l + 1] = nets.ACTIVATIONS[ACTIVATIONS[plan[epoch]]]()
            for _ in range(-(-len(X) // size)):
                now = torch.tensor([next(order) for order in orders])
                optimizer.zero_grad()
                logits = crowd(points[now])[..., 0]
                (loss_of(logits, labels[now], reduction="sum") / now.shape[1]).backward()
                optimizer.step()
            look()
    return Learned(crowd, np.array(losses), np.array(accuracies))


class _Widget(anywidget.AnyWidget):
    """The widget in which it learns. The browser code is in playground.js."""

    _esm = pages.joined(_HERE / "live.js", _HERE / "playground.js")
    _css = "\n".join((_HERE / f"{name}.css").read_text(encoding="utf-8") for name in ("live", "playground"))
    told = traitlets.Dict().tag(sync=True)


class Playground:
    """A net that learns while you watch. Created by `show`."""

    def __init__(self, told: dict[str, object]):
        self.told = told

    def _ipython_display_(self) -> None:
        told = self.told
        text = (
            f"A playground: {told['data']}, hidden layers of {' and '.join(map(str, told['widths']))} "
            f"{told['activation']} units, learning rate {told['rate']:g}."
        )
        page = f"<p>{html.escape(text)}</p>"
        if pages.folder():
            whole = f'<div class="playground-page">{page}{pages.data(told)}</div>'
            display({"text/html": whole, "text/plain": text}, raw=True)
            return
        wake = "<p><em>To make it learn, run its cell, after those above it.</em></p>"
        display({"text/html": pages.quiet(page + wake), "text/plain": text}, raw=True)
        display(pages.alive(_Widget(told=told)), raw=True)


def show(
    data: str = "XOR",
    hidden: Sequence[int] = (4,),
    activation: str = "tanh",
    rate: float = 0.3,
    noise: float = 0.2,
    batch: str = "10",
    start: int = 0,
) -> Playground:
    """A playground with these initial settings; the reader can change all of them while the net learns.

    Args:
        data: one of `DATA_SETS`, or "your own", which starts without points.
        hidden: how many units each hidden layer has, 1 to 8: one or two numbers.
        activation: one of `ACTIVATIONS`.
        rate: the learning rate; 0.001, 0.003, 0.01 … 10.
        noise: as in `points`; 0, 0.1 … 0.8.
        batch: "1", "10" or "all".
        start: the number of the start, 0 … 19.

    Returns:
        what the cell should show: make it the cell's last line.

    Raises:
        ValueError: for a setting that the playground's controls do not offer.
    """
    widths = [*hidden]
    choices = [
        ("data", data, (*DATA_SETS, "your own")),
        ("activation", activation, tuple(ACTIVATIONS)),
        ("rate", rate, (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10)),
        ("noise", noise, (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)),
        ("batch", batch, tuple(BATCHES)),
        ("start", start, tuple(range(20))),
        ("hidden", len(widths), (1, 2)),
        *(("hidden", width, tuple(range(1, 9))) for width in widths),
    ]
    for name, value, known in choices:
        if value not in known:
            raise ValueError(f"{name}: {value!r} is not one of {', '.join(map(str, known))}")
    return Playground(
        {"data": data, "widths": widths, "activation": activation, "rate": rate}
        | {"noise": noise, "batch": batch, "start": start}
    )
