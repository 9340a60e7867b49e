"""TOML of strangers, read within limits: the standard library spends the square of a key's parts on it."""

from __future__ import annotations

import re
import tomllib
from typing import Any

PARTS = 32
"""Of a dotted key."""
_PART = r"""(?:(?<![A-Za-z0-9_-])[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_LONG_KEY = re.compile(rf"{_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{PARTS}}}")


class NotToml(ValueError):
    """The text is no TOML that may be read: where (1-based line, 0 for the whole of it) and why."""

    def __init__(self, line: int, detail: str) -> None:
        super().__init__(f"{detail} (line {line})" if line else detail)
        self.line = line
        self.detail = detail


def loads(text: str, *, limit: int) -> dict[str, Any]:
    """The document, of at most `limit` characters. Raises `NotToml`."""
    if len(text) > limit:
        raise NotToml(0, f"it has more than {limit:,} characters")
    long = _LONG_KEY.search(text)
    if long is not None:
        raise NotToml(text.count("\n", 0, long.start()) + 1, f"a key has more than {PARTS} parts")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) if at else text.rstrip("\n").count("\n") + 1
        raise NotToml(line, re.sub(r" [(]at .*[)]$", "", str(error))) from None
    except RecursionError:
        raise NotToml(0, "its tables and lists are nested too deeply") from None
    except ValueError as error:
        raise NotToml(0, str(error)) from None
