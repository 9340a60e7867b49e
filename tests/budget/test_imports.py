"""What an import costs: `import driverenv` is one module, and the warm room has nothing to import."""

from __future__ import annotations

import ast
import subprocess
import sys

import driverenv
from tests.budget.source import PACKAGE, SRC

PUBLIC_NAMES = sorted(
    [
        # the call
        "prepare",
        "Request",
        "Policy",
        "Index",
        "Mode",
        "Exemption",
        "Correction",
        # what comes back
        "Environment",
        "Command",
        # what is told meanwhile
        "Asked",
        "Building",
        "Built",
        "Downloaded",
        "Downloading",
        "Event",
        "Linking",
        "Ready",
        "Resolving",
        "Solved",
        "Started",
        "Warned",
        # what can go wrong
        "ArchiveRejected",
        "BuildFailed",
        "DriverEnvError",
        "DriverNotRunnable",
        "EnvironmentBroken",
        "FactsInvalid",
        "HashMismatch",
        "HomeUnusable",
        "IndexUnavailable",
        "IntegrityError",
        "InterpreterNotFound",
        "LocalVersionMismatch",
        "PolicyViolation",
        "ProjectNotFound",
        "RequirementsInvalid",
        "SettingsInvalid",
        "Unresolvable",
    ]
)

# The warm launch pays for each of these at every start of every driver.
WARM_MAY_IMPORT = {"__future__", "_blake2", "hashlib", "os", "sys"}

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


def test_warm_imports_almost_nothing() -> None:
    tree = ast.parse((PACKAGE / "warm.py").read_text(encoding="utf-8"))
    imported: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported.update(name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            imported.add("." * node.level + (node.module or "").partition(".")[0])
    assert imported - WARM_MAY_IMPORT == set()
