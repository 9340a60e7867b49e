"""How a wheel was built: with which tools, and what held while it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from driverenv import warm
from driverenv.model.launch import Environment


@dataclass(frozen=True, slots=True, order=True)
class Tool:
    """A distribution of a build's environment."""

    name: str
    version: str
    sha256: str
    """Of its wheel."""


@dataclass(frozen=True, slots=True)
class Toolchain:
    """The environment of a build, and all that is in it."""

    environment: Environment
    tools: tuple[Tool, ...]


@dataclass(frozen=True, slots=True)
class Containment:
    """What the system took from a build while it ran."""

    network: str
    """"cut" (it had an own loopback and nothing else), "allowed" (by the policy) or "open"."""
    files: str
    """"own" (it could write below its own folder only) or "open" (whatever the account may write)."""
    processes: str
    """How all that it started was found and ended: "namespace", "reaper", "job" or "group" (the last one misses what hides)."""
    because: str = ""
    """Why not more, where it is not all."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What a wheel is built of, or a lock is for, the same on every server that may use it."""

    name: str
    """Of the project; of the driver."""
    version: str
    filename: str
    """Of the sdist; "pylock.toml"."""
    sha256: str
    """Of the sdist; of what the driver asks for."""
    target: str
    """The Python, in words."""
    tags: str
    """A print of all that the Python supports, down to its libc: what is compiled for it runs on it."""
    policy: str
    """A print of what in the policy decides on files, the addresses of the indexes included."""

    @property
    def key(self) -> str:
        """One for all of it: 40 hexadecimal digits."""
        return warm.key(tuple(str(getattr(self, one)).encode() for one in self.__slots__))


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """One sdist that became a wheel."""

    wheel: str
    """File name."""
    wheel_sha256: str
    sdist_sha256: str
    python: str
    """The full version of the interpreter that it is for."""
    tools: tuple[Tool, ...]
    containment: Containment
    limits: tuple[tuple[str, float], ...]
    """By the names of the setting `build_limits`."""
    constraints: tuple[str, ...] = ()
    """What limited its tools besides the constraints that hold for every driver."""
    attempt: int = 1
    """2 or more: an attempt before had failed, and this one used older tools."""
    because: str = ""
    """What the attempt before had failed with."""
    seconds: float = 0.0
    log: str = ""
    """Name of the file below ``home/logs``."""
    fleet: str = ""
    """Who built it, and when, where it came from the fleet store; empty: this server did."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return {**asdict(self), "limits": dict(self.limits)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> BuildRecord:
        """What `as_dict` gave. Raises `ValueError` where it is none."""
        try:
            return cls(
                **{
                    **data,
                    "tools": tuple(Tool(**tool) for tool in data["tools"]),
                    "containment": Containment(**data["containment"]),
                    "limits": tuple(sorted(data["limits"].items())),
                    "constraints": tuple(data["constraints"]),
                }
            )
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"no record of a build: {error}") from error
