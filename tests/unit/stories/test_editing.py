from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from driverenv import Environment, Keep, Request, collect, environment
from driverenv.events import Ready, Warned
from driverenv.stories import returning
from tests.unit.stories.bench import Bench

INI = "tool/qs_config.ini"


def wheel(bench: Bench, version: str, shipped: str = "level = info\n", **more: str) -> None:
    bench.wheel("tool", version, files={INI: shipped, "tool/code.py": f"version = '{version}'\n", **more})


@pytest.fixture
def wanted(bench: Bench) -> Request:
    wheel(bench, "1.0")
    return bench.request("tool\n", valid_for_minutes=0, overlays=[INI])


def ini(made: Environment) -> Path:
    return Path(made.site_packages, INI)


def codes(bench: Bench) -> list[str]:
    return [warned.code for warned in bench.told(Warned)]


def test_an_edit_is_no_damage(bench: Bench, wanted: Request) -> None:
    request = wanted.replace(policy=wanted.policy and wanted.policy.replace(valid_for_minutes=480))
    made = bench.prepare(request)
    for text in ("level = debug\n", "longer = than before\n"):
        ini(made).write_text(text, encoding="utf-8")
        assert bench.prepare(request) == made
        assert [type(event) for event in bench.events] == [Ready]
        assert ini(made).read_text(encoding="utf-8") == text
    assert list(environment.edits(Path(made.prefix))) == [INI]
    assert environment.differences(Path(made.prefix)) == []


def test_one_that_is_gone_comes_back(bench: Bench, wanted: Request) -> None:
    made = bench.prepare(wanted)
    ini(made).unlink()
    assert bench.prepare(wanted) == made
    assert codes(bench) == ["MADE_ANEW"]
    assert f"{INI}: it is gone" in bench.told(Warned)[0].text
    assert ini(made).read_text(encoding="utf-8") == "level = info\n"


def test_it_survives_into_the_next_generation(bench: Bench, wanted: Request) -> None:
    old = bench.prepare(wanted)
    ini(old).write_text("level = debug\n", encoding="utf-8")
    ini(old).chmod(0o600)
    wheel(bench, "1.1")
    new = bench.prepare(wanted)
    assert new.prefix != old.prefix
    assert ini(new).read_text(encoding="utf-8") == "level = debug\n"
    assert codes(bench) == []  # what is shipped there is what it was
    assert bench.prepare(wanted) == new
    assert codes(bench) == []
    # and its environment is not damaged by it
    assert environment.differences(Path(new.prefix)) == []


def test_a_note_where_the_original_changed(bench: Bench, wanted: Request) -> None:
    old = bench.prepare(wanted)
    ini(old).write_text("level = debug\n", encoding="utf-8")
    wheel(bench, "1.1", "level = info\nformat = json\n")
    new = bench.prepare(wanted)
    assert ini(new).read_text(encoding="utf-8") == "level = debug\n"
    assert codes(bench) == ["EDIT_OUTDATED"]
    assert f"the edit of {INI} was kept" in bench.told(Warned)[0].text
    bench.prepare(wanted)
    assert codes(bench) == []  # once is enough


def test_a_note_where_the_file_is_gone(bench: Bench, wanted: Request) -> None:
    old = bench.prepare(wanted)
    ini(old).write_text("level = debug\n", encoding="utf-8")
    bench.wheel("tool", "1.1")
    new = bench.prepare(wanted)
    assert not ini(new).exists()
    assert codes(bench) == ["EDIT_OUTDATED"]
    assert "is not in the new environment any more" in bench.told(Warned)[0].text


def test_who_takes_over_what_was_edited(bench: Bench, wanted: Request) -> None:
    """The new release has it now: nobody needs to compare anything."""
    old = bench.prepare(wanted)
    ini(old).write_text("level = debug\n", encoding="utf-8")
    wheel(bench, "1.1", "level = debug\n")
    new = bench.prepare(wanted)
    assert codes(bench) == []
    assert environment.edits(Path(new.prefix)) == {}


def test_back_to_an_environment_that_was_there_before(bench: Bench, wanted: Request) -> None:
    old = bench.prepare(wanted)
    wheel(bench, "1.1")
    new = bench.prepare(wanted)
    ini(new).write_text("level = debug\n", encoding="utf-8")
    (bench.index / "tool-1.1-py3-none-any.whl").unlink()
    assert bench.prepare(wanted) == old
    assert ini(old).read_text(encoding="utf-8") == "level = debug\n"


def test_making_it_anew_keeps_it(bench: Bench, wanted: Request) -> None:
    made = bench.prepare(wanted)
    ini(made).write_text("level = debug\n", encoding="utf-8")
    code = Path(made.site_packages, "tool", "code.py")
    code.chmod(0o644)
    code.write_text("edited", encoding="utf-8")
    assert bench.prepare(wanted) == made
    assert "MADE_ANEW" in codes(bench)
    assert code.read_text(encoding="utf-8") == "version = '1.0'\n"
    assert ini(made).read_text(encoding="utf-8") == "level = debug\n"
    returning.anew(str(bench.home), "Switch Driver", cwd=str(bench.root))
    assert bench.prepare(wanted) == made
    assert ini(made).read_text(encoding="utf-8") == "level = debug\n"


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_it_outlives_its_environment(bench: Bench, wanted: Request, version: str) -> None:
    made = bench.prepare(wanted)
    ini(made).write_text("level = debug\n", encoding="utf-8")
    prefix, made = made.prefix, made.replace(name=made.name)  # nobody holds it any more
    collect(str(bench.home), keep=Keep(), everything=True)
    assert not Path(prefix).exists()
    wheel(bench, version)
    again = bench.prepare(wanted)
    assert ini(again).read_text(encoding="utf-8") == "level = debug\n"
    assert codes(bench) == []


def test_an_edit_from_before_the_policy_named_it(bench: Bench, wanted: Request) -> None:
    policy = wanted.policy
    assert policy is not None
    old = bench.prepare(wanted.replace(policy=policy.replace(overlays=())))
    ini(old).write_text("level = debug\n", encoding="utf-8")
    new = bench.prepare(wanted)
    assert new.prefix != old.prefix
    assert ini(new).read_text(encoding="utf-8") == "level = debug\n"


def test_what_is_no_file_is_not_kept(bench: Bench, wanted: Request, tmp_path: Path) -> None:
    old = bench.prepare(wanted)
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    ini(old).unlink()
    ini(old).symlink_to(tmp_path / "secret")
    wheel(bench, "1.1")
    new = bench.prepare(wanted)
    assert ini(new).read_text(encoding="utf-8") == "level = info\n"
    ini(new).write_bytes(b"x" * ((4 << 20) + 1))
    assert environment.edits(Path(new.prefix)) == {}


def test_without_overlays_an_edit_is_damage(bench: Bench) -> None:
    wheel(bench, "1.0")
    request = bench.request("tool\n")
    made = bench.prepare(request)
    ini(made).write_text("level = debug\n", encoding="utf-8")
    assert bench.prepare(request) == made
    assert codes(bench) == ["MADE_ANEW"]
    assert ini(made).read_text(encoding="utf-8") == "level = info\n"
    shutil.rmtree(made.prefix)
    assert environment.edits(Path(made.prefix)) == {}
