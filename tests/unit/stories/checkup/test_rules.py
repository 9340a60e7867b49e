from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from driverenv import settings as settings_room
from driverenv.errors import SettingsInvalid
from driverenv.model.finding import FAIL, OK, WARN, Finding
from driverenv.settings import Places, Settings
from driverenv.stories.checkup import rules

NOW = datetime(2026, 12, 1, tzinfo=UTC).timestamp()


def loaded(folder: Path, text: str, missing: list[str] | None = None) -> Settings:
    file = folder / "driverenv.toml"
    file.write_text(text, encoding="utf-8")
    return settings_room.load(
        environ={},
        arguments={},
        config=file,
        cwd=folder,
        places=Places(str(folder), str(folder), str(folder)),
        missing=missing,
    )


def look(folder: Path, text: str = "") -> list[Finding]:
    settings = loaded(folder, text)
    return list(rules.section(settings, settings.policy(), NOW, wrong=None, missing=()).findings)


def test_where_they_are(tmp_path: Path) -> None:
    first, public = look(tmp_path)
    assert first.detail == f"read from {tmp_path / 'driverenv.toml'}; the mode is online"
    assert public.detail == "for what every other index lacks; no name is kept from it"
    settings = loaded(tmp_path, "")
    nowhere = Settings(settings.values, {}, (("/x", False),), "/index")
    first, *_ = rules.section(nowhere, nowhere.policy(), NOW, wrong=None, missing=()).findings
    assert first.detail == "no settings file is there: the defaults hold; the mode is online"


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ('vanished = "warn"', "policy-weaker", 'vanished = "warn"'),
        ('empty_page = "absent"', "policy-weaker", 'empty_page = "absent"'),
        ('confusable = "off"', "policy-weaker", 'confusable = "off"'),
        ('released = ["*"]', "policy-weaker", 'released = ["*"]'),
        ('local = [{ location = "https://lab", verify = false }]', "settings-caution", "any certificate"),
        (
            'exceptions = [{ project = "six", allow = "public", until = 2026-12-05, reason = "r", owner = "ann" }]',
            "policy-exception",
            "it ends in 5 days",
        ),
    ],
)
def test_what_should_be_looked_at(tmp_path: Path, text: str, code: str, told: str) -> None:
    (found,) = [one for one in look(tmp_path, text) if one.status != OK]
    assert (found.code, found.status) == (code, WARN)
    assert told in found.detail


def test_an_exception_that_goes_on_is_nothing_to_be_told(tmp_path: Path) -> None:
    text = 'exceptions = [{ project = "six", allow = "public", until = 2027-12-05, reason = "r", owner = "ann" }]'
    assert {one.status for one in look(tmp_path, text)} == {OK}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('mode = "offline"', "blocked: the mode is offline"),
        ("public = false", "blocked: there is no public index"),
        (
            'private = ["acme-*"]\npublic_deny = ["a", "b"]',
            "for what every other index lacks; 1 pattern of private, 2 patterns of public_deny",
        ),
    ],
)
def test_public(tmp_path: Path, text: str, told: str) -> None:
    assert look(tmp_path, text)[-1].detail == told


def test_a_password_that_cannot_be_had(tmp_path: Path) -> None:
    text = 'local = [{ location = "http://lab", username = "me", password_env = "NOWHERE" }]'
    with pytest.raises(SettingsInvalid) as caught:
        loaded(tmp_path, text)
    missing: list[str] = []
    settings = loaded(tmp_path, text, missing)
    told = rules.section(settings, settings.policy(), NOW, wrong=caught.value, missing=tuple(missing))
    (found,) = [one for one in told.findings if one.status == FAIL]
    assert "NOWHERE" in found.detail
    assert found.remedy.startswith("set NOWHERE for the process")


def test_settings_that_are_wrong(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        loaded(tmp_path, 'mode = "sometimes"')
    (found,) = rules.unreadable(caught.value).findings
    assert (found.code, found.status) == ("settings-invalid", FAIL)
    assert found.detail.endswith(f"(file {tmp_path / 'driverenv.toml'} key mode)")
