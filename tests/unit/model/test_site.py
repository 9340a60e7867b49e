from __future__ import annotations

import pytest

from driverenv.model.site import (
    DEFAULT_VALID_FOR_MINUTES,
    PUBLIC_PYPI,
    WORDS,
    Correction,
    Exemption,
    Index,
    Mode,
    Policy,
)
from tests.unit.model.copies import pickled

SECRET = "s3cr/t:@"


def test_no_password_is_ever_shown() -> None:
    index = Index("http://reader:s3cr%2Ft%3A%40@lab/", name="lab")
    policy = Policy(local=[index], proxies={"https_proxy": f"http://me:{SECRET}@proxy:3128"})
    assert index.password == SECRET
    for shown in (repr(index), str(index), repr(policy), str(policy)):
        assert SECRET not in shown
        assert "s3cr" not in shown
    assert "***" in repr(index)


def test_nouns_of_a_site_are_values() -> None:
    index = Index("http://reader:word@lab/", name="lab")
    policy = Policy(local=[index], proxies={"https_proxy": "http://proxy"})
    for noun in (index, policy):
        again = pickled(noun)
        assert again == noun
        assert hash(again) == hash(noun)
    assert pickled(index).password == "word"
    with pytest.raises(AttributeError, match="immutable"):
        policy.mode = "offline"
    with pytest.raises(AttributeError, match="immutable"):
        index.password = "other"


def test_the_default_policy() -> None:
    policy = Policy()
    assert (policy.mode, policy.offline, policy.local) == (Mode.ONLINE, False, ())
    assert policy.public == Index(PUBLIC_PYPI, name="public PyPI")
    assert (policy.prereleases, policy.builds, policy.sharing) == ("if-necessary", "allowed", "link")
    assert (policy.byte_code, policy.valid_for_minutes) == ("background", DEFAULT_VALID_FOR_MINUTES)


def test_order_of_local_indexes_stays_and_order_of_proxies_does_not_count() -> None:
    one, two = Index("/one"), Index("/two")
    assert Policy(local=[two, one]).local == (two, one)
    assert Policy(local=(two, one)) != Policy(local=(one, two))
    proxies = {"https_proxy": "http://a", "http_proxy": "http://b"}
    assert Policy(proxies=proxies) == Policy(proxies=tuple(reversed(proxies.items())))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mode", "airgap"),
        ("prereleases", "yes"),
        ("builds", ""),
        ("sharing", "symlink"),
        ("byte_code", True),
        ("valid_for_minutes", -1),
        ("valid_for_minutes", float("nan")),
        ("local", ["/srv/pypi"]),
        ("public", Index("/srv/pypi")),
    ],
)
def test_values_that_are_not_allowed(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        Policy(**{field: value})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=field):
        Policy().replace(**{field: value})


def test_offline_and_no_public_index() -> None:
    policy = Policy(mode=Mode.OFFLINE, public=None, valid_for_minutes=0)
    assert policy.offline
    assert policy.public is None
    assert policy.valid_for_minutes == 0.0


@pytest.mark.parametrize("name", sorted(WORDS))
def test_words(name: str) -> None:
    for word in WORDS[name]:
        assert getattr(Policy(**{name: word}), name) == word  # type: ignore[arg-type]
    assert getattr(Policy(), name) == WORDS[name][0]
    with pytest.raises(ValueError, match=f"{name} must be one of {', '.join(WORDS[name])}, not 'maybe'"):
        Policy(**{name: "maybe"})  # type: ignore[arg-type]


def test_an_exemption_says_who_what_until_when_and_why() -> None:
    one = Exemption("urllib3", allow="public", until="2026-12-01", reason="CVE", owner="ops")
    assert str(one) == "allow public urllib3 until 2026-12-01: CVE (ops)"
    assert pickled(one) == one


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"allow": "everything"}, "allow must be one of public, build"),
        ({"until": "soon"}, "until must be a day such as 2026-12-01, not 'soon'"),
        ({"until": "20261201"}, "until must be a day"),
        ({"reason": " "}, "an exception needs its reason"),
        ({"owner": ""}, "an exception needs its owner"),
        ({"project": ""}, "an exception needs its project"),
    ],
)
def test_an_exemption_that_is_none(change: dict[str, str], told: str) -> None:
    whole = {"project": "urllib3", "allow": "public", "until": "2026-12-01", "reason": "CVE", "owner": "ops"}
    with pytest.raises(ValueError, match=told):
        Exemption(**{**whole, **change})


@pytest.mark.parametrize("proxies", [{"ftp_proxy": "http://p"}, {"https_proxy": "http://u:s3cret@p\n"}])
def test_proxies_that_are_none(proxies: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="proxies has") as caught:
        Policy(proxies=proxies)
    assert "s3cret" not in str(caught.value)


def test_every_index_of_a_site() -> None:
    one, two, three = Index("/one"), Index("/two"), Index("https://three/")
    assert Policy(local=[one], extra=[two], public=three).indexes == (one, two, three)
    assert Policy(local=[one], public=None).indexes == (one,)


def test_a_correction_says_what_is_true_of_which_releases() -> None:
    one = Correction("six", versions="==1.0", requires=["a"])
    assert (one.requires, one.requires_python) == (("a",), None)
    assert pickled(one) == one
    with pytest.raises(ValueError, match="needs requires, requires_python, or both"):
        Correction("six")
    with pytest.raises(ValueError, match="needs its project"):
        Correction(" ", requires=[])


def test_variables_are_nobody_elses_business() -> None:
    assert "s3cret" not in repr(Policy(variables={"TOKEN": "s3cret"}))
