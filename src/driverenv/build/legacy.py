"""Build hooks for Pythons that pyproject_hooks does not speak to any more: 2.7 and 3.6.

Its protocol (`input.json` in, `output.json` out) is kept, so that its caller need not know. The
setuptools of these Pythons has the same hooks (PEP 517), which find what a setup.py asks for
(``setup_requires``) without fetching it by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from driverenv.model.requirement import Interpreter

_OLDEST = (3, 7)
"""What pyproject_hooks runs in."""

PROGRAM = """\
import importlib
import json
import os
import sys
import traceback


def native(value):
    if isinstance(value, dict):
        return dict((native(key), native(one)) for key, one in value.items())
    if isinstance(value, list):
        return [native(one) for one in value]
    if sys.version_info[0] == 2 and isinstance(value, type(u"")):
        return value.encode("mbcs" if os.name == "nt" else "utf-8")
    return value


def backend():
    module, _, attributes = os.environ["_PYPROJECT_HOOKS_BUILD_BACKEND"].partition(":")
    found = importlib.import_module(module)
    for name in attributes.split(".") if attributes else ():
        found = getattr(found, name)
    return found


def call(hook, kwargs):
    try:
        found = backend()
    except ImportError:
        return {"no_backend": True, "backend_error": "it cannot be imported", "traceback": traceback.format_exc()}
    if hook == "get_requires_for_build_wheel" and not hasattr(found, hook):
        return {"return_val": []}
    if not hasattr(found, hook):
        return {"hook_missing": True, "missing_hook_name": hook}
    return {"return_val": getattr(found, hook)(**kwargs)}


here = os.path.realpath(os.path.dirname(os.path.abspath(__file__)))
inside = native(json.loads(os.environ.get("_PYPROJECT_HOOKS_BACKEND_PATH_JSON") or "[]"))
sys.path[:] = inside + [path for path in sys.path if os.path.realpath(path) != here]
hook, folder = sys.argv[1:3]
with open(os.path.join(folder, "input.json")) as stream:
    kwargs = native(json.load(stream)["kwargs"])
answer = {"unsupported": False, "return_val": None, "warnings": []}
answer.update(call(hook, kwargs))
with open(os.path.join(folder, "output.json"), "w") as stream:
    json.dump(answer, stream)
"""


def is_needed(interpreter: Interpreter) -> bool:
    """Whether the target is too old for pyproject_hooks."""
    major, minor = interpreter.target.python_full_version.split(".")[:2]
    return (int(major), int(minor)) < _OLDEST


def with_program(cmd: Sequence[str], folder: Path) -> list[str]:
    """The command of pyproject_hooks (python, its script, hook, folder) with a script that old Pythons read."""
    program = folder / "hooks" / "legacy_hooks.py"
    program.parent.mkdir(exist_ok=True)
    program.write_text(PROGRAM, encoding="ascii")
    return [cmd[0], str(program), *cmd[2:]]
