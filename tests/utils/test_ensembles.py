"""Nets trained together are the nets that each would have been alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from utils import data, ensembles
from utils.experiments import depth

X, y = (torch.as_tensor(array) for array in data.xor(40))
X = X.float()


def trained(seeds: list[int], rates: list[float], batch_size: int | None = None) -> ensembles.Ensemble:
    nets = ensembles.Ensemble([2, 3, 2], torch.tanh, seeds)
    optimizer = torch.optim.SGD(nets.parameters(), lr=1.0)

    def loss(logits, y):
        return (torch.tensor(rates) * ensembles.cross_entropy(logits, y)).sum()

    ensembles.fit(nets, X, y, loss, optimizer, 20, keep=lambda: None, batch_size=batch_size, title=None)
    return nets


@pytest.mark.parametrize("batch_size", [None, 8])
def test_a_net_learns_the_same_alone_and_in_company(batch_size):
    together = trained([3, 5, 3], [0.1, 0.1, 0.5], batch_size).answer(X)
    for i, (seed, rate) in enumerate([(3, 0.1), (5, 0.1), (3, 0.5)]):
        assert np.allclose(together[i], trained([seed], [rate], batch_size).answer(X)[0], atol=1e-5)
    assert not np.allclose(together[0], together[1]) and not np.allclose(together[0], together[2])


def test_it_computes_what_torchs_own_layers_compute():
    nets = ensembles.Ensemble([2, 3, 2], torch.relu, seeds=[0, 1])
    for i in range(2):
        first, last = nn.Linear(2, 3), nn.Linear(3, 2)
        for layer, linear in enumerate((first, last)):
            linear.weight.data, linear.bias.data = nets.weights[layer][i].T, nets.biases[layer][i, 0]
        assert torch.allclose(nets(X)[i], nn.Sequential(first, nn.ReLU(), last)(X), atol=1e-6)


def test_weights_begin_with_the_spread_that_the_gain_says():
    nets = ensembles.Ensemble([100, 200, 1], torch.relu, seeds=range(5), gain=2.0)
    assert nets.weights[0].std().item() == pytest.approx(2 / 100**0.5, rel=0.02)
    assert not nets.biases[0].any()


def test_without_a_gain_weights_and_biases_begin_as_torchs_do():
    nets = ensembles.Ensemble([100, 200, 1], torch.relu, seeds=range(5))
    for parameters in (nets.weights[0], nets.biases[0]):
        assert 0.095 < parameters.abs().max() <= 0.1
        assert parameters.std().item() == pytest.approx(0.1 / 3**0.5, rel=0.05)


def test_the_readout_is_the_best_there_is_for_the_hidden_units():
    nets, wanted = ensembles.Ensemble([2, 4, 1], torch.tanh, seeds=[0, 1]), 2.0 * y[:, None] - 1
    nets.read_out(X, wanted, ridge=1e-6)
    for i, hidden in enumerate(nets.hidden(X).detach().double().numpy()):
        H = np.column_stack([hidden, np.ones(len(hidden))])
        best = H @ np.linalg.lstsq(H, wanted.numpy(), rcond=None)[0]
        assert np.allclose(nets.answer(X)[i], best, atol=1e-3)


def test_it_looks_before_the_first_step_and_after_every_so_many():
    nets = ensembles.Ensemble([2, 2, 2], torch.tanh, seeds=[0])
    seen, optimizer = [], torch.optim.SGD(nets.parameters(), lr=0.1)
    kept = ensembles.fit(
        nets, X, y, lambda z, y: seen.append(0) or ensembles.cross_entropy(z, y).sum(), optimizer, 10,
        keep=lambda: len(seen), keep_every=5, title=None,
    )  # fmt: skip
    assert kept == [0, 5, 10]


def test_each_step_is_on_points_drawn_anew_and_they_bring_their_labels():
    nets = ensembles.Ensemble([1, 2, 1], torch.tanh, seeds=[0])
    numbers, batches = torch.arange(50.0)[:, None], []
    nets.forward = lambda X: batches.append(X[:, 0].tolist()) or X * nets.weights[0].sum()
    labels = []
    ensembles.fit(
        nets, numbers, numbers[:, 0] * 2, lambda z, y: labels.append(y.tolist()) or z.sum(),
        torch.optim.SGD(nets.parameters(), lr=0.0), 20, keep=lambda: None, keep_every=20, batch_size=8, title=None,
    )  # fmt: skip
    assert {len(batch) for batch in batches} == {8} and len({tuple(batch) for batch in batches}) == 20
    assert labels == [[2 * number for number in batch] for batch in batches]


def test_losses_and_shares_are_those_of_each_net():
    logits = torch.tensor([[[5.0, 0.0], [0.0, 5.0]], [[0.0, 0.0], [9.0, 0.0]]])
    labels = torch.tensor([0, 1])
    assert ensembles.accuracy(logits, labels).tolist() == [1.0, 0.5]
    alone = [nn.functional.cross_entropy(each, labels).item() for each in logits]
    assert ensembles.cross_entropy(logits, labels).tolist() == pytest.approx(alone)


def test_a_copy_stays_as_it_is():
    nets = ensembles.Ensemble([2, 2, 2], torch.tanh, seeds=[0])
    copy = nets.copy()
    with torch.no_grad():
        nets.weights[0] += 1
    assert not torch.equal(copy.weights[0], nets.weights[0])


def test_nets_with_one_output_are_the_same_and_learn_the_same_however_the_last_layer_is_computed():
    kinds = (ensembles.Ensemble, ensembles.OneOutput)
    places, nets = torch.randn(20, 3), [kind([3, 7, 1], torch.tanh, [0, 1]) for kind in kinds]
    outputs = [net(places) for net in nets]
    assert outputs[1].shape == (2, 20, 1) and torch.allclose(*outputs, atol=1e-6)
    pairs = zip(outputs, nets, strict=True)
    gradients = [torch.autograd.grad(out.square().sum(), [*net.parameters()]) for out, net in pairs]
    assert all(torch.allclose(one, other, atol=1e-5) for one, other in zip(*gradients, strict=True))


def test_nets_with_points_of_their_own_learn_what_each_set_of_nets_would_have_learned_alone():
    (first_X, first_y), (second_X, second_y) = data.xor(40), data.rings(40)
    sets = [(first_X, first_y), (second_X, second_y)]

    def learn(sets):
        nets = ensembles.OwnPoints([2, 3, 1], torch.tanh, [4, 5] * len(sets))
        own_X = torch.tensor(np.stack([X for X, _ in sets for _ in range(2)], axis=1)).float()
        own_y = torch.tensor(np.stack([y for _, y in sets for _ in range(2)], axis=1)).float()
        optimizer = torch.optim.Adam(nets.parameters(), lr=0.1)
        ensembles.fit(
            nets, own_X, own_y, lambda z, y: (z[..., 0].T - y).square().mean(dim=0).sum(), optimizer, 15,
            keep=lambda: None, batch_size=16, title=None,
        )  # fmt: skip
        return nets

    both, places = learn(sets), torch.rand(9, 2)
    parts = both.split(2)
    for part, alone in zip(parts, map(learn, ([sets[0]], [sets[1]])), strict=True):
        assert part.answer(places).shape == (2, 9, 1) and np.allclose(
            part.answer(places), alone.answer(places), atol=1e-5
        )
    assert not np.allclose(parts[0].answer(places), parts[1].answer(places), atol=0.01)
    assert np.allclose(both.answer(places), np.concatenate([part.answer(places) for part in parts]), atol=1e-6)


def test_ensembles_of_several_shapes_draw_together_what_each_draws_alone():
    shapes, scales = [[5], [4, 3]], [1.0, 8.0]
    nets = [depth.scaled(ensembles.Ensemble([2, *widths, 1], torch.tanh, [7, 7]), scales) for widths in shapes]
    for widths, drawn in zip(shapes, depth.draw_several(nets, "flower", 20), strict=True):
        alone = depth.draw(widths, "flower", 20, [7, 7], scales)
        assert drawn.shape == (11, 2, 2601) and np.allclose(drawn, alone, atol=1e-4)
        assert not np.allclose(drawn[-1], drawn[0], atol=0.01) and not np.allclose(drawn[:, 0], drawn[:, 1], atol=0.1)
