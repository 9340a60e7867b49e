"""What is asked for and what is handed back: `Request`, `Environment`, `Command`."""

from __future__ import annotations

from driverenv.model.noun import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

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
        refresh: ask the indexes now, whether the validity of the last answer is over or not.
        requirements: requirements (PEP 508) in place of the driver's own file; None reads that.
        groups: of a ``pyproject.toml``: the dependency groups (PEP 735) or extras that are wanted as well.
    """

    __slots__ = (
        "default_python",
        "driver",
        "groups",
        "home",
        "name",
        "policy",
        "python",
        "refresh",
        "requirements",
    )

    default_python: str | None
    driver: str
    groups: tuple[str, ...]
    requirements: tuple[str, ...] | None
    policy: Policy | None
    home: str | None
    python: str | None
    name: str | None
    refresh: bool

    def __init__(  # noqa: PLR0913 (a request, by name)
        self,
        driver: str | PathLike[str],
        *,
        policy: Policy | None = None,
        home: str | PathLike[str] | None = None,
        python: str | PathLike[str] | None = None,
        default_python: str | PathLike[str] | None = None,
        name: str | None = None,
        refresh: bool = False,
        requirements: Sequence[str] | None = None,
        groups: Sequence[str] = (),
    ) -> None:
        if isinstance(requirements, str) or isinstance(groups, str):
            raise TypeError("requirements and groups are sequences of texts, not one text")
        self._set(
            default_python=None if default_python is None else _text(default_python),
            driver=_text(driver),
            groups=tuple(groups),
            requirements=None if requirements is None else tuple(requirements),
            policy=policy,
            home=None if home is None else _text(home),
            python=None if python is None else _text(python),
            name=name,
            refresh=refresh,
        )


class Command(Noun):
    """What to start, as data: `subprocess.Popen(command.argv, env=dict(command.environ))`."""

    __slots__ = ("argv", "environ_items")
    _secret = frozenset({"environ_items"})

    argv: tuple[str, ...]
    environ_items: tuple[tuple[str, str], ...]

    def __init__(self, argv: Sequence[str], environ_items: Sequence[tuple[str, str]]) -> None:
        self._set(argv=tuple(argv), environ_items=tuple(environ_items))

    @property
    def environ(self) -> dict[str, str]:
        """All variables of the process to be started."""
        return dict(self.environ_items)


class Environment(Noun):
    """A finished virtual environment: whole, verified, ready to run.

    All paths are absolute. `prefix` is `sys.prefix` of what runs in it and ends in the driver's
    readable name. `key` is the environment's identity (content: interpreter, policy, files).
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
        separator = "\\" if "\\" in self.prefix else "/"
        return self.prefix.rpartition(separator)[0] + separator + "receipt.json"

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
        return Command((self.python, *argv), tuple(sorted(kept.items())))


_LEAKY = frozenset({"PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__"})


def _text(path: str | PathLike[str]) -> str:
    return path if isinstance(path, str) else path.__fspath__()
