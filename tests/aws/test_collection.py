"""Collecting an organization: the listing streams, scope, links between accounts, refusals, bugs, stop and resume."""

import threading
from collections.abc import Iterator
from concurrent import futures
from concurrent.futures import Executor
from pathlib import Path

import pytest

from orgaudit.aws.collect import collect
from orgaudit.aws.members import Members
from orgaudit.errors import AccessError, ConfigError, OutputError
from orgaudit.evidence.store import EvidenceStore
from orgaudit.model.calls import Json, Outcome, Record
from orgaudit.model.settings import Collect, Config, Exclusion, Scope
from orgaudit.model.settings import Organization as Settings
from orgaudit.progress import Silent
from tests.aws.organization import HOME, MANAGEMENT, Organization, alarm, only, refusal, trail

A, B, C, D = (f"10000000000{number}" for number in (2, 3, 4, 5))
FOREIGN = "900000000009"
CONFIG = Config(collect=Collect(workers=4))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EvidenceStore]:
    store = EvidenceStore.create(tmp_path / "evidence.sqlite")
    yield store
    store.close()


def collected(organization: Organization, store: EvidenceStore, config: Config = CONFIG) -> list[Record]:
    collect(organization.access(), config, store)
    return list(store.records())


def scoped(**scope: tuple[str, ...]) -> Config:
    return Config(collect=Collect(workers=4), scope=Scope(**scope))


def group_of(account_id: str) -> str:
    return f"arn:aws:logs:{HOME}:{account_id}:log-group:trail"


def topic_of(account_id: str) -> str:
    return f"arn:aws:sns:{HOME}:{account_id}:alerts"


def with_chain(organization: Organization, owner: str, topic: str) -> None:
    """Give one account a trail, a filter, and an alarm that notifies this topic."""
    filters = [{"filterName": "f", "metricTransformations": [{"metricNamespace": "CIS", "metricName": "m"}]}]
    organization.answers |= {
        "DescribeTrails": only([owner], {"trailList": [trail(owner, group_of(owner))]}),
        "DescribeMetricFilters": only([owner], {"metricFilters": filters}),
        "DescribeAlarms": only([owner], {"MetricAlarms": [alarm(owner, "m", topic)]}),
    }


# The listing and the scope


def test_accounts_of_every_page_are_read_once_and_finished(store: EvidenceStore) -> None:
    """Five accounts on three pages, one of them on two pages."""
    organization = Organization.of(MANAGEMENT, A, B, A, C)
    collected(organization, store)
    assert store.finished_accounts() == {MANAGEMENT, A, B, C}
    assert organization.calls_by(A) == {"DescribeTrails": 1, "ListTrails": 1}


def test_accounts_are_read_while_others_are_still_listed(store: EvidenceStore) -> None:
    """The second page comes only once a role of the first page's accounts was assumed."""
    organization = Organization.of(MANAGEMENT, *(f"{200000000000 + number}" for number in range(40)))
    pages, assumed, assume = organization._page, threading.Event(), organization._default("AssumeRole")

    def assuming(account_id: str, region: str, params: Json) -> Json:
        assumed.set()
        return assume(account_id, region, params)

    def waiting(account_id: str, region: str, params: Json) -> Json:
        assert "NextToken" not in params or assumed.wait(300)
        return pages(account_id, region, params)

    organization.answers |= {"AssumeRole": assuming, "ListAccounts": waiting}
    collect(organization.access(), Config(collect=Collect(workers=1)), store)
    assert len(store.finished_accounts()) == 41


def test_the_population_is_recorded_before_all_of_it_is_read(
    store: EvidenceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The members are read once the listing is through, whichever thread the machine prefers."""
    organization = Organization.of(MANAGEMENT, *(f"{200000000000 + number}" for number in range(40)))
    organization.page_size = 20
    opened, assume = list[Members](), organization._default("AssumeRole")

    def opening(members: Members, aside: Executor) -> None:
        open_members(members, aside)
        opened.append(members)

    def assuming(account_id: str, region: str, params: Json) -> Json:
        futures.wait([asked for asked in (opened[0]._listing, opened[0]._walk) if asked], timeout=300)
        return assume(account_id, region, params)

    open_members = Members.open
    monkeypatch.setattr(Members, "open", opening)
    organization.answers["AssumeRole"] = assuming
    progress = Watched(5)
    collect(organization.access(), Config(collect=Collect(workers=1)), store, progress, stop=progress.stop)
    listed = [record for record in store.records() if record.call.operation == "ListAccounts"]
    assert (len(listed), listed[-1].last_page) == (3, True)
    assert len(store.finished_accounts()) < 20
    organization.asked.clear()
    collect(organization.access(), CONFIG, store, done=store.finished_accounts())
    assert [operation for _, operation, _ in organization.asked if operation == "ListAccounts"] == []
    assert len(store.finished_accounts()) == 41


def test_a_listing_that_breaks_off_is_no_population(store: EvidenceStore) -> None:
    organization = Organization.of(MANAGEMENT, A, B)
    pages = organization._page

    def breaking(account_id: str, region: str, params: Json) -> Json:
        if "NextToken" in params:
            raise refusal("ServiceException")
        return pages(account_id, region, params)

    organization.answers["ListAccounts"] = breaking
    with pytest.raises(AccessError, match="broke off at page 2: ServiceException"):
        collected(organization, store)
    assert [record for record in store.records() if record.call.operation == "ListAccounts"] == []
    del organization.answers["ListAccounts"]
    collect(organization.access(), CONFIG, store, done=store.finished_accounts())
    assert store.finished_accounts() == {MANAGEMENT, A, B}
    assert len([record for record in store.records() if record.call.operation == "ListAccounts"]) == 2


@pytest.mark.parametrize(
    ("state", "read"),
    [("ACTIVE", True), ("SUSPENDED", False), ("CLOSED", False), ("PENDING_CLOSURE", False), ("SOMETHING_NEW", True)],
)
def test_only_accounts_that_can_answer_are_asked(store: EvidenceStore, state: str, read: bool) -> None:
    organization = Organization.of(MANAGEMENT, A)
    organization.accounts[1]["State"] = state
    collected(organization, store)
    assert (A in store.finished_accounts()) is read
    assert bool(organization.calls_by(A)) is read


def test_excluded_accounts_are_not_asked(store: EvidenceStore) -> None:
    organization = Organization.of(MANAGEMENT, A, B)
    rule = Exclusion(A, "sandbox", "jane")
    collected(organization, store, Config(scope=Scope(exclude_accounts=(rule,))))
    assert store.finished_accounts() == {MANAGEMENT, B}
    assert "AssumeRole" not in [operation for asker, operation, _ in organization.asked if asker == A]
    assert not organization.calls_by(A)


@pytest.mark.parametrize("unit", ["ou-1", "Root/Prod", "Root/Prod/Payments", "ou-3"])
@pytest.mark.parametrize("with_paths", [True, False])
def test_a_unit_is_named_by_id_or_path_and_has_its_subtree(store: EvidenceStore, unit: str, with_paths: bool) -> None:
    """Also where the listing does not say in which unit an account is: then the units are asked for theirs."""
    places = {MANAGEMENT: "r-1", A: "r-1/ou-1", B: "r-1/ou-1/ou-3", C: "r-1/ou-2"}
    organization = Organization.of(*places)
    for account in organization.accounts:
        account["Paths"] = [f"o-1/{places[account['Id']]}/{account['Id']}/"]
        if not with_paths:
            del account["Paths"]
    if not with_paths:
        organization.answers["ListAccountsForParent"] = lambda account_id, region, params: {
            "Accounts": [{"Id": one} for one, path in places.items() if path.split("/")[-1] == params["ParentId"]]
        }
    collected(organization, store, scoped(include_ous=(unit,)))
    assert store.finished_accounts() == ({B} if unit in {"ou-3", "Root/Prod/Payments"} else {A, B})


def test_a_unit_that_does_not_exist_is_an_error_that_names_the_known_ones(store: EvidenceStore) -> None:
    with pytest.raises(ConfigError, match=r'include_ous: no organizational unit "Root/Live"; .*Root/Prod \(ou-1\)'):
        collected(Organization.of(MANAGEMENT, A), store, scoped(include_ous=("Root/Live",)))


def test_a_scope_by_units_that_cannot_be_read_excludes_nobody_silently(store: EvidenceStore) -> None:
    organization = Organization.of(MANAGEMENT, A)
    organization.refuse("ListOrganizationalUnitsForParent", MANAGEMENT)
    with pytest.raises(AccessError, match="cannot be read: ListOrganizationalUnitsForParent AccessDenied"):
        collected(organization, store, scoped(exclude_ous=("ou-2",)))
    assert store.finished_accounts() == frozenset()


def test_units_that_cannot_be_read_matter_to_nobody_else(store: EvidenceStore) -> None:
    organization = Organization.of(MANAGEMENT, A)
    organization.refuse("ListRoots", MANAGEMENT)
    collected(organization, store)
    assert store.finished_accounts() == {MANAGEMENT, A}


# Where is asked


def test_members_are_asked_where_the_organization_trail_lives(store: EvidenceStore) -> None:
    """The account that the run starts in is read first, wherever the listing has it."""
    organization = Organization.of(A, B, C, MANAGEMENT)
    shared = trail(MANAGEMENT, group_of(MANAGEMENT), organization=True)
    organization.answers["DescribeTrails"] = only([A, B, C, MANAGEMENT], {"trailList": [shared]})
    collected(organization, store)
    regions = {asker: region for asker, operation, region in organization.asked if operation == "DescribeTrails"}
    assert regions == {MANAGEMENT: "us-east-1", A: HOME, B: HOME, C: HOME}
    selectors = [asker for asker, operation, _ in organization.asked if operation == "GetEventSelectors"]
    assert selectors == [MANAGEMENT]
    assert sum(organization.calls_by(A).values()) == 3


# What accounts need of each other


def test_a_topic_is_read_as_its_owner(store: EvidenceStore) -> None:
    organization = Organization.of(MANAGEMENT, A, B)
    with_chain(organization, A, topic_of(B))
    collected(organization, store)
    assert organization.calls_by(A)["GetTopicAttributes"] == 0
    assert organization.calls_by(B)["GetTopicAttributes"] == 1


def test_a_topic_whose_owner_refuses_is_read_from_the_alarm_s_account(store: EvidenceStore) -> None:
    organization = Organization.of(MANAGEMENT, A, B)
    with_chain(organization, A, topic_of(B))
    organization.refuse("GetTopicAttributes", B)
    records = collected(organization, store)
    asked = {
        record.call.account_id: record.outcome for record in records if record.call.operation == "GetTopicAttributes"
    }
    assert asked == {B: Outcome.REFUSED, A: Outcome.ANSWERED}


def test_an_account_outside_the_organization_is_never_entered(store: EvidenceStore) -> None:
    organization = Organization.of(MANAGEMENT, A)
    with_chain(organization, A, topic_of(FOREIGN))
    records = collected(organization, store)
    assert [record.call.account_id for record in records if record.call.operation == "GetTopicAttributes"] == [A]
    assert {record.call.account_id for record in records} == {MANAGEMENT, A}


def test_an_excluded_account_that_carries_a_link_is_read_for_that_link_only(store: EvidenceStore) -> None:
    organization = Organization.of(MANAGEMENT, A, B)
    with_chain(organization, A, topic_of(B))
    rule = Exclusion(B, "sandbox", "jane")
    collected(organization, store, Config(scope=Scope(exclude_accounts=(rule,))))
    assert set(organization.calls_by(B)) == {"GetTopicAttributes", "ListSubscriptionsByTopic"}
    assert B not in store.finished_accounts()


def test_a_monitoring_account_is_asked_for_alarms_and_their_topics(store: EvidenceStore) -> None:
    """Alarms there count that name another account; found through a link, without any configuration."""
    organization = Organization.of(MANAGEMENT, A, B, C)
    with_chain(organization, A, topic_of(A))
    organization.answers["ListLinks"] = only([A], {"Items": [{"SinkArn": f"arn:aws:oam:{HOME}:{B}:sink/1"}]})
    query = {"AccountId": A, "MetricStat": {"Metric": {"Namespace": "CIS", "MetricName": "m"}}}
    watching = alarm(B, "", topic_of(C), name="central") | {"Metrics": [query]}
    private = alarm(B, "cpu", topic_of(B), name="private")
    organization.answers["DescribeAlarms"] = only([B], {"MetricAlarms": [watching, private]})
    collected(organization, store)
    assert organization.calls_by(B)["DescribeAlarms"] == 1
    assert organization.calls_by(B)["GetTopicAttributes"] == 0
    assert organization.calls_by(C)["GetTopicAttributes"] == 1


def test_configured_monitoring_accounts_are_always_read(store: EvidenceStore) -> None:
    organization = Organization.of(MANAGEMENT, A, B)
    with_chain(organization, A, topic_of(A))
    collected(organization, store, Config(organization=Settings(monitoring_accounts=(B,))))
    assert organization.calls_by(B)["DescribeAlarms"] == 1


def test_topic_and_key_shared_by_all_are_read_once(store: EvidenceStore) -> None:
    members = [f"{200000000000 + number}" for number in range(12)]
    organization = Organization.of(MANAGEMENT, B, *members)
    filters = [{"filterName": "f", "metricTransformations": [{"metricNamespace": "CIS", "metricName": "m"}]}]
    key = f"arn:aws:kms:{HOME}:{B}:key/1"
    organization.answers |= {
        "DescribeTrails": lambda account_id, *_: {"trailList": [trail(account_id, group_of(account_id))]},
        "DescribeMetricFilters": only(members, {"metricFilters": filters}),
        "DescribeAlarms": lambda account_id, *_: {"MetricAlarms": [alarm(account_id, "m", topic_of(B))]},
        "GetTopicAttributes": lambda *_: {"Attributes": {"KmsMasterKeyId": key}},
    }
    collected(organization, store)
    for operation in ("GetTopicAttributes", "ListSubscriptionsByTopic", "DescribeKey", "GetKeyPolicy"):
        assert [asker for asker, asked, _ in organization.asked if asked == operation] == [B]


def test_the_owner_tag_of_an_account_is_asked_for_also_where_its_role_is_refused(store: EvidenceStore) -> None:
    organization = Organization.of(MANAGEMENT, A)
    organization.refuse("AssumeRole", A)
    collected(organization, store, Config(organization=Settings(owner_tag="owner")))
    assert organization.calls_by(MANAGEMENT)["ListTagsForResource"] == 2


# Refusals and bugs


def test_a_refused_role_ends_the_account_and_not_the_run(store: EvidenceStore) -> None:
    organization = Organization.of(MANAGEMENT, A, B)
    organization.refuse("AssumeRole", A)
    records = collected(organization, store)
    assert store.finished_accounts() == {MANAGEMENT, A, B}
    assert [(record.call.operation, record.outcome) for record in records if record.call.account_id == A] == [
        ("AssumeRole", Outcome.REFUSED)
    ]


def test_a_bug_in_one_call_is_recorded_as_that_call_s_failure(store: EvidenceStore) -> None:
    organization = Organization.of(MANAGEMENT, A, B)

    def broken(account_id: str, region: str, params: Json) -> Json:
        if account_id == A:
            raise ZeroDivisionError("secret")
        return {}

    organization.answers["ListTrails"] = broken
    records = collected(organization, store)
    (record,) = [record for record in records if record.error_code]
    assert (record.call.account_id, record.call.operation, record.outcome) == (A, "ListTrails", Outcome.FAILED)
    assert (record.error_code, "secret" in record.error_message) == ("ZeroDivisionError", False)
    assert store.finished_accounts() == {MANAGEMENT, A, B}


def test_a_bug_in_one_account_s_plan_is_recorded_there(store: EvidenceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    from orgaudit.aws import worker

    def plan(account_id: str, *rest: object) -> object:
        if account_id == A:
            raise KeyError(account_id)
        return planned(account_id, *rest)  # type: ignore[arg-type]

    planned = worker.account_plan
    monkeypatch.setattr(worker, "account_plan", plan)
    records = collected(Organization.of(MANAGEMENT, A, B), store)
    (record,) = [record for record in records if record.outcome is Outcome.FAILED]
    assert (record.call.account_id, record.call.name, record.error_code) == (A, "orgaudit:Plan", "KeyError")
    assert store.finished_accounts() == {MANAGEMENT, A, B}


def test_a_recorder_that_refuses_ends_the_run_at_once(store: EvidenceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OutputError("the disk is full")

    organization = Organization.of(MANAGEMENT, *(f"{200000000000 + number}" for number in range(60)))
    monkeypatch.setattr(store, "write", full)
    with pytest.raises(OutputError, match="the disk is full"):
        collected(organization, store)
    assert len({asker for asker, _, _ in organization.asked}) < 60


# Progress, stop and resume


class Watched(Silent):
    """Remembers what it was told; may stop the run after so many accounts."""

    def __init__(self, stop_after: int = 1000) -> None:
        self.totals: list[tuple[int, bool]] = []
        self.done: dict[str, bool] = {}
        self.calls = 0
        self.stop = threading.Event()
        self._stop_after = stop_after

    def accounts_found(self, total: int, complete: bool) -> None:
        self.totals.append((total, complete))

    def account_done(self, account_id: str, refused: bool) -> None:
        self.done[account_id] = refused
        if len(self.done) == self._stop_after:
            self.stop.set()

    def calls_done(self, count: int) -> None:
        self.calls += count


def test_progress_adds_up(store: EvidenceStore) -> None:
    organization = Organization.of(MANAGEMENT, A, B, C)
    organization.refuse("AssumeRole", B)
    progress = Watched()
    collect(organization.access(), CONFIG, store, progress)
    assert progress.totals[-1] == (4, True)
    assert progress.done == {MANAGEMENT: False, A: False, B: True, C: False}
    assert progress.calls == len(list(store.records()))


@pytest.mark.parametrize("stop_after", [1, 2, 4, 6])
def test_a_stopped_run_resumes_to_the_same_records(store: EvidenceStore, tmp_path: Path, stop_after: int) -> None:
    """Accounts that are finished are not asked again, what they raised elsewhere is found again."""
    organization = Organization.of(MANAGEMENT, A, B, C, D, FOREIGN[:-1] + "1")
    with_chain(organization, A, topic_of(D))
    undisturbed = EvidenceStore.create(tmp_path / "undisturbed.sqlite")
    collect(organization.access(), CONFIG, undisturbed)
    organization.asked.clear()

    progress = Watched(stop_after)
    config = Config(collect=Collect(workers=1))
    collect(organization.access(), config, store, progress, stop=progress.stop)
    finished = store.finished_accounts()
    assert len(finished) >= stop_after
    before = len(organization.asked)
    collect(organization.access(), config, store, done=finished)
    again = {asker for asker, operation, _ in organization.asked[before:] if operation == "DescribeTrails"}
    assert again.isdisjoint(finished)
    assert {record.evidence_id for record in store.records()} == {
        record.evidence_id for record in undisturbed.records()
    }
    assert store.finished_accounts() == undisturbed.finished_accounts()
    undisturbed.close()


def test_resuming_a_complete_collection_asks_nothing(store: EvidenceStore) -> None:
    organization = Organization.of(MANAGEMENT, A, B)
    with_chain(organization, A, topic_of(B))
    organization.refuse("AssumeRole", B)
    collected(organization, store)
    organization.asked.clear()
    collect(organization.access(), CONFIG, store, done=store.finished_accounts())
    assert organization.asked == []
