"""The best line is the best; votes of lines do what one line cannot."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from utils import boosting, data


def even(y: np.ndarray) -> np.ndarray:
    return np.full(len(y), 1 / len(y))


@pytest.mark.parametrize("gate, wrong", [("AND", 0), ("OR", 0), ("NAND", 0), ("XOR", 1)])
def test_the_best_line_gets_as_many_rows_of_a_table_right_as_any_line_can(gate, wrong):
    X, y = data.gate(gate)
    w, b, error = boosting.best_line(X, y, even(y))
    assert ((X @ w + b > 0) != y).sum() == wrong and error == pytest.approx(wrong / 4)


def test_the_best_line_saves_the_points_that_weigh_most():
    X, y = data.gate("XOR")
    for row in range(4):
        weights = np.where(np.arange(4) == row, 0.7, 0.1)
        w, b, error = boosting.best_line(X, y, weights)
        assert (X[row] @ w + b > 0) == y[row] and error == pytest.approx(0.1)


def test_no_upright_line_is_better_than_the_best_one():
    X, y = data.checkerboard(40, seed=3)
    best = boosting.best_line(X, y, even(y), directions=2)[2]
    for d, cut in product((0, 1), np.linspace(-0.01, 1.01, 200)):
        wrong = ((X[:, d] > cut) != y).mean()
        assert min(wrong, 1 - wrong) >= best - 1e-9


def test_all_points_on_one_side_is_among_the_lines():
    X, y = data.checkerboard(20)
    assert boosting.best_line(X, np.ones_like(y), even(y))[2] == pytest.approx(0)


def test_each_round_leaves_half_of_the_new_weight_on_what_its_line_got_wrong():
    X, y = data.rosenbrock_region(200)
    vote, weights = boosting.adaboost(X, y, rounds=5), even(y)
    for w, b, share, error in zip(vote.w, vote.b, vote.votes, vote.errors, strict=True):
        wrong = (X @ w + b > 0) != y
        assert weights[wrong].sum() == pytest.approx(error)
        weights = weights * np.exp(np.where(wrong, share, -share))
        weights /= weights.sum()
        assert weights[wrong].sum() == pytest.approx(0.5)


def test_the_vote_learns_what_no_line_does_and_its_first_lines_are_its_past():
    X, y = data.rosenbrock_region(300)
    vote = boosting.adaboost(X, y, rounds=40)
    first = vote.after(1)
    assert ((first.score(X) > 0) != y).mean() == pytest.approx(vote.errors[0])
    assert ((vote.score(X) > 0) == y).mean() > 0.95 > ((first.score(X) > 0) == y).mean()


def test_a_vote_of_upright_lines_cannot_hold_xor():
    X, y = data.xor(200, noise=0.05)
    assert ((boosting.adaboost(X, y, 50, directions=2).score(X) > 0) == y).mean() < 0.8
    assert ((boosting.adaboost(X, y, 50).score(X) > 0) == y).mean() == 1


def test_a_perfect_line_ends_the_rounds():
    X, y = data.gate("AND")
    vote = boosting.adaboost(X, y, rounds=10)
    assert len(vote.votes) == 1 and ((vote.score(X) > 0) == y).all()
