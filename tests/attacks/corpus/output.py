"""Too much output, and output that runs in the browser of whoever reads the graded notebook."""

import html

from .attack import Attack, of

SCRIPT = "<script>window.pwned = 1</script>"


def _display(data: dict) -> str:
    return f"from IPython.display import display\ndisplay({data!r}, raw=True)"


def _as(kind: str, text: str):
    """A cell of another type on top of the notebook."""

    def edit(nb: dict) -> None:
        nb["cells"].insert(0, {"cell_type": kind, "source": text, "metadata": {}, "id": "mine"})

    return edit


def _markdown(name: str, text: str) -> Attack:
    return Attack(f"markdown_{name}", "active", edit=_as("markdown", text))


ATTACKS = of(
    "output",
    Attack("endless_print", "stuck", "while True:\n    print('x' * 1000)"),
    Attack("hundred_megabytes", "flood", "for _ in range(100):\n    print('x' * 10**6)"),
    Attack("one_huge_line", "flood", "print('x' * 10**8)"),
    Attack("standard_error", "flood", "import sys\nsys.stderr.write('x' * 10**8)"),
    Attack("many_displays", "flood", "for _ in range(400):\n    display('x' * 10_000)"),
    Attack("huge_repr", "flood", "'x' * 10**7"),
    Attack("huge_display", "flood", "display({'text/plain': 'x' * 10**7}, raw=True)"),
    Attack("huge_html", "flood", "from IPython.display import HTML, display\ndisplay(HTML('<b>' * 10**6))"),
    Attack("html_that_is_slow_to_clean", "flood",
           "from IPython.display import HTML, display\nfor _ in range(8):\n"
           "    display(HTML('<table><tr><td><p><b><i><a>' * 20_000))"),
    Attack("huge_error", "flood",
           "class E(Exception):\n    pass\n\nE.__name__ = 'x' * 10**6\nprint('x' * 10**7)\nraise E('y' * 10**7)"),
    Attack("html_script", "active", _display({"text/html": SCRIPT})),
    Attack("html_handler", "active", _display({"text/html": "<img src=x onerror='pwned()'>"})),
    Attack("html_link", "active", _display({"text/html": "<table><tr><td><a href='javascript:pwned()'>x</a>"})),
    Attack("html_frame", "active", _display({"text/html": f"<iframe srcdoc='{html.escape(SCRIPT)}'></iframe>"})),
    Attack("html_form", "active", _display({"text/html": "<form action='javascript:pwned()'><button>Score</button>"})),
    Attack("html_broken_on_purpose", "active",
           _display({"text/html": "<table><tr><td><img src=x onerror=pwned()//"})),
    Attack("html_in_foreign_content", "active",
           _display({"text/html": "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 "
                                  "onerror=pwned()&gt;'><img src=x onerror=pwned()>"})),
    Attack("svg", "engine", _display({"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg'>{SCRIPT}</svg>"})),
    Attack("javascript", "active", _display({"application/javascript": "window.pwned = 1"})),
    Attack("markdown_output", "active", _display({"text/markdown": SCRIPT})),
    Attack("latex_link", "active", _display({"text/latex": r"$\href{javascript:pwned()}{x}$"})),
    Attack("picture_that_is_none", "active",
           _display({"image/png": "x\" onerror=\"pwned()\" title=\""})),
    Attack("picture_type_of_ones_own", "active", _display({f"text/html;{SCRIPT}": "x", "text/html": SCRIPT})),
    Attack("raw_cell", "engine", edit=_as("raw", SCRIPT)),
    _markdown("script", SCRIPT),
    _markdown("handler", "A picture <img src=x onerror=pwned()>"),
    _markdown("link", "[x](javascript:pwned())"),
    _markdown("link_by_entity", "[x](java&#115;cript&colon;pwned())"),
    _markdown("link_by_escape", "[x](javascript\\:pwned())"),
    _markdown("link_by_case", "[x](JaVaScRiPt:pwned())"),
    _markdown("link_by_reference", "[x][1]\n\n[1]: javascript:pwned()"),
    _markdown("autolink", "<javascript:pwned()>"),
    _markdown("picture", "![x](javascript:pwned())"),
    _markdown("data_link", "[x](data:text/html;base64,cHduZWQ=pwned)"),
    _markdown("formula", r"$\href{javascript:pwned()}{x}$"),
    _markdown("svg", "<svg onload=pwned()>"),
    _markdown("half_a_tag", "<div onmouseover=pwned() "),
    _markdown("block", "text\n\n<div>\n<script>pwned()</script>\n</div>\n"),
    _markdown("in_a_list", "- a\n    - <a href='javascript:pwned()'>b</a>"),
    _markdown("nested_tags", "<scr<script>ipt>pwned()</scr</script>ipt>"),
    Attack("markdown_in_formula", "engine",
           edit=_as("markdown", "$<img src=x onerror=pwned()>$ and $$<script>pwned()</script>$$")),
    Attack("in_an_error", "engine", code=f"raise ValueError({SCRIPT!r})"),
    Attack("in_the_name_of_an_error", "engine",
           code=f"raise type({SCRIPT!r}, (Exception,), {{}})('\\x1b]0;pwned\\x07')"),
    Attack("terminal_escapes", "engine",
           solutions={"relu": "def relu(x):\n    raise ValueError('\\x1b[2J\\x1b]0;pwned\\x07\\x9b31m\\u202e\\r'\n"
                      "                     * 50)"}),
    Attack("very_long_names", "engine",
           solutions={"relu": f"class {'E' * 5000}(Exception):\n    pass\n\ndef relu(x):\n"
                              f"    raise {'E' * 5000}('m' * 10**6)"}),
    Attack("cell_metadata", "engine", edit=lambda nb: nb["cells"].insert(
        0, {"cell_type": "raw", "source": SCRIPT, "id": "mine",
            "metadata": {"raw_mimetype": "text/html", "tags": [f"'>{SCRIPT}"], "slideshow": {"slide_type": SCRIPT}}})),
)  # fmt: skip
