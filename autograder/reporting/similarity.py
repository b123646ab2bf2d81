"""Near-identical submissions: those that share pieces of code which few others in the class have.

Code is read as tokens, without the students' own names, texts and comments, and cut into overlapping pieces of
`PIECE` tokens. Pieces that many in the class have are ignored, since a short function has one natural form; so are
pieces of the assignment's own code: released, reference, named mistakes, alternatives. The number of rare pieces that
two submissions share is compared with the number in the smaller one.

The idea of fingerprints from pieces of tokens is that of MOSS (Schleimer, Wilkerson, Aiken: Winnowing, SIGMOD 2003).
"""

from __future__ import annotations

import io
import keyword
import tokenize
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

PIECE = 8  # tokens
LONGEST = 50_000  # characters of a cell that are compared
ENOUGH = 30  # rare pieces in common, about five lines of code; fewer can be chance
ALIKE = 0.5  # of the smaller submission's rare pieces
FEW, MANY = 4, 30  # a piece is rare if at most a tenth of the class has it, but never fewer than FEW or more than MANY
EXCERPT = 24  # lines

_SILENT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENCODING, tokenize.ENDMARKER}


@dataclass(frozen=True)
class Line:
    """One line of code, and whether both submissions share it."""

    text: str
    shared: bool


@dataclass(frozen=True)
class Cluster:
    """A group of submissions, each near-identical to another in the group.

    ``share`` is that of the two most similar, ``pair``, from 0 to 1; ``excerpts`` are their versions of ``cell``, where
    they share most.
    """

    students: tuple[str, ...]
    share: float
    pair: tuple[str, str]
    notebook: str
    cell: str
    excerpts: tuple[tuple[Line, ...], tuple[Line, ...]]


def near_identical(solutions: Iterable[Mapping[str, Any]]) -> list[Cluster]:
    """Groups of submissions that share rare pieces, the most similar first.

    Args:
        solutions: one mapping for each cell to write: "notebook", "cell", "students" (id -> code) and "known" (code
            whose pieces are ignored).
    """
    solutions = list(solutions)
    holders: dict[tuple[int, int], list[str]] = defaultdict(list)
    students: set[str] = set()
    for number, solution in enumerate(solutions):
        known = {piece for code in solution["known"] for piece in _pieces(tokens(code))}
        for student, code in sorted(solution["students"].items()):
            students.add(student)
            for piece in set(_pieces(tokens(code))) - known:
                holders[number, piece].append(student)
    most = min(max(FEW, len(students) // 10), MANY)
    rare = {key: who for key, who in holders.items() if len(who) <= most}
    own = Counter(student for who in rare.values() for student in who)
    common = Counter(pair for who in rare.values() for pair in combinations(who, 2))
    alike = {
        pair: count / min(own[pair[0]], own[pair[1]])
        for pair, count in common.items()
        if count >= ENOUGH and count >= ALIKE * min(own[pair[0]], own[pair[1]])
    }
    clusters = []
    for group in _connected(alike):
        pair = min(combinations(group, 2), key=lambda pair: (-alike.get(pair, 0.0), -common[pair], pair))
        shared = {key for key, who in rare.items() if pair[0] in who and pair[1] in who}
        number = Counter(number for number, _ in shared).most_common(1)[0][0]
        pieces = {piece for cell, piece in shared if cell == number}
        cell = solutions[number]
        one, other = (_excerpt(cell["students"][student], pieces) for student in pair)
        clusters.append(Cluster(tuple(group), alike[pair], pair, cell["notebook"], cell["cell"], (one, other)))
    return sorted(clusters, key=lambda cluster: (-cluster.share, cluster.students))


def tokens(code: str) -> list[tuple[str, int]]:
    """The tokens of code and their lines, as far as it can be read; all of a student's own names become the same token.

    Attribute names, keywords and numbers stay: they say what the code does.
    """
    found: list[tuple[str, int]] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(code[:LONGEST]).readline):
            if token.type in _SILENT:
                continue
            text = token.string
            if token.type == tokenize.NAME and not keyword.iskeyword(text) and (not found or found[-1][0] != "."):
                text = "name"
            elif token.type in (tokenize.INDENT, tokenize.DEDENT):
                text = tokenize.tok_name[token.type]
            elif token.type == tokenize.STRING:
                text = "text"
            found.append((text, token.start[0]))
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass
    return found


def _pieces(found: Sequence[tuple[str, int]]) -> list[int]:
    """A number for each piece, in order; equal pieces have equal numbers in every process."""
    words = [text for text, _ in found]
    return [zlib.crc32("\0".join(words[at : at + PIECE]).encode()) for at in range(len(words) - PIECE + 1)]


def _connected(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The groups of students that the pairs connect."""
    group: dict[str, list[str]] = {}
    for first, second in sorted(pairs):
        one, other = group.setdefault(first, [first]), group.setdefault(second, [second])
        if one is not other:
            one.extend(other)
            group.update(dict.fromkeys(other, one))
    unique = {id(members): sorted(members) for members in group.values()}
    return list(unique.values())


def _excerpt(code: str, pieces: set[int]) -> tuple[Line, ...]:
    found = tokens(code)
    lines: set[int] = set()
    for at, piece in enumerate(_pieces(found)):
        if piece in pieces:
            lines.update(range(found[at][1], found[at + PIECE - 1][1] + 1))
    first = max(0, min(lines, default=1) - 3)
    shown = [Line(text, number in lines) for number, text in enumerate(code.split("\n"), 1)]
    return tuple(shown[first : first + EXCERPT])
