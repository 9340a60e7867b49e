"""What a distribution says that it requires, judged: valid, bounded, and through the indexes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from driverenv.archive.rules import MAX_REQUIREMENTS
from driverenv.model.amended import Amended

MAX_REQUIREMENT = 16_384
"""Characters of one requirement."""
LONG_NUMBER = re.compile(r"\d{1000}")
"""Python converts at most 4,300 digits, and raises where a version is compared, not where it is read."""
_CLAUSE = re.compile(r"\s*(?:===|~=|==|!=|<=|>=|<|>)\s*[^\s,;()]+\s*")
"""As loose as setuptools was for years (`>=3.6.*`): installers take what is no specifier for nothing at all."""


def read_requirement(line: str) -> Requirement:
    """A `Requires-Dist`. Raises `ValueError` (`InvalidRequirement` is one) and `RecursionError`."""
    text = line.replace("\n", " ")
    if len(text) > MAX_REQUIREMENT or LONG_NUMBER.search(text):
        raise ValueError("it is none that can be read")
    text.encode()  # bytes that are no UTF-8 came as surrogates
    return Requirement(text)


def what_is_wrong(fields: Mapping[str, Sequence[str]], amended: Amended) -> str:
    """What cannot be read, goes round the indexes, or is far too much; "" where all is well."""
    lines = fields.get("requires-dist", ())
    if len(lines) > MAX_REQUIREMENTS:
        return f"it has more than {MAX_REQUIREMENTS:,} requirements"
    for line in () if amended.requires else lines:
        try:
            requirement = read_requirement(line)
        except (ValueError, RecursionError):
            return f"it has an invalid requirement: {_shown(line)}"
        if requirement.url is not None and canonicalize_name(requirement.name) not in amended.projects:
            return f"it requires {requirement.name} from a URL"
    pythons = fields.get("requires-python", ())
    if len(pythons) > 1 or any(map(_is_no_python, pythons)):
        return f"its Requires-Python is invalid: {_shown(', '.join(pythons))}"
    return ""


def _is_no_python(text: str) -> bool:
    if len(text) > MAX_REQUIREMENT or LONG_NUMBER.search(text):
        return True
    return bool(text) and not all(_CLAUSE.fullmatch(clause) for clause in text.strip(" ,").split(","))


def _shown(text: str) -> str:
    return text[:120].encode("utf-8", "replace").decode()
