"""What is asked for and what is handed back: `Request`, `Environment`, `Command`."""

from __future__ import annotations

from driverenv.model.noun import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike
    from subprocess import CompletedProcess, Popen
    from typing import Any, Literal

    from driverenv.lease import Hold, Lease
    from driverenv.model.site import Policy


class Request(Noun):
    """A driver that is about to be launched, and how its environment is to be made.

    Args:
        driver: the driver's folder (its ``requirements.txt`` is found there; none is legal and
            means an empty environment), its zip, a shell's zip with one driver in it (or a path into it:
            ``Shell.zip/Driver.zip``), a script (with a header, PEP 723, or requirements beside it), or a
            requirements file, ``pyproject.toml`` or ``pylock.toml``.
        policy: the site's policy; None reads the settings (file, then ``DRIVERENV_*`` variables).
        home: driverenv's home folder; None reads the settings.
        python: the target interpreter: a path, a version such as "3.12", or None: what the driver's own
            metadata says, else the settings' default.
        default_python: for drivers whose own metadata says nothing: the same; None for driverenv's own Python.
        name: the driver's readable name, the last folder of `sys.prefix`; by default the folder's.
        refresh: True: ask the indexes now, whether the validity of the last answer is over or not. "background": where
            it is over, and the environment whole, launch with it once more while a process of low priority asks.
        requirements: requirements (PEP 508) in place of the driver's own file; None reads that.
        groups: of a ``pyproject.toml``: the dependency groups (PEP 735) or extras that are wanted as well.
        locked: have just what a lock says, or fail: the ``pylock.toml`` in the driver's folder, else that of its
            last environment.
        instances: "shared": launches of a driver share its environment. "fresh": this one gets another with the same
            content, which is its own, and goes when nobody holds it any more.
    """

    __slots__ = (
        "default_python",
        "driver",
        "groups",
        "home",
        "instances",
        "locked",
        "name",
        "policy",
        "python",
        "refresh",
        "requirements",
    )

    default_python: str | None
    driver: str
    groups: tuple[str, ...]
    instances: str
    locked: bool
    requirements: tuple[str, ...] | None
    policy: Policy | None
    home: str | None
    python: str | None
    name: str | None
    refresh: bool | str

    def __init__(  # noqa: PLR0913 (a request, by name)
        self,
        driver: str | PathLike[str],
        *,
        policy: Policy | None = None,
        home: str | PathLike[str] | None = None,
        python: str | PathLike[str] | None = None,
        default_python: str | PathLike[str] | None = None,
        name: str | None = None,
        refresh: bool | Literal["background"] = False,
        requirements: Sequence[str] | None = None,
        groups: Sequence[str] = (),
        locked: bool = False,
        instances: Literal["shared", "fresh"] = "shared",
    ) -> None:
        if instances not in ("shared", "fresh"):
            raise ValueError(f'instances must be "shared" or "fresh", not {instances!r}')
        if isinstance(requirements, str) or isinstance(groups, str):
            raise TypeError("requirements and groups are sequences of texts, not one text")
        if refresh not in (True, False, "background"):
            raise ValueError(f'refresh must be True, False or "background", not {refresh!r}')
        self._set(
            default_python=None if default_python is None else _text(default_python),
            driver=_text(driver),
            groups=tuple(groups),
            instances=instances,
            locked=locked,
            requirements=None if requirements is None else tuple(requirements),
            policy=policy,
            home=None if home is None else _text(home),
            python=None if python is None else _text(python),
            name=name,
            refresh=refresh,
        )


class _Holding(Noun):
    """A noun that keeps an environment from being removed as long as this process refers to it."""

    __slots__ = ("_hold",)

    _hold: Hold | None


def held(noun: _Holding, hold: Hold | None) -> bool:
    """Have `noun` refer to `hold`, so that it lasts as long; whether there is any."""
    object.__setattr__(noun, "_hold", hold)
    return hold is not None


class Command(_Holding):
    """What to start, as data, and the starting.

    What `popen`, `run` and `become` start holds its environment until it ends, whatever becomes of this process:
    `driverenv gc` leaves it alone. Whoever starts `argv` with `environ` by other means takes an
    `Environment.lease` for it. `leases` are the files of the leases that are taken.
    """

    __slots__ = ("argv", "environ_items", "leases")
    _secret = frozenset({"environ_items"})

    argv: tuple[str, ...]
    environ_items: tuple[tuple[str, str], ...]
    leases: tuple[str, ...]

    def __init__(
        self,
        argv: Sequence[str],
        environ_items: Sequence[tuple[str, str]],
        leases: Sequence[str] = (),
    ) -> None:
        self._set(argv=tuple(argv), environ_items=tuple(environ_items), leases=tuple(leases))

    def popen(self, **options: Any) -> Popen[Any]:  # noqa: ANN401 (those of `subprocess.Popen`)
        """Start it; `options` are those of `subprocess.Popen`, but for ``args`` and ``env``.

        Raises:
            OSError: it cannot be started. `FileNotFoundError` also where its environment was removed
                meanwhile: prepare it again.
        """
        from driverenv import lease  # noqa: PLC0415 (only where something is started)

        return lease.popen(self.argv, self.environ, self.leases, options)

    def run(self, **options: Any) -> CompletedProcess[Any]:  # noqa: ANN401 (as above)
        """Start it and wait for its end; `options` and result are those of `subprocess.run`. Raises as `popen` does."""
        from driverenv import lease  # noqa: PLC0415

        return lease.run(self.argv, self.environ, self.leases, options)

    def become(self) -> int:
        """Let it take this process's place. On Windows, where that cannot be, wait for it and give its exit code.

        On POSIX this never returns. Raises as `popen` does.
        """
        from driverenv import lease  # noqa: PLC0415

        return lease.become(self.argv, self.environ, self.leases)

    @property
    def environ(self) -> dict[str, str]:
        """All variables of the process to be started."""
        return dict(self.environ_items)


class Environment(_Holding):
    """A finished virtual environment: whole, verified, ready to run.

    All paths are absolute. `prefix` is `sys.prefix` of what runs in it and ends in the driver's
    readable name. `key` is the environment's identity (content: interpreter, policy, files).

    As long as the process that got it from `prepare` refers to it, or to a command made of it, `driverenv gc`
    does not remove it; copies and what went through `pickle` do not hold it.
    """

    __slots__ = ("bin", "key", "name", "prefix", "python", "site_packages")

    prefix: str
    python: str
    bin: str
    site_packages: str
    name: str
    key: str

    def __init__(
        self,
        *,
        prefix: str,
        python: str,
        bin: str,  # noqa: A002 (what the folder is called)
        site_packages: str,
        name: str,
        key: str,
    ) -> None:
        self._set(prefix=prefix, python=python, bin=bin, site_packages=site_packages, name=name, key=key)

    @property
    def receipt(self) -> str:
        """The path of the receipt: JSON that says what is in here, from where, and why."""
        return self._beside("receipt.json")

    def _beside(self, name: str) -> str:
        separator = "\\" if "\\" in self.prefix else "/"
        return self.prefix.rpartition(separator)[0] + separator + name

    def lease(self) -> Lease:
        """A lease of it, for whoever starts processes by other means than `Command`; a context manager.

        Raises:
            FileNotFoundError: it was removed meanwhile: prepare it again.
        """
        from driverenv import lease  # noqa: PLC0415 (only where something is started)

        return lease.Lease(self._beside(lease.NAME))

    def command(self, argv: Sequence[str], *, environ: Mapping[str, str]) -> Command:
        """What to start so that the environment's Python runs ``argv`` (its first item a script or an option).

        `environ` is the caller's environment (usually `os.environ`); variables that would leak
        another Python into the driver are left out, `VIRTUAL_ENV` and `PATH` are set.
        """
        kept = {name: value for name, value in environ.items() if name.upper() not in _LEAKY}
        windows = "\\" in self.prefix
        path_name = next((name for name in kept if windows and name.upper() == "PATH"), "PATH")
        inherited = kept.get(path_name, "")
        separator = ";" if windows else ":"
        kept[path_name] = self.bin + separator + inherited if inherited else self.bin
        kept["VIRTUAL_ENV"] = self.prefix
        command = Command((self.python, *argv), tuple(sorted(kept.items())), (self._beside("lease"),))
        held(command, getattr(self, "_hold", None))
        return command


_LEAKY = frozenset({"PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__"})


def _text(path: str | PathLike[str]) -> str:
    return path if isinstance(path, str) else path.__fspath__()
