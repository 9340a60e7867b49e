"""Option lines of a requirements file: honoured, refused by name, or unknown."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import NamedTuple

from driverenv.errors import foreign
from driverenv.requirements.draft import Draft
from driverenv.requirements.line import refusal
from driverenv.requirements.problem import INCLUDED_URL, SYNTAX
from driverenv.requirements.text import Logical

_WORD = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*')+""")
_USER_INFO = re.compile(r"://[^/\s@]+@")
_REMOTE = re.compile(r"^[a-z][a-z0-9+.-]+:", re.IGNORECASE)


class Place(NamedTuple):
    """An option on its line."""

    draft: Draft
    file: str
    line: Logical
    offset: int
    name: str
    value: str

    def complain(self, code: str, message: str, *, reason: str = "") -> None:
        """Add a problem at the option; `reason` is the key of its remedy, if not `code`."""
        self.draft.complain((self.file, self.line, self.offset), code, message, reason=reason)

    def note(self, text: str) -> None:
        """Add a note that names the line."""
        self.draft.note(f"{self.file} line {self.line.line}: {text}")


Include = Callable[[Place, bool], None]
"""Read the file that the option names; True for constraints."""


def options(draft: Draft, file: str, line: Logical, include: Include) -> None:
    """Take all options of `line`."""
    words = ((found.start(), found.group()) for found in _WORD.finditer(line.text))
    for offset, word in words:
        name, value = _split(word)
        if name not in _OPTIONS:
            _unknown(draft, file, line, offset, name)
            return
        wants_value, take = _OPTIONS[name]
        if wants_value and not value:
            _, value = next(words, (0, ""))
            if not value:
                draft.complain((file, line, offset), SYNTAX, f"{name} needs a value")
                return
        elif value and not wants_value:
            draft.complain((file, line, offset), SYNTAX, f"{name} takes no value")
            return
        take(Place(draft, file, line, offset, name, _bare(value)), include)


def _split(word: str) -> tuple[str, str]:
    if word.startswith("--"):
        name, _, value = word.partition("=")
        return name, value
    return word[:2], word[2:].removeprefix("=")


def _bare(value: str) -> str:
    return value.replace('"', "").replace("'", "")


def _unknown(draft: Draft, file: str, line: Logical, offset: int, name: str) -> None:
    near = difflib.get_close_matches(name, [known for known in _OPTIONS if len(known) > 2], n=1)  # noqa: PLR2004
    meant = _OPTIONS[near[0]].take if near else None
    message, meaning = f"{foreign(name, limit=80)} is no known option", ""
    if meant in _REFUSED:
        message += f"; were {near[0]} meant, that is not allowed in a driver's file either: take the line out"
    elif near:
        meaning = near[0]
    draft.complain((file, line, offset), SYNTAX, message, meaning=meaning)


# ------------------------------------------------------------------------------------------- honoured


def _include(place: Place, include: Include) -> None:
    if _REMOTE.match(place.value) and not re.match(r"^[A-Za-z]:[\\/]", place.value):
        message = f"{place.name} reads files of the driver's own folder only, never a URL"
        place.complain("POLICY_URL", message, reason=INCLUDED_URL)
    else:
        include(place, place.name in ("-c", "--constraint"))


def _pre(place: Place, _: Include) -> None:
    place.draft.prereleases = True


def _only_binary(place: Place, _: Include) -> None:
    place.draft.binary(place.draft.only_binary, place.draft.no_binary, place.value)


def _no_binary(place: Place, _: Include) -> None:
    place.draft.binary(place.draft.no_binary, place.draft.only_binary, place.value)


def _prefer_binary(place: Place, _: Include) -> None:
    place.draft.prefer_binary = True


def _require_hashes(place: Place, _: Include) -> None:
    place.draft.require_hashes.append((place.file, place.line))


def _without_effect(place: Place, _: Include) -> None:
    place.note(f"{place.name} has no effect here")


# -------------------------------------------------------------------------------------------- refused


def _editable(place: Place, _: Include) -> None:
    code = (refusal(place.value) or ("POLICY_PATH", ""))[0]
    place.complain(code, f"{place.name} installs from a working copy, not from an index")


def _index(place: Place, _: Include) -> None:
    location = _location(place.value)
    if place.value and location in {_location(source) for source in place.draft.sources}:
        place.note(f"{place.name} names an index that the site's settings have already; nothing to do")
    else:
        place.complain("POLICY_INDEX", f"{place.name} would change which indexes are asked")


def _tls(place: Place, _: Include) -> None:
    host = place.value.rpartition("://")[2].rstrip("/")
    hosts = {_location(source).rpartition("://")[2].split("/", 1)[0] for source in place.draft.sources}
    if place.name == "--trusted-host" and host in hosts | {known.split(":", 1)[0] for known in hosts}:
        place.note(f"{place.name} names a host of the site's settings; nothing to do")
    else:
        message = f"{place.name} would change {_TRUST[place.name]}; that is up to who runs this site"
        place.complain("POLICY_TLS", message)


def _build_option(place: Place, _: Include) -> None:
    place.complain("POLICY_OPTION", f"{place.name} would change how distributions are built")


def _location(text: str) -> str:
    """An index's location for comparison: no credentials, no slash at its end, no /simple."""
    bare = _USER_INFO.sub("://", text).rstrip("/")
    return bare.removesuffix("/simple").rstrip("/")


_TRUST = {
    "--trusted-host": "which hosts are trusted without a valid certificate",
    "--cert": "which certificate authorities are trusted",
    "--client-cert": "as whom this machine shows itself to an index",
    "--proxy": "through which proxy the indexes are asked",
}
_REFUSED = (_editable, _index, _tls, _build_option)


class _Option(NamedTuple):
    wants_value: bool
    take: Callable[[Place, Include], None]


_OPTIONS: dict[str, _Option] = {
    **dict.fromkeys(("-r", "--requirement", "-c", "--constraint"), _Option(True, _include)),
    "--pre": _Option(False, _pre),
    "--only-binary": _Option(True, _only_binary),
    "--no-binary": _Option(True, _no_binary),
    "--prefer-binary": _Option(False, _prefer_binary),
    "--require-hashes": _Option(False, _require_hashes),
    "--use-feature": _Option(True, _without_effect),
    **dict.fromkeys(("-e", "--editable"), _Option(True, _editable)),
    **dict.fromkeys(
        ("-i", "--index-url", "--pypi-url", "--extra-index-url", "-f", "--find-links"), _Option(True, _index)
    ),
    "--no-index": _Option(False, _index),
    **dict.fromkeys(_TRUST, _Option(True, _tls)),
    **dict.fromkeys(
        (
            "--config-settings",
            "--config-setting",
            "-C",
            "--global-option",
            "--install-option",
            "--build-option",
        ),
        _Option(True, _build_option),
    ),
}
