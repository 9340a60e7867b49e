"""Each module has its twin: `src/driverenv/a/b.py` is tested by `tests/unit/a/test_b.py`."""

from __future__ import annotations

from pathlib import PurePosixPath

from tests.budget.source import PACKAGE, ROOT, modules

UNIT = ROOT / "tests" / "unit"

# Modules without a twin, each with the reason.
EXCEPTIONS = {
    "__main__.py": "four lines that choose a lane; played whole by tests/integration and the examples",
}


def test_every_module_has_its_twin() -> None:
    missing = []
    for module in modules():
        path = PurePosixPath(module.path.relative_to(PACKAGE).as_posix())
        if path.name == "__init__.py" or str(path) in EXCEPTIONS:
            continue
        twin = UNIT.joinpath(*path.parent.parts, f"test_{path.stem.lstrip('_')}.py")
        if not twin.is_file():
            missing.append(twin.relative_to(ROOT).as_posix())
    assert missing == []


def test_exceptions_are_still_there() -> None:
    assert [name for name in EXCEPTIONS if not (PACKAGE / name).is_file()] == []
