from __future__ import annotations

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from driverenv.errors import PolicyViolation
from driverenv.model.answers import BUNDLED, URL, Absent, Found
from driverenv.model.requirement import Direct, Root, Source
from driverenv.model.site import Exemption, Index, Policy
from driverenv.policy import Ask, direct

WIDGET = canonicalize_name("widget")
LAB = Index("http://lab.test:8036", name="lab")
EXTRA = Index("https://vendor.test/simple/", name="vendor")
FOLDER = Index("/srv/wheels", name="share")
ADDRESS = "https://files.test/wheels/widget-1.0-py3-none-any.whl"
DIGESTS = (("sha256", "ab" * 32),)


def policy(**rules: object) -> Policy:
    given: dict[str, object] = {
        "local": [LAB, FOLDER],
        "extra": [EXTRA],
        "direct_urls": ["https://files.test/wheels/"],
    }
    return Policy(**(given | rules))  # type: ignore[arg-type]


def root(url: str = ADDRESS, *, bundled: bool = False) -> Root:
    named = Direct(
        "widget-1.0-py3-none-any.whl", url, DIGESTS, bundled=bundled, folder="/srv/driver" if bundled else ""
    )
    return Root(Requirement("widget==1.0"), Source("requirements.txt", 3, "widget @ ..."), (), named)


def why_not(url: str, **rules: object) -> str:
    found = direct.allowed(policy(**rules), WIDGET, url)
    assert isinstance(found, str), found
    return found


@pytest.mark.parametrize(
    "url",
    [
        ADDRESS,
        "HTTPS://FILES.test/wheels/a.whl",
        "https://files.test:443/wheels/deep/er/a.whl",
        "https://files.test/wheels/a%2B1.whl",
    ],
)
def test_an_entry_stands_for_all_that_lies_below_it(url: str) -> None:
    found = direct.allowed(policy(), WIDGET, url)
    assert isinstance(found, direct.Allowed)
    assert (found.index.location, found.public) == ("https://files.test/wheels/", True)
    assert found.rule == "direct_urls entry https://files.test/wheels/"


@pytest.mark.parametrize(
    "url",
    [
        "https://files.test/wheelsome/a.whl",
        "https://files.test/a.whl",
        "https://files.test:8443/wheels/a.whl",
        "http://files.test/wheels/a.whl",
        "https://files.test.evil.test/wheels/a.whl",
    ],
)
def test_no_other_address(url: str) -> None:
    assert "allows no such address (direct_urls)" in why_not(url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://files.test/wheels/../a.whl", "two ways"),
        ("https://files.test/wheels/%2e%2e/a.whl", "two ways"),
        ("https://files.test/wheels/x%2Fa.whl", "two ways"),
        ("https://files.test/wheels//a.whl", "two ways"),
        ("https://me:pw@files.test/wheels/a.whl", "user nor password"),
        ("https://files.test@evil.test/wheels/a.whl", "user nor password"),
        ("https://files.test/wheels/a.whl?token=x", "no query"),
        ("https://f\u00efles.test/wheels/a.whl", "plain ASCII"),
        ("ftp://files.test/wheels/a.whl", "plain ASCII"),
        ("https://files.test:port/wheels/a.whl", "no address"),
        ("https://[files.test/wheels/a.whl", "no address"),
    ],
)
def test_addresses_that_can_be_read_in_two_ways(url: str, why: str) -> None:
    assert why in why_not(url)


def test_an_address_on_the_origin_of_an_index_is_asked_on_its_terms() -> None:
    for index, url in ((LAB, "http://lab.test:8036/files/a.whl"), (EXTRA, "https://vendor.test/a.whl")):
        found = direct.allowed(policy(direct_urls=[url.rpartition("/")[0]]), WIDGET, url)
        assert isinstance(found, direct.Allowed)
        assert (found.index, found.public) == (index, False)


def test_offline_only_the_origins_of_local_indexes() -> None:
    lab = "http://lab.test:8036/files/"
    found = direct.allowed(policy(mode="offline", direct_urls=[lab]), WIDGET, f"{lab}a.whl")
    assert isinstance(found, direct.Allowed)
    assert "offline mode" in why_not(ADDRESS, mode="offline")
    assert "offline mode" in why_not(
        "https://vendor.test/a.whl", mode="offline", direct_urls=["https://vendor.test"]
    )


def test_only_indexes_and_this_machine_may_be_http() -> None:
    assert "may be http" in why_not("http://files.test/a.whl", direct_urls=["http://files.test/"])
    here = "http://127.0.0.1:8000/"
    assert isinstance(direct.allowed(policy(direct_urls=[here]), WIDGET, f"{here}a.whl"), direct.Allowed)


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ({"private": ["wid*"]}, "private pattern wid*"),
        ({"public_deny": ["widget"]}, "public_deny pattern widget"),
        ({"public_allow": ["other"]}, "no pattern of public_allow"),
        ({"sources": {"widget": ["lab"]}}, "sources pattern widget: only lab"),
        ({"sources": {"widget": ["lab"]}, "public": None}, "sources pattern widget: only lab"),
    ],
)
def test_what_keeps_a_name_from_public_keeps_it_from_an_address(rules: dict[str, object], why: str) -> None:
    assert why in why_not(ADDRESS, **rules)


def test_sources_count_on_the_origin_of_an_index_too() -> None:
    url = "https://vendor.test/a.whl"
    rules = {"direct_urls": ["https://vendor.test/"], "private": ["widget"]}
    assert isinstance(direct.allowed(policy(**rules), WIDGET, url), direct.Allowed)
    assert "only lab" in why_not(url, **rules, sources={"widget": ["lab"]})


def test_bundled_wheels() -> None:
    assert "bundled" in direct.bundled(policy(), WIDGET)
    assert direct.bundled(policy(bundled="allowed", private=["widget"]), WIDGET) == ""
    assert "only lab" in direct.bundled(policy(bundled="allowed", sources={"widget": ["lab"]}), WIDGET)


def test_every_index_but_public_is_asked_first() -> None:
    site = policy()
    answers: list[Found | Absent] = []
    for index in (LAB, FOLDER, EXTRA):
        step = direct.next_step_past(site, root(), answers)
        assert step == Ask(index, public=False)
        answers.append(Absent(WIDGET, index, "404"))
    found = direct.next_step_past(site, root(), answers)
    assert isinstance(found, Found)
    assert (found.direct, found.public, found.before) == (URL, True, tuple(answers))
    assert [(file.filename, file.url, file.hashes) for file in found.files] == [
        ("widget-1.0-py3-none-any.whl", ADDRESS, DIGESTS)
    ]


@pytest.mark.parametrize("rules", [{}, {"public": None}, {"mode": "offline"}, {"private": ["widget"]}])
def test_a_bundled_wheel_needs_no_public_index(rules: dict[str, object]) -> None:
    site = policy(extra=[], bundled="allowed", **rules)
    answers = [Absent(WIDGET, index, "404") for index in (LAB, FOLDER)]
    found = direct.next_step_past(site, root("/srv/driver/wheels/w.whl", bundled=True), answers)
    assert isinstance(found, Found)
    assert (found.direct, found.public, found.index.location) == (BUNDLED, False, "/srv/driver")


def test_an_exception_passes_over_the_local_indexes() -> None:
    exemption = Exemption("widget", allow="public", until="2999-01-01", reason="r", owner="o")
    step = direct.next_step_past(policy(extra=[], exceptions=[exemption]), root(), ())
    assert isinstance(step, Found)


def test_who_has_the_project_serves_it() -> None:
    here = Found(WIDGET, LAB, (), "http://lab.test:8036/simple/widget/")
    step = direct.next_step_past(policy(), root(), (here,))
    assert isinstance(step, Found)
    assert step.direct == ""
    error = direct.refusal(step, root())
    assert error.code == "POLICY_URL"
    assert "write widget==1.0 in line 3 of requirements.txt" in str(error)
    assert "widget-1.0-py3-none-any.whl" in direct.passed_over(step, root())


def test_an_address_that_the_policy_no_longer_has_is_not_used() -> None:
    with pytest.raises(PolicyViolation, match="allows no such address"):
        direct.next_step_past(policy(local=[], extra=[], direct_urls=[]), root(), ())


def test_the_rule_for_receipts() -> None:
    assert direct.rule_of(policy(), WIDGET, ADDRESS, URL) == "direct_urls entry https://files.test/wheels/"
    assert direct.rule_of(policy(), WIDGET, "/srv/x.whl", BUNDLED) == 'bundled = "allowed"'
