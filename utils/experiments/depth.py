"""The experiments of lecture 07: one hidden layer against several, at equal size where the decks do so, many seeds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from .. import data, ensembles
from ..sweeps import sweep

Numbers = dict[str, np.ndarray]


class Residual(ensembles.Ensemble):
    """Like `Ensemble`, with a skip connection over the last hidden layer, h + g(h W + b).

    That layer is as wide as the one before.
    """

    def hidden(self, X: torch.Tensor) -> torch.Tensor:
        """The output of the last hidden layer of each net: points X (N, D) give (R, N, H)."""
        h = X.expand(len(self.weights[0]), *X.shape)
        layers = list(zip(self.weights, self.biases, strict=True))[:-1]
        for weights, biases in layers[:-1]:
            h = self.activation(torch.baddbmm(biases, h, weights))
        weights, biases = layers[-1]
        return h + self.activation(torch.baddbmm(biases, h, weights))


def size(widths: Sequence[int]) -> int:
    """The number of weights and biases of a fully connected net of these widths, including inputs and outputs."""
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
    widths: Sequence[int],
    picture: str,
    steps: int,
    seeds: Sequence[int],
    scale: float | Sequence[float] = 1.0,
    kind: type[ensembles.Ensemble] = ensembles.Ensemble,
    title: str | None = None,
) -> np.ndarray:
    """Trains tanh nets to draw a picture, by Adam at three falling learning rates.

    Args:
        widths: of the hidden layers.
        picture: "china" or "flower".
        steps: how many; a multiple of 10.
        seeds: one for each net, R.
        scale: the factor for the initial weights and biases of the first layer; one for all nets, or R.
        kind: the class of the nets; `Residual`, or your own.
        title: beside the progress bars; None for none.

    Returns:
        what each net draws before the first step and after each tenth of the steps, (11, R, 2601).
    """
    pixels, grey = grey_picture(picture)
    nets = kind([2, *widths, 1], torch.tanh, seeds)
    factor = torch.tensor(scale, dtype=torch.float32).expand(len(seeds))[:, None, None]
    with torch.no_grad():
        nets.weights[0].mul_(factor), nets.biases[0].mul_(factor)
    optimizer, drawn = torch.optim.Adam(nets.parameters(), fused=True), []
    for rate, tenths in [(0.02, 7), (0.005, 2), (0.001, 1)]:
        optimizer.param_groups[0]["lr"] = rate
        looks = ensembles.fit(
            nets, pixels, grey, lambda z, y: (z[..., 0] - y).square().mean(dim=1).sum(), optimizer,
            steps * tenths // 10, keep=lambda: nets(pixels)[..., 0].numpy(), keep_every=steps // 10,
            batch_size=256, seed=tenths, title=title,
        )  # fmt: skip
        drawn += looks[bool(drawn) :]
    return np.array(drawn)


def draw_several(
    nets: Sequence[ensembles.Ensemble], picture: str, steps: int, title: str | None = None
) -> list[np.ndarray]:
    """Like `draw`, for ensembles of several shapes that are trained together, from their own initialisation.

    Returns:
        for each ensemble, what its nets draw, (11, R, 2601).
    """
    drawn = draw([], picture, steps, [0], kind=lambda *_: ensembles.Several(nets), title=title)  # the scale is 1
    return np.split(drawn, np.cumsum([len(net.weights[0]) for net in nets])[:-1], axis=1)


def scaled(nets: ensembles.Ensemble, scale: Sequence[float]) -> ensembles.Ensemble:
    """R nets, with the weights and biases of each one's first layer multiplied by a scale, (R,)."""
    factor = torch.tensor(scale, dtype=torch.float32)[:, None, None]
    with torch.no_grad():
        nets.weights[0].mul_(factor), nets.biases[0].mul_(factor)
    return nets


def missed(drawn: np.ndarray, picture: str) -> np.ndarray:
    """The share of a picture's variance that a drawing (..., 2601) misses: (...)."""
    return np.square(drawn - grey_picture(picture)[1].numpy()).mean(axis=-1)


SHAPES = [[125], [20, 20], [14, 14, 14], [15, 15, 15], [19, 19, 19]]
SCALES = [1, 4, 8, 16, 32, 64]
PICTURES = ["china", "flower"]


@sweep(
    settings=[
        dict(widths=widths, picture=picture, scale=scale, steps=3000)
        for widths in SHAPES
        for picture in PICTURES
        for scale in SCALES
    ],
    seeds=range(6),
)
def drawn(widths: Sequence[int], picture: str, scale: float, steps: int, seeds: Sequence[int]) -> Numbers:
    """D7: the share of a picture's variance that nets of several shapes miss, after each tenth of the steps."""
    losses = missed(draw(widths, picture, steps, seeds, scale), picture)
    return {f"missed {steps * tenth // 10}": losses[tenth] for tenth in range(11)}


@sweep(
    settings=[
        dict(widths=widths, skip=skip, picture=picture, scale=scale, steps=3000)
        for widths, skip in [([10, 20, 10], False), ([10, 20, 10, 10], False), ([10, 20, 10, 10], True)]
        for picture in PICTURES
        for scale in (1, 4)
    ],
    seeds=range(12),
)
def residual(
    widths: Sequence[int], skip: bool, picture: str, scale: float, steps: int, seeds: Sequence[int]
) -> Numbers:
    """D8: three layers, a fourth with a skip connection, and the same four layers without it."""
    kind = Residual if skip else ensembles.Ensemble
    return {"loss": missed(draw(widths, picture, steps, seeds, scale, kind)[-1], picture)}


FIELDS = {"banana": data.rosenbrock_region, "checkerboard": data.checkerboard}


def field_sets(field: str, seeds: Sequence[int]) -> list[tuple[np.ndarray, np.ndarray]]:
    """A training set of 400 points of a field for each seed: points (400, 2) and labels 0 or 1 (400,)."""
    return [FIELDS[field](400, seed=seed) for seed in seeds]


def standardised(X: np.ndarray, field: str) -> torch.Tensor:
    """Points X (N, 2) of a field, scaled like its training sets: the test set must not influence anything."""
    reference = np.concatenate([X for X, _ in field_sets(field, range(10))])
    return torch.tensor(2 * (X - reference.mean(axis=0)) / reference.std(axis=0)).float()


def classifiers(
    widths: Sequence[int], *fields: str, steps: int = 700, seeds: Sequence[int] = range(10), title: str | None = None
) -> dict[str, tuple[ensembles.Ensemble, np.ndarray]]:
    """Tanh nets that classify the points of a field, each trained on its own training set, all fields at once.

    Args:
        widths: of the hidden layers.
        *fields: "banana" or "checkerboard".
        steps: of Adam, on batches of 100 points; the last seventh of them has a lower learning rate.
        seeds: of the training sets and initialisations, R.
        title: beside the progress bars; None for none.

    Returns:
        for each field its R nets, and their accuracies on 4000 points of a test set, (R,).
    """
    nets = ensembles.OwnPoints([2, *widths, 1], torch.tanh, [*seeds] * len(fields), gain=1.4)
    sets = [(standardised(X, field), y) for field in fields for X, y in field_sets(field, seeds)]
    X = torch.stack([X for X, _ in sets], dim=1)
    y = torch.tensor(np.stack([y for _, y in sets], axis=1)).float()
    optimizer = torch.optim.Adam(nets.parameters(), fused=True)
    for rate, sevenths in [(0.02, 6), (0.002, 1)]:
        optimizer.param_groups[0]["lr"] = rate
        ensembles.fit(
            nets, X, y, lambda z, y: nn.functional.binary_cross_entropy_with_logits(z[..., 0].T, y) * y.shape[1],
            optimizer, steps * sevenths // 7, keep=lambda: None, keep_every=steps, batch_size=100,
            title=title and f"{title}, rate {rate}",
        )  # fmt: skip
    found = {}
    for field, mine in zip(fields, nets.split(len(fields)), strict=True):
        new_X, new_y = FIELDS[field](4000, seed=99)
        found[field] = mine, ((mine.answer(standardised(new_X, field))[..., 0] > 0) == new_y).mean(axis=1)
    return found


@sweep(
    settings=[
        dict(widths=widths, field=field, steps=steps)
        for widths in ([100], [37], [10, 10])
        for field in FIELDS
        for steps in (700, 2800)
    ],
    seeds=range(10),
)
def classified(widths: Sequence[int], field: str, steps: int, seeds: Sequence[int]) -> Numbers:
    """D5: the test accuracy of one hidden layer and of two, after this many steps."""
    return {"accuracy": classifiers(widths, field, steps=steps, seeds=seeds)[field][1]}


def rbf_machines(points: int, gamma: float, seeds: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Points distributed uniformly over a square, labelled by machines of radial basis functions.

    Each machine has its own 100 centres c with signs s = ±1, and outputs 1 where Σ s exp(-γ|x - c|²) > 0, in units of
    the square's side.

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
    seeds=range(10),
)
def rbf_labels(widths: Sequence[int], steps: int, seeds: Sequence[int], gamma: float = 200) -> Numbers:
    """D6: the test accuracy of ReLU nets, early (after a tenth of the steps), half-way and late."""
    X, y = rbf_machines(2000, gamma, seeds)
    new_X, new_y = rbf_machines(4000, gamma, seeds)
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
    widths: Sequence[int],
    examples: int,
    epochs: int,
    seeds: Sequence[int],
    true_labels: bool = False,
    title: str | None = None,
) -> Numbers:
    """D9: MNIST-1D with random labels (or with the true ones), learned by full-batch gradient descent.

    Returns the training loss at each twelfth of the epochs, and the epochs after which it was below 0.5 and 0.1
    (checked every hundredth; inf if it never was).
    """
    signals, digits = data.mnist_1d(examples, seed=1)
    X = torch.tensor(signals).float()
    y = torch.tensor(digits if true_labels else np.random.default_rng(1).integers(10, size=examples))
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


def width_for(parameters: int, layers: int, inputs: int, outputs: int) -> int:
    """The number of units per layer, with this many equal hidden layers, for which a net comes closest to a size."""
    sizes = [abs(size([inputs, *[n] * layers, outputs]) - parameters) for n in range(1, parameters // inputs + 2)]
    return int(np.argmin(sizes)) + 1


def as_large_as(units: int) -> int:
    """The units that one hidden layer for the digits needs for as many weights as two layers of this many units."""
    return width_for(size([64, units, units, 10]), 1, 64, 10)


@sweep(
    settings=[
        dict(units=units, layers=layers)
        for n in (5, 10, 20, 40, 80, 120)
        for units, layers in [(n, 1), (as_large_as(n), 1), (n, 2)]
    ],
    seeds=range(16),
)
def digit_layers(units: int, layers: int, seeds: Sequence[int]) -> Numbers:
    """D10: the test accuracy of ReLU nets on digits after this many steps: two hidden layers, one with as many units,
    and one with as many weights."""
    X, y, new_X, new_y = (torch.as_tensor(array) for array in data.digits())
    X, new_X = X.float(), new_X.float()
    nets = ensembles.Ensemble([64, *[units] * layers, 10], torch.relu, seeds, gain=2**0.5)
    looks = ensembles.fit(
        nets, X, y, lambda z, y: ensembles.cross_entropy(z, y).sum(),
        torch.optim.Adam(nets.parameters(), lr=0.003, fused=True), 800,
        keep=lambda: ensembles.accuracy(nets(new_X), new_y).numpy(), keep_every=50, batch_size=64, title=None,
    )  # fmt: skip
    return {f"new {steps}": looks[steps // 50] for steps in (50, 100, 200, 400, 800)}


def digit_pairs(pairs: int, new: bool, seed: int, task: str = "sum") -> tuple[torch.Tensor, torch.Tensor]:
    """Two digits side by side, labelled by the last digit of their sum.

    Args:
        pairs: how many, N.
        new: whether to use digits from the test set, or from the training set.
        seed: of the choice.
        task: "sum", or "left" for the left digit as the label.

    Returns:
        pixels, (N, 128), and labels 0 … 9, (N,).
    """
    X, y = data.digits()[2 * new :][:2]
    left, right = np.random.default_rng(seed).integers(len(X), size=(2, pairs))
    labels = y[left] if task == "left" else (y[left] + y[right]) % 10
    return torch.tensor(np.hstack([X[left], X[right]])).float(), torch.tensor(labels)


@sweep(
    settings=[dict(parameters=p, layers=L) for p in (5000, 10000, 20000, 40000) for L in (1, 2, 3, 4)],
    seeds=range(8),
)
def digit_sums(parameters: int, layers: int, seeds: Sequence[int], task: str = "sum") -> Numbers:
    """D11: the accuracy of ReLU nets of this size and depth at predicting the last digit of the sum of two digits."""
    (X, y), (new_X, new_y) = digit_pairs(4000, False, 0, task), digit_pairs(2000, True, 1, task)
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
