"""Small nets are fitted to the bottom, each by itself."""

from __future__ import annotations

import numpy as np
import pytest

from utils import regress

X = np.linspace(-2, 2, 40)[:, None]


def fitted(units, seeds, y, steps=100):
    return regress.levenberg_marquardt(regress.start(1, units, seeds), X, y, steps, title=None)


def test_what_one_unit_computes_one_unit_learns_exactly():
    y = 3 * np.tanh(2 * X[:, 0] - 1) + 0.5
    assert fitted(1, range(4), y).losses(X, y).min() < 1e-20


def test_the_slopes_are_those_that_a_small_change_of_each_weight_shows():
    nets = regress.start(2, 3, [0, 1])
    places = np.random.default_rng(0).standard_normal((5, 2))
    said, J = nets.slopes(places)
    assert np.allclose(said, nets.answer(places))
    for i in range(J.shape[2]):
        nudge = np.zeros((2, J.shape[2]))
        nudge[:, i] = -1e-6
        assert np.allclose((regress._moved(nets, nudge).answer(places) - said) / 1e-6, J[..., i], atol=1e-4)


def test_no_error_ever_rises():
    y, nets = np.sin(3 * X[:, 0]), regress.start(1, 4, range(6))
    for _ in range(30):
        before = nets.losses(X, y)
        nets = regress.levenberg_marquardt(nets, X, y, 1, title=None)
        assert (nets.losses(X, y) <= before).all()


def test_a_net_learns_the_same_alone_as_in_company():
    y = np.sin(3 * X[:, 0])
    assert np.allclose(fitted(3, [5], y, 20).answer(X)[0], fitted(3, [4, 5, 6], y, 20).answer(X)[1], atol=1e-6)


def test_each_net_may_have_values_of_its_own():
    y = np.stack([np.tanh(X[:, 0]), -np.tanh(3 * X[:, 0])])
    nets = fitted(2, [0, 1], y)
    assert nets.losses(X, y).max() < 1e-6 and nets.losses(X, y[::-1]).min() > 0.1


@pytest.mark.parametrize("spread", [0.1, 10.0])
def test_the_spread_is_that_of_the_hidden_weights(spread):
    nets = regress.start(2, 400, [0], spread)
    assert nets.hidden.shape == (1, 3, 400) and nets.output.shape == (1, 401)
    assert nets.hidden.std() == pytest.approx(spread, rel=0.1) and nets.output.std() == pytest.approx(1, rel=0.1)
