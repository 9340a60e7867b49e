"""The common causes of builds that fail: what a log says, what it means, what to do.

Where older tools do not have the problem, the entry says which; where those run on old Pythons only, also
before which Python. The first entry that fits a log counts.
"""

from __future__ import annotations

from typing import NamedTuple

from driverenv._cell.terms import DISK, MEMORY, PROCESSES

WHEEL = "put a wheel of it on the local index"
_PYTHON = f"use an older Python for this driver (--python, or pythons in the settings), or {WHEEL}"
_LIMIT = "raise `{}` in `build_limits` of the settings if that is not enough for it, or " + WHEEL


class Older(NamedTuple):
    """Tools that do not have the problem."""

    requirement: str
    before: tuple[int, int] | None = None
    """They run on Pythons before this one only."""


class Known(NamedTuple):
    """A common cause."""

    pattern: str
    """A regular expression; what its first group that matched holds stands for `{0}`."""
    text: str
    remedy: str
    older: Older | None = None
    limit: str = ""
    """The limit that was reached, as the system tells it."""


_GONE = "Python 3.12 or 3.13 and later do not have"
_SETUPTOOLS_ON_312 = (3, 12)
"""No setuptools before 66.1 runs on it."""


def _older(version: str, *, runs_on_all: bool = False) -> tuple[str, Older]:
    """Remedy and tools for "needs a setuptools below `version`"."""
    requirement = f"setuptools<{version}"
    remedy = f'{WHEEL}, or set build_constraints = {{ "{{project}}" = ["{requirement}"] }} in the settings'
    return remedy, Older(requirement, None if runs_on_all else _SETUPTOOLS_ON_312)


_LIMITS = (
    Known(
        r"\bMemoryError\b|Cannot allocate memory|virtual memory exhausted|std::bad_alloc|fatal error: Killed signal",
        "it ran out of memory",
        _LIMIT.format("memory_mib"),
        limit=MEMORY,
    ),
    Known(
        r"\[Errno 27\]|File too large",
        "a file of it became too large",
        _LIMIT.format("disk_mib"),
        limit=DISK,
    ),
    Known(
        r"can't start new thread|fork: (?:retry: )?Resource temporarily unavailable|BlockingIOError: \[Errno 11\]",
        "it could not have more processes or threads",
        _LIMIT.format("processes"),
        limit=PROCESSES,
    ),
    Known(
        r"No space left on device|\[Errno 28\]",
        "the disk is full",
        "free space on the disk of driverenv's home folder",
    ),
)

_TOOLS = (
    Known(
        r"error: use_2to3 is invalid|invalid command 'use_2to3'|use_2to3 is invalid",
        "it is Python 2 code that wants to be converted (use_2to3), which setuptools 58 and later cannot do",
        f"use a newer release of the project; or {_older('58')[0]}",
        _older("58")[1],
    ),
    Known(
        r"No module named '?pkg_resources'?",
        "its setup.py needs pkg_resources, which setuptools 82 and later do not have",
        *_older("82", runs_on_all=True),
    ),
    Known(
        r"No module named '?setuptools\.command\.test'?|cannot import name 'test' from 'setuptools\.command'",
        "its setup.py needs setuptools.command.test, which setuptools 72 and later do not have",
        *_older("72", runs_on_all=True),
    ),
    Known(
        r"cannot import name '?Feature'?(?: from 'setuptools')?",
        "its setup.py needs setuptools.Feature, which setuptools 46 and later do not have",
        *_older("46"),
    ),
    Known(
        r"Invalid dash-separated key",
        "its setup.cfg has keys in an old spelling, which some versions of setuptools from 78 on refuse",
        *_older("78", runs_on_all=True),
    ),
    Known(
        r"python_requires.{0,80}(?:invalid|must be|Invalid)|Invalid specifier|InvalidSpecifier|InvalidRequirement",
        "a version specifier in its setup (python_requires or a requirement) is not valid any more (PEP 440)",
        f"use another release of the project; or {_older('66')[0]}",
        _older("66")[1],
    ),
    Known(
        r"Invalid version: '([^'\n]{1,60})'|InvalidVersion",
        "a version in its setup is not valid any more (PEP 440)",
        f"use another release of the project; or {_older('66')[0]}",
        _older("66")[1],
    ),
    Known(
        r"AttributeError: cython_sources|has no attribute 'cython_sources'|Cython\.Compiler\.Errors\.CompileError",
        "its Cython code is for a Cython before 3",
        f'{WHEEL}, or set build_constraints = {{ "{{project}}" = ["cython<3"] }} in the settings',
        Older("cython<3"),
    ),
    Known(
        r"module 'pkgutil' has no attribute 'ImpImporter'",
        "it is built with an old setuptools, which Python 3.12 and later cannot run",
        "put a newer setuptools on the local index, or let constraints in the settings take one; or use an "
        "older Python for this driver (--python, or pythons in the settings)",
    ),
)

_PYTHONS = (
    Known(
        r"No module named '?(distutils|imp|asyncore|asynchat|smtpd|cgi|pipes|telnetlib)\b'?",
        f"its setup needs {{0}}, which {_GONE}",
        _PYTHON,
    ),
    Known(
        r"has no attribute '(getargspec)'"
        r"|cannot import name '(Mapping|MutableMapping|Iterable|Callable|Sequence)' from 'collections'"
        r"|(longintrepr\.h)'?(?: file not found|: No such file)",
        "it needs {0}, which newer Pythons do not have",
        _PYTHON,
    ),
    Known(
        r"Missing parentheses in call to '(?:print|exec)'"
        r"|name '(?:unicode|xrange|raw_input|basestring|execfile)' is not defined",
        "its setup is Python 2 code",
        "if the driver is for Python 2, launch it with one (--python, or pythons in the settings); else use a "
        f"newer release of the project, or {WHEEL}",
    ),
)

_PYTHONS_TOLD = (
    Known(
        r"global flags not at the start of the expression",
        "its setup has a regular expression that Python 3.11 and later refuse",
        _PYTHON,
    ),
    Known(
        r"module '(\w+)' has no attribute '__version__'",
        "its setup takes a module of this Python for its own: {0}; so it is for older Pythons",
        _PYTHON,
    ),
    Known(
        r"(?:is for|supports|requires) Python 2[.\d]*(?:\.x)? only|Python 3 is not supported|(?:does not|doesn't) support Python 3",
        "it says that it is for Python 2",
        "if the driver is for Python 2, launch it with one (--python, or pythons in the settings); else take it out of "
        "the requirements, or use a newer release",
    ),
)

_MACHINE = (
    Known(
        r"fatal error: '?(?:[\w./+-]*/)?Python\.h'?(?: file not found|: No such file)"
        r"|Cannot open include file: 'Python\.h'",
        "a header is missing: Python.h",
        f"install the development files of this Python (python3-dev, python3-devel), or {WHEEL}",
    ),
    Known(
        r"fatal error: '?([\w./+-]+\.h(?:pp)?)'?(?: file not found|: No such file)"
        r"|Cannot open include file: '([\w./+-]+)'",
        "a header is missing: {0}",
        f"install the development package that has it, or {WHEEL}",
    ),
    Known(
        r"can't find Rust compiler|(?:cargo|rustc)(?:: command)?:? not found|No such file or directory: '(?:cargo|rustc)'"
        r"|Cargo, the Rust package manager, is not installed|requires Rust",
        "a Rust compiler is missing",
        f"install one (cargo, rustc) on this machine, or {WHEEL}",
    ),
    Known(
        r"cannot find -l([\w+-]+)|No package '([\w.+-]+)' found|Package '?([\w.+-]+)'?,? (?:was )?not found in the pkg-config"
        r"|[Cc]an ?not find valid (pkg-config) name|make sure the ([\w ]+) development packages are installed",
        "a library is missing: {0}",
        f"install the development package that has it, or {WHEEL}",
    ),
    Known(
        r"(?:No such file or directory: '|\bsh: (?:line )?\d*:? ?)(cmake|ninja|make|pkg-config|swig|git|gfortran)\b"
        r"|\b(pg_config|mysql_config|pkg-config|cmake|swig)\b.{0,20} not found"
        r"|(CMake) must be installed",
        "a program is missing: {0}",
        f"install it on this machine, or {WHEEL}",
    ),
    Known(
        r"Microsoft Visual C\+\+ .{0,40}is required|unable to execute '[\w./+-]+'|command '[\w./+-]+' failed"
        r"|(?:gcc|g\+\+|cc|clang|cl(?:\.exe)?): (?:command )?not found|No such file or directory: '(?:gcc|cc|g\+\+|c\+\+)'",
        "a compiler is missing, or failed",
        f"install a compiler on this machine, or {WHEEL}",
    ),
)

_REST = (
    Known(
        r"setuptools.scm was unable to detect version|Versioning for this project requires either an sdist"
        r"|unable to detect version for",
        "its version comes from a repository (git), and the sdist does not say it",
        f"use the sdist that its author published, not a copy of the repository; or {WHEEL}",
    ),
    Known(
        r"Network is unreachable|[Nn]ame resolution|Name or service not known|getaddrinfo failed|Could not resolve host"
        r"|No matching distribution found for ([\w.-]+)|Couldn't find index page|urlopen error",
        "it wants to download something while it is built, and a build has no network",
        f'{WHEEL}; or let its builds use the network: an exception with allow = "build-network" in the settings',
    ),
    Known(
        r"Read-only file system(?:: '([^'\n]{1,200}))?",
        "it wants to write outside of its own folder: {0}",
        f"nothing is wrong with this machine: a build may write below its own folder only; {WHEEL}",
    ),
    Known(
        r"Permission denied: '([^'\n]{1,200})",
        "it may not use {0}",
        f"look at the rights of that path, or {WHEEL}",
    ),
    Known(
        r"No module named '?([\w.]+)'?",
        "its setup needs the module {0}, which it does not declare as a build requirement",
        WHEEL,
    ),
)

ALL: tuple[Known, ...] = (*_LIMITS, *_TOOLS, *_PYTHONS, *_PYTHONS_TOLD, *_MACHINE, *_REST)
