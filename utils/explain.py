"""How two values differ, in words: the grader's own explainer, for lectures and visible tests."""

from autograder.judging.explain import assert_close, explain

__all__ = ["assert_close", "explain"]
