"""The page with the results of the benchmarks: each benchmark writes its own section."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def machine() -> str:
    """The machine on which the figures were measured, to be used in the middle of a sentence."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = f", at a load of {os.getloadavg()[2]:.1f}" if hasattr(os, "getloadavg") else ""
    counted = f"{cores} core{'s' * (cores != 1)}"
    return f"{counted}, {platform.system()}, Python {platform.python_version()}, without a GPU{load}"


def put(title: str, text: str, page: Path = PAGE) -> None:
    """Writes or replaces the section `title` of a page, and leaves the other sections alone."""
    written = page.read_text(encoding="utf-8") if page.exists() else "# Benchmarks\n"
    section = f"## {title}\n\n{text.strip()}\n"
    start = rf"^## {re.escape(title)}$"
    if re.search(start, written, flags=re.MULTILINE):
        written = re.sub(rf"{start}.*?(?=\n## |\Z)", lambda _: section, written, flags=re.DOTALL | re.MULTILINE)
    else:
        written = f"{written.rstrip()}\n\n{section}"
    page.write_text(written, encoding="utf-8")
