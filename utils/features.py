"""Hand-crafted features of images, as used by classifiers before networks learned their own.

A picture is a float array (height, width, 3) of red, green and blue from 0 to 1.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def colour_histogram(picture: np.ndarray, levels: int = 4) -> np.ndarray:
    """A colour histogram.

    Args:
        picture: (height, width, 3).
        levels: the number of levels of red, of green and of blue.

    Returns:
        the share of the pixels in each of the levels³ colours, (levels³,), with blue varying fastest.
    """
    step = np.minimum((picture * levels).astype(int), levels - 1)
    colour = step @ [levels**2, levels, 1]
    return np.bincount(colour.ravel(), minlength=levels**3) / colour.size


def grey(picture: np.ndarray) -> np.ndarray:
    """The picture without colour, (height, width): its luminance by ITU-R BT.601."""
    return picture @ [0.299, 0.587, 0.114]


def hog(picture: np.ndarray, cell: int = 8, directions: int = 8, faint: float = 0.03) -> np.ndarray:
    """Histograms of oriented gradients: the directions of the edges, cell by cell.

    Args:
        picture: (height, width, 3), both sides multiples of `cell`.
        cell: pixels along each side of a cell.
        directions: the number of edge directions, over half a turn: an edge from dark to light and one from light to
            dark count as the same.
        faint: the change of grey, from one pixel to the next, below which there is no edge.

    Returns:
        (height/cell, width/cell, directions + 1): the strength of the edges in each direction, averaged over the cell's
        pixels, and finally the share of pixels without an edge.

    Source: N. Dalal and B. Triggs, "Histograms of oriented gradients for human detection" (2005); the channel for
    no edge is that of the UCLA deck.
    """
    down, right = np.gradient(grey(picture))
    strength = np.hypot(right, down)
    angle = np.arctan2(down, right) % np.pi
    channel = np.floor(angle / np.pi * directions + 0.5).astype(int) % directions
    channel[strength < faint] = directions
    amount = np.where(strength < faint, 1.0, strength)
    rows, columns = amount.shape[0] // cell, amount.shape[1] // cell
    sorted_out = amount[..., None] * (channel[..., None] == np.arange(directions + 1))
    return sorted_out.reshape(rows, cell, columns, cell, directions + 1).mean(axis=(1, 3))


def patches(picture: np.ndarray, size: int = 8, step: int = 8) -> np.ndarray:
    """Square pieces of the grey picture, each with its mean subtracted: (N, size²), row after row."""
    windows = sliding_window_view(grey(picture), (size, size))[::step, ::step].reshape(-1, size * size)
    return windows - windows.mean(axis=1, keepdims=True)


def codebook(pieces: np.ndarray, words: int = 24, seed: int = 0) -> np.ndarray:
    """The visual words: centres of clusters of patches.

    Args:
        pieces: patches, (N, size²).
        words: how many.
        seed: of the initial cluster centres.

    Returns:
        (words, size²), the words with little contrast first.

    Source: L. Fei-Fei and P. Perona, "A Bayesian hierarchical model for learning natural scene categories" (2005).
    """
    from sklearn.cluster import KMeans

    centres = KMeans(words, n_init=1, random_state=seed).fit(pieces).cluster_centers_
    return centres[np.argsort(np.linalg.norm(centres, axis=1))]


def bag_of_words(pieces: np.ndarray, book: np.ndarray) -> np.ndarray:
    """How often each word of the codebook is the one nearest to a patch, as shares: (words,)."""
    nearest = ((book**2).sum(axis=1) - 2 * pieces @ book.T).argmin(axis=1)
    return np.bincount(nearest, minlength=len(book)) / len(pieces)


def cut_up(picture: np.ndarray, tile: int, seed: int = 0) -> np.ndarray:
    """The picture cut into square tiles and rearranged.

    Args:
        picture: (height, width, 3), both sides multiples of `tile`.
        tile: pixels along each side of a tile.
        seed: of the order.

    Returns:
        a picture of the same shape.
    """
    height, width, _ = picture.shape
    rows, columns = height // tile, width // tile
    tiles = picture.reshape(rows, tile, columns, tile, 3).swapaxes(1, 2).reshape(-1, tile, tile, 3)
    tiles = np.random.default_rng(seed).permutation(tiles)
    return tiles.reshape(rows, columns, tile, tile, 3).swapaxes(1, 2).reshape(picture.shape)
