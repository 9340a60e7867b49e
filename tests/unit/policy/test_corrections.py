"""What the site knows better than a release's own metadata."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from driverenv.errors import SettingsInvalid
from driverenv.model.amended import AS_IT_IS, Amended
from driverenv.model.resolution import Corrected, Dependencies, Failed, Unusable
from driverenv.model.site import Correction, Policy
from driverenv.policy.corrections import Known, amended, applied, of, read, shown

NAME = canonicalize_name("ruamel.yaml")
SAID = Dependencies((Requirement("old"),), "<3", frozenset({canonicalize_name("x")}))


def found(*corrections: Correction, version: str = "0.15.33") -> Corrected | None:
    return of(read(corrections), NAME, Version(version))


def known(*corrections: Correction, said: Known | None = SAID) -> Known | None:
    return applied(said, found(*corrections))


def test_what_stands_in_place_of_a_release_s_own_metadata() -> None:
    policy = Policy(
        corrections=[
            Correction("ruamel.yaml", versions="<1", requires=["x"]),
            Correction("lib", requires_python=""),
        ],
        overrides=["Other_Lib>=2"],
    )
    projects = frozenset({canonicalize_name("other-lib")})
    assert amended(policy, NAME, Version("0.15")) == Amended(requires=True, projects=projects)
    assert amended(policy, NAME, Version("1.0")) == Amended(projects=projects)
    assert amended(policy, canonicalize_name("lib"), Version("1.0")) == Amended(projects=projects)
    assert amended(Policy(), NAME, Version("0.15")) == AS_IT_IS


@pytest.mark.parametrize(
    ("versions", "version", "holds"),
    [
        ("==0.15.33", "0.15.33", True),
        ("==0.15.33", "0.15.34", False),
        ("<0.16", "0.15.33", True),
        ("<0.16", "0.16", False),
        ("", "0.15.33", True),
        ("", "1.0rc1", True),
        (">=1.0a", "1.0rc1", True),
    ],
)
def test_which_releases_are_meant(versions: str, version: str, *, holds: bool) -> None:
    one = Correction("Ruamel_YAML", versions=versions, requires=[])
    assert (found(one, version=version) is not None) == holds
    assert of(read([one]), canonicalize_name("other"), Version(version)) is None


def test_the_last_one_counts_for_each_field_by_itself() -> None:
    first = Correction("ruamel.yaml", requires=["a"], requires_python=">=3")
    corrected = found(first, Correction("ruamel.yaml", requires=["b"]))
    assert corrected is not None
    assert (corrected.requires, corrected.requires_python) == ((Requirement("b"),), ">=3")
    corrected = found(first, Correction("ruamel.yaml", requires_python=""))
    assert corrected is not None
    assert (corrected.requires, corrected.requires_python) == ((Requirement("a"),), "")
    assert found(first, Correction("ruamel.yaml", versions=">1", requires=["b"])) == found(first)


def test_what_is_said_is_replaced_and_the_rest_stays() -> None:
    needs = Correction("ruamel.yaml", requires=["new>=2"])
    python = Correction("ruamel.yaml", requires_python=">=3.8")
    new = (Requirement("new>=2"),)
    assert known() is SAID
    assert known(needs) == Dependencies(new, "<3", SAID.extras)
    assert known(python) == Dependencies(SAID.requires, ">=3.8", SAID.extras)
    assert known(needs, python) == Dependencies(new, ">=3.8", SAID.extras)
    for broken in (None, Unusable("torn"), Failed(OSError("it cannot be built"))):
        assert known(needs, said=broken) == Dependencies(new)
        assert known(python, said=broken) is broken


def test_a_correction_in_words() -> None:
    for correction, words in (
        (Correction("ruamel.yaml", requires=["a<2", "b"]), "it requires a<2, b"),
        (Correction("ruamel.yaml", requires=[]), "it requires nothing"),
        (Correction("ruamel.yaml", requires_python=">=3"), "it requires Python >=3"),
        (Correction("ruamel.yaml", requires=[], requires_python=""), "it requires nothing, and Python of any version"),
    ):  # fmt: skip
        corrected = found(correction)
        assert corrected is not None
        assert shown(corrected) == words


@pytest.mark.parametrize(
    ("correction", "words"),
    [
        (Correction("a", versions="=1", requires=[]), "versions that cannot be read: '=1'"),
        (Correction("a", requires_python="three"), "requires_python that cannot be read: 'three'"),
        (Correction("a", requires=["b", "c ="]), "requires that cannot be read: 'c ='"),
        (Correction("a", requires=["b @ https://far.test/b.whl"]), "it names a URL"),
    ],
)
def test_corrections_that_are_none(correction: Correction, words: str) -> None:
    with pytest.raises(SettingsInvalid) as raised:
        read([correction])
    assert words in str(raised.value)
    assert raised.value.data["setting"] == "corrections"


@pytest.mark.parametrize(
    "text", ["b @ https://me:hunter2@far.test/b.whl", "https://me:hunter2@far.test/b.whl"]
)
def test_no_password_is_shown(text: str) -> None:
    for correction in (Correction("a", requires=[text]), Correction("a", requires_python=text)):
        with pytest.raises(SettingsInvalid) as raised:
            read([correction])
        assert "hunter2" not in f"{raised.value} {raised.value.data}"
