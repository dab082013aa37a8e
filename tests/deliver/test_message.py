"""Headers that nobody can forge, and text that is readable whatever an organization is called."""

import email
import email.policy
import re
from collections.abc import Mapping
from dataclasses import replace
from email.message import EmailMessage

import pytest
from rich.cells import cell_len

from orgaudit.deliver.attempt import NotDelivered
from orgaudit.deliver.ledger import Key
from orgaudit.deliver.message import enclosed, mail
from orgaudit.report.letter import Enclosures, LetterFile, write_letter
from orgaudit.report.view import View
from tests.deliver.conftest import NOW
from tests.report.conftest import HOSTILE, Sample, make_comparison

KEY = Key("ab" * 32, "[]", "audit@example.com")
FILES = [LetterFile("report.pdf", 412_345, "cd" * 32), LetterFile("results.json", 2_000_000, "ef" * 32)]
ENCLOSURES = Enclosures("o-a1_20261123T101500Z_b7f3c2a1", "ab" * 32, FILES, [], 7_000_000)


def sent(subject: str, sender: str = "orgaudit@example.com", to: str = "audit@example.com") -> EmailMessage:
    """The message after it has been on the wire."""
    raw = mail(KEY, (sender, to), (subject, "text\n", "<p>html</p>"), {}, NOW).as_bytes()
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    assert raw.isascii()
    return parsed


def named(sample: Sample, name: str, scope: tuple[str, ...] = ()) -> View:
    """The sample's view, under another name."""
    view = sample.view(make_comparison(sample.document))
    run = {**view.run, "scope": list(scope)} if scope else view.run
    return replace(view, report=replace(view.report, organization_name=name), run=run)


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r"])
def test_a_line_break_in_a_header_is_refused(break_: str) -> None:
    with pytest.raises(NotDelivered, match="Subject would hold a line break"):
        sent(f"Example{break_}Bcc: everybody@example.com")
    with pytest.raises(NotDelivered, match="line break"):
        sent("Example", to=f"a@example.com{break_}Bcc: everybody@example.com")


def test_an_organization_with_a_line_break_in_its_name_sends_nothing(sample: Sample) -> None:
    letter = write_letter(named(sample, "Example\r\nBcc: everybody@example.com"), ENCLOSURES)
    with pytest.raises(NotDelivered, match="line break"):
        sent(letter.subject)


def test_a_unit_with_a_line_break_in_its_name_keeps_no_mail_from_being_sent(sample: Sample) -> None:
    subject = sent(write_letter(named(sample, "Example", ("Root/A\r\nBcc: x@example.com",)), ENCLOSURES).subject)[
        "Subject"
    ]
    assert "(Root/A Bcc: x@example.com) CIS monitoring" in str(subject)


@pytest.mark.parametrize("name", [one for one in HOSTILE if not {"\r", "\n"} & set(one)] + ["=?utf-8?q?Bcc=3A_x?="])
def test_hostile_names_stay_text(sample: Sample, name: str) -> None:
    letter = write_letter(named(sample, name), ENCLOSURES)
    message = sent(letter.subject)
    assert sorted(message.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
    )
    subject = str(message["Subject"])
    assert subject.startswith("[orgaudit] ")
    assert subject.isprintable()
    assert (
        subject.endswith(": 1 new, 1 fixed, 41 not evaluated (incomplete)") or "not evaluated (incomplete)" in subject
    )
    assert "<script>" not in letter.html
    assert "\x1b" not in letter.text + letter.html
    assert "\u202e" not in letter.text + letter.html


def test_what_looks_like_an_encoded_word_is_not_decoded(sample: Sample) -> None:
    """A mail program must not decode a name into something else."""
    message = sent(write_letter(named(sample, "=?utf-8?b?RXZpbA==?="), ENCLOSURES).subject)
    assert "Evil" not in str(message["Subject"])
    assert "RXZpbA" in str(message["Subject"])


@pytest.mark.parametrize("name", ["Bücherei Straße AG", "生产环境 本番", "حساب الإنتاج", "emoji \U0001f525"])
def test_names_of_every_script_arrive(sample: Sample, name: str) -> None:
    letter = write_letter(named(sample, name), ENCLOSURES)
    message = sent(letter.subject, sender=f"{name} <orgaudit@example.com>")
    assert name in str(message["Subject"])
    assert (message["From"].addresses[0].display_name, message["From"].addresses[0].addr_spec) == (
        name,
        "orgaudit@example.com",
    )
    assert name in letter.text
    assert name in letter.html


def test_the_text_fits_80_columns_in_every_script(sample: Sample) -> None:
    view = named(sample, "株式会社エヌ・ティ・ティ監査証跡管理" * 4)
    odd = replace(view.controls[0], section="統制-一")
    letter = write_letter(replace(view, controls=(odd, *view.controls[1:])), ENCLOSURES)
    assert max(map(cell_len, letter.text.splitlines())) <= 80
    rows = [line for line in letter.text.splitlines() if re.search(r"  \d+ of +\d+", line)]
    assert len({cell_len(line.partition(" of ")[0]) for line in rows}) == 1


def test_the_text_alone_answers(sample: Sample) -> None:
    """Run, as-at, n of N per control, new, fixed, still open, not evaluated, results hash; 80 columns, whole words."""
    view = named(sample, "Example Holding AG")
    text = write_letter(view, ENCLOSURES).text
    flat = " ".join(text.split())
    for told in (
        view.run["id"],
        "As at 2026-11-23 10:15:00 UTC, a point in time",
        "Since the run of 2026-05-20: 2 new (1 of them after having been fixed), 1 fixed, 1 still open",
        "This run is incomplete",
        f"{'ef' * 32} (SHA-256 of results.json)",
        "could not be evaluated",
        "35 accounts listed = ",
    ):
        assert told in flat, told
    for line in view.controls:
        assert f"{line.key} {line.tally.passed} of {line.tally.rows - line.tally.not_applicable}" in flat
    assert max(map(len, text.splitlines())) <= 80


def test_a_first_run_says_so(sample: Sample) -> None:
    letter = write_letter(sample.view(), ENCLOSURES)
    assert "no earlier run to compare with" in " ".join(letter.text.split())
    assert f"{sample.view().tally.open + sample.view().tally.expired} open, " in letter.subject


def test_a_scope_is_named_in_subject_and_text(sample: Sample) -> None:
    letter = write_letter(named(sample, "Example", ("Root/Workloads/Prod",)), ENCLOSURES)
    assert "Example (Root/Workloads/Prod) CIS monitoring, as at 2026-11-23: " in letter.subject
    assert "Only accounts in Root/Workloads/Prod" in letter.text
    assert "Only accounts in Root/Workloads/Prod" in letter.html


@pytest.mark.parametrize(
    ("sizes", "attached", "left_out"),
    [
        ({"report.pdf": 3, "workbook.xlsx": 3, "results.json": 1}, ["report.pdf", "workbook.xlsx", "results.json"], []),
        ({"report.pdf": 3, "workbook.xlsx": 3, "results.json": 2}, ["report.pdf"], ["workbook.xlsx", "results.json"]),
        ({"report.pdf": 8, "workbook.xlsx": 1}, [], ["report.pdf", "workbook.xlsx"]),
        ({"workbook.xlsx": 9, "results.json": 1}, [], ["workbook.xlsx", "results.json"]),
        ({"evidence.sqlite": 1, "report.pdf": 7}, ["report.pdf"], []),
    ],
)
def test_the_budget(sizes: Mapping[str, int], attached: list[str], left_out: list[str]) -> None:
    assert enclosed(sizes, budget=7) == (attached, left_out)
