"""The files: valid, in every format, whatever things are called."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from orgaudit.remediate import FORMATS
from orgaudit.remediate.cloudformation import template
from orgaudit.remediate.commands import quoted, script
from orgaudit.remediate.steps import ACCOUNT, REGION, Alarm, EnabledActions, MetricFilter, Place, Subscription
from orgaudit.remediate.terraform import configuration
from tests.conftest import DemoRun, orgaudit

HOSTILE = "a'b\"c $(touch x) `id` ${HOME} %{if} \\ \n é"


@pytest.fixture(scope="module")
def written(demo_run: DemoRun, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("formats")
    for form in FORMATS:
        told = orgaudit("remediate", demo_run.bundle, "--format", form, "--out", folder / form)
        assert (told.code, told.last_line) == (0, str(folder / form)), told.err
    return {form: folder / form for form in FORMATS}


def test_templates_are_valid_under_cfn_lint(written: dict[str, Path]) -> None:
    files = sorted(written["cloudformation"].glob("*.template.json"))
    command = [Path(sys.executable).with_name("cfn-lint"), "--non-zero-exit-code", "warning", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert len(files) > 20
    assert (done.returncode, done.stdout) == (0, "")


def test_scripts_are_valid_and_delete_nothing(written: dict[str, Path]) -> None:
    scripts = [file for folder in written.values() for file in folder.glob("*.sh")]
    for file in scripts:
        assert subprocess.run(["bash", "-n", file], check=False).returncode == 0, file
        words = file.read_text("utf-8").replace("cancel-key-deletion", "")
        assert not any(f" {verb}-" in words for verb in ("delete", "remove", "disable", "detach", "untag")), file


def test_terraform_names_every_resource_it_depends_on(written: dict[str, Path]) -> None:
    files = sorted(written["terraform"].glob("*/main.tf.json"))
    assert len(files) > 10
    for file in files:
        document = json.loads(file.read_text("utf-8"))
        known = {f"{kind}.{name}" for kind, named in document["resource"].items() for name in named}
        for named in document["resource"].values():
            for arguments in named.values():
                assert set(arguments.get("depends_on", [])) <= known
        assert {one["to"] for one in document.get("import", [])} <= known


@pytest.mark.parametrize("form", list(FORMATS))
def test_the_page_and_the_list_name_every_finding(written: dict[str, Path], demo_run: DemoRun, form: str) -> None:
    results = json.loads((demo_run.bundle / "results.json").read_text("utf-8"))["results"]
    open_fails = {row["test_id"] for row in results if row["disposition"] in {"OPEN", "WAIVER_EXPIRED"}}
    with (written[form] / "findings.csv").open(encoding="utf-8", newline="") as file:
        listed = {row["test_id"]: row for row in csv.DictReader(file)}
    assert listed.keys() == open_fails
    for row in listed.values():
        assert row["files"] or row["by_hand"]
        assert all((written[form] / name).is_file() for name in row["files"].split())
    assert f"{len(open_fails)} open findings" in (written[form] / "README.md").read_text("utf-8")


@pytest.mark.parametrize("form", list(FORMATS))
def test_files_are_called_by_what_they_close_in_the_order_of_the_page(written: dict[str, Path], form: str) -> None:
    page = (written[form] / "README.md").read_text("utf-8")
    titles = re.findall(r"^## (\d+-[a-z0-9-]+): \d+ finding", page, re.MULTILINE)
    assert "02-filter-incomplete" in titles
    assert "20-route-table-changes-actions-disabled" in titles
    assert titles == sorted(titles)
    paths = [path.relative_to(written[form]).as_posix() for path in written[form].rglob("*") if path.is_file()]
    assert {path for path in paths if not path.startswith(tuple(titles))} == {"README.md", "findings.csv"}
    assert max(map(len, paths)) <= 180
    assert all(re.fullmatch(r"[A-Za-z0-9./-]+", path) and f"`{path}`" in page for path in paths if path != "README.md")


@pytest.mark.parametrize("form", list(FORMATS))
def test_the_example_of_the_page_names_a_file_that_is_there(written: dict[str, Path], form: str) -> None:
    page = (written[form] / "README.md").read_text("utf-8")
    (named,) = set(re.findall(r"(?:bash |--template-file |-chdir=)(\S+)", page))
    assert (written[form] / named).exists()


def test_a_name_is_one_word_of_the_shell() -> None:
    command = f"ACCOUNT=1; REGION=r; printf %s {quoted(f'{ACCOUNT}{HOSTILE}{REGION}')}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout == f"1{HOSTILE}r"


def test_hostile_names_stay_text_in_templates() -> None:
    steps = [MetricFilter(HOSTILE, f"{REGION}{HOSTILE}", "{ $.a = b }", "n", "m"), Alarm("a", "c", "n", "m", HOSTILE)]
    made = template(steps, "about")
    assert made is not None
    found = next(one for one in made["Resources"].values() if one["Type"] == "AWS::Logs::MetricFilter")["Properties"]
    assert found["FilterName"] == HOSTILE
    assert found["LogGroupName"] == {"Fn::Sub": "${AWS::Region}" + HOSTILE.replace("${", "${!")}
    terraform = configuration(steps, "about")
    assert terraform is not None
    (arguments,) = terraform["resource"]["aws_cloudwatch_log_metric_filter"].values()
    assert arguments["name"] == HOSTILE.replace("${", "$${").replace("%{", "%%{")


@pytest.mark.parametrize("name", ["--profile", "file://secrets", "[1]", HOSTILE])
def test_an_alarm_s_name_is_neither_an_option_nor_a_file_to_the_cli(name: str, tmp_path: Path) -> None:
    (tmp_path / "aws").write_text('#!/bin/bash\n[ "$1" = sts ] && echo 111122223333 || printf "%s\\0" "$@"\n', "utf-8")
    (tmp_path / "aws").chmod(0o755)
    text = script([EnabledActions(name)], [Place("111122223333", "eu-west-1")], ["about\nwhat"])
    done = subprocess.run(
        ["bash", "-c", text], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout.rstrip("\0").rpartition("\0")[2]) == [name]


def test_names_that_differ_in_signs_only_are_two_resources() -> None:
    steps = [
        Subscription(f"arn:aws:sns:eu-west-1:111122223333:{name}") for name in ("my-topic", "my_topic", "My-Topic")
    ]
    made, configured = template(steps, "about"), configuration(steps, "about")
    assert made is not None
    assert configured is not None
    assert {one["Properties"]["TopicArn"] for one in made["Resources"].values()} == {one.topic for one in steps}
    named = configured["resource"]["aws_sns_topic_subscription"].values()
    assert {one["topic_arn"] for one in named} == {one.topic for one in steps}


def test_a_script_is_for_its_accounts_only(tmp_path: Path) -> None:
    (tmp_path / "aws").write_text("#!/bin/sh\necho 999999999999\n")
    (tmp_path / "aws").chmod(0o755)
    text = script([EnabledActions("a"), Subscription("t")], [Place("111122223333", "eu-west-1")], ["about"])
    done = subprocess.run(
        ["bash", "-c", text], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, check=False
    )
    assert (done.returncode, b"999999999999 is none" in done.stderr) == (2, True)


def test_a_folder_that_is_not_empty_is_refused(demo_run: DemoRun, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("kept")
    told = orgaudit("remediate", demo_run.bundle, "--out", tmp_path)
    assert (told.code, told.out, len(told.err.splitlines())) == (3, "", 1)
    assert "--out" in told.err
