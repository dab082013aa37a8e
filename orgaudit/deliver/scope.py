"""The results of some units alone: their accounts, their rows, and of the others nothing.

Of accounts elsewhere only those stay named that the rows cannot be understood without: the run's own account and the
management account, and the accounts whose trail, log group, topic or key carries a chain. Every other id of a listed
account is written over, wherever somebody's text may hold it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

import pandas as pd

from orgaudit.deliver.units import Units
from orgaudit.model.chain import things
from orgaudit.model.frames import Frames
from orgaudit.model.settings import Config, Tuning, Waiver
from orgaudit.model.values import row_sha256

Json = dict[str, Any]
T = TypeVar("T", Tuning, Waiver)

ELSEWHERE = "[another unit's account]"
"""What stands for the id of an account that the reader is not told about."""
_ACCOUNT_ID = re.compile(r"(?<!\d)\d{12}(?!\d)")
_OWNER = re.compile(r"arn:[\w-]+:[\w-]+:[\w-]*:(\d{12}):")
"""The account that owns what an ARN names; a name may hold anything."""
_OF_THE_RUN = frozenset({"ListTagsForResource", "ListAccountsForParent"})
"""Calls to Organizations that are about single accounts or units."""


class Scope:
    """One document, seen by the readers of some units."""

    def __init__(self, document: Mapping[str, Any], units: Units) -> None:
        self.units = units
        self._document = document
        self._listed = units.accounts(document["population"]["accounts"])
        self.accounts = frozenset(str(one["account_id"]) for one in self._listed)
        rows = [row for row in document["results"] if row["account_id"] in self.accounts]
        run = document["run"]
        named = self.accounts | {run["management_account_id"], *_OWNER.findall(run["caller_arn"])}
        named |= {account for row in rows for account in _carrying(row)}
        every = {str(one["account_id"]) for one in document["population"]["accounts"]}
        self._named, self._hidden = named, every - named
        self._rows = [self._row(row) for row in rows]

    def document(self) -> Json:
        """``results.json`` of these units: its population ties out by itself, and ``run.scope`` names them."""
        population = self._population()
        run = dict(self._document["run"])
        run["scope"] = list(self.units.names)
        run["complete"] = bool(run["finished"]) and all(row["result"] != "NOT_EVALUATED" for row in self._rows)
        run["stale"] = {
            "waivers": [
                self._veiled(self._waiver(one)) for one in run["stale"]["waivers"] if self._concerns(one["accounts"])
            ],
            "tuning": self._veiled(run["stale"]["tuning"]),
        }
        rest = {name: self._veiled(held) for name, held in self._document.items() if name not in ("run", "results")}
        return {**rest, "run": run, "population": population, "results": self._rows, **self._reliability()}

    def frames(self, frames: Frames) -> Frames:
        """The frames as far as these units' rows rest on them."""
        calls = frames.calls
        cited = {item for row in self._rows for item in row["evidence"]}
        of_the_run = (calls["service"] == "organizations") & ~calls["operation"].isin(_OF_THE_RUN)
        kept = calls[calls["account_id"].isin(self.accounts) | calls["evidence_id"].isin(cited) | of_the_run]
        known = set(kept["evidence_id"].dropna())
        parts: dict[str, Any] = {
            field.name: self._part(held, known)
            for field in fields(Frames)
            if isinstance(held := getattr(frames, field.name), pd.DataFrame)
        }
        # the listing is one answer for all accounts, so evidence alone does not keep the others out
        parts["accounts"] = frames.accounts[frames.accounts["account_id"].isin(self.accounts)]
        run = replace(frames.run, finished_accounts=frames.run.finished_accounts & self.accounts)
        return replace(frames, run=run, config=self.config(frames.config), **parts)

    def config(self, config: Config) -> Config:
        """The configuration with the waivers and tuning that concern these units."""
        stale = self._veiled(self._document["run"]["stale"])
        waived = {_sign(row["waiver"]) for row in self._rows if row["waiver"]}
        waived |= {_sign(one) for one in stale["waivers"] if self._concerns(one["accounts"])}
        tuned = {_sign(one) for row in self._rows for one in row["tuning"]} | {_sign(one) for one in stale["tuning"]}
        waivers = [self._setting(one) for one in config.waivers if self._concerns(one.accounts)]
        tuning = [self._setting(one) for one in config.tuning]
        return replace(
            config,
            waivers=tuple(replace(one, accounts=self._seen(one.accounts)) for one in waivers if _sign(one) in waived),
            tuning=tuple(one for one in tuning if _sign(one) in tuned),
        )

    def comparison(self, comparison: Mapping[str, Any] | None) -> Json | None:
        """What changed in these units. The trend, which counts the whole organization, is left out."""
        if not comparison:
            return None
        changes = [self._veiled(one) for one in comparison["changes"] if self._moved_here(one)]
        told = comparison.get("reviews", {})
        reviews = {test: self._veiled(words) for test, words in told.items() if test.partition(".")[0] in self.accounts}
        return {**comparison, "changes": changes, "trend": [], "reviews": reviews}

    def _moved_here(self, change: Mapping[str, Any]) -> bool:
        """Whether a change is of an account in these units, or of one that left them."""
        left = change["kind"] == "account_left" and bool(self.units.accounts([{"ou_ids": "", **change}]))
        return left or change["account_id"] in self.accounts

    def _population(self) -> Json:
        counts = Counter(one["outcome"] for one in self._listed)
        whole = self._document["population"]
        return {
            "listed": len(self._listed),
            **{name: counts[name] for name in ("evaluated", "not_evaluated", "excluded")},
            "support": [one for one in whole["support"] if one["account_id"] in self._named],
            "accounts": [self._veiled(one) for one in self._listed],
            "by_control": _by_control(self._rows),
        }

    def _reliability(self) -> Json:
        """That of the run, which these units' rows rest on; the ledger of calls is of the whole organization."""
        if "reliability" not in self._document:
            return {}
        told = self._veiled(self._document["reliability"])
        note = f"{self.units.text}. Calls and regions are counted for the whole run; the index of answers is not."
        return {"reliability": {**told, "facts": [{"fact": "This copy is about", "value": note}, *told["facts"]]}}

    def _row(self, row: Mapping[str, Any]) -> Json:
        """The row without the ids of others; its hash is of what it says now."""
        seen: Json = self._veiled({**row, "waiver": self._waiver(row["waiver"])})
        if seen != row:
            seen["row_sha256"] = row_sha256(seen)
        return seen

    def _waiver(self, waiver: Mapping[str, Any] | None) -> Json | None:
        return {**waiver, "accounts": list(self._seen(waiver["accounts"]))} if waiver else None

    def _seen(self, accounts: Iterable[str]) -> tuple[str, ...]:
        return tuple(one for one in accounts if one == "*" or one in self.accounts)

    def _concerns(self, accounts: Iterable[str]) -> bool:
        return bool(self._seen(accounts))

    def _part(self, frame: pd.DataFrame, known: set[Any]) -> pd.DataFrame:
        if "evidence_id" in frame.columns:
            frame = frame[frame["evidence_id"].isin(known)]
        texts = frame.select_dtypes(include=["string", "object"])
        veiled = {name: held.map(self._veiled, na_action="ignore").astype(held.dtype) for name, held in texts.items()}
        return frame.assign(**{str(name): held for name, held in veiled.items()})

    def _setting(self, setting: T) -> T:
        texts = {one.name: getattr(setting, one.name) for one in fields(setting)}
        return replace(setting, **{name: self._veiled(held) for name, held in texts.items() if isinstance(held, str)})

    def _veiled(self, value: Any) -> Any:
        """The value with every id of an account that the reader is not told about written over."""
        if not self._hidden:
            return value
        if isinstance(value, str):
            return _ACCOUNT_ID.sub(self._veil, value) if len(value) >= 12 else value
        if isinstance(value, Mapping):
            return {key: self._veiled(held) for key, held in value.items()}
        return [self._veiled(held) for held in value] if isinstance(value, list | tuple) else value

    def _veil(self, found: re.Match[str]) -> str:
        return ELSEWHERE if found[0] in self._hidden else found[0]


def _carrying(row: Mapping[str, Any]) -> Iterator[str]:
    """The accounts that carry a row's chain, or were asked about it."""
    if row["inherited_from"]:
        yield row["inherited_from"]
    yield from (call["account_id"] for call in row["missing"])
    yield from (item.partition("/")[0] for item in row["evidence"])
    for text in (row["observed"], *things(row).values()):
        yield from _OWNER.findall(text or "")


def _by_control(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Results counted per control, as the whole document counts them."""
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        counter = counts.setdefault(row["control"], Counter())
        counter[row["result"]] += 1
        counter["WAIVED"] += row["disposition"] == "WAIVED"
    words = ("PASS", "FAIL", "NOT_EVALUATED", "NOT_APPLICABLE", "WAIVED")
    return {control: {word: counter[word] for word in words} for control, counter in counts.items()}


def _sign(setting: Any) -> tuple[str, ...]:
    """What tells one waiver or tuning from another, in the configuration and in a row alike."""
    held = setting if isinstance(setting, Mapping) else {f.name: getattr(setting, f.name) for f in fields(setting)}
    return tuple(str(held.get(name, "")) for name in ("control", "exclude", "approved_by", "approved_on", "expires"))
