"""What an instructor is told to change where a test cannot be judged."""

import pytest

from autograder.engine.advice import advice


@pytest.mark.parametrize(
    "test, came_to, what",
    [
        ("%%capture said\nf()", "failed", "capture_output()"),
        ("%%timeit n = 3\nf(n)", "failed", "plain Python"),
        ("t = %timeit -o f()", "failed", "perf_counter"),
        ("class Box:\n    pass\nf(Box())", "a Box cannot be handed to the submission", "define Box in a given cell"),
        ("f(connection)", "a socket cannot be handed to the submission", "pass the parts of the socket"),
        ("with open('x', 'w') as file:\n    f(file)", "a TextIOWrapper cannot be handed to", "name of the file"),
        ("assert f(2) == K", "failed (`K` is made by an earlier test", "%run -i, %load or %%capture"),
        ("import tempfile\nf(tempfile.mkdtemp())", "[Errno 13] Permission denied: '/tmp/x'", "relative path"),
    ],
)
def test_the_reason_says_what_to_change(test, came_to, what):
    assert what in advice(test, came_to)


def test_where_nothing_is_known_nothing_is_said():
    assert advice("assert f(3) == 4", "failed (This did not hold: f(3) == 4)") == ""
