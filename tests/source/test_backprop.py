"""The second problem set, where the gradients come from."""

from problem_sets import ProblemSet


class TestBackprop(ProblemSet):
    name = "backprop"
    mistakes_at_least = 40
    alternatives_at_least = 20
