"""The JSON Schema of a receipt (JSON Schema draft 2020-12), which `driverenv env schema` prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMA = "driverenv-receipt 2"

_TEXT: Mapping[str, Any] = {"type": "string"}
_COUNT: Mapping[str, Any] = {"type": "integer", "minimum": 0}
_SECONDS: Mapping[str, Any] = {"type": "number", "minimum": 0}
_SHA256: Mapping[str, Any] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def _said(meaning: str, shape: Mapping[str, Any] = _TEXT) -> dict[str, Any]:
    return {"description": meaning, **shape}


def _list(items: Mapping[str, Any], meaning: str = "") -> dict[str, Any]:
    shape: dict[str, Any] = {"type": "array", "items": dict(items)}
    return {"description": meaning, **shape} if meaning else shape


def _table(meaning: str, optional: Mapping[str, Any] | None = None, **required: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    return {
        "description": meaning,
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


_DIRECT: Mapping[str, Any] = {"enum": ["url", "bundled"]}
_REF_INDEX = {"$ref": "#/$defs/index"}

_INDEX = _table(
    "an index, without user and password",
    {"verify": _said("that any certificate of it is accepted", {"const": False})},
    name=_said("what messages call it"),
    location=_said("a folder or a URL"),
    public=_said("whether it is the public index", {"type": "boolean"}),
)
_LINE = _table(
    "a line of the driver's files",
    file=_said("relative to the driver's folder, where it lies in there"),
    line=_said("1-based; 0 where there are no lines", _COUNT),
    text=_said("the line as it was written"),
)
_ABSENT = _table(
    "an index that proved that it does not have the project",
    {
        "page": _said("where the project's page would be, or the folder"),
        "answer": _said("what came from there"),
        "listing": _said("what all that the index has says"),
        "memory": _said("what was remembered of the project there, and how it was judged"),
    },
    index=_said("its name"),
    proof=_said("the whole proof in words"),
)
_NOT_ASKED = _table("an index that was not asked", index=_said("its name"), reason=_said("why"))

_ANSWER = _table(
    "what the indexes answered about a project",
    {
        "found": _said("the name of the index that has it, and alone serves it; not there: nobody has it"),
        "page": _said("where that answer stands"),
        "direct": _said("that a line of the driver names the file itself, and how", _DIRECT),
        "files": _said("how many files it lists", _COUNT),
        "rule": _said("the rule of the policy by which it serves the project"),
        "passed_over": _list(
            _table("a file", file=_TEXT, reason=_said("why it was not taken")),
            "files of versions that are newer or as new as the one that was taken, the newest first, at most 10",
        ),
        "more_passed_over": _said("how many more of them there are", _COUNT),
    },
    project=_said("normalised (PEP 503)"),
    absent=_list(_ABSENT, "who was asked before, in order"),
    not_asked=_list(_NOT_ASKED, "who was not asked"),
)
_DISTRIBUTION = _table(
    "a distribution that is in the environment",
    {
        "direct": _said("that a line of the driver names the file itself, and how", _DIRECT),
        "corrected": _said("how the site's policy corrects its metadata"),
        "notes": _list(_TEXT, "oddities of a wheel of a local index"),
    },
    name=_said("normalised (PEP 503)"),
    version=_TEXT,
    index=_REF_INDEX,
    rule=_said("the rule of the policy by which its index serves it"),
    file=_said("the file of the index: a wheel or an sdist"),
    url=_said("where it is, without user and password; what may be a token is ***"),
    sha256=_said("of that file", _SHA256),
    size=_said("bytes of that file", {"type": ["integer", "null"], "minimum": 0}),
    wheel_sha256=_said("of the wheel that it is, or that was built of it", _SHA256),
    built=_said("whether it is an sdist that was built", {"type": "boolean"}),
    requested_by=_list(_TEXT, "who asks for it: lines of the driver, distributions with their requirement"),
    chain=_list(_TEXT, "the shortest way from a line of the driver to it"),
)
_POLICY = {
    "description": "the policy as it held then, with every setting that is not as by default; of variables the names",
    "type": "object",
    "properties": {
        "mode": {"enum": ["online", "offline"]},
        "prereleases": _TEXT,
        "builds": _TEXT,
        "sharing": _TEXT,
        "local": _list(_REF_INDEX),
        "extra": _list(_REF_INDEX),
        "public": {"anyOf": [_REF_INDEX, {"type": "null"}]},
        "exceptions": _list(
            _table(
                "an exception that was in force",
                project=_TEXT,
                allow={"enum": ["public", "build"]},
                until={"type": "string", "format": "date"},
                reason=_TEXT,
                owner=_TEXT,
            )
        ),
    },
    "required": ["mode", "prereleases", "builds", "sharing", "local", "public"],
}
_BUILD = _table(
    "how a wheel of the environment was built, be it by an earlier launch",
    {"fleet": _said("who built it, and when, where it came from the fleet store; empty: this server did")},
    wheel=_said("its file name"),
    wheel_sha256=_SHA256,
    sdist_sha256=_SHA256,
    python=_said("the full version of the interpreter that it is for"),
    tools=_list(
        _table("a distribution of the build's environment", name=_TEXT, version=_TEXT, sha256=_SHA256)
    ),
    containment=_table(
        "what the system took from the build while it ran",
        network={"enum": ["cut", "allowed", "open"]},
        files={"enum": ["own", "open"]},
        processes={"enum": ["namespace", "reaper", "job", "group"]},
        because=_said("why not more, where it is not all"),
    ),
    limits=_said(
        "by the names of the setting build_limits", {"type": "object", "additionalProperties": _SECONDS}
    ),
    constraints=_list(_TEXT, "what limited its tools besides the constraints for every driver"),
    attempt=_said("2 or more: an attempt before had failed", {"type": "integer", "minimum": 1}),
    because=_said("what the attempt before had failed with"),
    seconds=_SECONDS,
    log=_said("the name of the file below the home folder's logs"),
)
_REQUEST = _table(
    "what was asked for by the launch that made the environment",
    driver=_said("its path"),
    name=_said("the readable name of the driver"),
    python=_said("the Python that was asked for; empty: none"),
    groups=_list(_TEXT, "the dependency groups that were asked for"),
    building=_list(_TEXT, "the sdists whose build it is for, outermost first"),
    requirements=_list(_LINE),
    constraints=_list(_LINE),
    baseline=_list(_TEXT, "what the site adds to the requirements of every driver"),
)


def schema() -> dict[str, Any]:
    """The schema, as JSON-able data."""
    shape = _table(
        "What is in an environment, from where, who asked for it, and under which policy.",
        schema={"const": SCHEMA},
        driverenv=_said("the version that wrote it"),
        created=_said("when the launch began that made it, UTC", {"type": "string", "format": "date-time"}),
        name=_said("the readable name: the last folder of sys.prefix"),
        key=_said("the environment's identity", {"type": "string", "pattern": "^[0-9a-f]{40}$"}),
        python=_table("the base interpreter", executable=_TEXT, version=_TEXT),
        request=_REQUEST,
        policy=_POLICY,
        distributions=_list(_DISTRIBUTION),
        answers=_list(_ANSWER, "by project, in order of names"),
        builds=_list(_BUILD),
        startup_hooks=_list(
            _table(
                "a file that Python runs, or reads, on its own at every start",
                project=_TEXT,
                version=_TEXT,
                file=_said("relative to the prefix"),
                runs=_list(_TEXT, "what it runs"),
            )
        ),
        timings=_said(
            "seconds by stage of that launch, as far as it had come",
            {"type": "object", "additionalProperties": _SECONDS},
        ),
        warnings=_list(_table("a warning of that launch", code=_TEXT, text=_TEXT)),
    )
    return {
        "$schema": DIALECT,
        "title": "driverenv receipt",
        **_plain(shape),
        "$defs": {"index": _plain(_INDEX)},
    }


def _plain(shape: Any) -> Any:  # noqa: ANN401 (JSON)
    """A copy that nobody shares."""
    if isinstance(shape, Mapping):
        return {name: _plain(value) for name, value in shape.items()}
    return [_plain(value) for value in shape] if isinstance(shape, list) else shape
