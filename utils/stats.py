"""Confidence intervals for shares and for paired differences."""

from __future__ import annotations

import numpy as np


def share(successes: np.ndarray) -> tuple[float, float, float]:
    """A success rate estimated from N trials, and its 95 % confidence interval.

    Args:
        successes: True or False for each trial, (N,); the trials must be independent.

    Returns:
        the share, and the lower and the upper end of its interval, all from 0 to 1. The interval has a positive length
        even if all trials succeeded.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
    """
    n, p, z = len(successes), float(np.mean(successes)), 1.96
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return p, max(0.0, float(middle - reach)), min(1.0, float(middle + reach))


def paired(first: np.ndarray, second: np.ndarray) -> tuple[float, float, float]:
    """The mean difference of pairs, such as two nets with the same seed, and its 95 % confidence interval.

    A difference is clear if the interval does not contain 0.

    Args:
        first: one result of each pair, (N,), with N of at least 2.
        second: the other, (N,).

    Returns:
        the mean of first - second, and the lower and the upper end of its 95 % confidence interval.

    Source: Student, "The probable error of a mean" (1908).
    """
    from scipy.special import stdtrit  # all that is needed of scipy.stats, which takes a second to load

    difference = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    mean, error = difference.mean(), difference.std(ddof=1) / np.sqrt(len(difference))
    reach = stdtrit(len(difference) - 1, 0.975) * error
    return float(mean), float(mean - reach), float(mean + reach)


def in_points(interval: tuple[float, float, float], digits: int = 1) -> str:
    """A difference of two shares, from `paired`, in percentage points: "+1.5 points (−0.1 … +3.1)"."""
    mean, low, high = (f"{100 * value:+.{digits}f}".replace("-", "−") for value in interval)
    return f"{mean} points ({low} … {high})"
