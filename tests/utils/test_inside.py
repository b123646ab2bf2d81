"""Points are carried through a net as the net itself computes, and topology is counted right."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from utils import ensembles, inside

X = np.random.default_rng(3).normal(size=(60, 2))
CIRCLE = np.column_stack([np.cos(np.linspace(0, 2 * np.pi, 201)), np.sin(np.linspace(0, 2 * np.pi, 201))])


@pytest.fixture(params=[2, 3])
def nets(request: pytest.FixtureRequest) -> ensembles.Ensemble:
    return ensembles.Ensemble([2, request.param, request.param, 1], torch.tanh, seeds=range(6), gain=1.5)


def test_untwisting_and_carrying_leave_what_the_net_computes_as_it_is(nets):
    for seed in range(6):
        layers = inside.untwisted(inside.layers_of(nets, seed))
        weights, biases = layers[-1]
        outputs = inside.carry(layers, X, 2) @ weights + biases
        np.testing.assert_allclose(outputs, nets.answer(X)[seed], atol=1e-5)


def test_on_its_way_the_plane_is_never_mirrored_or_squashed_flat():
    nets = ensembles.Ensemble([2, 2, 2, 1], torch.tanh, seeds=range(20), gain=1.5)
    for seed in range(20):
        for weights, _ in inside.untwisted(inside.layers_of(nets, seed))[:-1]:
            for share in np.linspace(0, 1, 50):
                assert np.linalg.det((1 - share) * np.eye(2) + share * weights) > 0


def test_points_move_without_a_jump_and_half_way_they_are_at_their_weighted_sums(nets):
    layers = inside.untwisted(inside.layers_of(nets, 0))
    (weights, biases), *_ = layers
    np.testing.assert_allclose(inside.carry(layers, X, 0.5), X @ weights + biases)
    np.testing.assert_allclose(inside.carry(layers, X, 1), np.tanh(X @ weights + biases))
    np.testing.assert_array_equal(inside.carry(layers, X, 0)[:, :2], X)
    for position in (0, 0.5, 1, 1.5, 2):
        here, near = (inside.carry(layers, X, abs(position - shift)) for shift in (0, 1e-7))
        np.testing.assert_allclose(here, near, atol=1e-5)


def test_a_view_keeps_lengths_and_the_last_shows_the_direction_of_the_output(nets):
    layers = inside.untwisted(inside.layers_of(nets, 1))
    planes = inside.views(layers, X)
    assert len(planes) == 3
    for plane in planes:
        np.testing.assert_allclose(plane.T @ plane, np.eye(2), atol=1e-12)
    weights = layers[-1][0][:, 0]
    np.testing.assert_allclose(planes[-1] @ (planes[-1].T @ weights), weights)  # it lies in the plane that is drawn
    np.testing.assert_allclose(inside.seen(layers, planes, X, 2), inside.carry(layers, X, 2) @ planes[-1])


def test_windings_are_counted_with_their_sense():
    cases = [(CIRCLE, 0.3, 1), (CIRCLE[::-1], 0.0, -1), (CIRCLE, 2.0, 0), (np.vstack([CIRCLE, CIRCLE]), 0.5, 2)]
    for curve, x, times in cases:
        assert inside.winding(curve, np.array([x, 0])) == times
