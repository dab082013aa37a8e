"""What users get wrong: one clear line each, and the exit code that says whose turn it is."""

from pathlib import Path

import pytest

from tests.conftest import Told, orgaudit

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example", "AWS_REGION": "eu-central-1"}


def configured(folder: Path, text: str) -> Path:
    path = folder / "audit.toml"
    path.write_text(text, encoding="utf-8")
    return path


def check(told: Told, code: int, *words: str) -> None:
    """One line on standard error, nothing on standard output, these words, this exit code."""
    assert (told.code, told.out) == (code, ""), told.err
    assert len(told.err.strip().splitlines()) == 1, told.err
    assert not [word for word in words if word not in told.err], told.err
    assert "Traceback" not in told.err


def test_no_configuration_file(tmp_path: Path) -> None:
    check(orgaudit("run", "-c", "nowhere.toml", cwd=tmp_path), 2, "nowhere.toml", "no such file", "orgaudit init")


OWN = '[[controls]]\nkey = "{}"\nsection = "ORG-1"\ntitle = "T"\npattern = \'{}\'\nevent_source = "s3.amazonaws.com"\n'
DELETED = "{ $.eventName = DeleteBucket }"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[audit\nmax_events = 1", ["not valid TOML", "line 1"]),
        ('[organization]\nrole = "x"', ["unknown key organization.role", '"x"']),
        ('[audit]\ncontrols = ["sg_changes"]', ["audit.controls[1]", '"sg_changes"', "orgaudit controls"]),
        ('[audit]\nmax_events = "1"', ["audit.max_events", '"1"', "whole number"]),
        ('[audit]\nbenchmark = "9.0.0"', ["audit.benchmark", "9.0.0", "7.0.0"]),
        ('[collect]\nengine = "ray"', ["collect.engine", "'threads', 'processes' or 'dask'"]),
        (
            '[scope]\nexclude_accounts = [{ id = "12", reason = "r", approved_by = "a" }]',
            ["exclude_accounts[1].id", "12 digits"],
        ),
        (
            '[[waivers]]\ncontrol = "vpc_changes"\naccounts = ["*"]\nreason = "r"\napproved_by = "a"\n'
            "approved_on = 2026-10-02\nexpires = 2026-10-01",
            ["waivers[1].expires", "2026-10-01", "not before approved_on"],
        ),
        (
            '[[tuning]]\ncontrol = "vpc_changes"\nexclude = "{ $.a = }"\nreason = "r"\napproved_by = "a"\n'
            "expires = 2027-01-01",
            ["tuning[1].exclude", "column 9"],
        ),
        (
            '[[deliver]]\ntype = "smtp"\nto = ["a@example.com"]\nsender = "b@example.com"\nhost = "mail.example.com"\n'
            "starttls = false",
            ["deliver[1].starttls", "expected true"],
        ),
        (
            '[[deliver]]\ntype = "ses"\nto = ["a@example.com", "b@example.com\\nBcc: c@example.com"]\n'
            'sender = "d@example.com"',
            ["deliver[1].to[2]", "expected an address"],
        ),
        (
            '[[deliver]]\ntype = "smtp"\nto = ["a@example.com"]\nsender = "b@example.com"\nhost = "h"\nusername = "me"',
            ["deliver[1].password_env", "variable"],
        ),
        ('[[deliver]]\ntype = "s3"\nbucket = "b"\nretain_days = -1', ["deliver[1].retain_days", "-1", "0 (no lock)"]),
        ('[[deliver]]\ntype = "s3"\nbucket = "b"\nretain_days = 999999999', ["deliver[1].retain_days", "36500"]),
        (
            '[[deliver]]\ntype = "ses"\nto = ["a@example.com, b@example.com"]\nsender = "d@example.com"',
            ["deliver[1].to[1]", "expected an address"],
        ),
        (
            '[[deliver]]\ntype = "ses"\nto = ["Audit <a..b@example.com>"]\nsender = "d@example.com"',
            ["deliver[1].to[1]", "expected an address"],
        ),
        (OWN.format("vpc_changes", DELETED), ["controls[1].key", '"vpc_changes"', "the catalog has a control"]),
        (OWN.format("a", DELETED) + OWN.format("a", DELETED), ["controls[2].key", '"a"', "stands above"]),
        (OWN.format("a", "{ $.a = }"), ["controls[1]", "pattern of 'a'", "column 9"]),
        (OWN.format("a", "{ $.a = 1 && $.a = 2 }"), ["controls[1]", "no management event of s3.amazonaws.com"]),
        ('[audit]\ncontrols = ["vpc_changes", "vpc_changes"]', ["audit.controls[2]", "each control once"]),
    ],
)
def test_a_configuration_that_cannot_be_used(tmp_path: Path, text: str, words: list[str]) -> None:
    told = orgaudit("run", "-c", configured(tmp_path, text), cwd=tmp_path)
    check(told, 2, "audit.toml", *words)


def test_an_unknown_benchmark_on_the_command_line(tmp_path: Path) -> None:
    told = orgaudit("run", "-c", configured(tmp_path, ""), "--benchmark", "9", cwd=tmp_path)
    check(told, 2, "--benchmark 9", "7.0.0")


def test_no_credentials(tmp_path: Path) -> None:
    check(orgaudit("run", "-c", configured(tmp_path, ""), cwd=tmp_path), 3, "no AWS credentials", "AWS_PROFILE")


def test_an_unreachable_endpoint(tmp_path: Path) -> None:
    env = {**CREDENTIALS, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    told = orgaudit("run", "-c", configured(tmp_path, ""), env=env, cwd=tmp_path)
    check(told, 3, "cannot be reached", "AWS_ENDPOINT_URL")


def test_an_account_outside_any_organization(tmp_path: Path) -> None:
    from moto.moto_server.threaded_moto_server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        env = {**CREDENTIALS, "AWS_ENDPOINT_URL": "http://{}:{}".format(*server.get_host_and_port())}
        told = orgaudit("run", "-c", configured(tmp_path, ""), env=env, cwd=tmp_path)
    finally:
        server.stop()
    check(told, 3, "not in an organization", "management account")


def test_an_output_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be", encoding="utf-8")
    told = orgaudit(
        "run", "-c", configured(tmp_path, ""), "--out", tmp_path / "taken" / "x", env=CREDENTIALS, cwd=tmp_path
    )
    check(told, 3, "taken", "cannot be")


def test_a_folder_that_is_no_bundle(tmp_path: Path) -> None:
    told = orgaudit("report", tmp_path, cwd=tmp_path)
    check(told, 2, str(tmp_path))


def test_init_does_not_overwrite(tmp_path: Path) -> None:
    assert orgaudit("init", "audit.toml", cwd=tmp_path).code == 0
    check(orgaudit("init", "audit.toml", cwd=tmp_path), 2, "audit.toml", "exists already")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["vpc_changes", "{ $.eventName = * }"], 0, ["Covered"]),
        (["vpc_changes", "{ $.eventName = CreateVpc }"], 1, ["Not covered", "notify nobody", "eventName"]),
        (["vpc_changes", "{ $.eventName = CreateVpc", "{ $.eventName = * }"], 0, ["Covered"]),
        (["vpc_changes", "{ $.eventName = CreateVpc"], 4, ["Undecided", "column", "^"]),
    ],
)
def test_prove(arguments: list[str], code: int, words: list[str], tmp_path: Path) -> None:
    told = orgaudit("prove", *arguments, cwd=tmp_path)
    assert told.code == code
    assert not [word for word in words if word not in told.out], told.out
    assert max(map(len, told.out.splitlines())) <= 80


def test_prove_an_unknown_control(tmp_path: Path) -> None:
    check(orgaudit("prove", "nothing", "{ $.a = b }", cwd=tmp_path), 2, "nothing", "orgaudit controls")
