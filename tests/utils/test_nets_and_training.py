"""Nets have the shape that was asked for, and training does what its parameters say."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from utils import data, nets, training


def parameters(net):
    return torch.cat([p.detach().ravel() for p in net.parameters()])


def test_a_net_has_the_widths_asked_for_and_ends_in_logits():
    net = nets.mlp([2, 5, 3, 4], activation="relu")
    assert [tuple(p.shape) for p in net.parameters()] == [(5, 2), (5,), (3, 5), (3,), (4, 3), (4,)]
    assert isinstance(net[-1], torch.nn.Linear) and isinstance(net[1], torch.nn.ReLU)
    assert nets.outputs(net, np.zeros((7, 2))).shape == (7, 4)


def test_equal_seeds_give_equal_nets_whatever_else_was_drawn():
    first = parameters(nets.mlp([2, 3, 1], seed=5))
    torch.manual_seed(99)
    assert torch.equal(first, parameters(nets.mlp([2, 3, 1], seed=5)))
    assert not torch.equal(first, parameters(nets.mlp([2, 3, 1], seed=6)))
    assert not torch.equal(parameters(nets.mlp([2, 3, 1])), parameters(nets.mlp([2, 3, 1])))


def test_initial_weights_have_variance_one_over_the_inputs():
    weight = nets.mlp([400, 300], seed=0)[0].weight
    assert weight.std().item() == pytest.approx(1 / 20, rel=0.02)


def test_an_unknown_activation_names_those_there_are():
    with pytest.raises(ValueError, match="swish.*tanh, sigmoid, relu, none"):
        nets.mlp([2, 1], activation="swish")


def test_hidden_units_and_score_are_those_of_the_net():
    net, X = nets.mlp([2, 3, 4, 2], seed=0), np.random.default_rng(0).normal(size=(6, 2))
    inside = torch.tanh(net[0](torch.tensor(X))).detach()
    assert np.allclose(nets.hidden(net, X), inside)
    assert np.allclose(nets.hidden(net, X, layer=2), torch.tanh(net[2](inside)).detach())
    probability = torch.softmax(net(torch.tensor(X)), dim=1)[:, 1].detach().numpy()
    assert np.allclose(1 / (1 + np.exp(-nets.score(net, X))), probability)


def test_one_step_on_the_whole_batch_is_gradient_descent_with_decay_on_weights_alone():
    X, y = data.xor(12)
    net = nets.mlp([2, 2], seed=1)
    torch.nn.init.constant_(net[0].bias, 0.3)
    W, b = net[0].weight.detach().clone(), net[0].bias.detach().clone()
    p = torch.softmax(torch.tensor(X) @ W.T + b, dim=1)
    error = (p - torch.eye(2, dtype=torch.float64)[torch.tensor(y)]) / 12
    training.train(net, X, y, epochs=1, learning_rate=0.5, batch_size=12, weight_decay=0.1)
    assert torch.allclose(net[0].weight, W - 0.5 * (error.T @ torch.tensor(X) + 0.1 * W))
    assert torch.allclose(net[0].bias, b - 0.5 * error.sum(dim=0))


def test_momentum_takes_part_of_the_last_step_again():
    X, y = data.xor(12)
    plain, heavy = nets.mlp([2, 2], seed=1), nets.mlp([2, 2], seed=1)
    training.train(plain, X, y, epochs=20, learning_rate=0.1, batch_size=12)
    training.train(heavy, X, y, epochs=20, learning_rate=0.1, batch_size=12, momentum=0.5)
    start = parameters(nets.mlp([2, 2], seed=1))
    assert (parameters(heavy) - start).norm() > 1.2 * (parameters(plain) - start).norm()


def test_the_history_begins_before_the_first_epoch_and_ends_after_the_last():
    X, y = data.xor(20)
    net = nets.mlp([2, 3, 2], seed=0)
    fresh = parameters(net)
    history = training.train(net, X, y, epochs=25, keep_every=10)
    assert history.epochs == [0, 10, 20, 25]
    assert len(history.losses) == len(history.accuracies) == len(history.states) == 4
    assert torch.equal(parameters(net), torch.cat([p.ravel() for p in history.states[-1].values()]))
    assert torch.equal(fresh, torch.cat([p.ravel() for p in history.states[0].values()]))


def test_a_linear_net_learns_or_and_says_so_in_its_history():
    X, y = data.gate("OR")
    history = training.train(nets.mlp([2, 2], seed=0), X, y, epochs=300, learning_rate=0.5, batch_size=4)
    assert history.losses[-1] < 0.2 < history.losses[0] and history.accuracies[-1] == 1


def test_equal_seeds_give_equal_training():
    X, y = data.xor(40)
    runs = [training.train(nets.mlp([2, 2], seed=0), X, y, epochs=3, batch_size=8, seed=s) for s in (1, 1, 2)]
    assert runs[0].losses == runs[1].losses != runs[2].losses


def test_training_leaves_the_number_of_threads_as_it_was():
    threads = torch.get_num_threads()
    training.train(nets.mlp([2, 2], seed=0), *data.xor(8), epochs=1)
    assert torch.get_num_threads() == threads


def test_each_of_many_nets_begins_as_the_net_of_its_seed_and_can_be_taken_out():
    many, X = nets.mlps(5, [2, 3, 2], activation="relu", seed=10), np.random.default_rng(0).normal(size=(6, 2))
    alone = [nets.mlp([2, 3, 2], activation="relu", seed=10 + i) for i in range(5)]
    assert np.allclose(nets.outputs(many, X), [nets.outputs(net, X) for net in alone])
    history = training.train_many(many, X, np.arange(6) % 2, steps=3, keep_every=1, lr=0.1)
    alone[0].load_state_dict(history.state(-1, 4))
    assert np.allclose(nets.outputs(alone[0], X), nets.outputs(many, X)[4])


def test_points_of_their_own_go_to_each_of_many_nets():
    many, X = nets.mlps(4, [2, 3, 2]), np.random.default_rng(0).normal(size=(4, 6, 2))
    each = [nets.outputs(nets.mlp([2, 3, 2], seed=i), X[i]) for i in range(4)]
    assert np.allclose(nets.outputs(many, X), each)


def test_the_accuracy_of_many_nets_is_that_of_each():
    many, (X, y) = nets.mlps(6, [2, 3, 2]), data.xor(50)
    assert nets.accuracy(many, X, y) == pytest.approx(
        [nets.accuracy(nets.mlp([2, 3, 2], seed=i), X, y) for i in range(6)]
    )


@pytest.mark.parametrize("rule, settings", [(torch.optim.SGD, dict(lr=0.3, momentum=0.9)), (torch.optim.Adam, {})])
def test_nets_trained_side_by_side_learn_as_they_would_alone(rule, settings):
    X, y = data.xor(12)
    many = training.train_many(nets.mlps(3, [2, 4, 2]), X, y, steps=20, rule=rule, **settings)
    alone = training.train_many(nets.mlps(1, [2, 4, 2], seed=2), X, y, steps=20, rule=rule, **settings)
    assert np.allclose(many.losses[:, [2]], alone.losses) and many.losses[-1, 2] < many.losses[0, 2]


def test_training_many_on_whole_batches_is_training_one_on_whole_batches():
    X, y = data.xor(12)
    one = training.train(nets.mlp([2, 4, 2], seed=0), X, y, epochs=5, learning_rate=0.2, batch_size=12)
    many = training.train_many(nets.mlps(1, [2, 4, 2]), X, y, steps=5, keep_every=1, lr=0.2)
    assert many.steps == one.epochs and np.allclose(many.losses[:, 0], one.losses)
    assert many.accuracies[:, 0].tolist() == pytest.approx(one.accuracies)


def test_what_was_kept_of_many_does_not_change_as_they_go_on():
    X, y = data.xor(12)
    history = training.train_many(nets.mlps(2, [2, 3, 2]), X, y, steps=20, keep_every=10, lr=0.1)
    assert history.steps == [0, 10, 20] and history.losses.shape == history.accuracies.shape == (3, 2)
    with pytest.raises(ValueError, match="25 steps"):
        training.train_many(nets.mlps(2, [2, 3, 2]), X, y, steps=25)
    assert not torch.equal(history.states[0]["0.weight"], history.states[1]["0.weight"])
    fresh = nets.mlp([2, 3, 2], seed=1).state_dict()
    assert all(torch.equal(values, fresh[name]) for name, values in history.state(0, 1).items())


def test_labels_of_their_own_go_to_each_of_many_nets():
    X, y = data.xor(12)
    both = np.stack([y, 1 - y])
    history = training.train_many(nets.mlps(2, [2, 3, 2]), X, both, steps=10, lr=0.5)
    for i in range(2):
        alone = training.train_many(nets.mlps(1, [2, 3, 2], seed=i), X, both[i], steps=10, lr=0.5)
        assert np.allclose(history.losses[:, [i]], alone.losses) and history.accuracies[-1, i] == alone.accuracies[-1]


def test_nets_between_two_nets_mix_every_weight_and_bias():
    a, b = nets.mlp([2, 3, 2], seed=0), nets.mlp([2, 3, 2], seed=1)
    with torch.no_grad():
        a[0].bias += 1
    line = nets.between(a, b, [1, 0, 0.25, 2])
    for mixed, one, other in zip(line.parameters(), a.parameters(), b.parameters(), strict=True):
        for i, t in enumerate([1, 0, 0.25, 2]):
            assert torch.allclose(mixed[i], t * one + (1 - t) * other)
    X = np.random.default_rng(0).normal(size=(5, 2))
    assert np.allclose(nets.outputs(line, X)[:2], [nets.outputs(net, X) for net in (a, b)])


def test_a_net_between_is_no_part_of_the_nets_it_lies_between():
    a, b = nets.mlp([2, 3, 2], seed=0), nets.mlp([2, 3, 2], seed=1)
    before = parameters(a).clone()
    with torch.no_grad():
        for weights in nets.between(a, b, [1.0]).parameters():
            weights += 1
    assert torch.equal(parameters(a), before)


@pytest.mark.parametrize("layer, order", [(1, [2, 0, 1]), (2, [3, 1, 0, 2])])
def test_a_net_says_the_same_with_its_units_in_another_order(layer, order):
    net = nets.mlp([2, 3, 4, 2], seed=0)
    with torch.no_grad():
        for weights in net.parameters():
            weights += torch.arange(weights.numel()).reshape(weights.shape) / 10
    X = np.random.default_rng(0).normal(size=(5, 2))
    new = nets.reordered(net, order, layer)
    assert np.allclose(nets.outputs(new, X), nets.outputs(net, X))
    assert np.allclose(nets.hidden(new, X, layer), nets.hidden(net, X, layer)[:, order])
    assert not torch.equal(parameters(new), parameters(net))
