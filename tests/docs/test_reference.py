"""The reference says everything there is, and nothing else: generated parts, and tables written by hand."""

from __future__ import annotations

import importlib.util
import inspect
import json
import logging
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import jsonschema
import pytest

import driverenv
from driverenv import events
from driverenv.records.logger import NAMES, OUTSIDE
from driverenv.records.schema import schema as receipt_schema
from driverenv.requirements.options import _OPTIONS
from driverenv.requirements.problem import REMEDIES
from driverenv.settings import fleet, indexes, keeping, rules
from driverenv.settings.reading import READERS
from driverenv.settings.schema import schema
from tests.docs.pages import ROOT

REFERENCE = ROOT / "docs" / "reference"
SOURCES = sorted((ROOT / "src" / "driverenv").rglob("*.py"))


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """The hook of mkdocs, loaded by its path as mkdocs does it."""
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.path", list(sys.path))
        spec.loader.exec_module(module)
    return module


def text_of(page: str) -> str:
    return (REFERENCE / page).read_text(encoding="utf-8")


def test_every_mark_has_its_part(generate: ModuleType) -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        made = generate.on_page_markdown(page.read_text(encoding="utf-8"))
        assert "<!-- generated" not in made, page


def test_the_command_line_is_there_in_full(generate: ModuleType) -> None:
    made = generate.part("cli")
    assert list(generate.commands()) == [
        "prepare",
        "run",
        "lock",
        "explain",
        "replay",
        "release",
        "doctor",
        "index serve",
        "index password",
        "index add",
        "index remove",
        "index list",
        "index push",
        "index lint",
        "index snapshot",
        "index diff",
        "index restore",
        "impact",
        "gc",
        "env list",
        "env show",
        "env diff",
        "env why",
        "env sbom",
        "env schema",
        "env verify",
        "env rollback",
        "env rebuild",
        "history",
        "prewarm",
        "ready",
        "report",
        "store show",
        "store verify",
        "missing",
        "bundle create",
        "bundle verify",
        "bundle apply",
        "bundle diff",
        "config show",
        "config import",
        "policy check",
        "policy explain",
        "policy schema",
    ]
    for name, parser in generate.commands().items():
        assert f"## `driverenv {name}`" in made
        for action in parser._actions:
            for option in action.option_strings or [action.metavar]:
                assert f"`{option}" in made
            assert action.help, f"{name}: {action.option_strings} has no help"


def test_every_setting_is_explained(generate: ModuleType) -> None:
    rows = generate.setting_rows()
    assert list(rows) == list(READERS)
    assert all(meaning for _, _, meaning in rows.values())


def test_every_error_code_is_explained_once(generate: ModuleType) -> None:
    headings = re.findall(r"^### (.*)$", text_of("errors.md"), re.MULTILINE)
    explained = [code for heading in headings for code in re.findall(r"`([A-Z_]+)`", heading)]
    codes = {code for kind in generate.error_classes()[:] for code in generate.codes_of(kind)}
    codes.discard(driverenv.DriverEnvError.default_code)
    assert sorted(explained) == sorted(codes)


def test_every_public_error_has_its_row(generate: ModuleType) -> None:
    made = generate.part("errors")
    for name in driverenv.__all__:
        value = getattr(driverenv, name)
        if isinstance(value, type) and issubclass(value, driverenv.DriverEnvError):
            assert value is driverenv.DriverEnvError or f"| `{name}` |" in made


def test_every_public_name_is_in_the_api() -> None:
    shown = set(re.findall(r"^::: driverenv\.(\w+)$", text_of("api.md"), re.MULTILINE))
    errors = {
        name
        for name in driverenv.__all__
        if issubclass_of(getattr(driverenv, name), driverenv.DriverEnvError)
    }
    events = {name for name in driverenv.__all__ if issubclass_of(getattr(driverenv, name), driverenv.Event)}
    assert shown - {"DriverEnvError"} == set(driverenv.__all__) - errors - events


def issubclass_of(value: object, kind: type) -> bool:
    return isinstance(value, type) and issubclass(value, kind)


def test_every_event_is_in_the_reference() -> None:
    found = re.search(r"members: \[(.*)\]", text_of("events.md"))
    assert found is not None
    classes = {
        name
        for name, value in vars(events).items()
        if inspect.isclass(value) and issubclass_of(value, events.Event)
    }
    assert set(found[1].split(", ")) == classes


def test_every_warning_is_explained() -> None:
    raised = {"YANKED", "PRERELEASE", "UNKNOWN_EXTRA", "FILE_COLLISION"}
    for source in SOURCES:
        raised |= set(re.findall(r'Warned\("([A-Z_]+)"', source.read_text(encoding="utf-8")))
    explained = set(re.findall(r"^\| `([A-Z_]+)` \|", text_of("events.md"), re.MULTILINE))
    assert explained == raised


def test_every_option_and_refusal_of_a_requirements_file_is_there() -> None:
    text = text_of("requirements.md")
    hidden = {
        "-i",
        "-f",
        "-C",
        "--requirement",
        "--constraint",
        "--editable",
        "--pypi-url",
        "--config-setting",
    }
    assert [name for name in _OPTIONS if name not in hidden and f"`{name}" not in text] == []
    assert [code for code in REMEDIES if code.startswith("POLICY") and f"`{code}`" not in text] == []


def test_every_term_of_an_index_and_of_an_exception_is_explained(generate: ModuleType) -> None:
    tables = (
        (indexes.TERMS, driverenv.Index),
        (rules.TERMS, driverenv.Exemption),
        (keeping.TERMS, driverenv.Keep),
        (fleet.TERMS, driverenv.Index),
    )
    for terms, noun in tables:
        rows = generate.term_rows(terms, noun)
        assert list(rows) == list(terms)
        assert all(meaning for _, meaning in rows.values())


def test_settings_examples_are_valid() -> None:
    validator = jsonschema.Draft202012Validator(schema())
    for page in (ROOT / "docs").rglob("*.md"):
        for found in re.finditer(
            r"```toml(?![^\n]*/wrong\.toml)[^\n]*\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL
        ):
            table = json.loads(json.dumps(tomllib.loads(found[1]), default=str))
            assert [error.message for error in validator.iter_errors(table)] == [], page


def test_the_schema_in_the_reference_is_that_of_the_code() -> None:
    """If this fails: `driverenv policy schema > docs/reference/driverenv.schema.json`."""
    assert json.loads(text_of("driverenv.schema.json")) == schema()


def test_the_receipts_schema_in_the_reference_is_that_of_the_code() -> None:
    """If this fails: `driverenv env schema > docs/reference/receipt.schema.json`."""
    assert json.loads(text_of("receipt.schema.json")) == receipt_schema()


def test_every_logger_is_explained() -> None:
    told = dict(re.findall(r"^\| `(driverenv\.\w+)` \| ([^|]+) \|", text_of("receipts.md"), re.MULTILINE))
    levels: dict[str, set[str]] = {}
    for name, level in (*NAMES.values(), OUTSIDE):
        levels.setdefault(f"driverenv.{name}", set()).add(logging.getLevelName(level))
    assert {name: set(re.findall(r"`(\w+)`", said)) for name, said in told.items()} == levels


def test_every_folder_below_home_is_explained(tmp_path: Path) -> None:
    index = driverenv.Index(ROOT / "examples" / "hello-driver" / "index")
    driver = tmp_path / "driver"
    driver.mkdir()
    (driver / "requirements.txt").write_text("hello-greeter\n", encoding="utf-8")
    policy = driverenv.Policy(local=[index], public=None, byte_code="never")
    environment = driverenv.prepare(driverenv.Request(driver, policy=policy, home=tmp_path / "home"))
    told = set(re.findall(r"^\| `([a-z]+)/", text_of("home.md"), re.MULTILINE))
    assert {path.name for path in (tmp_path / "home").iterdir()} <= told
    beside = {path.name for path in Path(environment.prefix).parent.iterdir()} - {environment.name}
    log = f"InstallRequirements_{environment.name}.log"
    assert beside == {"receipt.json", "pylock.toml", "manifest", "complete", "lease", "shipped", log}


def test_every_room_and_every_story_is_on_the_map() -> None:
    text = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
    tree = text[text.index("src/driverenv/") : text.index("## Who may import whom")]
    package = ROOT / "src" / "driverenv"
    rooms = [f"{one.name}/" for one in package.iterdir() if (one / "__init__.py").is_file()]
    rooms += [one.name for one in package.glob("*.py")]
    assert [room for room in rooms if f"\n  {room} " not in tree] == []
    stories = [one.stem for one in (package / "stories").glob("*.py") if one.stem != "__init__"]
    assert [story for story in stories if f"\n    {story} " not in tree] == []


def test_every_line_of_the_doctor_is_in_the_reference() -> None:
    sources = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "src" / "driverenv" / "stories" / "checkup").glob("*.py")
    )
    said = set(re.findall(r'Finding\(\s*"([a-z-]+)"', sources)) | set(
        re.findall(r'code="([a-z-]+)"', sources)
    )
    said |= set(re.findall(r'\(\s*"(folder-[a-z]+)"', sources))
    said |= {"index-name", "index-connection", "index-address"}
    told = set(re.findall(r"^\| `([a-z-]+)` \|", text_of("doctor.md"), re.MULTILINE)) - {"ok", "warn", "fail"}
    assert told == said
