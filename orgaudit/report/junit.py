"""Result rows as JUnit XML, so that a pipeline shows them as tests: one suite an account, one case a control.

FAIL is a failure; what was not evaluated is an error; what does not apply or is waived is skipped, with the reason.
"""

from itertools import groupby
from typing import IO

import junitparser

from orgaudit.report.inert import visible
from orgaudit.report.tally import Row
from orgaudit.report.view import View

_DETAILS = {"broken link": "broken_link", "observed": "observed", "expected": "expected"}


def write_junit(view: View, out: IO[bytes]) -> None:
    """Write the document, in UTF-8: the same view gives the same bytes."""
    titles = {line.key: f"{line.section} {line.title}".strip() for line in view.controls}
    names = {account.account_id: account.name for account in view.accounts}
    document = junitparser.JUnitXml(f"orgaudit CIS AWS Foundations {view.run['benchmark']}")
    for account_id, rows in groupby(view.rows, key=lambda row: str(row["account_id"])):
        suite = junitparser.TestSuite(visible(f"{account_id} {names.get(account_id, '')}".strip()))
        suite.timestamp = str(view.run["started_at"])
        suite.add_testcases([_case(row, titles[row["control"]]) for row in rows])
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    document.write(out, pretty=True)


def _case(row: Row, title: str) -> junitparser.TestCase:
    case = junitparser.TestCase(title, classname=f"{row['account_id']}.{row['control']}", time=0)
    message = visible(row["reason"])
    match row["result"], row["disposition"]:
        case "FAIL", "WAIVED":
            case.result = [junitparser.Skipped(f"waived until {row['waiver']['expires']}: {message}")]
        case "FAIL", _:
            failure = junitparser.Failure(message, str(row["reason_code"]))
            failure.text = visible(
                f"broken link: {row['broken_link']}\nobserved: {row['observed']}\nexpected: {row['expected']}"
            )
            case.result = [failure]
        case "NOT_EVALUATED", _:
            case.result = [junitparser.Error(message, str(row["reason_code"]))]
        case "NOT_APPLICABLE", _:
            case.result = [junitparser.Skipped(message)]
    return case
