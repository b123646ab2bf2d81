"""Pictures that were pasted or dragged into the text of a cell: nbformat keeps them in the cell's attachments."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from typing import Any

from mistune.util import escape_url

Attachments = dict[str, dict[str, str]]  # name in the text -> media type -> base64

# Pictures; nbconvert makes them the source of an <img>, where not even SVG runs a script.
KINDS = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")
MAX_ATTACHMENTS, MAX_NAME = 50, 200  # per cell; characters
_BASE64 = set(string.ascii_letters + string.digits + "+/=")
_REFERENCE = re.compile(r"attachment\\?:")


def pictures(attachments: Any) -> Attachments:
    """The pictures among a cell's attachments, whatever those contain; the data of each in one line.

    A name that Markdown changes in a link (blanks, letters that are not ASCII) is included both ways, since nbconvert
    looks for the one that it finds in the link.
    """
    found: Attachments = {}
    if not isinstance(attachments, Mapping):
        return found
    for name, data in list(attachments.items())[:MAX_ATTACHMENTS]:
        if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME or not isinstance(data, Mapping):
            continue
        if picture := {kind: text for kind in KINDS if (text := _one_line(data.get(kind)))}:
            found[name] = found[escape_url(name)] = picture
    return found


def _one_line(text: Any) -> str:
    if isinstance(text, list) and all(isinstance(line, str) for line in text):
        text = "".join(text)
    text = "".join(text.split()) if isinstance(text, str) else ""
    return text if set(text) <= _BASE64 else ""


def without_missing(text: str, attachments: Attachments) -> str:
    """The text of a cell without the attachments that it lacks: nbconvert makes no page of a cell with such links."""

    def mend(found: re.Match) -> str:
        before, after = text[: found.start()].rstrip()[-1:], text[found.end() :]
        ends = {"(": r"[\s)]", "<": ">"}.get(before, r"\s|\Z")
        there = any(after.startswith(name) and re.match(ends, after[len(name) :]) for name in attachments)
        return found[0] if there else f"attachment {found[0][10:]}"

    return _REFERENCE.sub(mend, text)
