"""How sure one may be of what was counted."""

from __future__ import annotations

import numpy as np


def share(successes: np.ndarray) -> tuple[float, float, float]:
    """How often something succeeds, judged by some tries: the share, and where the true one lies 95 times in 100.

    Args:
        successes: True or False for each try, (N,), of tries that do not depend on each other.

    Returns:
        the share, and the lower and the upper end of its interval, all from 0 to 1. The interval is not empty even
        where all tries succeeded.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
    """
    n, p, z = len(successes), float(np.mean(successes)), 1.96
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return p, max(0.0, float(middle - reach)), min(1.0, float(middle + reach))
