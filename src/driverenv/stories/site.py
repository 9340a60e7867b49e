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

SCHEMA = b"ask 1"


class Site(Noun):
    """A request with every gap filled.

    All paths are absolute; `python` is the interpreter as it was wanted, empty for driverenv's own;
    `inputs` are the settings files that the answer depends on.
    """

    __slots__ = ("driver", "home", "inputs", "name", "policy", "python")

    driver: str
    home: str
    inputs: tuple[str, ...]
    name: str
    policy: Policy
    python: str

    def __init__(
        self, *, driver: str, home: str, policy: Policy, name: str, python: str, inputs: tuple[str, ...] = ()
    ) -> None:
        self._set(driver=driver, home=home, policy=policy, name=name, python=python, inputs=inputs)

    @property
    def requirements_file(self) -> str:
        """Where the requirements are looked for: beside a script, else in the driver's folder or file itself."""
        if self.driver.lower().endswith(".py"):
            return os.path.join(os.path.dirname(self.driver), "requirements.txt")
        return self.driver if is_file_name(self.driver) else os.path.join(self.driver, "requirements.txt")

    @property
    def source(self) -> str:
        """What `requirements.read` is given: the driver's folder, also for a script, or a requirements file."""
        return os.path.dirname(self.driver) if self.driver.lower().endswith(".py") else self.driver

    @property
    def ask_key(self) -> str:
        """The key of the warm record: everything that the request fixes by itself, secrets apart."""
        parts = (self.driver, self.name, self.python or base_executable(), repr(self.policy))
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
            driver=driver, home=home, policy=request.policy, name=name, python=_wanted(request.python)
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
        python=_wanted(request.python if request.python is not None else settings.python),
        inputs=settings.inputs,
    )


def _wanted(python: str | None) -> str:
    """A path becomes absolute; a version such as "3.12" stays."""
    if python and (os.sep in python or (os.altsep and os.altsep in python)):
        return os.path.abspath(python)
    return python or ""


def readable_stem(driver: str) -> str:
    """The readable name of a driver: its folder's, also where a requirements file was named."""
    folder = os.path.dirname(driver) if is_file_name(driver) else driver
    return os.path.basename(folder) or "driver"


def is_file_name(driver: str) -> bool:
    """Whether `driver` names a requirements file or a script rather than a folder; decided without a look at the disk."""
    return driver.lower().endswith((".txt", ".in", ".py"))
