"""What an import costs: `import driverenv` is one module, and the warm room has nothing to import."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator

import pytest

import driverenv
from tests.budget.source import PACKAGE, SRC

PUBLIC_NAMES = sorted(
    [
        # the call
        "prepare",
        "collect",
        "Request",
        "Policy",
        "Index",
        "Mode",
        "Exemption",
        "Correction",
        "Keep",
        # what comes back
        "Environment",
        "Command",
        "Lease",
        "Collection",
        "Collected",
        # what is told meanwhile
        "Asked",
        "Building",
        "Built",
        "BuiltElsewhere",
        "Downloaded",
        "Downloading",
        "Event",
        "Failed",
        "Linked",
        "Linking",
        "Locked",
        "Ready",
        "Resolving",
        "Solved",
        "Started",
        "StartupHook",
        "Traffic",
        "Uploading",
        "Warned",
        "Working",
        # what can go wrong
        "ArchiveRejected",
        "BuildFailed",
        "DriverEnvError",
        "DriverNotRunnable",
        "EnvironmentBroken",
        "FactsInvalid",
        "Fleet",
        "HashMismatch",
        "HomeUnusable",
        "IndexUnavailable",
        "IntegrityError",
        "InterpreterChanged",
        "InterpreterNotFound",
        "LocalVersionMismatch",
        "LockMismatch",
        "PolicyViolation",
        "ProjectNotFound",
        "RepositoryRefused",
        "RequirementsInvalid",
        "ServerFailed",
        "SettingsInvalid",
        "Unresolvable",
        "UploadFailed",
    ]
)

# The warm launch pays for each of these at every start of every driver.
# (marshal is in the interpreter, and loaded before the first line of anybody's program.)
WARM_MAY_IMPORT = {"__future__", "_blake2", "hashlib", "marshal", "os", "sys"}
LEASE_MAY_IMPORT = {"__future__", "_weakref", "fcntl", "os", "sys", "weakref"}

_COUNT = """
import sys
sys.path.insert(0, sys.argv[1])
before = set(sys.modules)
import driverenv
print(*sorted(set(sys.modules) - before))
"""


def _fresh(code: str, *argv: str) -> str:
    command = [sys.executable, "-I", "-S", "-c", code, *argv]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def test_import_driverenv_is_one_module() -> None:
    assert _fresh(_COUNT, str(SRC)).split() == ["driverenv"]


def test_public_names() -> None:
    assert sorted(driverenv.__all__) == PUBLIC_NAMES


def test_public_names_are_all_there() -> None:
    missing = [name for name in driverenv.__all__ if getattr(driverenv, name, None) is None]
    assert missing == []
    assert set(driverenv.__all__) <= set(dir(driverenv))


@pytest.mark.parametrize(
    ("room", "allowed"),
    [("warm", WARM_MAY_IMPORT), ("lease", LEASE_MAY_IMPORT), ("ledger", {"__future__", "os"})],
)
def test_the_warm_rooms_import_almost_nothing(room: str, allowed: set[str]) -> None:
    tree = ast.parse((PACKAGE / f"{room}.py").read_text(encoding="utf-8"))
    imported: set[str] = set()
    for node in _at_import(tree):
        if isinstance(node, ast.Import):
            imported.update(name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            imported.add("." * node.level + (node.module or "").partition(".")[0])
    assert imported - allowed == set()


def _at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """What runs when the module is loaded: not what stands in functions, or is for type checkers only."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from _at_import(node)
