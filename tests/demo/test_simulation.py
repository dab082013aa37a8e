"""Simulating the organization: what it leaves behind, costs and repeats."""

import os
import socket
import time
import tomllib

from orgaudit.demo import ACCOUNTS, EXTERNAL_ID, simulated_organization
from tests.demo.clients import client

SECURITY_TOOLING = "200000000001"


def test_the_environment_is_put_back(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "somebody-s")
    monkeypatch.delenv("ORGAUDIT_EXTERNAL_ID", raising=False)
    before = dict(os.environ)
    with simulated_organization(ACCOUNTS[:3]):
        assert "AWS_PROFILE" not in os.environ
        assert os.environ["ORGAUDIT_EXTERNAL_ID"] == EXTERNAL_ID
    assert dict(os.environ) == before


def test_ids_are_the_same_in_every_run():
    def topic_subscribers() -> list[str]:
        with simulated_organization(ACCOUNTS[:4]):
            sns = client("sns", SECURITY_TOOLING)
            answer = sns.list_subscriptions_by_topic(TopicArn=f"arn:aws:sns:eu-central-1:{SECURITY_TOOLING}:alerts")
            units = client("organizations", "100000000001").list_roots()["Roots"]
            return [item["SubscriptionArn"] for item in answer["Subscriptions"]] + [units[0]["Id"]]

    assert topic_subscribers() == topic_subscribers()


def test_is_seeded_within_seconds():
    started = time.process_time()
    with simulated_organization():
        assert time.process_time() - started < 5


def test_waivers_of_accounts_left_out_are_left_out():
    with simulated_organization(ACCOUNTS[:4]) as small:
        settings = tomllib.loads(small.configuration)
    assert (settings["waivers"], settings["scope"]["exclude_accounts"]) == ([], [])


def test_no_call_leaves_the_process(monkeypatch):
    def refuse(*arguments: object) -> None:
        raise AssertionError(f"connects to {arguments[1:]}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with simulated_organization(ACCOUNTS[:4]):
        for service, call in [("oam", "list_links"), ("cloudwatch", "list_alarm_mute_rules"), ("sns", "list_topics")]:
            answer = getattr(client(service, SECURITY_TOOLING), call)()
            assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
