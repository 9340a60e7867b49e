from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from driverenv.errors import UploadFailed
from driverenv.model.site import Index
from driverenv.settings.pypirc import Destination, destination, upload_url

LAB = Index("http://pypi.lab:8036/simple/", name="lab", username="ann", password="index-secret")
FILE = """\
[distutils]
index-servers = site

[site]
repository = http://pypi.site:8036
username = pypiadmin
password = file-secret%20
"""


def found(
    tmp_path: Path,
    *,
    url: str | None = None,
    repository: str | None = None,
    local: tuple[Index, ...] = (),
    config_file: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Destination:
    (tmp_path / ".pypirc").write_text(FILE, encoding="utf-8")
    return destination(
        url=url,
        repository=repository,
        config_file=config_file,
        local=local,
        environ={"HOME": str(tmp_path), **(environ or {})},
        cwd=str(tmp_path),
    )


def told(one: Destination) -> tuple[str, str | None, str | None]:
    return one.url, one.username, one.password


def test_the_section_of_a_pypirc(tmp_path: Path) -> None:
    one = found(tmp_path, repository="site")
    assert told(one) == ("http://pypi.site:8036", "pypiadmin", "file-secret%20")
    assert (one.url_from, one.user_from) == ("section site of the .pypirc",) * 2
    assert "secret" not in repr(one)


def test_variables_go_before_the_file(tmp_path: Path) -> None:
    user = {"TWINE_USERNAME": "bob", "TWINE_PASSWORD": "p"}
    assert told(found(tmp_path, repository="site", environ=user)) == ("http://pypi.site:8036", "bob", "p")
    everything = {**user, "TWINE_REPOSITORY_URL": "http://u:v@other:1/"}
    assert told(found(tmp_path, environ=everything)) == ("http://other:1/", "bob", "p")
    assert told(found(tmp_path, environ={"TWINE_REPOSITORY": "site"}))[1] == "pypiadmin"
    assert told(found(tmp_path, url="http://x/", environ={"TWINE_PASSWORD": "t"}))[1:] == ("__token__", "t")


def test_the_index_of_the_settings(tmp_path: Path) -> None:
    expected = ("http://pypi.lab:8036/", "ann", "index-secret")
    assert told(found(tmp_path, local=(LAB,))) == expected
    assert told(found(tmp_path, repository="lab", local=(LAB, Index("http://b/")))) == expected
    assert told(found(tmp_path, url="http://pypi.lab:8036", local=(LAB,)))[1] == "ann"
    assert told(found(tmp_path, url="http://u:v@pypi.lab:8036", local=(LAB,)))[1:] == ("u", "v")
    assert told(found(tmp_path, url="http://elsewhere/", local=(LAB,)))[1:] == (None, None)
    assert upload_url(Index("http://repo/api/pypi/site-local")) == "http://repo/api/pypi/site-local/"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, "it is not said which server"),
        ({"repository": "nothing"}, "there is no repository nothing"),
        ({"url": "/srv/pypi"}, "is no server"),
        ({"url": "http://a:secret b/"}, "cannot be used"),
        ({"config_file": "other"}, "there is no file"),
    ],
)
def test_what_is_missing(tmp_path: Path, arguments: dict[str, str], expected: str) -> None:
    with pytest.raises(UploadFailed, match=expected) as caught:
        found(tmp_path, **arguments)  # type: ignore[arg-type]
    assert caught.value.code == "UPLOAD_SETTINGS"
    assert "secret" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_not_quoted(tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("password = hunter2\n[site\n", encoding="utf-8")
    with pytest.raises(UploadFailed, match=r"is no \.pypirc that can be read") as caught:
        found(tmp_path, config_file="broken")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
