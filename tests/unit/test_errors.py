from __future__ import annotations

import concurrent.futures
import inspect
import json
import multiprocessing
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import driverenv
from driverenv import errors
from driverenv.errors import DriverEnvError, foreign, masked
from tests.unit.model.copies import pickled

SRC = Path(errors.__file__).parent
KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, DriverEnvError)]
FACTS = (("project", "six"), ("local index", "lab (http://lab:8036/simple/)"), ("local index", "/srv/pypi"))
REMEDIES = ("put six>=2 into the local index", "or relax the requirement")
# A code that leaves the house: scripts and tickets of sites refer to it. A change here is a breaking change.
CODES = {
    "ARCHIVE_REJECTED": 109,
    "BUILD_FAILED": 110,
    "CONFLICT": 107,
    "ENV_CORRUPT": 112,
    "ERROR": 100,
    "FACTS_INVALID": 115,
    "LOCK_OUTDATED": 116,
    "REPOSITORY_UNUSABLE": 120,
    "SERVER_FAILED": 121,
    "UPLOAD_REFUSED": 122,
    "HOME_UNUSABLE": 113,
    "INTEGRITY": 108,
    "INTERPRETER": 111,
    "LOCAL_ERROR": 106,
    "LOCAL_NO_MATCH": 104,
    "NOT_FOUND": 105,
    "NO_ENTRY_POINT": 114,
    "POLICY_VIOLATION": 103,
    "REQUIREMENTS_SYNTAX": 102,
    "SETTINGS_INVALID": 101,
}


def made(kind: type[DriverEnvError], code: str = "") -> DriverEnvError:
    return kind("nothing fits", code=code, facts=FACTS, remedies=REMEDIES, data={"project": "six"})


def state(error: DriverEnvError) -> tuple[object, ...]:
    return type(error), str(error), error.summary, error.code, error.facts, error.remedies, error.data


def codes_in(kind: type[DriverEnvError]) -> set[str]:
    """The codes that the docstring of `kind` names."""
    return set(re.findall(r"`([A-Z][A-Z_]+)`", inspect.getdoc(kind) or ""))


def raise_it(error: DriverEnvError) -> None:
    raise error


@pytest.mark.parametrize("kind", KINDS)
def test_pickled_whole(kind: type[DriverEnvError]) -> None:
    error = made(kind, "SOME_CODE")
    assert state(pickled(error)) == state(error)
    assert state(pickled(kind("bare"))) == state(kind("bare"))


def test_raised_across_processes() -> None:
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        raised = [pool.submit(raise_it, made(kind)).exception(60) for kind in KINDS]
    for kind, error in zip(KINDS, raised, strict=True):
        assert isinstance(error, DriverEnvError)
        assert state(error) == state(made(kind))


def test_codes_and_exit_codes_stay_what_they_are() -> None:
    assert {kind.default_code: kind.exit_code for kind in KINDS} == CODES


def test_each_class_has_its_own_exit_code() -> None:
    own: dict[int, set[type[DriverEnvError]]] = {}
    for kind in KINDS:
        own.setdefault(kind.exit_code, set()).add(kind)
    shared = {code: kinds for code, kinds in own.items() if len(kinds) > 1}
    assert shared == {108: {errors.IntegrityError, errors.HashMismatch}}  # one is the other's special case
    assert all(100 <= code < 126 for code in own), "126 and above belong to shells"


def test_every_class_is_public() -> None:
    assert {kind.__name__ for kind in KINDS} <= set(driverenv.__all__)
    assert all(getattr(driverenv, kind.__name__) is kind for kind in KINDS)


def test_the_classes_name_their_codes() -> None:
    """The reference of errors is written from these docstrings."""
    unnamed = {kind.default_code for kind in KINDS if kind.default_code not in codes_in(kind)}
    # Bases and fallbacks; SettingsInvalid has this one code only.
    assert unnamed <= {"ERROR", "POLICY_VIOLATION", "SETTINGS_INVALID"}


def test_codes_in_the_source_are_well_formed_and_belong_to_one_class() -> None:
    """A code that two classes name could not be told apart by a program."""
    owners: dict[str, set[str]] = {}
    for kind in KINDS:
        if kind not in (DriverEnvError, errors.HashMismatch):
            for code in {*codes_in(kind), kind.default_code}:
                owners.setdefault(code, set()).add(kind.__name__)
    assert {code: names for code, names in owners.items() if len(names) > 1} == {}
    written: set[str] = set()
    for path in SRC.rglob("*.py"):
        # Codes of errors are upper case; what a check-up finds has codes of its own, with hyphens.
        written |= set(re.findall(r'\bcode="([A-Z][^"]*)"', path.read_text(encoding="utf-8")))
    assert written - set(owners) == set()


def test_the_text() -> None:
    error = DriverEnvError(
        "nothing fits",
        code="LOCAL_NO_MATCH",
        facts=(*FACTS, ("versions", "1.16.0\n1.15.0")),
        remedies=REMEDIES,
    )
    assert str(error).split("\n") == [
        "LOCAL_NO_MATCH: nothing fits",
        "  project       six",
        "  local index   lab (http://lab:8036/simple/)",
        "                /srv/pypi",
        "  versions      1.16.0",
        "                1.15.0",
        "  to fix        put six>=2 into the local index",
        "                or relax the requirement",
    ]


def test_a_bare_error_is_one_line() -> None:
    assert str(DriverEnvError("it is so")) == "ERROR: it is so"
    assert DriverEnvError("it is so").args == ("it is so",)


def test_more_facts_in_front() -> None:
    error = made(errors.BuildFailed, "BUILD_TIMEOUT")
    more = error.with_facts(("built for", "widget 1.0"))
    assert type(more) is errors.BuildFailed
    assert more.facts == (("built for", "widget 1.0"), *FACTS)
    assert (more.code, more.remedies, more.data) == ("BUILD_TIMEOUT", REMEDIES, {"project": "six"})
    assert error.facts == FACTS


@pytest.mark.parametrize("kind", KINDS)
def test_as_json(kind: type[DriverEnvError]) -> None:
    error = made(kind)
    found = json.loads(json.dumps(error.as_dict()))
    assert found == {
        "code": kind.default_code,
        "message": str(error),
        "summary": "nothing fits",
        "facts": [list(fact) for fact in FACTS],
        "remedies": list(REMEDIES),
        "project": "six",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_one_sentence_for_old_log_scrapers(kind: type[DriverEnvError]) -> None:
    assert made(kind, "SOME_CODE").legacy == (
        "Failed to setup the Python environment, error installing dependencies. [SOME_CODE]"
    )
    assert "Failed to setup" not in str(made(kind))


def test_data_is_the_errors_own() -> None:
    given = {"project": "six"}
    error = DriverEnvError("x", data=given)
    given["project"] = "other"
    assert error.data == {"project": "six"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("six 1.0", "six 1.0"),
        ("Grüße, 世界", "Grüße, 世界"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("one\r\ntwo\tthree", "one\\r\\ntwo\\tthree"),
        ("\x9b2J\x7f\x00", "\\x9b2J\\x7f\\x00"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("line\u2028break", "line\\u2028break"),
        ("lone \udce9", "lone \\udce9"),
        ("\U000e0001tag", "\\U000e0001tag"),
        (404, "404"),
    ],
)
def test_foreign_text(text: object, shown: str) -> None:
    assert foreign(text) == shown


def test_foreign_text_is_cut() -> None:
    assert foreign("x" * 10, limit=10) == "x" * 10
    assert foreign("x" * 11, limit=10) == "x" * 10 + "…"
    assert foreign("\n" * 11, limit=10) == "\\n" * 5 + "…"


@given(st.text(st.characters(codec=None)), st.integers(1, 60))
def test_foreign_text_is_always_printable_and_short(text: str, limit: int) -> None:
    shown = foreign(text, limit=limit)
    assert shown.isprintable() or not shown
    assert len(shown) <= limit + 1
    assert len(shown.splitlines()) <= 1
    shown.encode("utf-8")


def test_no_control_character_reaches_the_terminal() -> None:
    error = DriverEnvError("a\x1b[31m\a", facts=(("why", "b\x9b\nc\r"),))
    assert str(error).split("\n") == [r"ERROR: a\x1b[31m\x07", r"  why           b\x9b", r"                c"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x @ https://u:s3cret@h/x.whl", "x @ https://***@h/x.whl"),
        ("-ihttps://s3cret@h/simple", "-ihttps://***@h/simple"),
        ("--index-url=https://u:a/s3cret@h/simple", "--index-url=https://***@h/simple"),
        ("https://u:s3@cret@h/x", "https://***@h/x"),
        ("x @ https:/u:s3cret@h/x", "x @ https:/***@h/x"),
        ("x @ //u:s3cret@h/x", "x @ //***@h/x"),
        ("u:s3cret@h/x.whl", "***@h/x.whl"),
        ("--trusted-host u:s3cret@h", "--trusted-host ***@h"),
        ("https://h/x.whl?token=s3cret#sha256=ab", "https://h/x.whl?***#sha256=ab"),
    ],
)
def test_what_may_be_a_password_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "git+https://h/x.git@v1.0#egg=x",
        "git@github.com:corp/x.git@v1",
        "http://[::1]:80/x@1",
        "https://h:80/p@1",
        "x @ file:///srv/a@b.whl",
        "C:\\drivers\\a@b",
        "x==1; python_version > '3' --hash=sha256:ab",
    ],
)
def test_what_is_no_password_stays(text: str) -> None:
    assert masked(text) == text


@given(st.text(max_size=200))
def test_masking_takes_any_text_and_is_done_at_once(text: str) -> None:
    assert masked(masked(text)) == masked(text)
