"""Nothing grows beyond what one reads at a glance."""

from __future__ import annotations

import math

from tests.budget.source import modules

FUNCTION_LINES = 40
FUNCTION_LINES_P95 = 25
MODULE_LINES = 300
PREPARE_LINES = 200  # the story is wiring only
NAMES_WITHOUT_A_MEANING = {"utils", "util", "common", "helpers", "helper", "manager", "misc"}


def test_functions_are_short() -> None:
    sizes = [(size, where) for module in modules() for where, size in module.functions()]
    assert [(where, size) for size, where in sizes if size > FUNCTION_LINES] == []


def test_most_functions_are_shorter() -> None:
    sizes = sorted((size, where) for module in modules() for where, size in module.functions())
    if sizes:
        at_95_percent = sizes[math.ceil(0.95 * len(sizes)) - 1]
        assert at_95_percent[0] <= FUNCTION_LINES_P95, sizes[-10:]


def test_modules_are_short() -> None:
    sizes = {module.name: len(module.code_lines) for module in modules()}
    assert {name: size for name, size in sizes.items() if size > MODULE_LINES} == {}
    assert sizes.get("driverenv.stories.prepare", 0) <= PREPARE_LINES


def test_modules_have_names_that_say_what_is_in_them() -> None:
    vague = [
        module.name for module in modules() if NAMES_WITHOUT_A_MEANING & set(module.name.lower().split("."))
    ]
    assert vague == []
