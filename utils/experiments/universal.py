"""The long experiments of lecture 05: a valley and a picture, each learned by nets of several sizes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import torch

from .. import data, ensembles, regress
from ..sweeps import sweep

FIELDS = {"wide": ((-0.5, 2.0), (-0.5, 3.0)), "narrow": ((0.5, 1.5), (0.5, 1.5))}
UNITS = (50, 100, 125, 300)


def valley(field: str, side: int = 25) -> tuple[np.ndarray, np.ndarray]:
    """Rosenbrock's function on a field of `FIELDS`, with everything scaled to mean 0 and variance 1.

    Returns:
        points (side², 2), lowest x₂ first, and the heights there (side²,).
    """
    x1, x2 = (np.linspace(*ends, side) for ends in FIELDS[field])
    X = np.stack(np.meshgrid(x1, x2), axis=-1).reshape(-1, 2)
    z = data.rosenbrock(X)
    return (X - X.mean(axis=0)) / X.std(axis=0), (z - z.mean()) / z.std()


def fit_valley(units: int, field: str, seeds: Sequence[int], steps: int = 400) -> regress.Shallow:
    """Nets with this many tanh units, fitted to the valley by the Levenberg-Marquardt method."""
    X, z = valley(field)
    return regress.levenberg_marquardt(regress.start(2, units, seeds), X, z, steps, title=f"{units} units, {field}")


@sweep(
    settings=[
        dict(units=units, field=field, rule=rule)
        for field, rule, units in product(FIELDS, ("Levenberg-Marquardt", "Adam"), (2, 3, 4))
    ],
    seeds=range(24),
)
def rosenbrock(units: int, field: str, rule: str, seeds: Sequence[int]) -> dict[str, np.ndarray]:
    """The share of the valley's variance that nets with one hidden layer of tanh units miss."""
    X, z = valley(field)
    if rule == "Levenberg-Marquardt":
        return {"loss": fit_valley(units, field, seeds).losses(X, z)}
    net = ensembles.Ensemble([2, units, 1], torch.tanh, seeds)
    places, heights = torch.tensor(X).float(), torch.tensor(z).float()
    _adam(net, places, heights, [(0.03, 1500), (0.01, 1500), (0.003, 1000)], None, f"{units} units, {field}")
    return {"loss": _losses(net, places, heights)}


def greys(picture: str) -> tuple[torch.Tensor, torch.Tensor]:
    """A small picture as a surface: the positions of its 51 × 51 pixels in ±1, and grey of mean 0 and variance 1."""
    along = torch.linspace(-1, 1, 51)
    grey = data.small_picture(picture)
    return torch.cartesian_prod(along, along), torch.tensor((grey - grey.mean()) / grey.std()).float().ravel()


def paint(picture: str, hidden: Sequence[int], seeds: Sequence[int], start: str = "usual") -> ensembles.Ensemble:
    """Nets of tanh units trained on a picture, with a progress bar.

    Args:
        picture: "china" or "flower".
        hidden: units of each hidden layer.
        seeds: one for each net.
        start: "usual", as in `torch.nn.Linear`; or "steep", for one hidden layer: its units sixteen times as steep, and
            the output weights solved for, once before training and once after.
    """
    pixels, grey = greys(picture)
    net = ensembles.Ensemble([2, *hidden, 1], torch.tanh, seeds)
    title = f"{'/'.join(map(str, hidden))} units, {start} start"
    if start == "usual":
        _adam(net, pixels, grey, [(0.05, 1600), (0.005, 400)], 128, title)
        return net
    with torch.no_grad():
        net.weights[0].mul_(16)
        net.biases[0].mul_(16)
    net.read_out(pixels, grey[:, None], ridge=1e-2)
    _adam(net, pixels, grey, [(0.01, 450), (0.002, 150)], 256, title)
    net.read_out(pixels, grey[:, None], ridge=1e-2)
    return net


@sweep(
    settings=[
        dict(picture=picture, start=start, units=units)
        for picture, start, units in product(("china", "flower"), ("usual", "steep"), UNITS)
    ],
    seeds=range(6),
)
def surface(picture: str, start: str, units: int, seeds: Sequence[int]) -> dict[str, np.ndarray]:
    """The share of a picture's variance that nets with one hidden layer of tanh units miss."""
    return {"loss": _losses(paint(picture, [units], seeds, start), *greys(picture))}


def _adam(
    net: ensembles.Ensemble, X: torch.Tensor, y: torch.Tensor, rates: Sequence, batch_size: int | None, title: str
) -> None:
    """Trains nets in place on their squared error, with this many steps at each learning rate."""
    optimizer = torch.optim.Adam(net.parameters(), fused=True)
    for rate, steps in rates:
        optimizer.param_groups[0]["lr"] = rate
        ensembles.fit(
            net, X, y, lambda z, y: (z[..., 0] - y).square().mean(dim=1).sum(), optimizer, steps,
            keep=lambda: None, keep_every=steps + 1, batch_size=batch_size, title=title,
        )  # fmt: skip


def _losses(net: ensembles.Ensemble, X: torch.Tensor, y: torch.Tensor) -> np.ndarray:
    """The mean squared error of each net, (R,)."""
    return np.square(net.answer(X)[..., 0] - y.numpy()).mean(axis=1)
