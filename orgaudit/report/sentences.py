"""The answer in words: what a director reads, the same in workbook, PDF and summary."""

from orgaudit.report.changes import changes_sentence
from orgaudit.report.tally import Tally
from orgaudit.report.view import View


def counted(number: int, one: str, many: str = "") -> str:
    """The number with its noun: ``1 account``, ``1,204 accounts``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def tie_out_sentence(view: View) -> str:
    """listed = evaluated + not evaluated + excluded, in one sentence."""
    tie = view.tie_out
    sentence = (
        f"{counted(tie.listed, 'account')} listed = {tie.evaluated:,} evaluated + {tie.not_evaluated:,} not evaluated "
        f"+ {tie.excluded:,} excluded."
    )
    return sentence if tie.adds_up else f"{sentence} THIS DOES NOT ADD UP."


def conclusion(view: View) -> list[str]:
    """What was found, one sentence each: whether the run is whole, the answer, and what is not known."""
    return [sentence for sentence in (_state(view), *_answer(view), *_unknown(view)) if sentence]


def _state(view: View) -> str:
    if not view.run["finished"]:
        return "This run was interrupted and is unfinished: accounts that were not read are not evaluated."
    return "" if view.run["complete"] else "This run is incomplete: not everything in scope could be evaluated."


def _answer(view: View) -> list[str]:
    count = view.tally
    tests = counted(count.rows - count.not_applicable, "test")
    sentences = [
        f"As at {view.as_at}, {count.passed:,} of {tests} passed ({counted(len(view.controls), 'control')} in "
        f"{counted(view.tie_out.in_scope, 'account')} in scope){_by_family(view)}."
    ]
    if count.failed:
        accepted = f", {count.waived:,} of them accepted by a waiver in force" if count.waived else ""
        expired = f", {count.expired:,} with a waiver that has expired" if count.expired else ""
        sentences.append(f"{count.failed:,} of {tests} failed{accepted}{expired}.")
    if view.silent_accounts:
        whole = counted(view.tie_out.in_scope, "account")
        sentences.append(f"In {view.silent_accounts:,} of {whole} nobody would have been told of any of these events.")
    if view.findings:
        verb = "comes" if count.open + count.expired == 1 else "come"
        sentences.append(
            f"The {counted(count.open + count.expired, 'open fail')} {verb} down to "
            f"{counted(len(view.findings), 'distinct finding')}."
        )
    if not count.failed:
        sentences.append("No test failed.")
    return sentences


def since(view: View) -> list[str]:
    """What changed since the last run, in one sentence; nothing in a first run."""
    return [changes_sentence(view.changes)] if view.changes else []


def _by_family(view: View) -> str:
    """What a pass means, for the two kinds of control; empty where all are of the kind that says how trails are."""
    trails = sum((line.tally for line in view.controls if line.about_trails), start=Tally())
    alarms = sum((line.tally for line in view.controls if not line.about_trails), start=Tally())
    if not alarms.rows:
        return ""
    of_alarms = counted(alarms.rows - alarms.not_applicable, "test")
    told = f": somebody would have been told in {alarms.passed:,} of {of_alarms} of alarms"
    if not trails.rows:
        return told
    return f"{told}, and {trails.passed:,} of {counted(trails.rows - trails.not_applicable, 'test')} of trails passed"


def _unknown(view: View) -> list[str]:
    count = view.tally
    sentences = []
    if count.not_evaluated:
        tests = counted(count.rows - count.not_applicable, "test")
        sentences.append(
            f"{count.not_evaluated:,} of {tests} could not be evaluated, for "
            f"{counted(len(view.causes), 'cause')}; they count neither as pass nor as fail."
        )
    if count.not_applicable:
        sentences.append(f"{counted(count.not_applicable, 'further row')} not applicable.")
    return sentences
