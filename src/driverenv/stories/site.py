"""Where a request becomes definite: policy, home, driver and interpreter, settings filled in.

With policy and home in the request, nothing is read and nothing heavy is imported.
"""

from __future__ import annotations

import os
import sys

from driverenv import warm
from driverenv.model.noun import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from driverenv.model.launch import Request
    from driverenv.model.site import Policy

SCHEMA = b"ask 2"
_ASIDE = frozenset(
    {"fleet", "keep", "max_stale_minutes", "network_home", "on_outage", "proxies_from", "watch_environments"}
)
"""Fields of the policy that are no part of a request: they say what happens later, or where it cannot be answered."""
_HOUSEKEEPING = _ASIDE | {"byte_code", "valid_for_drivers", "valid_for_minutes"}
"""Further fields that change nothing of what is in an environment."""
_ENTRY_POINTS = ("driver", "main", "__main__", "")


class Site(Noun):
    """A request with every gap filled.

    All paths are absolute; `python` is the interpreter as it was asked for, `default_python` the one for
    drivers that say nothing of it, both empty for driverenv's own; `inputs` are the settings files that
    the answer depends on; `requirements` stand in place of the driver's own, unless they are None.
    """

    __slots__ = (
        "default_python",
        "driver",
        "groups",
        "home",
        "inputs",
        "locked",
        "name",
        "policy",
        "python",
        "requirements",
    )

    default_python: str
    driver: str
    groups: tuple[str, ...]
    home: str
    inputs: tuple[str, ...]
    locked: bool
    name: str
    policy: Policy
    python: str
    requirements: tuple[str, ...] | None

    def __init__(  # noqa: PLR0913 (a request, by name)
        self,
        *,
        driver: str,
        home: str,
        policy: Policy,
        name: str,
        python: str,
        default_python: str = "",
        inputs: tuple[str, ...] = (),
        requirements: tuple[str, ...] | None = None,
        groups: tuple[str, ...] = (),
        locked: bool = False,
    ) -> None:
        self._set(
            driver=driver,
            home=home,
            policy=policy,
            name=name,
            python=python,
            default_python=default_python,
            inputs=inputs,
            requirements=requirements,
            groups=groups,
            locked=locked,
        )

    @property
    def folder(self) -> str:
        """The driver's folder, also where a file in it was named; what files are shown relative to."""
        return os.path.dirname(self.driver) if is_file_name(self.driver) else self.driver

    @property
    def ask_key(self) -> str:
        """The key of the warm record: everything that the request fixes by itself, secrets apart."""
        held = ("locked",) if self.locked else ()
        return _key(self.driver, self.name, *self._wanted, *held, self.policy.described(without=_ASIDE))

    @property
    def terms_key(self) -> str:
        """A key of all in the request that decides on what is in the environment."""
        return _key(self.name, *self._wanted, self.policy.described(without=_HOUSEKEEPING))

    @property
    def variant_key(self) -> str:
        """A key of the Python and the requirements that are asked for; whatever the policy."""
        return _key(*self._wanted)

    @property
    def _wanted(self) -> tuple[str, ...]:
        wanted = (self.default_python, self.requirements, self.groups)
        return (self.python, base_executable(), repr(wanted))


def _key(*parts: str) -> str:
    return warm.key((SCHEMA, *(part.encode("utf-8", "surrogateescape") for part in parts)))


def base_executable() -> str:
    """The Python that runs this process, outside any virtual environment."""
    return getattr(sys, "_base_executable", None) or sys.executable


def open_site(request: Request) -> Site:
    """Fill the request's gaps from the settings (only then are they read).

    Raises `SettingsInvalid`. Reads the current folder, the variables and the settings files; nobody
    below the stories does.
    """
    driver = os.path.abspath(request.driver)
    name = request.name or readable_stem(driver)
    if request.policy is not None and request.home is not None:
        home = os.path.abspath(request.home)
        return Site(
            driver=driver,
            home=home,
            policy=request.policy,
            name=name,
            python=_wanted(request.python),
            default_python=_wanted(request.default_python),
            requirements=request.requirements,
            groups=request.groups,
            locked=request.locked,
        )
    return _from_settings(request, driver, name)


def _from_settings(request: Request, driver: str, name: str) -> Site:
    from pathlib import Path  # noqa: PLC0415 (only where settings are needed)

    from driverenv import settings as settings_room  # noqa: PLC0415

    settings = settings_room.load(environ=os.environ, arguments={}, config=None, cwd=Path.cwd())
    if request.policy is None:
        settings_room.make_default_index(settings)
    return Site(
        driver=driver,
        home=os.path.abspath(request.home) if request.home is not None else settings.home,
        policy=request.policy if request.policy is not None else settings.policy(),
        name=name,
        python=_wanted(request.python),
        default_python=_wanted(settings.python if request.default_python is None else request.default_python),
        inputs=settings.inputs,
        requirements=request.requirements,
        groups=request.groups,
        locked=request.locked,
    )


def _wanted(python: str | None) -> str:
    """A path becomes absolute; a version such as "3.12" stays."""
    if python and (os.sep in python or (os.altsep and os.altsep in python)):
        return os.path.abspath(python)
    return python or ""


def readable_stem(driver: str) -> str:
    """The readable name of a driver: its folder's, also where a file in it was named; its zip's without the ending.

    A script that is no driver's entry point is known by its own name.
    """
    script, dot, ending = os.path.basename(driver).rpartition(".")
    if dot and ending.lower() in ("py", "pyw") and script not in _ENTRY_POINTS:
        return script
    folder = os.path.dirname(driver) if is_file_name(driver) else driver
    name = os.path.basename(folder)
    return (name[:-4] if name.lower().endswith(".zip") else name) or "driver"


def is_file_name(driver: str) -> bool:
    """Whether `driver` names a file in a driver's folder rather than that; decided without a look at the disk."""
    return driver.lower().endswith((".txt", ".in", ".py", ".pyw", ".toml"))
