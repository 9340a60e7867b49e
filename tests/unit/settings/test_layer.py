from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from driverenv.errors import SettingsInvalid
from driverenv.model.site import Index
from driverenv.settings import Places, Settings, load
from driverenv.settings.imported import SIZE
from driverenv.settings.layer import content

EXTRA = '<add key="RequirementsExtraRepository" value="https://reader:pw@mirror.lab/simple"/>'
LOCAL = '<add key="RequirementsRepository" value="http://lab:8036"/>'
FOLDER = '<add key="PythonOfflineRepositoryPath" value="packages"/>'
LIFETIME = '<add key="VirtualEnvironmentLifetimeDurationInMinutes" value="60"/>'
HAS_PASSWORD = {"DRIVERENV_EXTRA_PASSWORD": "pw"}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


def write(site: Path, *rows: str, toml: str = 'customer_config = "customer.config"\n') -> None:
    (site / "customer.config").write_text(f"<c><s>{''.join(rows)}</s></c>", encoding="utf-8")
    (site / "driverenv.toml").write_text(toml, encoding="utf-8")


def loaded(
    site: Path,
    environ: Mapping[str, str] | None = None,
    *,
    arguments: Mapping[str, object] | None = None,
    variables: bool = True,
    missing: list[str] | None = None,
) -> Settings:
    root = str(site.parent)
    return load(
        environ=environ or {},
        arguments=arguments or {},
        config=None,
        cwd=site.parent,
        places=Places(str(site), os.path.join(root, "user"), os.path.join(root, "data")),
        variables=variables,
        missing=missing,
    )


def test_values_have_the_key_they_came_from(site: Path) -> None:
    write(site, LOCAL, FOLDER, LIFETIME)
    found = loaded(site)
    path = site / "customer.config"
    assert found.policy().local == (
        Index("http://lab:8036", name="PyPI Server"),
        Index(str(site / "packages"), name="offline repository"),
    )
    assert found.values["local"].source == (
        f"file {path} key RequirementsRepository and PythonOfflineRepositoryPath"
    )
    assert found.values["valid_for_minutes"] == (
        60.0,
        f"file {path} key VirtualEnvironmentLifetimeDurationInMinutes",
    )


def test_it_is_an_input_and_the_first_of_the_files(site: Path) -> None:
    write(site)
    assert loaded(site).inputs == (
        str(site / "customer.config"),
        str(site / "driverenv.toml"),
        str(site.parent / "user" / "driverenv.toml"),
    )


def test_every_other_place_is_stronger(site: Path) -> None:
    write(site, LOCAL, LIFETIME, toml='customer_config = "customer.config"\nvalid_for_minutes = 7\n')
    assert loaded(site).policy().valid_for_minutes == 7
    (site / "driverenv.toml").write_text('customer_config = "customer.config"\n', encoding="utf-8")
    assert loaded(site, {"DRIVERENV_VALID_FOR_MINUTES": "8"}).policy().valid_for_minutes == 8
    by_argument = loaded(site, arguments={"local": ["wheels"]}).policy()
    assert (by_argument.local, by_argument.valid_for_minutes) == ((Index(str(site.parent / "wheels")),), 60)


def test_pip_config_comes_before_customer_config_and_counts_as_weak(site: Path) -> None:
    (site / "pip.ini").write_text("[global]\nproxy = proxy.lab:3128\n", encoding="utf-8")
    write(site, LIFETIME, toml='pip_config = "pip.ini"\ncustomer_config = "customer.config"\n')
    found = loaded(site, {"https_proxy": "http://other:1"})
    assert found.inputs[:2] == (str(site / "pip.ini"), str(site / "customer.config"))
    assert found.proxies["https_proxy"] == "http://proxy.lab:3128"
    assert found.values["proxy"].source == f"file {site / 'pip.ini'} key proxy"


def test_a_variable_names_it_more_strongly_than_a_file(site: Path) -> None:
    write(site, LIFETIME, toml='customer_config = "nowhere.config"\n')
    environ = {"DRIVERENV_CUSTOMER_CONFIG": str(Path("site", "customer.config"))}
    found = loaded(site, environ)
    assert found.policy().valid_for_minutes == 60
    assert found.values["customer_config"].source == "variable DRIVERENV_CUSTOMER_CONFIG"


def test_variables_that_do_not_count_name_nothing(site: Path) -> None:
    write(site, LIFETIME, toml="")
    environ = {"DRIVERENV_CUSTOMER_CONFIG": str(site / "customer.config")}
    assert loaded(site, environ, variables=False).values["valid_for_minutes"].source == "default"


def test_notes_are_of_what_counts(site: Path) -> None:
    write(site, FOLDER)
    (note,) = loaded(site).notes
    path = site / "customer.config"
    assert note.startswith(f"{path} key PythonOfflineRepositoryPath: the folder is used as a local index")
    assert loaded(site).describe()["cautions"] == [note]
    assert loaded(site, arguments={"local": ["wheels"]}).notes == ()


def test_a_password_comes_from_its_variable(site: Path) -> None:
    write(site, EXTRA)
    (extra,) = loaded(site, HAS_PASSWORD).policy().extra
    assert (extra.location, extra.username, extra.password) == ("https://mirror.lab/simple", "reader", "pw")


def test_a_password_that_is_missing(site: Path) -> None:
    write(site, EXTRA)
    with pytest.raises(SettingsInvalid) as caught:
        loaded(site)
    assert str(caught.value) == (
        "SETTINGS_INVALID: the variable DRIVERENV_EXTRA_PASSWORD, which `extra[1].password_env` names, is not set\n"
        f"  set by        file {site / 'customer.config'} key RequirementsExtraRepository\n"
        "  allowed       the name of a variable that is set\n"
        "  to fix        set DRIVERENV_EXTRA_PASSWORD for the process that runs driverenv\n"
        "                or name a password_file instead, in a settings file"
    )
    missing: list[str] = []
    assert loaded(site, missing=missing).policy().extra[0].username == "reader"
    assert missing == [caught.value.summary]


def test_no_password_is_missed_where_a_stronger_place_says_the_index(site: Path) -> None:
    write(site, EXTRA, toml='customer_config = "customer.config"\nextra = []\n')
    assert loaded(site).policy().extra == ()


def test_the_variables_are_known_whatever_the_file_says(site: Path) -> None:
    write(site)
    assert loaded(site, HAS_PASSWORD).policy().extra == ()
    write(site, toml="")
    with pytest.raises(SettingsInvalid, match="there is no variable `DRIVERENV_EXTRA_PASSWORD`"):
        loaded(site, HAS_PASSWORD)


def test_a_file_that_is_not_there_is_told_with_the_rest(site: Path) -> None:
    toml = 'customer_config = "no.config"\nmode = "on"\n[sources]\n"a-*" = ["extra repository"]\n'
    (site / "driverenv.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(SettingsInvalid) as caught:
        loaded(site, HAS_PASSWORD)
    assert [one["summary"] for one in caught.value.data["problems"]] == [
        "no.config cannot be read: No such file or directory",
        "the setting `mode` is 'on', which is not allowed",
    ]
    assert ("named by", f"file {site / 'driverenv.toml'} key customer_config") in caught.value.facts


@pytest.mark.parametrize("raw", ["7", '""', '"a\\tb"'])
def test_a_name_that_is_none_is_told_as_a_setting(site: Path, raw: str) -> None:
    write(site, toml=f"customer_config = {raw}\n")
    with pytest.raises(SettingsInvalid, match="the setting `customer_config` is "):
        loaded(site)


def test_a_value_that_is_not_allowed_names_its_key(site: Path) -> None:
    write(site, '<add key="RequirementsRepository" value="http://la b/"/>')
    with pytest.raises(SettingsInvalid) as caught:
        loaded(site)
    assert ("set by", f"file {site / 'customer.config'} key RequirementsRepository") in caught.value.facts


def test_content_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "customer.config"
    path.write_bytes(b" " * (SIZE + 100))
    assert len(content(str(path))) == SIZE + 1
