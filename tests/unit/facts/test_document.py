from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from driverenv import facts
from driverenv.errors import BuildFailed, DriverEnvError, FactsInvalid, HashMismatch, LocalVersionMismatch
from driverenv.facts import Record, error_data, error_of, parse, render
from driverenv.facts.codec import Malformed
from driverenv.facts.document import FORMAT
from driverenv.model.answers import Absent, Found, NotAsked, NowhereFound, ProjectFile
from driverenv.model.resolution import Dependencies, Failed, Unusable
from driverenv.model.site import Index, Policy
from driverenv.requirements import parse_lines
from tests.unit.resolve.worlds import LOCAL, PUBLIC, target

A, B = canonicalize_name("a"), canonicalize_name("b")
ERROR = LocalVersionMismatch(
    "nothing fits",
    facts=(("local index", "lab"), ("files there", "a\nb")),
    remedies=("put it there",),
    data={"project": "a", "versions": ["1.0"]},
)
FOUND = Found(
    A, LOCAL, (ProjectFile("a-1.0-py3-none-any.whl", "http://local.test/a-1.0-py3-none-any.whl"),), "page"
)
NOWHERE = NowhereFound(B, (Absent(B, LOCAL, "404"),), (NotAsked(PUBLIC, "offline mode"),), offline=True)
RECORD = Record(
    driver="/srv/drivers/Switch Driver",
    name="Switch Driver",
    policy=Policy(mode="offline", local=[LOCAL], public=PUBLIC),
    target=target(),
    requirements=parse_lines(["a>=1", "b"], file="requirements.txt"),
    listings={A: FOUND, B: NOWHERE},
    dependencies={
        "http://local.test/1": Dependencies((Requirement("b"),)),
        "http://local.test/2": Unusable("it is broken"),
    },
    digests={"http://local.test/1": "ab" * 32},
    warnings=(("INDEX_NOTE", "odd"),),
    error=ERROR,
)


def state(error: DriverEnvError | None) -> tuple[object, ...]:
    assert error is not None
    return type(error), str(error), error.code, error.facts, error.remedies, error.data


def data() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(render(RECORD))
    return document


def refused(document: object) -> FactsInvalid:
    with pytest.raises(FactsInvalid) as raised:
        parse(json.dumps(document).encode(), path="/srv/facts.json")
    assert ("file", "/srv/facts.json") in raised.value.facts
    assert raised.value.exit_code == 115
    return raised.value


def test_there_and_back() -> None:
    back = parse(render(RECORD), path="x")
    assert replace(back, error=None) == replace(RECORD, error=None)
    assert state(back.error) == state(ERROR)
    assert render(back) == render(RECORD)


def test_as_little_as_there_may_be() -> None:
    """A launch that failed before anything was known."""
    bare = Record(driver="/d", name="d", policy=Policy())
    assert parse(render(bare), path="x") == bare


def test_a_failed_read_keeps_its_error() -> None:
    record = replace(RECORD, dependencies={"u": Failed(BuildFailed("no compiler", facts=(("log", "/x"),)))})
    known = parse(render(record), path="x").dependencies["u"]
    assert isinstance(known, Failed)
    assert isinstance(known.error, DriverEnvError)
    assert state(known.error) == state(BuildFailed("no compiler", facts=(("log", "/x"),)))


def test_stable_whatever_the_order() -> None:
    other = replace(
        RECORD,
        listings=dict(sorted(RECORD.listings.items(), reverse=True)),
        dependencies=dict(sorted(RECORD.dependencies.items(), reverse=True)),
        warnings=RECORD.warnings * 2,
    )
    assert render(other) == render(RECORD)


def test_a_row_a_line_and_keys_in_order() -> None:
    text = render(RECORD).decode()
    assert json.dumps(json.loads(text)) == json.dumps(json.loads(text), sort_keys=True)
    rows = text.split("\n")
    assert '    {"filename": "a-1.0-py3-none-any.whl", "url": "http://local.test/"}' in rows
    assert (rows[0], rows[-2:]) == ("{", ["}", ""])


def test_what_it_says() -> None:
    document = data()
    assert (document["format"], document["driver"]) == (FORMAT, RECORD.driver)
    assert document["indexes"] == [
        {"location": LOCAL.location, "name": "local"},
        {"location": PUBLIC.location, "name": "public"},
    ]
    assert (document["policy"]["local"], document["policy"]["public"]) == ([0], 1)
    assert document["requirements"]["roots"][0]["source"] == {
        "file": "requirements.txt",
        "line": 0,
        "text": "a>=1",
    }
    assert document["target"]["tags"] == " ".join(target().tags)


def test_no_secrets() -> None:
    index = Index("http://reader:s3cret@lab.test/", name="lab", credentials="keyring")
    policy = Policy(local=[index], proxies={"https_proxy": "http://me:s3cret@proxy:1"})
    text = render(
        Record(driver="/d", name="d", policy=policy, listings={A: replace(FOUND, index=index)})
    ).decode()
    assert "s3cret" not in text
    assert "reader" not in text
    assert json.loads(text)["indexes"] == [
        {"credentials": "keyring", "location": "http://lab.test/", "name": "lab"},
        {"location": "https://pypi.org/simple/", "name": "public PyPI"},
    ]


def test_an_error_that_nobody_foresaw_becomes_one_of_ours() -> None:
    assert error_of(error_data(ValueError("a\x1b")), "it").summary == "a\\x1b"
    assert type(error_of(error_data(HashMismatch("x")), "it")) is HashMismatch

    class Special(HashMismatch):
        """Of some room."""

    assert type(error_of(error_data(Special("x")), "it")) is HashMismatch


@pytest.mark.parametrize("kind", ["Exception", "foreign", "_restore", "Nothing", ""])
def test_no_class_but_errors(kind: str) -> None:
    with pytest.raises(Malformed, match="there is no such error"):
        error_of({**error_data(ERROR), "class": kind}, "it")


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'"' + b"x" * 10, b"1" * 10_000])
def test_no_json(text: bytes) -> None:
    with pytest.raises(FactsInvalid):
        parse(text, path="x")


@pytest.mark.parametrize("document", [[], None, 3, {}, {"format": 3}])
def test_json_that_is_no_facts(document: object) -> None:
    assert "it names no format" in str(refused(document))


def test_another_version() -> None:
    error = refused({**data(), "format": "driverenv-facts 99", "driverenv": "9.9\x1b"})
    assert "its format is 'driverenv-facts 99', and this driverenv reads 'driverenv-facts 1'" in str(error)
    assert ("written by", "driverenv 9.9\\x1b") in error.facts


@pytest.mark.parametrize("key", sorted(set(data()) - {"format", "driverenv"}))
@pytest.mark.parametrize("value", [3, "x", [3], {"x": 3}, ..., [[]], {"x": {}}])
def test_every_part_is_checked(key: str, value: object) -> None:
    document = data()
    if value is ...:
        del document[key]
    else:
        document[key] = value
    if (key in ("driver", "name") and value == "x") or (key == "names" and value == [[]]):
        return
    assert key in str(refused(document))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(data())), JSON)
def test_nothing_else_is_raised(key: str, value: object) -> None:
    try:
        facts.record_of({**data(), key: value}, path="x")
    except FactsInvalid:
        return
