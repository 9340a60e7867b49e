"""HTML that cannot be broken out of: whatever is no `Markup` is escaped, in text and in attributes."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, /, *children: str | Iterable[str] | None, **attributes: str | float | None) -> Markup:
    """An element with its end. Children: texts, which are escaped, markup, several of either; None is nothing.

    Attributes are named with a low line at the end where Python has the word, and low lines inside for hyphens;
    None leaves one out.
    """
    inner = joined(*children)
    return Markup(f"<{name}{_attributes(attributes)}>{inner}</{name}>")


def void(name: str, /, **attributes: str | float | None) -> Markup:
    """An element that has no content: of SVG, or one such as ``meta``."""
    return Markup(f"<{name}{_attributes(attributes)}/>")


def joined(*children: str | Iterable[str] | None) -> Markup:
    """Children one after the other."""
    return Markup("".join(_plain(child) for child in children))


def _plain(child: str | Iterable[str] | None) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    return escape(child) if isinstance(child, str) else "".join(map(_plain, child))


def _attributes(found: dict[str, str | float | None]) -> str:
    return "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_number(value))}"'
        for name, value in found.items()
        if value is not None
    )


def _number(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
