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

from driverenv import errors, events, settings
from driverenv.archive import rules as limits
from driverenv.archive.rules import RULES
from driverenv.cli import parser as grammar
from driverenv.model.keeping import Keep
from driverenv.model.site import PUBLIC_PYPI, Exemption, Index, Policy
from driverenv.repository.findings import KINDS
from driverenv.settings import fleet, indexes, keeping, proxies, rules
from driverenv.settings.reading import READERS, Reader
from driverenv.settings.schema import meaning

_ROOT = Path(__file__).resolve().parents[1]
_MARK = re.compile(r"<!-- generated: (\w+) -->")
_CODE = re.compile(r"`([A-Z][A-Z_]+)`")
_WIDTH = 100

_KINDS = {
    "local": "list of folders, URLs, tables",
    "extra": "list of folders, URLs, tables",
    "public": "URL, table or `false`",
    "private": "list of patterns",
    "public_allow": "list of patterns",
    "public_deny": "list of patterns",
    "sources": "table",
    "exceptions": "list of tables",
    "python": "text",
    "home": "folder",
    "released": "list of patterns",
    "constraints": "list of requirements",
    "overrides": "list of requirements",
    "baseline": "list of requirements",
    "direct_urls": "list of addresses",
    "exclude_newer": "date, date-time or duration",
    "max_stale_minutes": "number, 0 or more",
    "valid_for_minutes": "number, 0 or more, or `never`",
    "valid_for_drivers": "table",
    "keep": "table",
    "fleet": "table or `false`",
    "proxy": "URL, table or `false`",
    "no_proxy": "list of hosts",
}
_DEFAULTS = {
    "local": "`index` in the data folder",
    "public": f"`{PUBLIC_PYPI}`",
    "python": "not set",
    "home": "`home` in the data folder",
    "exclude_newer": "not set",
    "proxy": "not set",
    "keep": "[its own](#what-is-kept)",
    "fleet": "not set",
    "no_proxy": "not set",
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
    for key, reader in READERS.items():
        kind = _words(reader) or _KINDS.get(key) or reader.allowed
        default = _DEFAULTS.get(key) or ("none" if values[key] in ([], {}) else f"`{_toml(values[key])}`")
        rows[key] = (kind, default, _quoted(meaning(key, reader, Policy)))
    return rows


def _toml(value: object) -> str:
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _words(reader: Reader) -> str:
    words = reader.schema.get("enum")
    return ", ".join(f"`{one}`" for one in words) if isinstance(words, list) else ""


def _quoted(said: str) -> str:
    """A docstring's words and codes as Markdown has them."""
    return re.sub(r'"([^"]+)"', r"`\1`", said.replace("``", "`"))


def _settings() -> str:
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    rows += [f"| `{key}` | {' | '.join(map(_cell, row))} |" for key, row in setting_rows().items()]
    return "\n".join(rows) + "\n"


def term_rows(terms: dict[str, Reader], noun: type) -> dict[str, tuple[str, str]]:
    """By key of an inner table: kind or allowed values, meaning."""
    return {
        name: (_words(reader) or reader.allowed, _quoted(meaning(name, reader, noun)))
        for name, reader in terms.items()
    }


def _terms(terms: dict[str, Reader], noun: type) -> str:
    rows = ["| key | value | meaning |", "|---|---|---|"]
    rows += [f"| `{key}` | {' | '.join(map(_cell, row))} |" for key, row in term_rows(terms, noun).items()]
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


def _event_order() -> str:
    rows = ["| state | what may come, and the state after it |", "|---|---|"]
    for state, following in events.ORDER.items():
        by_next: dict[str, list[str]] = {}
        for name, after in following.items():
            by_next.setdefault(after, []).append(f"`{name}`")
        told = [f"{', '.join(names)} → {after}" for after, names in by_next.items()]
        rows.append(f"| {state} | {'; '.join(told) or 'nothing'} |")
    return "\n".join(rows) + "\n"


def _rules() -> str:
    rows = ["| rule | what must hold | why | refused, for example |", "|---|---|---|---|"]
    rows += [
        f"| `{name}` | {_cell(one.says)} | {_cell(one.why)} | {_cell(one.example)} |"
        for name, one in RULES.items()
    ]
    return "\n".join(rows) + "\n"


def _limits() -> str:
    rows = {
        "members": f"{limits.MAX_FILES:,}",
        "all members together": f"{limits.MAX_BYTES >> 30} GiB",
        "against the file's own size": f"{limits.MAX_RATIO} times, beyond {limits.RATIO_FREE_BYTES >> 20} MiB",
        "METADATA, PKG-INFO, WHEEL": f"{limits.MAX_METADATA_BYTES >> 20} MiB each",
        "entry points": f"{limits.MAX_ENTRY_POINTS_BYTES >> 20} MiB",
        "headers of METADATA and the like": f"{limits.MAX_HEADER_LINES:,} lines",
        "RECORD": f"{limits.MAX_RECORD_BYTES >> 20} MiB",
        "requirements": f"{limits.MAX_REQUIREMENTS:,}",
        "scripts": f"{limits.MAX_SCRIPTS:,}",
    }
    return "\n".join(
        ["| of what | at most |", "|---|---|", *(f"| {name} | {most} |" for name, most in rows.items())]
    )


def _launch_hook() -> str:
    return f"```python\n{(_ROOT / 'examples' / 'launch_hook.py').read_text(encoding='utf-8')}```\n"


def _findings() -> str:
    rows = ["| code | severity | meaning |", "|---|---|---|"]
    rows += [f"| `{code}` | {kind.severity} | {_cell(kind.meaning)} |" for code, kind in KINDS.items()]
    return "\n".join(rows) + "\n"


_PARTS: dict[str, Callable[[], str]] = {
    "cli": _cli,
    "settings": _settings,
    "index_terms": lambda: _terms(indexes.TERMS, Index),
    "fleet_terms": lambda: _terms(fleet.TERMS, Index),
    "keep_terms": lambda: _terms(keeping.TERMS, Keep),
    "proxy_terms": lambda: _terms(proxies.TERMS, Index),
    "exception_terms": lambda: _terms(rules.TERMS, Exemption),
    "errors": _errors,
    "event_order": _event_order,
    "findings": _findings,
    "launch_hook": _launch_hook,
    "limits": _limits,
    "rules": _rules,
}
