"""What an attack is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Attack:
    """One hostile submission: honest work that takes no trouble (see `arena`), and a payload.

    Args:
        name: says what it does.
        code: a cell on top of the notebook. Placeholders such as ``@victim@`` are filled in from the arena.
        solutions: code in place of a solution cell, by grade_id.
        last: a cell at the end of the notebook.
        files: what is handed in beside the notebook.
        edit: changes the submitted notebook's JSON in place.
        effect: what an unprotected run gives:
            "points"   more points than the work is worth
            "secret"   the canary of the hidden tests in an output
            "reached"  the payload prints that it got through
            "harm"     something outside of the submission is touched
            "stuck"    the tests are not reached, or only long after the time is up
            "flood"    more output than anybody could want
            "active"   a page made of the notebook runs the student's code in the reader's browser
            "hog"      more memory than the work needs
            "imported" a file of the submission runs in place of a module
            "breach"   nothing: it speaks our wire. The judge must have heard it, and say that the rules were broken
            "engine"   nothing: it aims at our own machinery, which must not break
        as_submitted: test cells run unprotected as they were handed in; else they are put back first, as nbgrader does.
    """

    name: str
    effect: str
    code: str = ""
    solutions: dict[str, str] = field(default_factory=dict)
    last: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    edit: Callable[[dict], None] | None = None
    as_submitted: bool = False
    category: str = ""


def of(category: str, *attacks: Attack) -> list[Attack]:
    """Attacks of one category."""
    from dataclasses import replace

    return [replace(attack, category=category) for attack in attacks]
