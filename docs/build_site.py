"""Builds the course's site: `python docs/build_site.py`, or `make site`, writes `build/site`.

The folder can be put on any web host, or opened from a disk: `build/site/index.html`. Its pictures move without a
kernel.

    python docs/build_site.py                        everything
    python docs/build_site.py 02_xor                 only this lecture, for a quick look
    python docs/build_site.py --times                only measures and stores the times that lectures show
    MLP_REPOSITORY=<address> python docs/build_site.py     with buttons for Binder and Colab

Each lecture is executed once, with its pictures painted for the settings of their controls (utils/pages.py); the result
is kept in `build/executed` until the lecture, `utils` or a library changes. Then Sphinx makes pages from the executed
lectures, the released assignments, the pages in `docs`, and the docstrings.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import importlib.metadata
import os
import platform
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from sphinx.cmd.build import main as sphinx
from traitlets.config import Config

try:
    import resource
except ImportError:  # Windows
    resource = None

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from utils.pages import joined  # noqa: E402

BUILD = ROOT / "build"
LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch", "matplotlib", "pillow", "d2l")
MOST_OF_A_LECTURE, MOST_OF_ALL = 12e6, 80e6  # bytes
SEARCH_FORM = (
    '<form class="search-here" action="search.html" role="search" aria-label="The whole course">'
    '<input type="search" name="q" aria-label="Words to look for"> <button>Search</button></form>'
)
# The theme's two sidebars are landmarks of the same kind, so each gets a name. Its link back to the top, which appears
# when a page is scrolled up, is in no landmark. The search page has no heading, and on a phone no search field.
NAMED = {
    '<div id="search-results">': f'<h1>Search</h1>{SEARCH_FORM}<div id="search-results">',
    '<summary aria-label="Toggle hidden content">': "<summary>",  # its text is the better name
    '<aside class="sidebar-drawer"': '<aside class="sidebar-drawer" aria-label="Contents of the course"',
    '<aside class="toc-drawer': '<aside aria-label="Contents of this page" class="toc-drawer',
    '<a href="#" class="back-to-top': '<nav aria-label="Top of this page"><a href="#" class="back-to-top',
    "<span>Back to top</span>\n        </a>": "<span>Back to top</span>\n        </a></nav>",
}
EMPTY_HEAD = re.compile(r'<th class="(head\b[^"]*)">(?:<p></p>)?</th>')
LONGEST = 1200  # seconds that a cell may take

# The pages of `docs` in the order of the table of contents; others follow in alphabetical order.
ORDER = [
    "students", "setup", "new-here", "glossary", "notation", "slides", "errata", "authors", "own-course",
    "writing-tests", "variants", "messages", "graders", "settings", "moving", "grading-engine", "open-course",
    "benchmarks",
]  # fmt: skip
SETUP = """\
# Outside a copy of the course, this installs what the lecture imports.
import sys
try:
    import utils.live
except ImportError:
    !git clone --quiet --depth 1 {repository} course
    %pip install --quiet -e "course[course]"
    sys.path.insert(0, "course")
"""


def files_of(package: str) -> list[Path]:
    """The files of a package in order, without those that an installation has built among them."""
    files = (path for path in (ROOT / package).rglob("*") if path.is_file())
    return sorted(path for path in files if "build" not in path.relative_to(ROOT).parts)


def fingerprint(notebook: Path) -> str:
    """Changes with everything that an executed lecture depends on: its cells, `utils`, the libraries."""
    digest = hashlib.sha256()
    for cell in nbformat.read(notebook, as_version=4).cells:
        digest.update(f"{cell.cell_type} {cell.source}\0".encode())
    for path in files_of("utils"):
        if path.suffix in {".py", ".json", ".npz"}:
            digest.update(path.name.encode() + path.read_bytes())
    versions = [f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES]
    digest.update(f"{platform.python_version()} {versions}".encode())
    return digest.hexdigest()[:16]


def execute(notebook: Path, kept: Path) -> Path:
    """The executed lecture, from `kept` if it is already there.

    Args:
        notebook: the lecture's source.
        kept: the folder of executed lectures.

    Returns:
        a folder with the executed notebook, and the images of its pictures in a folder of the lecture's name.
    """
    folder = kept / f"{notebook.stem}-{fingerprint(notebook)}"
    if (folder / notebook.name).exists():
        return folder
    for old in kept.glob(f"{notebook.stem}-*"):
        shutil.rmtree(old)
    print(f"executing {notebook.name}", flush=True)
    images = folder / notebook.stem
    images.mkdir(parents=True)
    content = run(notebook, {"MLP_PAGES": str(images)})
    for cell in content.cells:
        cell.metadata.pop("execution", None)  # when it ran
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.outputs = [output for output in cell.outputs if not is_empty(output)]
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = None
    nbformat.write(content, folder / notebook.name)
    return folder


def run(notebook: Path, told: Mapping[str, str]) -> nbformat.NotebookNode:
    """A lecture after a run in its own kernel.

    Args:
        notebook: the lecture as it is written.
        told: environment variables for the kernel.
    """
    content, name = nbformat.read(notebook, as_version=4), notebook.name
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"} | told
    with tempfile.TemporaryDirectory() as scratch:
        # Makes matplotlib write the same SVG each time: without a date and without random identifiers.
        (Path(scratch) / "matplotlibrc").write_text("svg.hashsalt: course\n")
        env |= {"SOURCE_DATE_EPOCH": "0", "MATPLOTLIBRC": scratch}
        client = NotebookClient(
            content,
            timeout=LONGEST,
            coalesce_streams=True,  # the kernel splits what a cell prints at arbitrary places
            store_widget_state=False,
            resources={"metadata": {"path": str(notebook.parent)}},
            config=Config(KernelManager=channels(Path(scratch))),
        )
        client.on_notebook_error = lambda notebook: post_mortem(client, name)
        client.execute(env=env)
    return content


def store_times(lectures: Sequence[Path]) -> None:
    """Measures the times that lectures show, and stores them for the pages (utils/timing.py)."""
    for notebook in lectures:
        if "timing.measured(" in notebook.read_text(encoding="utf-8"):
            print(f"measuring {notebook.name}", flush=True)
            run(notebook, {"MLP_STORE_TIMES": "1"})


def channels(folder: Path) -> dict[str, str]:
    """How to talk to a kernel: through socket files in a folder, if the system supports them.

    Usually, five free ports are chosen here, and the kernel opens them a second later. If another program takes one in
    between, as happens on a machine that runs many kernels, the build waits for that kernel forever.
    """
    if os.name != "posix":
        return {}
    return {"transport": "ipc", "connection_file": str(folder / "kernel.json")}


def post_mortem(client: NotebookClient, name: str) -> None:
    """Reports how a kernel died, since the message "Kernel died" does not say why.

    Raises:
        RuntimeError: with the signal or the exit status, and the memory that it had used.
    """
    status = client.km.provisioner.process.returncode
    if status is None:
        return
    how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"exited with status {status}"
    kilobytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss if resource else 0
    raise RuntimeError(
        f"{name}: the kernel {how}, having used up to {kilobytes / 2**20:.1f} GB. A system sends SIGKILL "
        "to a process that needs more memory than there is; SIGSEGV is a fault in a library."
    )


def is_empty(output: nbformat.NotebookNode) -> bool:
    """Whether an output shows nothing: a finished progress bar, or a widget beside its still picture."""
    data = output.get("data")
    return data is not None and not any("".join(text).strip() for text in data.values() if isinstance(text, str | list))


def is_wordless(cell: nbformat.NotebookNode) -> bool:
    """Whether a cell shows an image without a description in words. A live picture has its caption."""
    shown = [kind for output in cell.get("outputs", []) for kind in output.get("data", {})]
    words = cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
    return not words and "text/html" not in shown and any(kind.startswith("image/") for kind in shown)


def folded(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Folds a cell on the page if it is folded in JupyterLab."""
    if cell.metadata.get("jupyter", {}).get("source_hidden"):
        cell.metadata.tags = sorted({*cell.metadata.get("tags", []), "hide-input"})
    return cell


def stage(lectures: Mapping[Path, Path], source: Path, site: Path) -> None:
    """Collects the files that Sphinx reads, and those that its pages load.

    Args:
        lectures: the notebooks, and where `execute` has stored each.
        source: a folder for Sphinx to read, with the layout of the repository.
        site: the folder of the site.
    """
    repository = os.environ.get("MLP_REPOSITORY", "").rstrip("/")
    for notebook, done in lectures.items():
        content = nbformat.read(done / notebook.name, as_version=4)
        plain = nbformat.read(notebook, as_version=4)
        for cell, written in zip(content.cells, plain.cells, strict=True):
            cell.metadata = written.metadata  # which may have changed since the lecture was executed
        if wordless := [cell.id for cell in content.cells if is_wordless(cell)]:
            raise ValueError(f"{notebook}: the image of {', '.join(wordless)} has no description for readers who "
                             "cannot see it. Add one to the cell's metadata, mystnb: {image: {alt: …}}.")  # fmt: skip
        content.cells = [folded(cell) for cell in content.cells]
        write(source / "notebooks" / notebook.name, nbformat.writes(content))
        shutil.copytree(done / notebook.stem, site / "_live" / notebook.stem)
        if repository:
            plain.cells.insert(1, nbformat.v4.new_code_cell(SETUP.format(repository=repository), id="setup"))
        write(site / "_downloads" / notebook.name, nbformat.writes(plain))
    for assignment in sorted((ROOT / "release").glob("*/*.ipynb")):
        where = assignment.relative_to(ROOT)
        content = nbformat.read(assignment, as_version=4)
        for cell in content.cells:
            if cell.cell_type == "markdown":
                cell.source = CELL_LINK.sub(heading_link, cell.source)
        write(source / where, nbformat.writes(content))
        write(site / "_downloads" / assignment.name, assignment.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "docs").rglob("*")):
        if path.suffix in {".md", ".png", ".csv", ".svg"} and path.name != "index.md":
            target = source / "docs" / path.relative_to(ROOT / "docs")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    shutil.copytree(ROOT / "docs" / "images", site / "docs" / "images")  # for pages that use <img>
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        if (ROOT / name).exists():
            write(source / name, (ROOT / name).read_text(encoding="utf-8"))
    for package in ("utils", "autograder"):
        write(source / "docs" / "reference" / f"{package}.md", reference(package))
    write(source / "index.md", index(source))


# A link to a cell of a lecture, as JupyterLab follows it.
CELL_LINK = re.compile(r"(?P<lecture>notebooks/\w+\.ipynb)#cell-id=(?P<cell>[\w-]+)")


def heading_link(link: re.Match[str]) -> str:
    """The same link on a page: to the heading in that cell."""
    lecture = nbformat.read(ROOT / link["lecture"], as_version=4)
    source = next(cell.source for cell in lecture.cells if cell.id == link["cell"])
    heading = re.sub(r"[^\w\- ]", "", source.split("\n")[0].lstrip("# ").lower())
    return f"{link['lecture']}#{heading.replace(' ', '-')}"


def write(path: Path, text: str) -> None:
    """Writes a file, and creates its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def modules(package: str) -> Iterator[str]:
    """The modules of a package that have a docstring, in alphabetical order."""
    for path in files_of(package):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if path.suffix == ".py" and (path.name == "__init__.py" or not path.name.startswith(("_", "setup."))):
            if ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))):
                yield name


def reference(package: str) -> str:
    """A page with the docstrings of a package."""
    parts = [f"# The reference of `{package}`", "Made from the docstrings."]
    for name in modules(package):
        parts.append(f"## `{name}`\n\n```{{eval-rst}}\n.. automodule:: {name}\n   :members:\n```")
    return "\n\n".join(parts) + "\n"


def index(source: Path) -> str:
    """The start page: `docs/index.md` and the table of contents."""
    text = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    pages = {path.stem: f"docs/{path.stem}" for path in sorted((source / "docs").glob("*.md"))}
    ordered = [pages.pop(name) for name in ORDER if name in pages] + list(pages.values())
    contents = {
        "Lectures": [f"notebooks/{path.stem}" for path in sorted((source / "notebooks").glob("*.ipynb"))],
        "Assignments": [
            str(path.relative_to(source).with_suffix("")) for path in sorted((source / "release").glob("*/*.ipynb"))
        ],
        "Guides and reference": ordered,
        "Reference": ["docs/reference/utils", "docs/reference/autograder"],
        "The project": [name for name in ("README", "CONTRIBUTING", "CHANGELOG") if (source / f"{name}.md").exists()],
    }
    trees = [
        f"```{{toctree}}\n:hidden:\n:caption: {caption}\n:maxdepth: 1\n\n" + "\n".join(names) + "\n```"
        for caption, names in contents.items()
        if names
    ]
    return text + "\n" + "\n\n".join(trees) + "\n"


def script() -> str:
    """The browser code of the pages, as one script: a notebook's pictures, and the code that starts them on a page.

    Browsers do not load module scripts from a disk.
    """
    text = joined(ROOT / "utils" / "live.js", ROOT / "utils" / "playground.js", ROOT / "docs" / "page.js")
    assert not re.search(r"^(import|export)\b", text, re.MULTILINE), "a page's script is no module"
    return f'(() => {{\n"use strict";\n{text}}})();\n'


def make(lectures: Sequence[Path], site: Path, build: Path = BUILD) -> int:
    """Builds the site.

    Args:
        lectures: the notebooks on the site.
        site: its folder; existing content is deleted.
        build: for intermediate files, kept for the next time.

    Returns:
        0 if all went well.
    """
    executed = {notebook: execute(notebook, build / "executed") for notebook in lectures}
    source = build / "site-source"
    for folder in (site, source):
        shutil.rmtree(folder, ignore_errors=True)
    stage(executed, source, site)
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")  # no page says when it was built
    options = ["-q", "-E", "-b", "html", "-c", ROOT / "docs", "-d", build / "doctrees"]
    failed = sphinx(list(map(str, [*options, source, site])))
    if failed:
        return failed
    (site / "_static" / "course.js").write_text(script(), encoding="utf-8")
    for name in ("live.css", "playground.css"):
        shutil.copyfile(ROOT / "utils" / name, site / "_static" / name)
    shutil.copyfile(ROOT / "docs" / "site.css", site / "_static" / "site.css")
    for page in site.rglob("*.html"):
        page.write_text(accessible(page.read_text(encoding="utf-8")), encoding="utf-8")
    for needless in (".buildinfo", "objects.inv"):
        (site / needless).unlink(missing_ok=True)
    return weigh(site)


def accessible(page: str) -> str:
    """Gives a page's landmarks names, and removes empty header cells from its tables."""
    for plain, named in NAMED.items():
        page = page.replace(plain, named)
    return EMPTY_HEAD.sub(r'<td class="\1"></td>', page)


def weigh(site: Path) -> int:
    """Prints the size of the site and of each lecture with its pictures; returns 1 if one is too large."""
    size = lambda folder: sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())  # noqa: E731
    sizes = {
        page.stem: (page.stat().st_size + size(site / "_live" / page.stem), MOST_OF_A_LECTURE)
        for page in sorted((site / "notebooks").glob("*.html"))
    } | {"all": (size(site), MOST_OF_ALL)}
    for name, (bytes_, most) in sizes.items():
        print(f"{name:28} {bytes_ / 1e6:6.1f} MB" + (f", more than {most / 1e6:.0f}" if bytes_ > most else ""))
    return int(any(bytes_ > most for bytes_, most in sizes.values()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("lectures", nargs="*", help="names without .ipynb; all of them by default")
    parser.add_argument("--times", action="store_true", help="only measure and store the times that lectures show")
    parser.add_argument("--to", type=Path, default=BUILD / "site", help="the folder of the site")
    arguments = parser.parse_args()
    every = {path.stem: path for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))}
    if unknown := [name for name in arguments.lectures if name not in every]:
        parser.error(f"no lecture {', '.join(unknown)}; there are {', '.join(every)}")
    lectures = [every[name] for name in arguments.lectures or every]
    if arguments.times:
        store_times(lectures)
        return 0
    return make(lectures, arguments.to)


if __name__ == "__main__":
    sys.exit(main())
