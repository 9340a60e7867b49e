"""The texts are read aloud here: what happened, who was asked, what came back, what to do."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest
from packaging.utils import NormalizedName

from driverenv._http import Response, TransportFailure
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
    assert str(trouble.of_status(PUBLIC, Response(503, {}, b"", ""))) == (
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


@pytest.mark.parametrize(
    ("kind", "case", "code", "summary", "remedy"),
    [
        (
            "tls",
            "authority",
            "LOCAL_TLS",
            "is of an authority that is not trusted here",
            "`ca_file` of the index",
        ),
        ("tls", "expired", "LOCAL_TLS", "has expired", "renew the certificate"),
        ("tls", "early", "LOCAL_TLS", "is not valid yet", "clock of this machine"),
        ("tls", "host", "LOCAL_TLS", "is for another host", "by a name that its certificate has"),
        ("tls", "protocol", "LOCAL_TLS", "no version of TLS that is still safe", "TLS 1.2 or newer"),
        ("tls", "plain", "LOCAL_TLS", "does not speak TLS", "write http:// in its address"),
        (
            "tls",
            "client",
            "LOCAL_TLS",
            "without a certificate that it knows",
            "`client_cert` and `client_key`",
        ),
        ("tls", "handshake", "LOCAL_TLS", "broke off", "`client_cert` and `client_key`"),
        ("tls", "own", "LOCAL_TLS", "certificates or keys", "correct `ca_file`, `client_cert`"),
        ("tls", "another", "LOCAL_TLS", "no trusted connection", "check the index's certificate"),
        ("proxy-auth", "asked", "PROXY_AUTH", "asks for a user name", "`username` and `password_env`"),
        ("proxy-auth", "refused", "PROXY_AUTH", "does not accept our user name", "correct user name"),
        ("proxy-auth", "scheme", "PROXY_AUTH", "a kind of login", "run a helper on this machine"),
        ("proxy-auth", "direct", "PROXY_AUTH", "a proxy stands between here", "out of the proxy's reach"),
        ("down", "proxy", "LOCAL_DOWN", "does not let us through", "`no_proxy`"),
    ],
)
def test_what_differs_has_a_remedy_of_its_own(
    kind: str, case: str, code: str, summary: str, remedy: str
) -> None:
    failure = TransportFailure(kind, "x", case=case)
    error = trouble.of_failure(LOCAL, failure)
    assert (error.code, error.data["kind"]) == (code, kind)
    assert summary in error.summary
    assert remedy in " ".join(error.remedies)
    assert trouble.of_failure(PUBLIC, failure).remedies


@pytest.mark.parametrize(
    ("said", "summary"),
    [
        ("<title>400 No required SSL certificate was sent</title>", "without a certificate that it knows"),
        ("<title>400 The SSL certificate error</title>", "without a certificate that it knows"),
        ("<title>400 The plain HTTP request was sent to HTTPS port</title>", "wants to be asked over https"),
        ("Reason: You're speaking plain HTTP to an SSL-enabled server port.", "wants to be asked over https"),
        ("<title>400 Bad Request</title>", "answered with an error"),
    ],
)
def test_what_nginx_and_apache_say(said: str, summary: str) -> None:
    answer = Response(400, {"content-type": "text/html"}, f"<html>{said}</html>".encode(), "")
    error = trouble.of_status(LOCAL, answer)
    assert (error.code, error.data["kind"]) == ("LOCAL_ERROR", "error")
    assert summary in error.summary
    elsewhere = trouble.of_status(LOCAL, replace(answer, status=500))
    assert elsewhere.summary == "the local index answered with an error"


def test_foreign_text_is_escaped() -> None:
    error = trouble.unavailable(LOCAL, "error", "\x1b[2J" + "x" * 1000)
    assert "\x1b" not in str(error)
    assert len(str(error)) < 1200


def test_about() -> None:
    root = trouble.of_status(
        Question(None, LOCAL.index, public=False, url="http://pypi.lab:8036/simple/"),
        Response(403, {}, b"", ""),
    )
    assert "project" not in dict(root.facts)
    told = trouble.about(root, SIX)
    assert told.facts[0] == ("project", "six")
    assert told.data["project"] == "six"
    assert trouble.about(told, NormalizedName("seven")).facts[0] == ("project", "seven")
    assert len(trouble.about(told, SIX).facts) == len(told.facts)
