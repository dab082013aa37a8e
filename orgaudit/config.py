"""The configuration file: read, checked, and written back without secrets.

What can be said is in ``orgaudit.model.settings``; pydantic checks it. Every error names file, key, value and what was
expected, one line each.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import asdict
from email.utils import getaddresses
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from orgaudit.controls import CATALOG, own_control, resolve_version
from orgaudit.errors import ConfigError
from orgaudit.model.settings import Config, Delivery
from orgaudit.patterns import PatternSyntaxError, parse

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_ATOM, _LABEL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+", "[A-Za-z0-9-]+"
_ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})*")
"""The address itself, as RFC 5321 has it without quotes; a name may stand before it."""
_LONGEST_LOCK_DAYS = 36_500
"""As long as Object Lock keeps anything: 100 years (S3 user guide, Object Lock considerations, read 2026-11-26)."""


def load_config(path: str | Path) -> Config:
    """The configuration in a TOML file. Raises ConfigError, which lists everything that is wrong, one line each."""
    file = Path(path)
    try:
        return parse_config(file.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; `orgaudit init {path}` writes one") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}; expected a TOML file in UTF-8 that you may read") from None


def parse_config(text: str, name: str) -> Config:
    """The configuration in a TOML text; name stands in messages. Raises ConfigError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: not valid TOML: {error}; `orgaudit init` writes a file to compare with") from None
    try:
        config = TypeAdapter(Config).validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        raise ConfigError("\n".join(f"{name}: {_worded(detail)}" for detail in error.errors())) from None
    problems = list(_problems(config))
    if problems:
        raise ConfigError("\n".join(f"{name}: {problem}" for problem in problems))
    return config


_EXPECTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a table",
    "dataclass_type": "a table",
    "date_type": "a date such as 2027-03-31, without quotes",
}


def _worded(detail: ErrorDetails) -> str:
    """One validation error: key, value, expectation."""
    key = ".".join(f"[{part + 1}]" if isinstance(part, int) else str(part) for part in detail["loc"]).replace(".[", "[")
    kind = detail["type"]
    if kind == "unexpected_keyword_argument":
        return f"unknown key {key} = {_shown(detail['input'])}; `orgaudit init` writes a file with every key"
    if kind == "missing":
        return f"key {key} is missing; expected in {_shown(detail['input'])}"
    if kind == "literal_error":
        return f"key {key} = {_shown(detail['input'])}; expected {detail['ctx']['expected']}"
    return f"key {key} = {_shown(detail['input'])}; expected {_EXPECTED.get(kind, detail['msg'])}"


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return text if len(text) <= 200 else text[:200] + " ..."


def _problems(config: Config) -> Iterator[str]:
    """What the types cannot say."""
    audit = config.audit
    try:
        resolve_version(audit.benchmark)
    except ValueError as error:
        yield f'key audit.benchmark = "{audit.benchmark}"; {error}'
    yield from _problems_of_controls(config)
    for key, least in (("max_events", 1), ("max_delay_s", 1), ("delivery_max_age_h", 1)):
        if getattr(audit, key) < least:
            yield f"key audit.{key} = {getattr(audit, key)}; expected at least {least}"
    for control, allowed in audit.max_events_by_control.items():
        if allowed < 1:
            yield f"key audit.max_events_by_control.{control} = {allowed}; expected at least 1"
    if config.collect.workers < 0:
        yield f"key collect.workers = {config.collect.workers}; expected 0 (chosen for the machine) or more"
    yield from _problems_of_accounts(config)
    for position, delivery in enumerate(config.deliver, 1):
        yield from (f"key deliver[{position}].{problem}" for problem in _problems_of_delivery(delivery))


def _problems_of_controls(config: Config) -> Iterator[str]:
    known = set(CATALOG)
    for position, own in enumerate(config.controls, 1):
        if own.key in known:
            whose = "the catalog has" if own.key in CATALOG else "stands above as"
            yield f'key controls[{position}].key = "{own.key}"; {whose} a control of that name, expected another'
            continue
        known.add(own.key)
        try:
            own_control(own.key, own.section, own.title, own.pattern, own.event_source)
        except ValueError as error:
            yield f"key controls[{position}]: {error}"
    for position, key in enumerate(config.audit.controls, 1):
        if key in config.audit.controls[: position - 1]:
            yield f'key audit.controls[{position}] = "{key}"; expected each control once'
    named = [(f"audit.controls[{position}]", key) for position, key in enumerate(config.audit.controls, 1)]
    named += [(f"audit.max_events_by_control.{key}", key) for key in config.audit.max_events_by_control]
    named += [(f"tuning[{position}].control", one.control) for position, one in enumerate(config.tuning, 1)]
    named += [(f"waivers[{position}].control", one.control) for position, one in enumerate(config.waivers, 1)]
    for where, control in named:
        if control not in known:
            yield f'key {where} = "{control}"; expected a control, `orgaudit controls` lists them'
    for position, tuning in enumerate(config.tuning, 1):
        try:
            parse(tuning.exclude)
        except PatternSyntaxError as error:
            yield f"key tuning[{position}].exclude = '{tuning.exclude}'; expected a filter pattern: {error}"
    for position, waiver in enumerate(config.waivers, 1):
        if not waiver.accounts:
            yield f'key waivers[{position}].accounts = []; expected account ids, or "*" for all'
        if waiver.expires < waiver.approved_on:
            yield (
                f"key waivers[{position}].expires = {waiver.expires}; "
                f"expected a date not before approved_on ({waiver.approved_on})"
            )


def _problems_of_accounts(config: Config) -> Iterator[str]:
    """Account ids are 12 digits, everywhere."""
    organization, scope = config.organization, config.scope
    named = [(f"organization.account_roles[{n}].id", one.id) for n, one in enumerate(organization.account_roles, 1)]
    named += [
        (f"organization.monitoring_accounts[{n}]", one) for n, one in enumerate(organization.monitoring_accounts, 1)
    ]
    named += [(f"scope.exclude_accounts[{n}].id", one.id) for n, one in enumerate(scope.exclude_accounts, 1)]
    for position, waiver in enumerate(config.waivers, 1):
        named += [(f"waivers[{position}].accounts", one) for one in waiver.accounts if one != "*"]
    for where, account in named:
        if not (len(account) == 12 and account.isascii() and account.isdigit()):
            yield f'key {where} = "{account}"; expected an account id of 12 digits'
    if not organization.role_name:
        yield 'key organization.role_name = ""; expected the name of a role'


def _problems_of_delivery(delivery: Delivery) -> Iterator[str]:
    needed = {"smtp": ("to", "sender", "host"), "ses": ("to", "sender"), "s3": ("bucket",)}[delivery.type]
    for key in needed:
        if not getattr(delivery, key):
            yield f"{key} is empty; expected a value for type {delivery.type}"
    if delivery.type == "smtp":
        yield from _problems_of_smtp(delivery)
    if delivery.type != "s3":
        named = [(f"to[{position}]", address) for position, address in enumerate(delivery.to, 1)]
        named += [("sender", delivery.sender)] if delivery.sender else []
        for key, address in named:
            if not _is_one_address(address):
                yield f"{key} = {json.dumps(address)}; expected an address such as audit@example.com, in ASCII"
    if not 0 <= delivery.retain_days <= _LONGEST_LOCK_DAYS:
        yield f"retain_days = {delivery.retain_days}; expected 0 (no lock) to {_LONGEST_LOCK_DAYS}"


def _is_one_address(text: str) -> bool:
    """Of several in one text all but the first would get nothing, and nobody would be told."""
    found = [address for _, address in getaddresses([text])]
    return len(found) == 1 and bool(_ADDRESS.fullmatch(found[0])) and text.isprintable()


def _problems_of_smtp(delivery: Delivery) -> Iterator[str]:
    if not delivery.starttls and delivery.host not in _LOOPBACK:
        yield f'starttls = false; expected true, or the host on loopback (it is "{delivery.host}")'
    if not 0 < delivery.port < 65_536:
        yield f"port = {delivery.port}; expected 1 to 65535, usually 587"
    if delivery.username and not delivery.password_env:
        yield f'password_env = ""; expected the name of the variable that holds the password of "{delivery.username}"'


def dump_config(config: Config) -> str:
    """The effective configuration as TOML, every key written out. There are no secrets in a configuration."""
    return tomli_w.dumps(_plain(asdict(config)))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value
