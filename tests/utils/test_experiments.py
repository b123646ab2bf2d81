"""What the long experiments are made of does what it says: their stored results stand or fall with it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from utils import data, ensembles
from utils.experiments import backprop, depth, universal


@pytest.mark.parametrize(
    ("widths", "numbers"),
    [
        ([2, 100, 1], 401),
        ([2, 10, 10, 1], 151),
        ([2, 125, 1], 501),
        ([2, 20, 20, 1], 501),
        ([2, 14, 14, 14, 1], 477),
        ([2, 15, 15, 15, 1], 541),
        ([2, 19, 19, 19, 1], 837),
        ([2, 10, 20, 10, 1], 471),
        ([2, 10, 20, 10, 10, 1], 581),
        ([40, 298, 10], 15208),
        ([40, 100, 100, 10], 15210),
        ([40, 75, 75, 75, 10], 15235),
        ([40, 63, 63, 63, 63, 10], 15319),
    ],
)
def test_the_size_of_a_net_is_that_of_its_weights_and_biases_and_the_decks(widths, numbers):
    net = ensembles.Ensemble(widths, torch.tanh, seeds=[0])
    assert depth.size(widths) == numbers == sum(part.numel() for part in net.parameters())


def test_a_skip_connection_adds_the_layer_before_to_the_last_hidden_one():
    net, X = depth.Residual([2, 5, 4, 4, 1], torch.tanh, seeds=[0, 1]), torch.randn(7, 2)
    first, second, third, last = zip(net.weights, net.biases, strict=True)
    h = torch.tanh(torch.tanh(X @ first[0] + first[1]) @ second[0] + second[1])
    expected = (h + torch.tanh(h @ third[0] + third[1])) @ last[0] + last[1]
    torch.testing.assert_close(net(X), expected)


def test_points_are_labelled_by_bumps_of_either_sign_around_a_hundred_centres():
    X, labels = depth.rbf_machines(50, 200, seeds=[3, 4])
    assert X.shape == (50, 2) and labels.shape == (50, 2) and X.abs().max() <= 1
    random = np.random.default_rng(4)
    centres, signs = random.random((100, 2)), random.choice([-1, 1], 100)
    for x, label in zip((X.numpy() + 1) / 2, labels[:, 1], strict=True):
        height = sum(s * np.exp(-200 * np.sum((x - c) ** 2)) for c, s in zip(centres, signs, strict=True))
        assert label == (height > 0)
    np.testing.assert_array_equal(depth.rbf_machines(50, 200, seeds=[4])[1][:, 0], labels[:, 1])


@pytest.mark.parametrize("layers", [1, 2, 3, 4])
def test_the_width_for_a_size_comes_nearest_to_it(layers):
    def off(units):
        return abs(depth.size([128, *[units] * layers, 10]) - 5000)

    units = depth.width_for(5000, layers, 128, 10)
    assert off(units) <= min(off(units - 1), off(units + 1))


def test_pairs_are_two_digits_side_by_side_and_the_last_figure_of_their_sum():
    learned_X, learned_y, new_X, new_y = data.digits()
    for new, digits, labels in [(False, learned_X, learned_y), (True, new_X, new_y)]:
        label_of = {digit.astype(np.float32).tobytes(): label for digit, label in zip(digits, labels, strict=True)}
        X, y = depth.digit_pairs(100, new, seed=0)
        left, right = ([label_of[half.tobytes()] for half in halves] for halves in np.split(X.numpy(), 2, axis=1))
        np.testing.assert_array_equal(y, np.add(left, right) % 10)


def test_how_long_it_took_is_the_first_look_at_which_the_loss_was_that_low(monkeypatch):
    falling, level = 1.001 - np.arange(121) / 120, np.ones(121)
    monkeypatch.setattr(ensembles, "fit", lambda *args, **settings: np.column_stack([falling, level]))
    found = depth.random_labels([50], examples=10, epochs=1200, seeds=[0, 1])
    assert found["to 0.5"].tolist() == [610, np.inf] and found["to 0.1"].tolist() == [1090, np.inf]
    for epoch in range(0, 1201, 100):
        np.testing.assert_allclose(found[f"loss {epoch}"], [1.001 - epoch / 1200, 1])


def test_labels_drawn_by_lot_are_learned_by_heart():
    found = depth.random_labels([50], examples=10, epochs=600, seeds=[0, 1])
    assert found["loss 600"].max() < 0.5 < 1 < found["loss 0"].min()


@pytest.mark.parametrize("field", universal.FIELDS)
def test_the_valley_is_rosenbrocks_function_over_its_field_to_scale(field):
    X, z = universal.valley(field, side=5)
    (left, right), (low, high) = universal.FIELDS[field]
    places = np.array([(x1, x2) for x2 in np.linspace(low, high, 5) for x1 in np.linspace(left, right, 5)])
    heights = 100 * (places[:, 1] - places[:, 0] ** 2) ** 2 + (1 - places[:, 0]) ** 2
    np.testing.assert_allclose(z, (heights - heights.mean()) / heights.std())
    np.testing.assert_allclose(X, (places - places.mean(axis=0)) / places.std(axis=0), atol=1e-12)


@pytest.mark.parametrize("surface", [universal.greys, depth.grey_picture])
def test_a_picture_as_a_surface_has_a_height_for_each_row_and_column(surface):
    pixels, grey = surface("china")
    picture = data.small_picture("china")
    assert pixels[51 * 10 + 3].tolist() == pytest.approx([-1 + 10 / 25, -1 + 3 / 25])
    np.testing.assert_allclose(grey.reshape(51, 51), (picture - picture.mean()) / picture.std(), atol=1e-5)


def test_a_steep_start_has_the_best_readout_for_its_units():
    pixels, grey = universal.greys("flower")
    net = universal.paint("flower", [5], seeds=[0], start="steep")
    H = np.column_stack([net.hidden(pixels)[0].detach(), np.ones(len(grey))])
    best = np.square(H @ np.linalg.lstsq(H, grey.numpy(), rcond=None)[0] - grey.numpy()).mean()
    missed = np.square(net.answer(pixels)[0, :, 0] - grey.numpy()).mean()
    assert best - 1e-6 < missed < best + 1e-3


def test_rivals_and_nets_are_asked_about_the_same_digits_that_they_have_not_seen():
    X_train, _, X_test, y_test = backprop.split(3)
    assert not {row.tobytes() for row in X_train} & {row.tobytes() for row in X_test}
    distances = np.square(X_test[:, None] - X_train).sum(axis=2)
    votes = data.digits(seed=3)[1][np.argsort(distances, axis=1)[:, :3]]
    right = np.mean([np.bincount(vote).argmax() == label for vote, label in zip(votes, y_test, strict=True)])
    assert backprop.digits_by_rivals("kNN", seeds=[3])["new"][0] == pytest.approx(right, abs=0.01)
