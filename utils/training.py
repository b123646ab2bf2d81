"""One training loop: mini-batches, stochastic gradient descent, and a memory of how it went."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn
from tqdm.auto import tqdm

from .nets import one_thread


@dataclass(frozen=True)
class History:
    """How a training went, one entry for each epoch that was kept; the first is the net before it learned.

    Attributes:
        epochs: how many epochs had passed.
        losses: mean cross-entropy over all training points, in nats.
        accuracies: share of the training points got right.
        states: the net's parameters, for `net.load_state_dict`.
    """

    epochs: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)
    states: list[dict[str, torch.Tensor]] = field(default_factory=list)


@one_thread()
def train(
    net: nn.Module,
    X: np.ndarray,
    y: np.ndarray,
    epochs: int = 100,
    learning_rate: float = 0.1,
    momentum: float = 0.0,
    batch_size: int = 32,
    weight_decay: float = 0.0,
    keep_every: int = 1,
    seed: int = 0,
    title: str = "training",
) -> History:
    """Trains a classifier in place by gradient descent on its cross-entropy, under a progress bar.

    Args:
        net: from (N, D) to logits (N, K), in float64.
        X: points, (N, D).
        y: labels 0 … K - 1, (N,).
        epochs: passes over the data.
        learning_rate: length of a step, times the gradient averaged over the batch.
        momentum: share of the last step that is taken again.
        batch_size: points for each step; the last batch of an epoch may be smaller.
        weight_decay: λ of the penalty λ/2·‖w‖² on weights; biases are left free.
        keep_every: how many epochs lie between two entries of the history.
        seed: of the order in which points are visited.
        title: beside the progress bar.

    Returns:
        the history, from before the first epoch to after the last.
    """
    points, labels = torch.as_tensor(X, dtype=torch.float64), torch.as_tensor(y)
    random, loss = torch.Generator().manual_seed(seed), nn.CrossEntropyLoss()
    weights = [p for p in net.parameters() if p.ndim > 1]
    biases = [p for p in net.parameters() if p.ndim == 1]
    groups = [{"params": weights, "weight_decay": weight_decay}, {"params": biases}]
    optimizer = torch.optim.SGD(groups, lr=learning_rate, momentum=momentum)
    history = History()
    _keep(history, 0, net, points, labels)
    for epoch in tqdm(range(1, epochs + 1), desc=title, unit="epoch", leave=False):
        for batch in torch.randperm(len(points), generator=random).split(batch_size):
            optimizer.zero_grad()
            loss(net(points[batch]), labels[batch]).backward()
            optimizer.step()
        if epoch % keep_every == 0 or epoch == epochs:
            _keep(history, epoch, net, points, labels)
    return history


@torch.no_grad()
def _keep(history: History, epoch: int, net: nn.Module, points: torch.Tensor, labels: torch.Tensor) -> None:
    logits = net(points)
    history.epochs.append(epoch)
    history.losses.append(nn.functional.cross_entropy(logits, labels).item())
    history.accuracies.append((logits.argmax(dim=1) == labels).double().mean().item())
    history.states.append(copy.deepcopy(net.state_dict()))
