"""What lecture 07 measures over many seeds: one hidden layer against several, at equal size where the decks are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from .. import data, ensembles
from ..sweeps import sweep

Numbers = dict[str, np.ndarray]


class Bypass(ensembles.Ensemble):
    """As `Ensemble`, but the last hidden layer adds to the one before it: h + a(W h + b). Both have as many units."""

    def hidden(self, X: torch.Tensor) -> torch.Tensor:
        """What the last hidden layer of each net hands on: points X (N, D) give (R, N, H)."""
        h = X.expand(len(self.weights[0]), *X.shape)
        layers = list(zip(self.weights, self.biases, strict=True))[:-1]
        for weights, biases in layers[:-1]:
            h = self.activation(torch.baddbmm(biases, h, weights))
        weights, biases = layers[-1]
        return h + self.activation(torch.baddbmm(biases, h, weights))


def size(widths: Sequence[int]) -> int:
    """How many weights and biases a fully connected net of these widths has, inputs and outputs included."""
    return sum((inputs + 1) * outputs for inputs, outputs in zip(widths[:-1], widths[1:], strict=True))


def grey_picture(picture: str) -> tuple[torch.Tensor, torch.Tensor]:
    """A picture of 51 × 51 pixels as points and heights.

    Args:
        picture: "china" or "flower".

    Returns:
        row and column of each pixel, from -1 to 1, (2601, 2); and its grey, with mean 0 and variance 1, (2601,).
    """
    grey = data.small_picture(picture)
    along = torch.linspace(-1, 1, len(grey))
    return torch.cartesian_prod(along, along), torch.tensor((grey - grey.mean()) / grey.std()).float().ravel()


def draw(
    widths: Sequence[int], bypass: bool, picture: str, steps: int, seeds: Sequence[int], title: str | None = None
) -> tuple[ensembles.Ensemble, np.ndarray]:
    """Trains tanh nets to draw a picture, by Adam at three falling rates.

    Args:
        widths: of the hidden layers.
        bypass: whether the last hidden layer adds to the one before.
        picture: "china" or "flower".
        steps: how many; a multiple of 10.
        seeds: one for each net.
        title: beside the progress bars; None for none.

    Returns:
        the nets, and the share of the picture's variance that each has missed, (R,).
    """
    pixels, grey = grey_picture(picture)
    nets = (Bypass if bypass else ensembles.Ensemble)([2, *widths, 1], torch.tanh, seeds)
    optimizer = torch.optim.Adam(nets.parameters(), fused=True)
    for rate, tenths in [(0.02, 7), (0.005, 2), (0.001, 1)]:
        optimizer.param_groups[0]["lr"] = rate
        looks = ensembles.fit(
            nets, pixels, grey, lambda z, y: (z[..., 0] - y).square().mean(dim=1).sum(), optimizer,
            steps * tenths // 10, keep=lambda: (nets(pixels)[..., 0] - grey).square().mean(dim=1),
            keep_every=steps * tenths // 10, batch_size=256, seed=tenths, title=title,
        )  # fmt: skip
    return nets, looks[-1].numpy()


SHAPES = [[125], [20, 20], [14, 14, 14], [15, 15, 15], [19, 19, 19], [10, 20, 10]]
PICTURES = ["china", "flower"]


@sweep(
    settings=[
        dict(widths=widths, bypass=len(widths) == 4, picture=picture, steps=3000)
        for widths in [*SHAPES, [10, 20, 10, 10]]
        for picture in PICTURES
    ],
    seeds=range(6),
)
def drawn(widths: Sequence[int], bypass: bool, picture: str, steps: int, seeds: Sequence[int]) -> Numbers:
    """D7, D8: the share of a picture's variance that nets of several shapes have missed."""
    return {"loss": draw(widths, bypass, picture, steps, seeds)[1]}


@sweep(settings=[dict(picture=picture, steps=3000) for picture in PICTURES], seeds=range(6))
def without_bypass(picture: str, steps: int, seeds: Sequence[int]) -> Numbers:
    """D8: the same 581 weights as 10/20/10/10 with a bypass, in four plain layers."""
    return {"loss": draw([10, 20, 10, 10], False, picture, steps, seeds)[1]}


def rbf_machines(points: int, gamma: float, seeds: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Points spread evenly over a square, labelled by machines of radial basis functions.

    Each machine has 100 centres c of its own with signs s = ±1, and says 1 where Σ s exp(-γ|x - c|²) > 0, in
    units of the square's side.

    Args:
        points: how many, N.
        gamma: γ; the bumps are 1/√(2γ) wide.
        seeds: one for each machine, R; the points are the same for all.

    Returns:
        points in [-1, 1]², (N, 2), and labels 0 or 1, (N, R).
    """
    X, labels = np.random.default_rng(points).random((points, 2)), []
    for seed in seeds:
        random = np.random.default_rng(seed)
        centres, signs = random.random((100, 2)), random.choice([-1, 1], 100)
        labels.append(np.exp(-gamma * ((X[:, None] - centres) ** 2).sum(axis=2)) @ signs > 0)
    return torch.tensor(2 * X - 1).float(), torch.tensor(np.stack(labels, axis=1)).float()


@sweep(
    settings=[dict(widths=widths, steps=2000) for n in (10, 20, 40) for widths in ([n * n], [n, n])],
    seeds=range(5),
)
def rbf_labels(widths: Sequence[int], steps: int, seeds: Sequence[int]) -> Numbers:
    """D6: the share of new points right, early (a tenth of the steps), half-way and late, of ReLU nets."""
    X, y = rbf_machines(2000, 200, seeds)
    new_X, new_y = rbf_machines(4000, 200, seeds)
    nets = ensembles.Ensemble([2, *widths, 1], torch.relu, seeds, gain=2**0.5)
    looks = ensembles.fit(
        nets, X, y, lambda z, y: nn.functional.binary_cross_entropy_with_logits(z[..., 0].T, y) * len(z),
        torch.optim.Adam(nets.parameters(), lr=0.01, fused=True), steps,
        keep=lambda: ((nets(new_X)[..., 0].T > 0) == (new_y > 0.5)).float().mean(dim=0).numpy(),
        keep_every=steps // 10, batch_size=128, title=None,
    )  # fmt: skip
    return {"early": looks[1], "half": looks[5], "late": looks[10]}


@sweep(
    settings=[dict(widths=widths, examples=500, epochs=12000) for widths in ([298], [100] * 2, [75] * 3, [63] * 4)],
    seeds=range(3),
)
def random_labels(
    widths: Sequence[int], examples: int, epochs: int, seeds: Sequence[int], title: str | None = None
) -> Numbers:
    """D9: MNIST-1D with labels that are drawn by lot, learned by plain gradient descent on all examples at once.

    Returns the loss at each twelfth of the epochs, and the epochs after which it was below 0.5 and 0.1 (looked at
    every hundredth; inf where it never was).
    """
    X = torch.tensor(data.mnist_1d(examples, seed=1)[0]).float()
    y = torch.tensor(np.random.default_rng(1).integers(10, size=examples))
    nets = ensembles.Ensemble([40, *widths, 10], torch.relu, seeds, gain=2**0.5)
    losses = ensembles.fit(
        nets, X, y, lambda z, y: ensembles.cross_entropy(z, y).sum(), torch.optim.SGD(nets.parameters(), lr=0.0025),
        epochs, keep=lambda: ensembles.cross_entropy(nets(X), y).numpy(), keep_every=epochs // 120, title=title,
    )  # fmt: skip
    losses = np.array(losses)
    found = {f"loss {tenth * epochs // 12}": losses[10 * tenth] for tenth in range(13)}
    for goal in (0.5, 0.1):
        below = losses < goal
        found[f"to {goal}"] = np.where(below.any(axis=0), below.argmax(axis=0) * (epochs // 120.0), np.inf)
    return found


@sweep(
    settings=[dict(units=n, layers=L) for n in (5, 10, 20, 40, 80, 120) for L in (1, 2)],
    seeds=range(8),
)
def digit_layers(units: int, layers: int, seeds: Sequence[int]) -> Numbers:
    """D10: the share of new digits that ReLU nets with one and with two hidden layers read, after so many steps."""
    X, y, new_X, new_y = (torch.as_tensor(array) for array in data.digits())
    X, new_X = X.float(), new_X.float()
    nets = ensembles.Ensemble([64, *[units] * layers, 10], torch.relu, seeds, gain=2**0.5)
    looks = ensembles.fit(
        nets, X, y, lambda z, y: ensembles.cross_entropy(z, y).sum(),
        torch.optim.Adam(nets.parameters(), lr=0.003, fused=True), 800,
        keep=lambda: ensembles.accuracy(nets(new_X), new_y).numpy(), keep_every=50, batch_size=64, title=None,
    )  # fmt: skip
    return {f"new {steps}": looks[steps // 50] for steps in (50, 100, 200, 400, 800)}


def width_for(parameters: int, layers: int, inputs: int, outputs: int) -> int:
    """How many units each of so many equal hidden layers may have for a net to be nearest to a size."""
    sizes = [abs(size([inputs, *[n] * layers, outputs]) - parameters) for n in range(1, parameters // inputs + 2)]
    return int(np.argmin(sizes)) + 1


def digit_pairs(pairs: int, new: bool, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Two digits side by side, labelled by the last figure of their sum.

    Args:
        pairs: how many, N.
        new: of digits that are kept for testing, or else of those to learn from.
        seed: of the choice.

    Returns:
        pixels, (N, 128), and labels 0 … 9, (N,).
    """
    X, y = data.digits()[2 * new :][:2]
    left, right = np.random.default_rng(seed).integers(len(X), size=(2, pairs))
    return torch.tensor(np.hstack([X[left], X[right]])).float(), torch.tensor((y[left] + y[right]) % 10)


@sweep(
    settings=[dict(parameters=p, layers=L) for p in (5000, 10000, 20000, 40000) for L in (1, 2, 3, 4)],
    seeds=range(3),
)
def digit_sums(parameters: int, layers: int, seeds: Sequence[int]) -> Numbers:
    """D11: the share of new pairs of digits whose sum's last figure ReLU nets of this size and depth get right."""
    (X, y), (new_X, new_y) = digit_pairs(4000, False, 0), digit_pairs(2000, True, 1)
    widths = [width_for(parameters, layers, 128, 10)] * layers
    nets = ensembles.Ensemble([128, *widths, 10], torch.relu, seeds, gain=2**0.5)
    ensembles.fit(
        nets, X, y, lambda z, y: ensembles.cross_entropy(z, y).sum(),
        torch.optim.Adam(nets.parameters(), lr=0.003, fused=True), 1200, keep=lambda: None, keep_every=1200,
        batch_size=128, title=None,
    )  # fmt: skip
    with torch.no_grad():
        learned, new = ensembles.accuracy(nets(X), y), ensembles.accuracy(nets(new_X), new_y)
    return {"learned": learned.numpy(), "new": new.numpy(), "size": np.full(len(seeds), size([128, *widths, 10]))}
