"""The landscape's loss is the net's own, and its paths and equal nets are what they say."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from utils import landscape, nets

X = np.random.default_rng(0).normal(size=(7, 3))
y = np.arange(7) % 2


def small(seed: int) -> nn.Sequential:
    """Three inputs, four tanh units, two outputs, with biases that are not 0."""
    net = nets.mlp([3, 4, 2], "tanh", seed)
    with torch.no_grad():
        for i, p in enumerate(net.parameters()):
            p += 0.1 * (i + 1)
    return net


@pytest.mark.parametrize("widths", [[3, 4, 2], [3, 5, 4, 2], [3, 2]])
def test_the_loss_at_a_net_s_parameters_is_that_of_the_net(widths):
    some = [nets.mlp(widths, "tanh", seed) for seed in range(3)]
    θ = torch.stack([landscape.vector(net) for net in some])
    alone = [nn.functional.cross_entropy(net(torch.tensor(X)), torch.tensor(y)).item() for net in some]
    assert landscape.loss(some[0], θ, X, y).tolist() == pytest.approx(alone, rel=1e-12)
    assert landscape.loss(some[0], θ.reshape(3, 1, -1), X, y).shape == (3, 1)


def test_a_path_begins_bends_and_ends_at_its_corners_and_is_straight_between():
    corners = torch.tensor([[[0.0, 0.0], [4.0, 0.0], [4.0, 2.0]]])
    places = landscape.along(corners, torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0]))
    assert places.tolist() == [[[0, 0], [2, 0], [4, 0], [4, 1], [4, 2]]]


def test_a_net_with_its_units_reordered_and_their_signs_changed_is_found_again():
    net = small(0)
    twin = nets.reordered(net, [2, 0, 3, 1])
    with torch.no_grad():
        twin[0].weight[1] *= -1
        twin[0].bias[1] *= -1
        twin[2].weight[:, 1] *= -1
    ours, theirs = landscape.vector(net), landscape.vector(twin)
    assert not torch.allclose(ours, theirs)
    assert torch.allclose(landscape.aligned(net, theirs, to=ours), ours)
    assert not torch.allclose(landscape.aligned(net, theirs, to=ours, signs=False), ours)


def test_an_aligned_net_says_the_same_as_before():
    net, other = small(1), small(2)
    moved = landscape.aligned(net, landscape.vector(other), to=landscape.vector(net))
    assert not torch.allclose(moved, landscape.vector(other))
    said = landscape.logits(net, torch.stack([moved, landscape.vector(other)]), torch.tensor(X))
    assert torch.allclose(said[0], said[1], atol=1e-12)
