from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from driverenv import settings
from driverenv.errors import SettingsInvalid
from driverenv.model.fleet import Fleet
from driverenv.model.keeping import Keep
from driverenv.model.site import PUBLIC_PYPI, Correction, Exemption, Index, Policy
from driverenv.settings import Places, Settings, load, make_default_index

Load = Callable[..., Settings]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(*(str(tmp_path / name) for name in ("site", "user", "data")))


@pytest.fixture
def loaded(tmp_path: Path, places: Places) -> Load:
    def _load(
        *,
        environ: Mapping[str, str] | None = None,
        arguments: Mapping[str, object] | None = None,
        config: Path | None = None,
        site: str | None = None,
        user: str | None = None,
    ) -> Settings:
        for folder, text in ((places.site_config, site), (places.user_config, user)):
            if text is not None:
                Path(folder).mkdir(exist_ok=True)
                (Path(folder) / settings.FILE_NAME).write_text(text, encoding="utf-8")
        return load(
            environ=environ or {}, arguments=arguments or {}, config=config, cwd=tmp_path, places=places
        )

    return _load


def source(found: Settings, key: str) -> str:
    return found.values[key].source


def test_defaults(loaded: Load, places: Places) -> None:
    found = loaded()
    assert found.policy() == Policy(local=[Index(str(Path(places.data, "index")), name="local")])
    assert found.policy().public == Index(PUBLIC_PYPI, name="public PyPI")
    assert found.home == str(Path(places.data, "home"))
    assert (found.python, found.proxies) == (None, {})
    assert {value.source for value in found.values.values()} == {"default"}


def test_nothing_is_created_until_the_default_index_is_asked_for(loaded: Load, tmp_path: Path) -> None:
    found = loaded()
    assert list(tmp_path.iterdir()) == []
    make_default_index(found)
    assert Path(found.default_index).is_dir()


def test_an_index_that_was_named_is_not_created(loaded: Load, tmp_path: Path) -> None:
    make_default_index(loaded(arguments={"local": ["index"]}))
    assert list(tmp_path.iterdir()) == []


def test_the_later_wins(loaded: Load, tmp_path: Path) -> None:
    site = 'mode = "offline"\nbuilds = "never"\nsharing = "copy"\npython = "3.9"\n'
    user = 'builds = "local"\nsharing = "link"\npython = "3.10"\n'
    found = loaded(
        site=site,
        user=user,
        environ={"DRIVERENV_SHARING": "copy", "DRIVERENV_PYTHON": "3.11"},
        arguments={"python": "3.12", "mode": None},
    )
    assert (found.policy().mode, source(found, "mode")) == (
        "offline",
        f"file {tmp_path / 'site' / 'driverenv.toml'} key mode",
    )
    assert (found.policy().builds, source(found, "builds")) == (
        "local",
        f"file {tmp_path / 'user' / 'driverenv.toml'} key builds",
    )
    assert (found.policy().sharing, source(found, "sharing")) == ("copy", "variable DRIVERENV_SHARING")
    assert (found.python, source(found, "python")) == ("3.12", "argument --python")
    assert source(found, "byte_code") == "default"


def test_mode_says_which_option_it_was(loaded: Load) -> None:
    assert source(loaded(arguments={"mode": "offline"}), "mode") == "argument --offline"


def test_a_named_file_stands_for_both(loaded: Load, tmp_path: Path) -> None:
    named = tmp_path / "named.toml"
    named.write_bytes(b'\xef\xbb\xbfmode = "offline"\r\n')  # as Windows editors write it
    by_variable = loaded(user='builds = "never"', environ={"DRIVERENV_CONFIG": "named.toml"})
    by_argument = loaded(environ={"DRIVERENV_CONFIG": "nowhere.toml"}, config=named)
    for found in (by_variable, by_argument):
        assert (found.policy().mode, found.policy().builds) == ("offline", "allowed")
        assert found.inputs == (str(named),)


def test_inputs_are_the_files_looked_for(loaded: Load, tmp_path: Path) -> None:
    found = loaded(user="")
    paths = tuple(str(tmp_path / name / "driverenv.toml") for name in ("site", "user"))
    assert found.inputs == paths
    assert found.files == ((paths[0], False), (paths[1], True))


def test_local_indexes_keep_their_order_and_relative_ones_their_place(loaded: Load, tmp_path: Path) -> None:
    text = 'local = ["wheels", {location = "http://lab:8036", name = "lab"}]'
    assert loaded(user=text).policy().local == (
        Index(str(tmp_path / "user" / "wheels")),
        Index("http://lab:8036", name="lab"),
    )
    by_variable = loaded(environ={"DRIVERENV_LOCAL": "my wheels; http://lab:8036\n"}).policy().local
    assert by_variable == (Index(str(tmp_path / "my wheels")), Index("http://lab:8036"))
    by_argument = loaded(arguments={"local": ["a;b", "~/c"]}, environ={"HOME": "/home/me"}).policy().local
    assert by_argument == (Index(str(tmp_path / "a;b")), Index("/home/me/c"))
    assert loaded(user="local = []").policy().local == ()


@pytest.mark.parametrize("arguments", [{"public": "false"}, {"public": "FALSE"}])
def test_no_public_index(loaded: Load, arguments: dict[str, object]) -> None:
    assert loaded(arguments=arguments).policy().public is None
    assert loaded(user="public = false").policy().public is None


def test_public_pypi_keeps_its_name(loaded: Load) -> None:
    assert loaded(arguments={"public": PUBLIC_PYPI}).policy() == loaded().policy()


def test_python_is_a_version_or_an_absolute_path(loaded: Load, tmp_path: Path) -> None:
    assert loaded(arguments={"python": "bin/python"}).python == str(tmp_path / "bin" / "python")
    assert loaded(arguments={"python": "python3.9"}).python == "python3.9"


def test_credentials_by_reference(loaded: Load, tmp_path: Path) -> None:
    text = """
        local = [
            {location = "http://a/", username = "u", password_env = "DRIVERENV_LAB_PASSWORD"},
            {location = "http://b/", username = "u", password_file = "secret"},
            "http://me:p%40ss@c/",
        ]
    """
    Path(tmp_path, "user").mkdir()
    Path(tmp_path, "user", "secret").write_text("from-file\n", encoding="utf-8")
    found = loaded(user=text, environ={"DRIVERENV_LAB_PASSWORD": "from-variable"})
    assert [index.password for index in found.policy().local] == ["from-variable", "from-file", "p@ss"]
    described = json.dumps(found.describe()) + repr(found)
    for secret in ("from-variable", "from-file", "p@ss", "p%40ss"):
        assert secret not in described


def test_describe_is_json(loaded: Load, tmp_path: Path) -> None:
    found = loaded(
        environ={"https_proxy": "http://u:pw@proxy:3128"},
        arguments={"public": "false", "local": ["http://me:pw@lab/"]},
    )
    described = json.loads(json.dumps(found.describe()))
    assert described["settings"]["public"] == {"value": False, "source": "argument --public"}
    assert described["settings"]["local"]["value"] == [
        {"location": "http://lab/", "name": "http://lab/", "username": "me", "password": "***"}
    ]
    assert described["settings"]["proxies"] == {
        "value": {"https_proxy": "http://***@proxy:3128"},
        "source": "variable https_proxy",
        "sources": {"https_proxy": "variable https_proxy"},
    }
    assert described["settings"]["proxy"] == {"value": None, "source": "default"}
    assert described["files"][0] == {"path": str(tmp_path / "site" / "driverenv.toml"), "found": False}


@pytest.mark.parametrize(
    ("environ", "proxies"),
    [
        ({"http_proxy": "proxy:3128"}, {"http_proxy": "http://proxy:3128"}),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "lab"}, {"https_proxy": "http://p", "no_proxy": "lab"}),
        ({"ALL_PROXY": "http://p"}, {"http_proxy": "http://p", "https_proxy": "http://p"}),
        ({"https_proxy": "http://low", "HTTPS_PROXY": "http://up"}, {"https_proxy": "http://low"}),
        ({"HTTP_PROXY": "http://evil", "REQUEST_METHOD": "GET"}, {}),
        ({"https_proxy": ""}, {}),
        ({"no_proxy": "lab"}, {}),
        ({"DRIVERENV_PROXY": "false", "http_proxy": "http://p"}, {}),
        (
            {"DRIVERENV_PROXY": "http://own", "http_proxy": "http://p", "no_proxy": "lab"},
            {"http_proxy": "http://own", "https_proxy": "http://own", "no_proxy": "lab"},
        ),
    ],
)
def test_proxies(loaded: Load, environ: dict[str, str], proxies: dict[str, str]) -> None:
    assert loaded(environ=environ).proxies == proxies


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('mode = "on"', "the setting `mode` is 'on', which is not allowed"),
        ("mode = true", "the setting `mode` is True, which is not allowed"),
        ('valid_for_minutes = "60"', "the setting `valid_for_minutes` is '60', which is not allowed"),
        ("valid_for_minutes = -1", "the setting `valid_for_minutes` is -1, which is not allowed"),
        ("valid_for_minutes = inf", "the setting `valid_for_minutes` is inf, which is not allowed"),
        ("valid_for_minutes = true", "the setting `valid_for_minutes` is True, which is not allowed"),
        ('local = "wheels"', "the setting `local` is 'wheels', which is not allowed"),
        ('local = {location = "x", password = "pw"}', "the setting `local` is a table, which is not allowed"),
        ("local = [1]", "the setting `local[1]` is 1, which is not allowed"),
        ('local = ["a", {name = "x"}]', "the setting `local[2].location` is missing"),
        ('local = ["ftp://u:pw@x"]', "the setting `local[1]` is 'ftp://***@x', which is not allowed"),
        ('local = [{location = "x", password = "pw"}]', "`local[1]` has a password in clear text"),
        ('local = [{location = "x", pasword_env = "pw"}]', "`local[1]` has no key `pasword_env`"),
        (
            'local = [{location = "x", password_env = "NOT_SET"}]',
            "the variable NOT_SET, which `local[1].password_env` names, is not set",
        ),
        ('public = "wheels"', "the setting `public` is 'wheels', which is not allowed"),
        ("public = true", "the setting `public` is True, which is not allowed"),
        ('public = {location = "/x"}', "the setting `public` is a table, which is not allowed"),
        ('proxy = "socks5://u:pw@x"', "the setting `proxy` is 'socks5://***@x', which is not allowed"),
        ('home = ""', "the setting `home` is '', which is not allowed"),
        ("python = 3.9", "the setting `python` is 3.9, which is not allowed"),
        ("locals = []", "there is no setting `locals`"),
    ],
)
def test_what_is_not_allowed(loaded: Load, text: str, expected: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        loaded(user=text)
    assert caught.value.summary == expected
    assert "pw" not in str(caught.value).replace(text, "").replace("pasword_env", "")
    assert caught.value.facts[0][1].startswith("file ")
    assert caught.value.remedies


def test_a_whole_message(loaded: Load, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        loaded(user='mod = "x"')
    assert str(caught.value) == (
        "SETTINGS_INVALID: there is no setting `mod`\n"
        f"  set by        file {tmp_path / 'user' / 'driverenv.toml'} key mod\n"
        "  nearest       mode\n"
        f"  to fix        write mode instead: file {tmp_path / 'user' / 'driverenv.toml'} key mod"
    )


@pytest.mark.parametrize(
    ("environ", "summary"),
    [
        ({"DRIVERENV_MODE": "Online"}, "the setting `mode` is 'Online', which is not allowed"),
        ({"DRIVERENV_OFFLINE": "1"}, "there is no variable `DRIVERENV_OFFLINE`"),
        (
            {"DRIVERENV_VALID_FOR_MINUTES": "x"},
            "the setting `valid_for_minutes` is 'x', which is not allowed",
        ),
    ],
)
def test_variables_that_are_not_allowed(loaded: Load, environ: dict[str, str], summary: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        loaded(environ=environ)
    assert caught.value.summary == summary


def test_everything_that_is_wrong_is_told_at_once(loaded: Load) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        loaded(
            user='mod = "x"\nsharing = "hard"',
            environ={"DRIVERENV_OFFLINE": "1", "DRIVERENV_BUILDS": "no"},
            arguments={"local": ["ftp://x"]},
        )
    assert caught.value.summary == "5 settings are wrong"
    sources = [text for label, text in caught.value.facts if label == "set by"]
    assert [source.split()[0] for source in sources] == ["file", "the", "file", "variable", "argument"]
    assert len(caught.value.remedies) == len(caught.value.data["problems"]) == 5


def test_where_each_proxy_came_from(loaded: Load) -> None:
    found = loaded(environ={"http_proxy": "http://p", "NO_PROXY": "lab"}, user='proxy = "http://u:pw@own"')
    assert found.proxy_sources["http_proxy"].endswith("key proxy")
    assert found.proxy_sources["no_proxy"] == "variable NO_PROXY"
    assert found.describe()["settings"]["proxy"]["value"] == "http://***@own"


def test_empty_variables_are_not_set(loaded: Load) -> None:
    assert source(loaded(environ={"DRIVERENV_MODE": "", "DRIVERENV_CONFIG": ""}), "mode") == "default"


def test_numbers_from_variables(loaded: Load) -> None:
    assert loaded(environ={"DRIVERENV_VALID_FOR_MINUTES": "1.5"}).policy().valid_for_minutes == 1.5


@pytest.mark.parametrize("content", [b"mode = ", b"\xff\xfe"])
def test_a_file_that_is_no_toml(loaded: Load, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(content)
    with pytest.raises(SettingsInvalid, match="not valid TOML"):
        loaded(config=file)


def test_a_named_file_must_be_there(loaded: Load, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        loaded(environ={"DRIVERENV_CONFIG": "x.toml"})
    assert caught.value.facts == (
        ("file", str(tmp_path / "x.toml")),
        ("named by", "variable DRIVERENV_CONFIG"),
    )
    assert caught.value.remedies == ("name one that is there with variable DRIVERENV_CONFIG",)
    with pytest.raises(SettingsInvalid, match="cannot be read"):
        loaded(config=tmp_path)


def test_the_platforms_places(home: Path) -> None:
    assert all(str(home) in place for place in settings.platform_places()[1:])


EVERYTHING = """
    mode = "online"
    public = "https://mirror.test/simple/"
    private = ["acme-*", "corp-tools"]
    public_allow = ["*"]
    public_deny = ["evil"]
    prereleases = "never"
    builds = "local"
    build_sandbox = "required"
    build_retry = "never"
    yanked = "never"
    empty_page = "absent"
    vanished = "warn"
    released = ["old-tools"]
    replaced = "fail"
    record = "fail"
    confusable = "off"
    constraints = ["urllib3<3", "six>=1.16 ; python_version >= '3.11'"]
    overrides = ["requests[socks]==2.32.3"]
    baseline = ["pip-system-certs"]
    direct_urls = ["https://Files.test/wheels"]
    bundled = "allowed"
    expand_vars = ["LAB_VERSION"]
    exclude_newer = "7 days"
    on_outage = "fail"
    max_stale_minutes = 60
    sharing = "copy"
    copied = ["qs_config.py", "acme/*/settings.py"]
    overlays = ["cloudshell/logging/qs_config.ini"]
    startup_hooks = "warn"
    startup_hooks_allowed = ["setuptools", "cloudshell-*"]
    byte_code = "never"
    watch_environments = "off"
    network_home = "allow"
    valid_for_minutes = 30

    [valid_for_drivers]
    "Legacy *" = "never"
    "Switch *" = 60

    [[local]]
    location = "https://lab:8036"
    name = "lab"
    username = "u"
    credentials = "keyring"
    ca_file = "lab.pem"
    verify = false
    client_cert = "me.pem"
    client_key = "me.key"
    client_key_password_env = "DRIVERENV_LAB_KEY"
    proxy = { location = "http://proxy:3128", username = "me", password_env = "DRIVERENV_LAB_PROXY" }
    connect_timeout = 1
    answer_timeout = 2.5
    whole_timeout = 30
    redirect_hosts = ["Files.lab:8037"]
    file_hosts = ["files.lab"]
    probe = "project"
    follow_symlinks = true

    [[extra]]
    location = "https://vendor.test/simple/"
    name = "vendor"

    [sources]
    "acme-*" = ["lab", "vendor"]
    numpy = "public"

    [[exceptions]]
    project = "urllib3"
    allow = "public"
    until = 2999-12-01
    reason = "a fix"
    owner = "ann"

    [fleet]
    location = "https://wheels.lab.example/fleet"
    key_env = "DRIVERENV_FLEET_KEY"
    write = true

    [build_limits]
    minutes = 30
    processes = 64

    [build_constraints]
    "*" = ["setuptools<81"]
    pyyaml = ["cython<3"]

    [pythons]
    2 = "/opt/python2.7"
    undeclared = "3"

    [seeds]
    "2.7" = ["setuptools<45"]

    [[corrections]]
    project = "Ruamel.YAML"
    versions = "==0.15.33"
    requires = []

    [variables]
    LOG_PATH = "/var/log/lab"

    [keep]
    generations = 1
    max_bytes = "20 GB"
    logs = "/var/log/drivers"
"""


def test_every_key_of_a_policy_and_of_an_index(loaded: Load, tmp_path: Path) -> None:
    environ = {
        "DRIVERENV_FLEET_KEY": "s3cret" * 6,
        "DRIVERENV_LAB_KEY": "s3cret",
        "DRIVERENV_LAB_PROXY": "s3cret",
    }
    found = loaded(user=EVERYTHING, environ=environ)
    policy = found.policy()
    assert policy == Policy(
        local=[
            Index(
                "https://lab:8036",
                name="lab",
                username="u",
                credentials="keyring",
                ca_file=str(tmp_path / "user" / "lab.pem"),
                verify=False,
                client_cert=str(tmp_path / "user" / "me.pem"),
                client_key=str(tmp_path / "user" / "me.key"),
                client_key_password="s3cret",
                proxy="http://me:s3cret@proxy:3128",
                connect_timeout=1,
                answer_timeout=2.5,
                whole_timeout=30,
                redirect_hosts=["files.lab:8037"],
                file_hosts=["files.lab"],
                probe="project",
                follow_symlinks=True,
            )
        ],
        extra=[Index("https://vendor.test/simple/", name="vendor")],
        public=Index("https://mirror.test/simple/"),
        private=["acme-*", "corp-tools"],
        public_allow=["*"],
        public_deny=["evil"],
        sources={"acme-*": ["lab", "vendor"], "numpy": ["public"]},
        exceptions=[Exemption("urllib3", allow="public", until="2999-12-01", reason="a fix", owner="ann")],
        prereleases="never",
        builds="local",
        build_sandbox="required",
        build_limits={"minutes": 30, "processes": 64},
        build_constraints={"*": ["setuptools<81"], "pyyaml": ["cython<3"]},
        build_retry="never",
        yanked="never",
        empty_page="absent",
        vanished="warn",
        released=["old-tools"],
        replaced="fail",
        record="fail",
        confusable="off",
        constraints=["urllib3<3", "six>=1.16 ; python_version >= '3.11'"],
        overrides=["requests[socks]==2.32.3"],
        baseline=["pip-system-certs"],
        exclude_newer="7 days",
        on_outage="fail",
        max_stale_minutes=60,
        sharing="copy",
        copied=["qs_config.py", "acme/*/settings.py"],
        overlays=["cloudshell/logging/qs_config.ini"],
        startup_hooks="warn",
        startup_hooks_allowed=["setuptools", "cloudshell-*"],
        byte_code="never",
        watch_environments="off",
        network_home="allow",
        valid_for_minutes=30,
        valid_for_drivers={"Switch *": 60, "Legacy *": "never"},
        pythons={"2": "/opt/python2.7", "undeclared": "3"},
        seeds={"2.7": ["setuptools<45"]},
        corrections=[Correction("ruamel-yaml", versions="==0.15.33", requires=[])],
        direct_urls=["https://files.test/wheels/"],
        bundled="allowed",
        expand_vars=["LAB_VERSION"],
        variables={"LOG_PATH": "/var/log/lab"},
        fleet=Fleet(
            Index("https://wheels.lab.example/fleet", name="fleet store"), key="s3cret" * 6, write=True
        ),
        keep=Keep(generations=1, max_bytes=20 * 10**9, logs="/var/log/drivers"),
    )
    usual = Policy()
    assert [name for name in Policy.__slots__ if getattr(policy, name) == getattr(usual, name)] == [
        "mode",
        "proxies",
        "proxies_from",
    ]
    described = json.dumps(found.describe())
    assert "s3cret" not in described + repr(found) + repr(policy)
    lab = found.describe()["settings"]["local"]["value"][0]
    assert lab["proxy"] == "http://***@proxy:3128"
    assert (lab["verify"], lab["probe"], lab["redirect_hosts"]) == (False, "project", ["files.lab:8037"])
    assert found.describe()["settings"]["sources"]["value"] == {
        "acme-*": ["lab", "vendor"],
        "numpy": ["public"],
    }
    assert found.describe()["settings"]["exceptions"]["value"][0]["until"] == "2999-12-01"


def test_rules_from_variables(loaded: Load) -> None:
    policy = loaded(
        environ={
            "DRIVERENV_PRIVATE": "acme-*; corp-tools, other",
            "DRIVERENV_CONSTRAINTS": "a<2,>1 ; python_version > '3'\nb",
            "DRIVERENV_EXCLUDE_NEWER": "2026-11-01",
            "DRIVERENV_ON_OUTAGE": "fail",
            "DRIVERENV_EXTRA": "https://vendor.test/",
        }
    ).policy()
    assert policy.private == ("acme-*", "corp-tools", "other")
    assert policy.constraints == ("a<2,>1 ; python_version > '3'", "b")
    assert (policy.exclude_newer, policy.on_outage) == ("2026-11-01", "fail")
    assert policy.extra == (Index("https://vendor.test/"),)


@pytest.mark.parametrize("key", ["SOURCES", "EXCEPTIONS"])
def test_tables_are_for_files_only(loaded: Load, key: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        loaded(environ={f"DRIVERENV_{key}": "x"})
    assert dict(caught.value.facts)["allowed"].endswith("in a settings file only")


def test_every_wrong_entry_of_every_list_is_told(loaded: Load) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        loaded(
            user="""
            local = ["ftp://x", {location = "a", verfy = false, probe = "no"}, 1]
            private = ["Acme_*", "ok", "-"]
            exceptions = [{project = "six", allow = "all", until = "soon"}, {projekt = "x"}]
            constraints = ["six @ https://x/", "six >= = 1"]
            sources = {six = [], "Seven" = "lab"}
            """
        )
    keys = [problem.get("key") for problem in caught.value.data["problems"]]
    assert keys == [
        "local[1]",
        "verfy",
        "local[2].probe",
        "local[3]",
        "private[1]",
        "private[3]",
        "exceptions[1].allow",
        "exceptions[1].until",
        "exceptions[1].reason",
        "exceptions[1].owner",
        "exceptions[2].project",
        "exceptions[2].allow",
        "exceptions[2].until",
        "exceptions[2].reason",
        "exceptions[2].owner",
        "projekt",
        "constraints[1]",
        "constraints[2]",
        "sources.six",
        "sources.Seven",
    ]
    assert caught.value.summary == "20 settings are wrong"
    assert any(remedy.startswith("write acme-* instead: file ") for remedy in caught.value.remedies)


def test_contradictions_are_told_with_the_rest(loaded: Load) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        loaded(user='builds = "no"\n[sources]\nsix = "nobody"\n')
    keys = [problem["key"] for problem in caught.value.data["problems"]]
    assert keys == ["builds", "sources"]
    with pytest.raises(SettingsInvalid) as caught:
        loaded(user='local = [1]\n[sources]\nsix = "lab"\n')
    assert caught.value.data["key"] == "local[1]"  # whether lab is known cannot be said


def test_a_file_by_itself(loaded: Load, tmp_path: Path, places: Places) -> None:
    file = tmp_path / "x.toml"
    file.write_text('local = [{location = "x", password_env = "DRIVERENV_PW"}]', encoding="utf-8")
    environ = {"DRIVERENV_PW": "pw", "DRIVERENV_OTHER": "x", "DRIVERENV_MODE": "offline"}
    found = load(environ=environ, arguments={}, config=file, cwd=tmp_path, places=places, variables=False)
    assert (found.policy().mode, found.policy().local[0].password) == ("online", "pw")


def test_a_file_that_is_nested_too_deeply(loaded: Load, tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text("a = " + "[" * 100_000 + "]" * 100_000, encoding="utf-8")
    with pytest.raises(SettingsInvalid, match="not valid TOML"):
        loaded(config=file)


def test_a_proxy_variable_that_is_no_text(loaded: Load) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        loaded(environ={"https_proxy": "http://u:s3cret@p\n"})
    assert caught.value.data["source"] == "variable https_proxy"
    assert "s3cret" not in str(caught.value)
