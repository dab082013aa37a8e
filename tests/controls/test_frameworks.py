"""Framework mappings: each says where it comes from, and none is made up."""

import re

import pytest

from orgaudit.controls import CATALOG, FRAMEWORKS, Control, Requirement

# What an id of the framework looks like, so that ids of another framework or version cannot slip in.
SHAPES = {
    "nist_800_53_r5": r"[A-Z]{2}-\d+(\(\d+\))?",
    "nist_csf_2_0": r"[A-Z]{2}\.[A-Z]{2}-\d{2}",
    "nist_csf_1_1": r"[A-Z]{2}\.[A-Z]{2}-\d{1,2}",
    "nist_800_171_r2": r"3\.\d+\.\d+",
    "pci_dss_4_0": r"(A?\d+)(\.\d+)+",
    "pci_dss_3_2_1": r"\d+(\.\d+)+",
    "soc2_tsc": r"(CC|A|PI)\d\.\d",
    "iso_27001_2022": r"A\.[5-8]\.\d+",
    "iso_27001_2013": r"A\.\d+\.\d+\.\d+",
    "hipaa_security_rule": r"164\.3\d\d(\([A-Za-z0-9]+\))+",
    "fedramp_low_r4": r"[A-Z]{2}-\d+",
    "fedramp_moderate_r4": r"[A-Z]{2}-\d+(\(\w+\))*",
    "fedramp_20x_ksi_low": r"KSI-[A-Z]{3}(-\d+)?",
    "cis_controls_v8": r"\d+\.\d+",
}


@pytest.mark.parametrize("control", CATALOG.values(), ids=CATALOG)
def test_every_mapping_names_a_dated_source_and_ids_of_its_framework(control: Control) -> None:
    for requirement in control.requirements:
        assert re.search(r"\(.*20\d\d-\d\d-\d\d\)$", requirement.source)
        assert [i for i in requirement.ids if not re.fullmatch(SHAPES[requirement.framework], i)] == []
        assert len(requirement.ids) == len(set(requirement.ids))


def test_every_framework_is_used_and_every_control_but_org_trail_is_mapped() -> None:
    used = {requirement.framework for control in CATALOG.values() for requirement in control.requirements}

    assert used == set(FRAMEWORKS)
    assert [control.key for control in CATALOG.values() if not control.requirements] == ["org_trail"]


def test_800_53_comes_from_security_hub_for_trails_and_from_mitre_for_alarms() -> None:
    sources = {
        (control.family, requirement.source.split(" ")[0])
        for control in CATALOG.values()
        for requirement in control.requirements
        if requirement.framework == "nist_800_53_r5"
    }

    assert sources == {("alarm", "MITRE"), ("trail", "AWS")}


def test_a_list_that_is_not_specific_to_the_control_says_so() -> None:
    generic = [r for c in CATALOG.values() for r in c.requirements if r.source.startswith("ElectricEye")]

    assert generic
    assert all("all checks of this kind" in requirement.note for requirement in generic)


@pytest.mark.parametrize(
    ("framework", "ids", "source", "complaint"),
    [
        ("nist_800_53_r6", ("AU-6",), "MITRE", "unknown framework 'nist_800_53_r6': expected one of nist_800_53_r5"),
        ("soc2_tsc", (), "MITRE", "no ids"),
        ("soc2_tsc", ("CC7.2",), "", "no source"),
    ],
)
def test_a_mapping_without_framework_ids_or_source_refuses_itself(
    framework: str, ids: tuple[str, ...], source: str, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        Requirement(framework, ids, source)
