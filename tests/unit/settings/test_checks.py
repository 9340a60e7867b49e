from __future__ import annotations

import pytest

from driverenv.model.fleet import Fleet
from driverenv.model.site import Exemption, Index, Policy
from driverenv.settings.checks import cautions, contradictions
from driverenv.settings.place import Value

ONE, TWO = Index("/srv/one", name="one"), Index("http://two:8036/", name="two")
HOLDS = Exemption("six", allow="public", until="2026-12-01", reason="r", owner="o")
BEFORE, AFTER = 1.7e9, 1.9e9


def found(*without: str, **changes: object) -> list[tuple[str, str]]:
    policy = Policy(local=[ONE, TWO]).replace(**changes)
    values = {name: Value(getattr(policy, name), f"file x key {name}") for name in Policy.__slots__}
    wrong = contradictions(values, without=without)
    assert all(error.remedies and error.facts for error in wrong)
    assert all(error.data["source"] == f"file x key {error.data['key']}" for error in wrong)
    return [(error.data["key"], error.summary) for error in wrong]


def test_a_site_in_order() -> None:
    assert found() == []
    assert (
        found(sources={"six": ["one", "public", "public PyPI"]}, private=["acme-*"], public_allow=["six"])
        == []
    )


def test_names_of_indexes() -> None:
    again = Index("/srv/again", name="one")
    assert found(extra=[again]) == [("extra", "two indexes are called one")]
    assert found(public=Index("https://m/", name="two")) == [("public", "two indexes are called two")]
    assert found(local=[Index("/srv", name="public")]) == [("local", "an index of `local` is called public")]
    assert found(public=Index("https://m/", name="public")) == []


def test_sources_name_indexes_that_there_are() -> None:
    assert found(sources={"six": ["three"]}) == [
        ("sources", "`sources.six` names the index three, which there is not")
    ]
    assert found(sources={"six": ["public"]}, public=None) == [
        ("sources", "`sources.six` names the index public, which there is not")
    ]
    assert found("local", sources={"six": ["three"]}) == []


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        ("public_allow", ["acme-tools"]),
        ("public_allow", ["acme-*"]),
        ("public_allow", ["acme-x-*"]),
        ("sources", {"acme-tools": ["one", "public"]}),
        ("sources", {"acme-tools": ["public PyPI"]}),
        ("exceptions", [HOLDS.replace(project="acme-tools")]),
    ],
)
def test_what_is_private_is_not_opened_elsewhere(key: str, rule: object) -> None:
    ((where, summary),) = found(private=["corp", "acme-*"], **{key: rule})
    assert where == key
    assert "is private (pattern acme-*), and yet" in summary


def test_a_private_part_of_what_is_allowed_is_no_contradiction() -> None:
    assert found(private=["acme-secret-*"], public_allow=["acme-*", "*"]) == []
    assert found(private=["six"], exceptions=[HOLDS.replace(allow="build")], sources={"six": ["one"]}) == []


def test_cautions() -> None:
    policy = Policy(local=[ONE, TWO], exceptions=[HOLDS])
    assert cautions(policy, BEFORE) == ()
    (ended,) = cautions(policy, AFTER)
    assert ended.startswith("the exception ended on 2026-12-01")
    (idle,) = cautions(policy.replace(public=None), BEFORE)
    assert "has no effect" in idle
    (denied,) = cautions(Policy(public_allow=["a", "b"], public_deny=["b"]), BEFORE)
    assert denied == "public_allow and public_deny both list b: it is denied"


@pytest.mark.parametrize(
    ("index", "told"),
    [
        (Index("http://lab:8036/", name="lab", username="u", password="s3cret"), 1),
        (Index("http://lab:8036/", name="lab", credentials="netrc"), 1),
        (Index("https://lab/", name="lab", username="u", password="s3cret"), 0),
        (Index("http://127.0.0.1:8036/", name="lab", password="s3cret"), 0),
        (Index("http://lab:8036/", name="lab"), 0),
        (Index("https://lab/", name="lab", verify=False), 1),
    ],
)
def test_what_goes_over_the_network_in_the_open(index: Index, told: int) -> None:
    texts = cautions(Policy(local=[index]), BEFORE)
    assert len(texts) == told
    assert all("lab (http" in text and "s3cret" not in text for text in texts)


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("http://mirror.example/simple", 1),
        ("https://mirror.example/simple", 0),
        ("http://127.0.0.1:8036/simple", 0),
    ],
)
def test_public_in_the_open(location: str, told: int) -> None:
    texts = cautions(Policy(public=Index(location, name="mirror")), BEFORE)
    assert [text.startswith("public is asked over https only, and mirror") for text in texts] == [True] * told
    assert cautions(Policy(local=[Index(location)], public=None), BEFORE) == ()


@pytest.mark.parametrize(
    ("pattern", "told"), [("*", 1), ("acme/*.py", 1), ("acme/*", 1), ("*.ini", 0), ("acme/settings.py", 0)]
)
def test_code_that_anybody_may_edit(pattern: str, told: int) -> None:
    assert len(cautions(Policy(overlays=[pattern]), BEFORE)) == told


def test_a_fleet_store_in_the_open() -> None:
    store = Index("http://wheels.test/", name="fleet store", username="me", password="horse", verify=False)
    (told,) = cautions(
        Policy(fleet=Fleet(store, key="k" * 32)), BEFORE
    )  # signed, so anybody may be in between
    assert told.startswith("the password of fleet store (http://wheels.test/) goes over the network")
    assert cautions(Policy(fleet=Fleet("s3://wheels", key="k" * 32)), BEFORE) == ()
