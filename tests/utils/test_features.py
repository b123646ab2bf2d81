"""Features say of a picture what they should, and are blind to what they should be."""

from __future__ import annotations

import numpy as np
import pytest

from utils import data, features


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return data.sample_picture("china")


def stripes(angle: float) -> np.ndarray:
    """A grey picture whose brightness waves along one direction, (80, 80, 3)."""
    down, right = np.mgrid[:80, :80]
    wave = 0.5 + 0.5 * np.sin(0.6 * (right * np.cos(angle) + down * np.sin(angle)))
    return np.repeat(wave[..., None], 3, axis=-1)


def test_a_colour_histogram_counts_shares_of_colours():
    picture = np.zeros((2, 2, 3))
    picture[0, 0] = (1, 0, 0)
    histogram = features.colour_histogram(picture, levels=4)
    assert histogram.shape == (64,) and histogram[3 * 16] == 0.25 and histogram[0] == 0.75


def test_a_colour_histogram_ignores_where_pixels_are(picture):
    scattered = np.random.default_rng(0).permutation(picture.reshape(-1, 3)).reshape(picture.shape)
    assert (features.colour_histogram(picture) == features.colour_histogram(scattered)).all()


def test_hog_of_320_by_240_pixels_in_cells_of_8_by_8_is_10800_numbers(picture):
    assert features.hog(picture).shape == (30, 40, 9) and features.hog(picture).size == 10_800


@pytest.mark.parametrize("channel", range(8))
def test_hog_finds_the_direction_across_stripes_and_does_not_ask_for_their_sign(channel):
    for turn in (0, np.pi):
        amounts = features.hog(stripes(np.pi * channel / 8 + turn)).mean(axis=(0, 1))
        assert amounts[:8].argmax() == channel and amounts[channel] > 0.8 * amounts[:8].sum()


def test_hog_says_where_there_is_no_edge():
    flat = features.hog(np.full((16, 24, 3), 0.4))
    assert flat.shape == (2, 3, 9) and (flat[..., 8] == 1).all() and (flat[..., :8] == 0).all()


def test_patches_have_no_mean_and_come_row_after_row():
    picture = np.random.default_rng(0).random((16, 24, 3))
    pieces = features.patches(picture, size=8, step=8)
    assert pieces.shape == (6, 64) and pieces.mean(axis=1) == pytest.approx(0)
    second = features.grey(picture)[:8, 8:16].ravel()
    assert pieces[1] == pytest.approx(second - second.mean())


def test_each_patch_is_counted_to_the_word_nearest_to_it():
    book = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    near = np.array([[0.1, 0.1], [0.9, 0.0], [1.2, 0.1], [0.2, 1.9]])
    assert features.bag_of_words(near, book).tolist() == [0.25, 0.5, 0.25]


def test_a_codebook_finds_the_kinds_of_patches_there_are():
    kinds = np.array([[0.0, 0.0], [5.0, 0.0], [0.0, 9.0]])
    pieces = kinds[np.arange(60) % 3] + 0.01 * np.random.default_rng(0).normal(size=(60, 2))
    assert features.codebook(pieces, words=3) == pytest.approx(kinds, abs=0.05)


@pytest.mark.parametrize("tile", [80, 40, 16, 8])
def test_a_picture_that_is_cut_up_has_the_same_tiles_elsewhere(picture, tile):
    cut = features.cut_up(picture, tile)
    tiles, tiles_after = (
        {whole[i : i + tile, j : j + tile].tobytes() for i in range(0, 240, tile) for j in range(0, 320, tile)}
        for whole in (picture, cut)
    )
    assert tiles == tiles_after and not (cut == picture).all()
