"""The loss of nets of one shape as a function of all their parameters: paths and planes through it.

A point of the landscape is a vector θ of all P weights and biases of a net made by `nets.mlp`.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import nn

from . import ensembles
from .nets import one_thread


def vector(net: nn.Sequential) -> torch.Tensor:
    """All parameters of a net, layer by layer, as one vector (P,)."""
    return nn.utils.parameters_to_vector(net.parameters()).detach()


def logits(net: nn.Sequential, θ: torch.Tensor, X: torch.Tensor) -> torch.Tensor:
    """The logits of nets of one shape, each with its own parameters.

    Args:
        net: any net of that shape, made by `nets.mlp`; its own parameters do not matter.
        θ: the parameters of R nets, (R, P).
        X: points, (N, D).

    Returns:
        (R, N, K).
    """
    h, used = X.expand(len(θ), *X.shape), 0
    for layer in net:
        if isinstance(layer, nn.Linear):
            outputs, inputs = layer.weight.shape
            weights, biases = θ[:, used : used + outputs * (inputs + 1)].split([outputs * inputs, outputs], dim=1)
            h = torch.baddbmm(biases[:, None], h, weights.reshape(-1, outputs, inputs).mT)
            used += outputs * (inputs + 1)
        else:
            h = layer(h)
    return h


def loss(net: nn.Sequential, θ: torch.Tensor, X: np.ndarray, y: np.ndarray) -> torch.Tensor:
    """The mean cross-entropy, in nats, of nets with parameters θ (..., P) on points X (N, D), labels y (N,): (...)."""
    with one_thread():
        said = logits(net, θ.reshape(-1, θ.shape[-1]), torch.as_tensor(X, dtype=θ.dtype))
        return ensembles.cross_entropy(said, torch.as_tensor(y)).reshape(θ.shape[:-1])


def along(corners: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """Points on a path of straight segments.

    Args:
        corners: the start, corners and end of the path, (..., C, P).
        t: position along the path, from 0 at the first corner to 1 at the last, with equal parts for all segments:
            (T,).

    Returns:
        (..., T, P).
    """
    pieces = corners.shape[-2] - 1
    first = (t * pieces).floor().clamp(0, pieces - 1).long()
    part = (t * pieces - first)[:, None]
    return (1 - part) * corners[..., first, :] + part * corners[..., first + 1, :]


def aligned(net: nn.Sequential, other: torch.Tensor, to: torch.Tensor, signs: bool = True) -> torch.Tensor:
    """The same function as `other`, with its hidden units in the order, and with the signs, closest to those of `to`.

    Args:
        net: a net of their shape: one hidden layer of tanh units.
        other: parameters, (P,).
        to: parameters, (P,).
        signs: whether a unit's weights, bias and output weights may all change sign: tanh(−z) = −tanh(z).

    Returns:
        parameters, (P,).

    Source: units are matched by their weights, as in S. K. Ainsworth, J. Hayase and S. Srinivasa, "Git Re-Basin"
    (2023).
    """
    theirs, ours = _units(net, other), _units(net, to)
    alike = (ours @ theirs.T).numpy()
    rows, match = linear_sum_assignment(np.abs(alike) if signs else alike, maximize=True)
    flip = np.where(signs & (alike[rows, match] < 0), -1.0, 1.0)
    units = theirs[match] * torch.tensor(flip)[:, None]
    inputs, bias_of_output = net[0].in_features, other[-net[-1].out_features :]
    weights, biases, out = units.split([inputs, 1, units.shape[1] - inputs - 1], dim=1)
    return torch.cat([weights.ravel(), biases.ravel(), out.T.ravel(), bias_of_output])


def _units(net: nn.Sequential, θ: torch.Tensor) -> torch.Tensor:
    """For each hidden unit, its weights, its bias and its output weights, (H, D + 1 + K)."""
    (hidden, inputs), outputs = net[0].weight.shape, net[-1].out_features
    weights, biases, out, _ = θ.split([hidden * inputs, hidden, outputs * hidden, outputs])
    return torch.cat([weights.reshape(hidden, inputs), biases[:, None], out.reshape(outputs, hidden).T], dim=1)
