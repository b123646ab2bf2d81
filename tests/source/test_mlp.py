"""The first problem set, from one unit to a net that reads digits."""

from problem_sets import ProblemSet


class TestMLP(ProblemSet):
    name = "mlp"
    mistakes_at_least = 22
    alternatives_at_least = 10
