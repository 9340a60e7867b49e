"""The texts are read aloud here: what happened, who was asked, what came back, what to do."""

from __future__ import annotations

import pickle

import pytest
from packaging.utils import NormalizedName

from driverenv._http import TransportFailure
from driverenv.index import trouble
from driverenv.index.trouble import Question
from driverenv.model.site import Index

SIX = NormalizedName("six")
LOCAL = Question(
    SIX,
    Index("http://me:secret@pypi.lab:8036", name="lab"),
    public=False,
    url="http://pypi.lab:8036/simple/six/",
)
PUBLIC = Question(
    SIX, Index("https://mirror.test/simple/"), public=True, url="https://u:p@mirror.test/simple/six/"
)


def test_local_down() -> None:
    error = trouble.of_failure(LOCAL, TransportFailure("down", "the connection failed (refused)"))
    assert str(error) == (
        "LOCAL_DOWN: the local index cannot be reached\n"
        "  project       six\n"
        "  local index   lab (http://pypi.lab:8036)\n"
        "  asked         http://pypi.lab:8036/simple/six/\n"
        "  answer        the connection failed (refused)\n"
        "  not asked     any other index: a broken one proves nothing about what it has\n"
        "  to fix        check that the index's process (PyPI Server) is running and its folder or share is there\n"
        "                check that this machine may reach it: firewall, proxy, DNS"
    )


def test_public_status() -> None:
    assert str(trouble.of_status(PUBLIC, 503)) == (
        "PUBLIC_UNAVAILABLE: the public index answered with an error\n"
        "  project       six\n"
        "  public index  https://mirror.test/simple/\n"
        "  asked         https://mirror.test/simple/six/\n"
        "  answer        HTTP status 503\n"
        "  to fix        try again later"
    )


def test_local_empty() -> None:
    text = str(trouble.empty(LOCAL))
    assert text.startswith("LOCAL_EMPTY: the local index has a page for six, but no file on it\n")
    assert "put the files of six into the local index" in text


@pytest.mark.parametrize(
    ("kind", "local", "public"),
    [
        ("down", "LOCAL_DOWN", "PUBLIC_UNAVAILABLE"),
        ("dns", "LOCAL_DNS", "PUBLIC_UNAVAILABLE"),
        ("timeout", "LOCAL_TIMEOUT", "PUBLIC_UNAVAILABLE"),
        ("tls", "LOCAL_TLS", "PUBLIC_UNAVAILABLE"),
        ("truncated", "LOCAL_TRUNCATED", "PUBLIC_UNAVAILABLE"),
        ("too-large", "LOCAL_TOO_LARGE", "PUBLIC_UNAVAILABLE"),
        ("proxy-auth", "PROXY_AUTH", "PROXY_AUTH"),
        ("protocol", "LOCAL_NOT_AN_INDEX", "PUBLIC_UNAVAILABLE"),
        ("forbidden", "LOCAL_REDIRECT", "PUBLIC_REDIRECT"),
    ],
)
def test_every_failure_has_a_code_and_a_remedy(kind: str, local: str, public: str) -> None:
    failure = TransportFailure(kind, "x")
    for question, code in ((LOCAL, local), (PUBLIC, public)):
        error = trouble.of_failure(question, failure)
        assert error.code == code
        assert error.remedies
        assert "secret" not in str(error) + str(error.as_dict())
        assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 (our own)


def test_foreign_text_is_escaped() -> None:
    error = trouble.unavailable(LOCAL, "error", "\x1b[2J" + "x" * 1000)
    assert "\x1b" not in str(error)
    assert len(str(error)) < 1200


def test_about() -> None:
    root = trouble.of_status(
        Question(None, LOCAL.index, public=False, url="http://pypi.lab:8036/simple/"), 403
    )
    assert "project" not in dict(root.facts)
    told = trouble.about(root, SIX)
    assert told.facts[0] == ("project", "six")
    assert told.data["project"] == "six"
    assert trouble.about(told, NormalizedName("seven")).facts[0] == ("project", "seven")
    assert len(trouble.about(told, SIX).facts) == len(told.facts)
