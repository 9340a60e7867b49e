from __future__ import annotations

import pytest

from driverenv.model.site import (
    BUILD_LIMITS,
    DEFAULT_VALID_FOR_MINUTES,
    PUBLIC_PYPI,
    WORDS,
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
    assert (policy.prereleases, policy.builds, policy.sharing) == ("if-necessary", "allowed", "auto")
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
        ("build_limits", {"minutes": 0}),
        ("build_limits", {"memory_mib": float("nan")}),
        ("build_limits", {"hours": 1}),
        ("sharing", "symlink"),
        ("byte_code", True),
        ("valid_for_minutes", -1),
        ("valid_for_minutes", float("nan")),
        ("valid_for_drivers", {"x": -1}),
        ("local", ["/srv/pypi"]),
        ("public", Index("/srv/pypi")),
    ],
)
def test_values_that_are_not_allowed(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        Policy(**{field: value})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=field):
        Policy().replace(**{field: value})


def test_limits_of_builds_that_are_not_named_stay_as_they_are() -> None:
    policy = Policy(build_limits={"minutes": 30})
    assert dict(policy.build_limits) == {**BUILD_LIMITS, "minutes": 30}
    assert policy.replace(mode="offline").build_limits == policy.build_limits


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


@pytest.mark.parametrize("proxies", [{"ftp_proxy": "http://p"}, {"https_proxy": "http://u:s3cret@p\n"}])
def test_proxies_that_are_none(proxies: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="proxies has") as caught:
        Policy(proxies=proxies)
    assert "s3cret" not in str(caught.value)


def test_every_index_of_a_site() -> None:
    one, two, three = Index("/one"), Index("/two"), Index("https://three/")
    assert Policy(local=[one], extra=[two], public=three).indexes == (one, two, three)
    assert Policy(local=[one], public=None).indexes == (one,)


def test_variables_are_nobody_elses_business() -> None:
    assert "s3cret" not in repr(Policy(variables={"TOKEN": "s3cret"}))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://Files.test", "https://files.test/"),
        ("HTTPS://files.test:8443/a/b", "https://files.test:8443/a/b/"),
        ("http://lab.test/files//", "http://lab.test/files/"),
    ],
)
def test_addresses_have_one_spelling(given: str, kept: str) -> None:
    assert Policy(direct_urls=[given]).direct_urls == (kept,)


@pytest.mark.parametrize(
    "given",
    [
        "/srv/wheels",
        "ftp://files.test/",
        "https://me:s3cret@files.test/",
        "https://files.test/a/../b",
        "https://files.test/a%2Fb",
        "https://files.test//a",
        "https://files.test/?x",
        "https:///x",
    ],
)
def test_addresses_that_are_none(given: str) -> None:
    with pytest.raises(ValueError, match="direct_urls") as raised:
        Policy(direct_urls=[given])
    assert "s3cret" not in str(raised.value)
