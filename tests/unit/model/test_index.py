from __future__ import annotations

from pathlib import Path, PureWindowsPath

import pytest

from driverenv.model.index import Index

SECRET = "s3cr/t:@"


@pytest.mark.parametrize(
    ("given", "location", "is_folder"),
    [
        ("/srv/pypi", "/srv/pypi", True),
        ("/srv/my index/%20", "/srv/my index/%20", True),
        ("C:\\PyPI\\packages", "C:\\PyPI\\packages", True),
        ("c:/PyPI/packages", "c:/PyPI/packages", True),
        ("\\\\nas\\pypi", "\\\\nas\\pypi", True),
        ("//nas/pypi", "//nas/pypi", True),
        ("file:///srv/my%20index", "/srv/my index", True),
        ("file://localhost/srv/pypi", "/srv/pypi", True),
        ("FILE:///srv/pypi", "/srv/pypi", True),
        ("file:///C:/PyPI%20Server/packages", "C:/PyPI Server/packages", True),
        ("file://nas/share/pypi", "//nas/share/pypi", True),
        ("http://lab:8036", "http://lab:8036", False),
        ("http://lab:8036/", "http://lab:8036/", False),
        ("HTTPS://Lab.test/simple/", "https://Lab.test/simple/", False),
        ("http://[::1]:8036/simple", "http://[::1]:8036/simple", False),
        ("http://[fe80::1%25eth0]/simple", "http://[fe80::1%25eth0]/simple", False),
    ],
)
def test_locations(given: str, location: str, is_folder: bool) -> None:
    index = Index(given)
    assert (index.location, index.is_folder) == (location, is_folder)
    assert (index.username, index.password) == (None, None)
    assert index.name == str(index) == location


@pytest.mark.parametrize(
    ("given", "location", "username", "password"),
    [
        ("http://reader:word@lab:8036/simple/", "http://lab:8036/simple/", "reader", "word"),
        ("http://reader@lab/", "http://lab/", "reader", None),
        ("http://reader:@lab/", "http://lab/", "reader", ""),
        ("http://:word@lab/", "http://lab/", "", "word"),
        ("http://a%40b.test:s3cr%2Ft%3A%40@lab/simple", "http://lab/simple", "a@b.test", SECRET),
        ("http://reader:p@ss@lab/", "http://lab/", "reader", "p@ss"),
        ("http://reader:word@[::1]:8036/", "http://[::1]:8036/", "reader", "word"),
    ],
)
def test_credentials_are_taken_out_of_the_url(
    given: str, location: str, username: str | None, password: str | None
) -> None:
    index = Index(given)
    assert (index.location, index.username, index.password) == (location, username, password)
    assert index.name == location


def test_credentials_by_name_go_before_those_of_the_url() -> None:
    index = Index("http://a:b@lab/", username="reader", password="word")
    assert (index.username, index.password) == ("reader", "word")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("", "absolute path"),
        ("packages", "absolute path"),
        ("./packages", "absolute path"),
        ("C:packages", "absolute path"),
        ("file:srv/pypi", "absolute path"),
        ("ftp://lab/", r"not ftp://"),
        ("git+https://lab/", r"not git\+https://"),
        ("http://", "needs a host"),
        ("http:///simple", "needs a host"),
        ("https://reader:word@/simple", "needs a host"),
        ("http://lab/@scope/simple", "%40"),
        ("http://reader:word/x@lab/", "after its host"),
        ("http://reader:1/word@lab/", "after its host"),
        ("http://reader:word", "port"),
        ("http://reader:p@:99999/", "port"),
        ("http://lab:99999/", "port"),
        ("http://lab:/", "port"),
        ("http://reader:p@:80/", "host"),
        ("http://a b/", "blank"),
        ("http://lab/\x1b", "blank"),
        ("http://[::1/", "host"),
        ("http://[word]/", "host"),
        ("http://a..b/", "host"),
        (f"http://{'a' * 64}.test/", "host"),
        ("http://a\u2100b/", "host"),
        ("http://lab/?word", "neither"),
        ("http://lab/#word", "neither"),
        ("reader:word@lab/simple", r"\*\*\*@lab"),
        ("http:/reader:word@lab/", r"\*\*\*@lab"),
        ("reader:word@x://lab/", r"not \*\*\*@x://"),
    ],
)
def test_what_is_no_index(given: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as raised:
        Index(given)
    assert "word" not in str(raised.value)


def test_paths_are_locations(tmp_path: Path) -> None:
    assert Index(tmp_path).location == str(tmp_path)
    assert Index(PureWindowsPath("C:\\PyPI")).location == "C:\\PyPI"


def test_how_messages_show_it() -> None:
    assert str(Index("http://a:b@lab/", name="lab")) == "lab (http://lab/)"


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({"credentials": "vault"}, "credentials must be one of given, netrc, keyring"),
        ({"probe": "guess"}, "probe must be one of auto, root, project"),
        ({"connect_timeout": 0}, "a timeout must be more than 0"),
        ({"whole_timeout": 3600}, "a timeout must be more than 0"),
        ({"answer_timeout": float("nan")}, "a timeout must be more than 0"),
    ],
)
def test_terms_that_are_none(terms: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Index("http://lab", **terms)  # type: ignore[arg-type]


def test_hosts_are_compared_in_lower_case() -> None:
    index = Index("http://lab", redirect_hosts=["Mirror.Lab"], file_hosts=["FILES.lab:8080"])
    assert (index.redirect_hosts, index.file_hosts) == (("mirror.lab",), ("files.lab:8080",))


def test_another_location_has_another_name_by_default() -> None:
    assert Index("http://a/").replace(location="http://b/") == Index("http://b/")
    assert Index("http://a/", name="lab").replace(location="http://b/").name == "lab"
    assert Index("http://a/").replace(location="http://b/", name="b").name == "b"
    assert Index("http://a/").replace(verify=False).name == "http://a/"


def test_a_file_url_with_a_password_is_none() -> None:
    with pytest.raises(ValueError, match="neither user nor password") as caught:
        Index("file://u:s3cret@host/share")
    assert "s3cret" not in str(caught.value)


def test_a_username_that_stands_alone_is_a_token() -> None:
    index = Index("https://TOKEN@pypi.lab/simple/")
    assert index.username == "TOKEN"
    assert "TOKEN" not in repr(index)
    assert index.shown_username == "***"
    assert repr(index) != repr(Index("https://pypi.lab/simple/"))
    named = [
        Index("https://me:x@pypi.lab/"),
        Index("https://pypi.lab/", username="me", credentials="keyring"),
    ]
    assert [one.shown_username for one in named] == ["me", "me"]
    assert all("username='me'" in repr(one) for one in named)
