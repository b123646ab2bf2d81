"""The colours that tell things apart do so for readers who see fewer colours than most."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from contrast import contrast
from matplotlib.colors import to_rgb

from utils import plots

# What becomes of linear red, green and blue in an eye that lacks one kind of cone.
# Source: G. Machado, M. Oliveira, L. Fernandes, "A physiologically-based model for simulation of color vision
# deficiency", IEEE Transactions on Visualization and Computer Graphics 15 (2009), severity 1.
SIGHTS = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
# CIE 1931 X, Y and Z of linear sRGB, each over that of its white (IEC 61966-2-1).
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
TO_XYZ /= TO_XYZ.sum(axis=1, keepdims=True)


def lab(colour: object, sight: str) -> np.ndarray:
    """How a colour looks: its L*, a* and b* (CIE 1976)."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(SIGHTS[sight] @ linear, 0, 1)
    x, y, z = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one: object, other: object, sight: str) -> float:
    """How far two colours are apart, ΔE*ab: 2 is just noticed side by side, 100 is black from white."""
    return float(np.linalg.norm(lab(one, sight) - lab(other, sight)))


def test_the_difference_is_that_of_the_standard():
    assert lab("white", "all cones") == pytest.approx([100, 0, 0], abs=0.01)
    assert lab("#FF0000", "all cones") == pytest.approx([53.24, 80.09, 67.20], abs=0.1)
    assert difference("black", "white", "protanopia") == pytest.approx(100, abs=0.1)


def test_red_and_green_of_equal_lightness_fail_where_ours_pass():
    assert difference("#D62728", "#2CA02C", "all cones") > 100
    assert difference("#C44E52", "#55A868", "deuteranopia") < 25


@pytest.mark.parametrize("colour", [*plots.COLOURS, plots.INK, plots.GREY])
def test_every_colour_of_a_line_stands_out_from_white_as_wcag_asks_of_graphics(colour):
    assert contrast(colour, "white") >= 3


each_sight = pytest.mark.parametrize("sight", SIGHTS)


@each_sight
def test_classes_and_curves_differ(sight):
    # Five colours cannot lie far apart for every eye; shapes and dashes tell apart as well.
    named = dict(zip(("blue", "orange", "green", "pink"), plots.COLOURS, strict=True)) | {"ink": plots.INK}
    for (a, one), (b, other) in combinations(named.items(), 2):
        assert difference(one, other, sight) > 15, f"{a} and {b} look alike"


@each_sight
def test_the_two_classes_of_most_pictures_differ_very_much(sight):
    assert difference(plots.BLUE, plots.ORANGE, sight) > 60


@each_sight
def test_the_two_sides_of_a_boundary_differ_and_points_stand_out_on_either(sight):
    sides = plots.SHADES(0.0), plots.SHADES(1.0)
    assert difference(*sides, sight) > 25
    for colour in plots.COLOURS[:2]:
        assert min(difference(colour, side, sight) for side in sides) > 20
    assert min(difference(plots.INK, side, sight) for side in sides) > 50
