"""A net with a mask hears what the mask says and nothing else, before training and after."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from utils import plots, wiring

X = torch.tensor(np.random.default_rng(0).normal(size=(7, 9))).float()


def test_in_layers_it_is_the_usual_net():
    net = wiring.Wired(wiring.layered([9, 4, 3, 2])[None], [4, 3, 2], [5])
    W, b = net.weights[0], torch.randn(9)
    net.biases.data[0, 0] = b
    h = torch.relu(X @ W[:9, :4] + b[:4])
    h = torch.relu(h @ W[9:13, 4:7] + b[4:7])
    torch.testing.assert_close(net(X)[0], h @ W[13:, 7:] + b[7:])
    assert net.numbers().tolist() == [9 * 4 + 4 + 4 * 3 + 3 + 3 * 2 + 2]


def test_the_first_layer_hears_the_inputs_that_it_is_told_to():
    first = np.random.default_rng(1).random((9, 4)) < 0.5
    mask = wiring.layered([9, 4, 2], first)
    np.testing.assert_array_equal(mask[:9, :4], first)
    assert mask[9:, 4:].all() and not mask[:9, 4:].any()


def test_weights_begin_with_variance_two_over_the_units_heard():
    first = np.zeros((400, 100), dtype=bool)
    first[:100] = True
    net = wiring.Wired(wiring.layered([400, 100, 5], first)[None], [100, 5], [0])
    assert net.weights[0, :100, :100].std().item() == pytest.approx((2 / 100) ** 0.5, rel=0.03)
    assert net.weights[0, 400:, 100:].std().item() == pytest.approx((2 / 100) ** 0.5, rel=0.15)
    assert (net.biases == 0).all()


def test_nearby_is_a_square_cut_off_at_the_edges():
    mask = wiring.nearby(3, 1)
    assert mask.sum(axis=0).tolist() == [4, 6, 4, 6, 9, 6, 4, 6, 4] and np.array_equal(mask, mask.T)
    assert wiring.nearby(8, 1).sum() == (3 * 8 - 2) ** 2


def test_what_a_unit_does_not_hear_never_matters():
    net = wiring.Wired(wiring.layered([9, 9, 2], wiring.nearby(3, 1))[None], [9, 2], [0])
    optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
    for _ in range(5):
        optimizer.zero_grad()
        net(X).square().sum().backward()
        optimizer.step()
    far = X.clone().requires_grad_()
    corner = torch.relu(far @ torch.where(net.masks, net.weights, 0.0)[0, :9, :1])  # the unit over the first pixel
    corner.sum().backward()
    assert (far.grad[:, [2, 5, 6, 7, 8]] == 0).all()
    assert (net.weights[~net.masks] == 0).all()


def test_wires_by_lot_go_forward_and_the_ends_of_the_graph_are_read():
    masks = np.stack([wiring.at_random(9, 6, 4, 2, 0.4, seed) for seed in range(20)])
    assert not np.array_equal(masks[0], masks[1])
    assert np.array_equal(masks[3], wiring.at_random(9, 6, 4, 2, 0.4, 3))
    net = wiring.Wired(masks, [4] * 6 + [2], range(20))
    assert net(X).shape == (20, 7, 2)
    for mask in masks:
        graph = wiring.graph_of(mask, 9, [4] * 6 + [2])
        assert not np.tril(graph).any()
        assert graph[:-1].any(axis=1).all()  # every node is heard by somebody
    assert masks[:, :9, :24].mean() == pytest.approx(1 / 3, abs=0.03)  # of the inputs


def test_the_graph_has_an_arrow_where_a_unit_of_one_group_hears_one_of_another():
    mask = np.zeros((9 + 5, 7), dtype=bool)
    mask[0, :5] = mask[8, 6] = True  # inputs are in no group
    mask[9 + 1, 2] = mask[9 + 2, 5] = True  # from the first two to the next three, and from there to the outputs
    assert np.argwhere(wiring.graph_of(mask, 9, [2, 3, 2])).tolist() == [[0, 1], [1, 2]]


def test_nets_side_by_side_do_not_notice_each_other():
    masks = np.stack([wiring.at_random(9, 3, 4, 2, 0.5, seed) for seed in range(2)])
    both, second = (wiring.Wired(m, [4] * 3 + [2], s) for m, s in [(masks, [0, 1]), (masks[1:], [1])])
    nn.functional.mse_loss(both(X)[1], torch.ones(7, 2)).backward()
    torch.testing.assert_close(both(X)[1:], second(X))
    assert (both.weights.grad[0] == 0).all() and both.weights.grad[1].any()


def test_a_unit_cannot_hear_its_own_group():
    mask = wiring.layered([9, 4, 2])
    mask[10, 0] = True
    with pytest.raises(ValueError, match="units 0 to 3"):
        wiring.Wired(mask[None], [4, 2], [0])


def test_the_ring_has_an_arc_for_each_wire():
    (ax,) = plots.charts()
    show = wiring.ring(ax, 4)
    graph = np.zeros((4, 4), dtype=bool)
    graph[0, 1] = graph[0, 3] = graph[2, 3] = True
    show(graph)
    assert len(ax.collections[0].get_segments()) == 3
    assert [text.get_text() for text in ax.texts] == ["1", "2", "3", "out"]
