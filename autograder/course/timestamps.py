"""When a submission was handed in, from its ``timestamp.txt``: a file that a student may have written."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from dateutil import parser

from .files import read_regular

FILE = "timestamp.txt"
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")
_LONGEST = 100  # characters of a time


class NoTimestamp(ValueError):
    """The file exists and has no valid time."""


def read_timestamp(folder: Path) -> datetime | None:
    """The time in UTC, without a time zone as nbgrader stores it; None if there is no such file, or it is empty.

    Raises:
        NoTimestamp: it is not a regular file, cannot be read, or has something else in it.
    """
    path = folder / FILE
    try:
        text = read_regular(path, 1000).decode("utf-8-sig").strip()
        return parsed(text) if text else None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NoTimestamp(f"{path}: {error.strerror or error}") from None
    except ValueError:
        raise NoTimestamp(
            f"{path}: not a time; write one like 2026-03-02 12:00:00 UTC, or remove the file (it counts as in time)"
        ) from None


def parsed(text: str) -> datetime:
    """A time as nbgrader writes it: ``2026-03-02 12:00:00.000 UTC``, or with an offset or the name of a time zone.

    Raises ValueError if it is not a time, or its year is not one that a gradebook can store.
    """
    if len(text) > _LONGEST:
        raise ValueError("too long for a time")
    words = text.split(" ")
    zone: tzinfo = UTC
    if len(words) == 3:
        zone, text = _zone(words[2]), " ".join(words[:2])
    try:
        when = parser.parse(text, tzinfos=_told)
        when = (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC).replace(tzinfo=None)
    except Exception as error:  # of any kind: decimal.InvalidOperation, for example, for minutes of thirty digits
        raise ValueError(str(error)) from None
    if not 1970 <= when.year < 3000:
        raise ValueError("the year is out of range")
    return when


def _told(name: str | None, seconds: int | None) -> tzinfo | None:
    """The time zone in a time, as dateutil read it: dateutil alone only warns about names that it does not know."""
    if seconds is not None:
        return timezone(timedelta(seconds=seconds))
    return _zone(name) if name else None


def _zone(name: str) -> tzinfo:
    if offset := _OFFSET.fullmatch(name):
        sign, hours, minutes = offset.groups()
        return timezone((1 if sign == "+" else -1) * timedelta(hours=int(hours), minutes=int(minutes)))
    try:
        return UTC if name in ("Z", "UTC", "GMT") else ZoneInfo(name)
    except (KeyError, OSError):  # no such time zone, or the name of a folder of time zones
        raise ValueError(f"no time zone {name!r}") from None
