from __future__ import annotations

import pytest

from driverenv.cli.parser import UsageError, parse


def test_common_options_on_each_command() -> None:
    common = ["--local", "a", "--local", "b", "--public", "u", "--offline", "--python", "3.9"]
    common += ["--home", "h", "--config", "c", "--quiet", "--json"]
    commands = (["prepare", "d"], ["run", "d"], ["lock", "r"], ["explain", "r"], ["config", "show"])
    for command in (*commands, ["config", "import", "f"]):
        options = parse([*command, *common])
        assert options.local == ["a", "b"]
        assert (options.public, options.mode, options.python) == ("u", "offline", "3.9")
        assert (options.home, options.config) == ("h", "c")
        assert (options.quiet, options.verbose, options.json) == (True, False, True)


def test_what_is_not_said_is_none() -> None:
    options = parse(["prepare", "d"])
    assert {options.local, options.public, options.mode, options.python, options.home} == {None}


def test_the_project_may_come_behind_an_option() -> None:
    """argparse has given up on an optional operand by then."""
    assert parse(["explain", "--last", "d", "--home", "h", "six"]).project == "six"
    assert parse(["explain", "d", "six", "--home", "h"]).project == "six"
    with pytest.raises(UsageError, match="unrecognized arguments: b c"):
        parse(["explain", "d", "--home", "h", "b", "c"])
    with pytest.raises(UsageError, match="unrecognized arguments: c"):
        parse(["explain", "d", "b", "--home", "h", "c"])


def test_the_last_failure_or_one_by_its_file() -> None:
    assert parse(["explain", "d"]).last is parse(["explain", "d"]).failure is False
    with pytest.raises(UsageError, match="not allowed with"):
        parse(["explain", "--last", "--failure", "d"])


def test_online_again() -> None:
    assert parse(["prepare", "d", "--online"]).mode == "online"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["config"], "the following arguments are required: COMMAND"),
        (["prepare"], "the following arguments are required: DRIVER"),
        (["prepare", "d", "e"], "unrecognized arguments: e"),
        (["prepare", "d", "--off"], "unrecognized arguments: --off; did you mean --offline?"),
        (
            ["--offline", "prepare", "d"],
            "unrecognized arguments: --offline; --offline comes after the command: driverenv prepare --offline",
        ),
        (
            ["run", "d", "--slot", "3"],
            (
                "unrecognized arguments: --slot 3; the driver's own arguments come after `--`:"
                " driverenv run DRIVER -- --slot 3"
            ),
        ),
        (["prepare", "d", "--offline", "--online"], "argument --online: not allowed with argument --offline"),
        (["prepare", "d", "-q", "-v"], "argument -v/--verbose: not allowed with argument -q/--quiet"),
        (["prepare", "d", "--format", "pins"], "unrecognized arguments: --format pins"),
    ],
)
def test_usage_errors(argv: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(argv)
    assert str(caught.value) == message
    assert caught.value.usage.startswith("usage: driverenv")


def test_the_usage_is_the_commands_own() -> None:
    for argv in (["lock", "r", "--of"], ["config", "show", "--of"]):
        with pytest.raises(UsageError, match=r"did you mean --offline\?") as caught:
            parse(argv)
        assert caught.value.usage.startswith(f"usage: driverenv {argv[0]} ")


def test_unknown_words_are_told_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"invalid choice: 'prepair'; did you mean prepare\? \(.*lock"):
        parse(["prepair"])
    with pytest.raises(UsageError, match=r"invalid choice: 'toml'.*pylock"):
        parse(["lock", "r", "--format", "toml"])
