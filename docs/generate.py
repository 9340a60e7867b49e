"""Parts of the reference that are made from the code, so that they cannot be wrong: a hook of mkdocs.

A page says where such a part goes: `<!-- generated: cli -->`. `part(name)` gives its Markdown.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))  # the docs build installs no driverenv

from driverenv import errors, settings
from driverenv.archive.rules import RULES
from driverenv.cli import parser as grammar
from driverenv.model.site import PUBLIC_PYPI, Policy
from driverenv.settings.reading import CHOICES, READERS

_ROOT = Path(__file__).resolve().parents[1]
_MARK = re.compile(r"<!-- generated: (\w+) -->")
_CODE = re.compile(r"`([A-Z][A-Z_]+)`")
_WIDTH = 100

# What `Policy` does not say: settings that are no part of it, or mean more than their value there.
_SETTINGS = {
    "local": "the local indexes in order, the first that has a project owns it: each a folder, a URL, or a "
    "table with `location`, `name`, `username`, and `password_env` or `password_file`",
    "public": "the public index, asked only for what every local index lacks: a URL, a table as above, or "
    "`false` for none",
    "python": "the interpreter of the drivers: a path, a command, or a version such as `3.12`; not set: the "
    "Python that runs driverenv",
    "home": "the folder where driverenv keeps its store and its environments",
    "proxy": "for the public index only: an `http://` or `https://` URL, or `false` for none; not set: "
    "`https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`. Local indexes are always asked directly",
}
_KINDS = {
    "local": "list",
    "public": "URL, table or `false`",
    "python": "text",
    "home": "folder",
    "valid_for_minutes": "number, 0 or more",
    "proxy": "URL or `false`",
}
_DEFAULTS = {
    "local": "`index` in the data folder",
    "public": f"`{PUBLIC_PYPI}`",
    "python": "not set",
    "home": "`home` in the data folder",
    "proxy": "not set",
}


def on_page_markdown(markdown: str, **_: object) -> str:
    """Put the generated parts in (called by mkdocs for each page)."""
    return _MARK.sub(lambda mark: part(mark[1]), markdown)


def part(name: str) -> str:
    """The generated part of this name."""
    return _PARTS[name]()


# --------------------------------------------------------------------------------------- command line


def commands() -> dict[str, argparse.ArgumentParser]:
    """Every command with its parser, by name: "lock", "config show"."""
    return dict(_commands(grammar._parser(), ""))  # noqa: SLF001 (what `--help` prints comes from there)


def _commands(parser: argparse.ArgumentParser, prefix: str) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:  # noqa: SLF001 (argparse has no other way in)
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for name, sub in action.choices.items():
                inner = dict(_commands(sub, f"{prefix}{name} "))
                yield from (inner or {f"{prefix}{name}": sub}).items()


def common_options() -> list[argparse.Action]:
    """The options that every command has."""
    all_of_them = [parser._actions for parser in commands().values()]  # noqa: SLF001
    rest = [{tuple(action.option_strings) for action in actions} for actions in all_of_them[1:]]
    return [
        action
        for action in all_of_them[0]
        if action.option_strings and all(tuple(action.option_strings) in other for other in rest)
    ]


def _cli() -> str:
    common = {tuple(action.option_strings) for action in common_options()}
    parts = ["## Options of all commands\n", _table(common_options())]
    for name, parser in commands().items():
        own = [one for one in parser._actions if tuple(one.option_strings) not in common]  # noqa: SLF001
        usage = parser.usage or " ".join([f"driverenv {name} [options]", *map(_operand, own)])
        text = (parser.description or "").rstrip(".")
        parts.append(f"## `driverenv {name}`\n\n{text[:1].upper()}{text[1:]}.\n\n```text\n{usage}\n```\n")
        parts += [_table(own)] if own else []
    return "\n".join(parts)


def _operand(action: argparse.Action) -> str:
    if action.option_strings:
        return f"[{_spelled(action)[-1]}]"
    return f"[{action.metavar}]" if action.nargs == "?" else str(action.metavar)


def _spelled(action: argparse.Action) -> list[str]:
    value = ""
    if action.nargs != 0:
        value = f" {action.metavar or '{' + ','.join(map(str, action.choices or ())) + '}'}"
    return [f"{option}{value}" for option in action.option_strings] or [str(action.metavar)]


def _table(actions: Sequence[argparse.Action]) -> str:
    rows = ["| option | meaning |", "|---|---|"]
    rows += [
        f"| {', '.join(f'`{one}`' for one in _spelled(action))} | {_cell(str(action.help))} |"
        for action in actions
    ]
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


# ------------------------------------------------------------------------------------------- settings


def setting_rows() -> dict[str, tuple[str, str, str]]:
    """By key: kind or allowed values, default, meaning."""
    places = settings.Places(site_config="/site", user_config="/user", data="/data")
    found = settings.load(environ={}, arguments={}, config=None, cwd=Path("/"), places=places).describe()
    values = {key: entry["value"] for key, entry in found["settings"].items()}
    rows = {}
    for key in READERS:
        kind = ", ".join(f"`{one}`" for one in CHOICES.get(key, ())) or _KINDS[key]
        default = _DEFAULTS.get(key) or f"`{values[key]}`"
        rows[key] = (kind, default, _SETTINGS.get(key) or _of_policy(key))
    return rows


def _of_policy(key: str) -> str:
    """What the docstring of `Policy` says of this argument."""
    found = re.search(rf"^ +{key}: (.+(?:\n {{12,}}.+)*)", Policy.__doc__ or "", re.MULTILINE)
    if found is None:
        raise KeyError(key)
    return " ".join(found[1].split()).rstrip(".")


def _settings() -> str:
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    rows += [f"| `{key}` | {' | '.join(map(_cell, row))} |" for key, row in setting_rows().items()]
    return "\n".join(rows) + "\n"


# --------------------------------------------------------------------------------------------- errors


def error_classes() -> list[type[errors.DriverEnvError]]:
    """Every public error class, in the order of its exit code."""
    found = [
        one
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, errors.DriverEnvError)
    ]
    return sorted(found, key=lambda one: (one.exit_code, len(one.__mro__), one.__name__))


def codes_of(kind: type[errors.DriverEnvError]) -> list[str]:
    """The codes that the docstring of an error class names."""
    named = [code for code in _CODE.findall(kind.__doc__ or "") if not code.endswith("_")]
    return named or [kind.default_code]


def _errors() -> str:
    rows = ["| exit code | class | codes | raised when |", "|---|---|---|---|"]
    for kind in error_classes():
        if kind is errors.DriverEnvError:
            continue
        said = " ".join((kind.__doc__ or "").split()).split(" Code", 1)[0].rstrip(".")
        codes = ", ".join(f"`{code}`" for code in codes_of(kind))
        rows.append(f"| {kind.exit_code} | `{kind.__name__}` | {codes} | {_cell(said)} |")
    return "\n".join(rows) + "\n"


def _rules() -> str:
    rows = ["| rule | |", "|---|---|"]
    return "\n".join([*rows, *(f"| `{name}` | {_cell(said)} |" for name, said in RULES.items())]) + "\n"


def _launch_hook() -> str:
    return f"```python\n{(_ROOT / 'examples' / 'launch_hook.py').read_text(encoding='utf-8')}```\n"


_PARTS: dict[str, Callable[[], str]] = {
    "cli": _cli,
    "settings": _settings,
    "errors": _errors,
    "launch_hook": _launch_hook,
    "rules": _rules,
}
