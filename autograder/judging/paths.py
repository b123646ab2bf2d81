"""How messages write a test's use of an object: ``V()__add__`` is `V() + …`."""

from __future__ import annotations

import re

from ..sandbox.wire import SPECIAL

_BINARY = {
    "add": "+", "sub": "-", "mul": "*", "matmul": "@", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "lshift": "<<", "rshift": ">>", "and": "&", "or": "|", "xor": "^",
}  # fmt: skip
_COMPARED = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_WRITTEN = {f"__{name}__": f"{{}} {sign} …" for name, sign in (_BINARY | _COMPARED).items()}
_WRITTEN |= {f"__r{name}__": f"… {sign} {{}}" for name, sign in _BINARY.items()}
_WRITTEN |= {f"__i{name}__": f"{{}} {sign}= …" for name, sign in _BINARY.items()}
_WRITTEN |= {
    "__neg__": "-{}", "__pos__": "+{}", "__invert__": "~{}", "__contains__": "… in {}", "__getitem__": "{}[…]",
    "__setitem__": "{}[…] = …", "__delitem__": "del {}[…]", "__enter__": "with {}", "__exit__": "with {}",
    "__aenter__": "async with {}", "__aexit__": "async with {}", "__await__": "await {}",
}  # fmt: skip
_ASKED = re.compile(rf"(?<=[\w)\]…])({'|'.join(sorted(SPECIAL, key=len, reverse=True))})")


def in_python(message: str) -> str:
    """The message with each path of special methods as Python writes it."""
    return re.sub(r"`([^`]*)`", lambda code: f"`{_written(code[1])}`", message)


def _written(path: str) -> str:
    text, *steps = _ASKED.split(path)
    for name, rest in zip(steps[::2], steps[1::2], strict=True):
        if " " in text and name not in (f"__{it}__" for it in _COMPARED):
            text = f"({text})"
        text = _WRITTEN.get(name, f"{name[2:-2]}({{}})").format(text)
        text = f"({text}){rest}" if rest and " " in text else f"{text}{rest}"
    return text
