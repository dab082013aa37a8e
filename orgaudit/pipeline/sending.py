"""Every delivery of a configuration, in turn: already made, made now, refused, or unknown."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from orgaudit.deliver import s3, ses, smtp
from orgaudit.deliver.attempt import Attempt, NotDelivered, State, attempt
from orgaudit.deliver.ledger import FILE_NAME, Entry, Key, Ledger
from orgaudit.deliver.message import BUDGET, enclosed, mail, recipient_of
from orgaudit.deliver.units import Units, units_of
from orgaudit.errors import OrgauditError, OutputError
from orgaudit.evidence import bundle
from orgaudit.model.calls import rfc3339
from orgaudit.model.settings import Delivery
from orgaudit.pipeline.parcel import AtHand, Parcel, SealedBundle, slug

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one delivery to one recipient stands."""

    channel: str
    recipient: str
    units: Units
    state: str
    """A state of the ledger, or ``already``: sent before, ``again``: sent once more, ``draft``: in a dry run."""
    detail: str

    @property
    def delivered(self) -> bool:
        """Whether nothing is left to do."""
        return self.state in (State.SENT, "already", "again", "draft")


@dataclass(frozen=True, slots=True)
class Manner:
    """How to hand over."""

    clock: Callable[[], datetime]
    say: Say
    resend: bool = False
    dry_run: bool = False


def check_secrets(deliveries: Sequence[Delivery]) -> list[str]:
    """The password of each delivery, empty where it needs none. Raises ConfigError for a variable that is not set."""
    return [smtp.password(one, position) if one.type == "smtp" else "" for position, one in enumerate(deliveries, 1)]


def hand_over(
    folder: Path, deliveries: Sequence[Delivery] | None, manner: Manner, at_hand: AtHand | None = None
) -> list[Outcome]:
    """Deliver what has not been delivered; one outcome for each recipient of each delivery, S3 first.

    deliveries: None for those of the bundle's own configuration. at_hand: what need not be read from the bundle.
    Raises BundleError, ConfigError, and OutputError where the ledger cannot be kept.
    """
    sealed = SealedBundle(folder, at_hand)
    deliveries = sealed.config.deliver if deliveries is None else deliveries
    secrets = [""] * len(deliveries) if manner.dry_run else check_secrets(deliveries)
    people = sealed.document["population"]["accounts"]
    planned = [
        (one, units_of(one.ous, people, f"deliver[{position}].ous"), secret)
        for position, (one, secret) in enumerate(zip(deliveries, secrets, strict=True), 1)
    ]
    with ExitStack() as undo:
        sender = _Sender(sealed, manner, undo)
        # files first: a mail that is too big names the place where they are
        return [
            outcome
            for one, units, secret in sorted(planned, key=lambda plan: plan[0].type != "s3")
            for outcome in sender.delivery(one, units, secret)
        ]


class _Sender:
    """The deliveries of one command."""

    def __init__(self, sealed: SealedBundle, manner: Manner, undo: ExitStack) -> None:
        self._sealed, self._manner, self._undo = sealed, manner, undo
        self._ledger: Ledger | None = None
        if not manner.dry_run:
            self._ledger = Ledger(sealed.folder.resolve().parent / FILE_NAME)
            undo.callback(self._ledger.close)
        self._parcels: dict[str, Parcel] = {}
        self._stored: dict[str, list[str]] = {}
        """Locations in S3 by scope."""

    def delivery(self, delivery: Delivery, units: Units, secret: str) -> Iterator[Outcome]:
        """Every recipient of one delivery."""
        if delivery.type == "s3":
            yield self._store(delivery, units)
            return
        for address in delivery.to:
            yield self._mail(delivery, units, address, secret)

    def _mail(self, delivery: Delivery, units: Units, address: str, secret: str) -> Outcome:
        key = self._key(units, recipient_of(address))
        if entry := self._in_the_way(key):
            return _told(delivery.type, key, units, entry)
        try:
            message, files = self._message(key, delivery, self._parcel(units), address)
        except (NotDelivered, OrgauditError) as error:  # what concerns this delivery keeps no other from being made
            return Outcome(delivery.type, key.recipient, units, State.REFUSED, str(error))
        if self._ledger is None:
            return Outcome(delivery.type, key.recipient, units, "draft", self._draft(units, key, message))
        facts = {"channel": delivery.type, "message_id": str(message["Message-ID"]), "files": files}
        return self._recorded(key, units, facts, lambda: _handed(delivery, message, secret))

    def _message(
        self, key: Key, delivery: Delivery, parcel: Parcel, address: str
    ) -> tuple[EmailMessage, dict[str, str]]:
        attached, left_out = enclosed(parcel.sizes(), BUDGET)
        places = list(self._stored.get(parcel.units.key, ()))
        if left_out:
            places.append(f"{self._sealed.keep(parcel, left_out)} on {os.uname().nodename}")
        letter = parcel.letter(attached, left_out, BUDGET, places)
        content = {name: (parcel.folder / name).read_bytes() for name in attached}
        written = (letter.subject, letter.text, letter.html)
        message = mail(key, (delivery.sender, address), written, content, self._manner.clock())
        return message, {name: parcel.files[name].sha256 for name in attached}

    def _store(self, delivery: Delivery, units: Units) -> Outcome:
        folder = f"{self._sealed.name}.{slug(units)}" if units.names else self._sealed.name
        where = s3.location(delivery, folder)
        key = self._key(units, where)
        if (entry := self._in_the_way(key)) and entry.state is State.SENT:
            self._stored.setdefault(units.key, []).append(where)
            return _told("s3", key, units, entry)
        try:
            parcel = self._parcel(units)
        except OrgauditError as error:
            return Outcome("s3", where, units, State.REFUSED, str(error))
        files = _uploads(parcel)
        if self._ledger is None:
            return Outcome("s3", where, units, "draft", f"would upload {len(files)} files to {where}")
        facts = {"channel": "s3", "message_id": "", "files": {name: one.sha256 for name, one in parcel.files.items()}}
        done = self._recorded(
            # storing the same again changes nothing, so an upload that broke off is simply repeated
            key,
            units,
            facts,
            lambda: s3.upload(delivery, folder, files, self._manner.clock()),
            again=True,
        )
        if done.delivered:
            self._stored.setdefault(units.key, []).append(where)
        return done

    def _recorded(
        self, key: Key, units: Units, facts: Mapping[str, Any], send: Callable[[], str], again: bool = False
    ) -> Outcome:
        """Pending in the ledger, sent, and the outcome in the ledger."""
        assert self._ledger is not None
        facts = {"bundle": self._sealed.name, **facts}
        now, again = rfc3339(self._manner.clock()), again or self._manner.resend
        before = self._ledger.last(key)
        claim = self._ledger.claim(key, facts, now, again=again)
        if isinstance(claim, Entry):
            return _told(str(facts["channel"]), key, units, claim)
        ended = attempt(send, self._manner.say)
        try:
            self._ledger.settle(claim, ended, rfc3339(self._manner.clock()))
        except OutputError as error:
            ended = Attempt(State.UNKNOWN, f"{ended.state}: {ended.detail}; but {error}", ended.tries)
        once_more = ended.state is State.SENT and before is not None and before.settled
        return Outcome(str(facts["channel"]), key.recipient, units, "again" if once_more else ended.state, ended.detail)

    def _key(self, units: Units, recipient: str) -> Key:
        return Key(self._sealed.manifest_sha256, units.key, recipient)

    def _in_the_way(self, key: Key) -> Entry | None:
        """The entry because of which nothing is to be sent."""
        if self._ledger is None or self._manner.resend:
            return None
        last = self._ledger.last(key)
        return last if last is not None and last.settled else None

    def _parcel(self, units: Units) -> Parcel:
        """The files of these units, made once for all their recipients."""
        if units.key not in self._parcels:
            if units.names:
                self._manner.say(f"Making the reports for {units.text}")
                made = self._undo.enter_context(self._sealed.part(units))
                for problem in made.problems:
                    self._manner.say(problem)
            else:
                made = self._sealed.whole()
            self._parcels[units.key] = made
        return self._parcels[units.key]

    def _draft(self, units: Units, key: Key, message: EmailMessage) -> str:
        """The path of the message as it would be sent."""
        name = "".join(char if char.isalnum() or char in "@.-_" else "_" for char in key.recipient)
        path = self._sealed.outbox(units) / f"{name}.eml"
        with bundle.writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        bundle.write_file(path, message.as_bytes())
        return str(path)


def _handed(delivery: Delivery, message: EmailMessage, secret: str) -> str:
    return ses.send(message) if delivery.type == "ses" else smtp.send(delivery, message, secret)


def _uploads(parcel: Parcel) -> list[s3.Upload]:
    """The files in an order in which a broken upload is seen to be one: sums and manifest last."""
    if parcel.units.names:
        sums = "".join(f"{one.sha256}  {name}\n" for name, one in sorted(parcel.files.items()))
        return [
            *(s3.Upload(name, parcel.folder / name) for name in parcel.files),
            s3.Upload(bundle.SUMS, sums.encode()),
        ]
    signature = [bundle.SIGNATURE] if (parcel.folder / bundle.SIGNATURE).is_file() else []
    names = [*sorted(parcel.files), *signature, bundle.SUMS, bundle.MANIFEST]
    return [s3.Upload(name, parcel.folder / name) for name in names]


def _told(channel: str, key: Key, units: Units, entry: Entry) -> Outcome:
    """What the ledger says of a delivery that is not made again."""
    if entry.state is State.SENT:
        return Outcome(channel, key.recipient, units, "already", f"sent on {entry.ended_at}")
    if entry.state is State.PENDING:
        detail = f"a delivery that began on {entry.begun_at} was broken off, or is still at it: it may have arrived"
        return Outcome(channel, key.recipient, units, State.UNKNOWN, detail)
    return Outcome(channel, key.recipient, units, State.UNKNOWN, f"on {entry.begun_at}: {entry.detail}")
