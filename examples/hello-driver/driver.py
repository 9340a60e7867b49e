"""A driver: says which version of each project it imported, and where that came from."""

import importlib
import json
import sys
from importlib import metadata
from pathlib import Path

PROJECTS = {"hello-greeter": "hello_greeter", "humanize": "humanize"}


def origins() -> dict:
    """Where each distribution came from, as the environment's receipt says."""
    receipt = json.loads(Path(sys.prefix).with_name("receipt.json").read_text(encoding="utf-8"))
    return {entry["name"]: entry["index"]["name"] for entry in receipt["distributions"]}


def main() -> None:
    """Import every project and tell about it."""
    came_from = origins()
    print(importlib.import_module("hello_greeter").greet(Path(sys.prefix).name))
    for project, module in PROJECTS.items():
        importlib.import_module(module)
        print(f"  {project} {metadata.version(project)} from {came_from[project]}")


if __name__ == "__main__":
    main()
