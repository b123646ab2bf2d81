"""Contrast as the guidelines for web content define it (WCAG 2.2, "contrast ratio" and "relative luminance")."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_rgb


def contrast(one: object, other: object) -> float:
    """The contrast ratio of two colours: 1 if they are equally light, 21 for black and white."""
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: object) -> float:
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])
