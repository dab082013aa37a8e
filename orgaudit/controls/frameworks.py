"""Which requirements of other frameworks each control supports, and who says so.

No body publishes these mappings, so each carries its source. Where sources differ, one is chosen per framework:
NIST SP 800-53: Security Hub for trail controls, MITRE for alarm controls, which Security Hub does not map.
CSF 2.0: Powerpipe; Prowler's ids of that name are CSF 1.1's. CSF 1.1: Powerpipe, else ElectricEye.
PCI DSS 3.2.1 and NIST SP 800-171: Security Hub only. PCI DSS 4: Security Hub, else Powerpipe.
SOC 2: Powerpipe for trail controls; for the others the one fitting id of ElectricEye's list. ISO 27001:2013:
ElectricEye, the only one with Annex A numbers. ISO 27001:2022 and FedRAMP 20x: Prowler, the only source.
HIPAA and FedRAMP Rev. 4: Powerpipe, else Prowler. CIS Controls: MITRE. `org_trail` is mapped by nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

FRAMEWORKS: Mapping[str, str] = MappingProxyType(
    {
        "nist_800_53_r5": "NIST SP 800-53 Rev. 5",
        "nist_csf_2_0": "NIST Cybersecurity Framework 2.0",
        "nist_csf_1_1": "NIST Cybersecurity Framework 1.1",
        "nist_800_171_r2": "NIST SP 800-171 Rev. 2",
        "pci_dss_4_0": "PCI DSS 4.0",
        "pci_dss_3_2_1": "PCI DSS 3.2.1",
        "soc2_tsc": "SOC 2 Trust Services Criteria",
        "iso_27001_2022": "ISO/IEC 27001:2022 Annex A",
        "iso_27001_2013": "ISO/IEC 27001:2013 Annex A",
        "hipaa_security_rule": "HIPAA Security Rule (45 CFR 164)",
        "fedramp_low_r4": "FedRAMP Low, Rev. 4",
        "fedramp_moderate_r4": "FedRAMP Moderate, Rev. 4",
        "fedramp_20x_ksi_low": "FedRAMP 20x Key Security Indicators, Low",
        "cis_controls_v8": "CIS Critical Security Controls v8",
    }
)

SECURITY_HUB = "AWS Security Hub user guide (read 2026-11-23)"
SECURITY_HUB_2023 = "AWS Security Hub user guide (2023-03-10)"
MITRE = "MITRE AWS Foundations CIS baseline (2025-12-14)"
POWERPIPE = "Powerpipe AWS Compliance mod (2025-12-06)"
PROWLER = "Prowler (2026-08-21)"
ELECTRICEYE = "ElectricEye (2025-02-15)"

_BY_CIS = "By way of the section of CIS v2.0.0 and CIS Controls v8."
_AUDIT_MANAGER = "Follows AWS Audit Manager."
_GENERIC = "One list for all checks of this kind, not specific to the control."
_NOT_OFFICIAL = "No official mapping exists; the id that fits out of a list meant for all checks of this kind."
_REV_4 = "Rev. 4 baseline; no source maps Rev. 5."


@dataclass(frozen=True, slots=True)
class Requirement:
    """The ids of one framework that a control supports, as one source states them."""

    framework: str
    """A key of `FRAMEWORKS`."""
    ids: tuple[str, ...]
    source: str
    note: str = ""

    def __post_init__(self) -> None:
        if self.framework not in FRAMEWORKS:
            raise ValueError(f"unknown framework {self.framework!r}: expected one of {', '.join(FRAMEWORKS)}")
        if not self.ids or not all(self.ids):
            raise ValueError(f"mapping to {self.framework}: no ids")
        if not self.source:
            raise ValueError(f"mapping to {self.framework}: no source")


_NETWORK = "nacl_changes network_gateway_changes route_table_changes vpc_changes"
_CHANGES = (
    "iam_policy_changes cloudtrail_configuration_changes s3_bucket_policy_changes aws_config_changes "
    f"security_group_changes {_NETWORK}"
)
_SIGN_IN = "console_signin_without_mfa console_authentication_failures"
_HUB_ALARMS = (
    f"unauthorized_api_calls {_SIGN_IN} root_account_usage kms_cmk_disable_or_deletion {_CHANGES}"  # CloudWatch.1-14
)
_ALARMS = f"{_HUB_ALARMS} organizations_changes"
_RECORDING = "trail_multi_region trail_management_events"
_VALIDATION = "trail_log_file_validation"
_DELIVERY = "trail_cloudwatch_logs_integration"
_ENCRYPTION = "trail_kms_encryption"

_CSF_DETECT = "DE.AE-02 DE.AE-03 DE.AE-04 DE.AE-06 DE.AE-07 DE.AE-08 ID.RA-05"
_CSF_RESPOND = "RS.AN-03 RS.AN-06 RS.AN-07 RS.AN-08 RS.CO-02 RS.CO-03 RS.MI-01 RS.MI-02"
_CSF_1_ALL = "DE.CM-2 ID.RA-1 ID.RA-5 ID.SC-4"
_PCI_ALARMS = "A3.3.1 A3.5.1 10.2.1.1 10.4.1 10.4.1.1 10.4.2 10.6.3 10.7.1 10.7.2"
_PCI_RESPONSE = "11.5.2 11.6.1 12.10.5"
_ISO_2013 = (
    "A.12.1.1 A.12.1.2 A.12.4.1 A.12.4.2 A.12.4.3 A.12.4.4 A.12.7.1 A.13.1.1 A.13.2.1 A.13.2.2 "
    "A.14.2.7 A.15.2.1 A.16.1.7"
)
_FEDRAMP_NETWORK = "AC-2(4) AU-6(1)(3) AU-7(1) CA-7(a)(b) IR-4(1) SI-4(2) SI-4(4) SI-4(5) SI-4(a)(b)(c)"

# (source, note, controls, ids) under each framework.
_Row = tuple[str, str, str, str]
_MAPPED: Mapping[str, tuple[_Row, ...]] = {
    "nist_800_53_r5": (
        (MITRE, _BY_CIS, _ALARMS, "AU-6 AU-6(1) AU-7(1)"),
        (
            SECURITY_HUB_2023,
            "",
            _RECORDING,
            "AC-2(4) AC-4(26) AC-6(9) AU-10 AU-12 AU-2 AU-3 AU-6(3) AU-6(4) AU-14(1) CA-7 SC-7(9) SI-3(8) SI-4(20) "
            "SI-7(8) SA-8(22)",
        ),
        (SECURITY_HUB_2023, "", _VALIDATION, "AU-9 SI-4 SI-7(1) SI-7(3) SI-7(7)"),
        (
            SECURITY_HUB_2023,
            "",
            _DELIVERY,
            "AC-2(4) AC-4(26) AC-6(9) AU-10 AU-12 AU-2 AU-3 AU-6(1) AU-6(3) AU-6(4) AU-6(5) AU-7(1) CA-7 SC-7(9) "
            "SI-20 SI-3(8) SI-4(20) SI-4(5) SI-7(8)",
        ),
        (SECURITY_HUB_2023, "", _ENCRYPTION, "AU-9 CA-9(1) CM-3(6) SC-13 SC-28 SC-28(1) SC-7(10) SI-7(6)"),
    ),
    "nist_csf_2_0": (
        (POWERPIPE, "", "unauthorized_api_calls", f"DE.CM-03 {_CSF_DETECT}"),
        (POWERPIPE, "", _SIGN_IN, f"DE.CM-03 {_CSF_DETECT} PR.AA-03 PR.PS-04"),
        (POWERPIPE, "", "root_account_usage", "ID.RA-05 PR.AA-03 PR.PS-04"),
        (POWERPIPE, "", "iam_policy_changes", f"DE.CM-03 {_CSF_DETECT} PR.AA-05 PR.PS-04"),
        (
            POWERPIPE,
            "",
            "cloudtrail_configuration_changes",
            f"DE.CM-06 DE.CM-09 {_CSF_DETECT} RS.AN-03 RS.AN-06 RS.AN-07",
        ),
        (POWERPIPE, "", "kms_cmk_disable_or_deletion", "ID.RA-05"),
        (POWERPIPE, "", "s3_bucket_policy_changes", f"DE.CM-06 DE.CM-09 {_CSF_DETECT} PR.PS-04"),
        (POWERPIPE, "", "aws_config_changes", f"DE.CM-06 DE.CM-09 {_CSF_DETECT}"),
        (POWERPIPE, "", f"security_group_changes {_NETWORK}", "DE.CM-01 ID.RA-05"),
        (
            POWERPIPE,
            "",
            "trail_multi_region",
            "DE.CM-01 DE.CM-03 DE.AE-02 DE.AE-03 DE.AE-04 DE.AE-06 DE.AE-07 DE.AE-08 ID.AM-03 ID.RA-05",
        ),
        (
            POWERPIPE,
            "",
            _VALIDATION,
            f"DE.CM-01 DE.CM-03 {_CSF_DETECT} ID.RA-09 PR.AA-04 PR.PS-01 PR.PS-04 RC.RP-03 RC.RP-05 {_CSF_RESPOND}",
        ),
        (POWERPIPE, "", _DELIVERY, f"DE.CM-01 DE.CM-03 {_CSF_DETECT} RC.RP-06 RC.CO-03 {_CSF_RESPOND}"),
        (
            POWERPIPE,
            "",
            _ENCRYPTION,
            f"DE.CM-01 DE.CM-03 {_CSF_DETECT} PR.AA-04 PR.DS-01 PR.PS-01 PR.PS-04 RC.RP-06 {_CSF_RESPOND}",
        ),
    ),
    "nist_csf_1_1": (
        (POWERPIPE, "", _HUB_ALARMS, _CSF_1_ALL),
        (
            ELECTRICEYE,
            _GENERIC,
            "organizations_changes trail_management_events",
            "ID.AM-3 DE.AE-1 DE.AE-3 DE.CM-1 DE.CM-7 PR.PT-1",
        ),
        (
            POWERPIPE,
            "",
            "trail_multi_region",
            "DE.AE-1 DE.AE-3 DE.AE-4 DE.CM-1 DE.CM-2 DE.CM-3 DE.CM-6 DE.CM-7 ID.AM-3 ID.RA-1 ID.RA-5 ID.SC-4 PR.AC-6 "
            "PR.DS-5 PR.MA-2 PR.PT-1",
        ),
        (POWERPIPE, "", _VALIDATION, f"{_CSF_1_ALL} PR.DS-6"),
        (POWERPIPE, "", _DELIVERY, "DE.AE-1 DE.AE-3 DE.CM-2 DE.CM-5 DE.DP-4 ID.RA-1 ID.RA-5 ID.SC-4 PR.PT-1"),
        (POWERPIPE, "", _ENCRYPTION, f"{_CSF_1_ALL} PR.DS-1"),
    ),
    "nist_800_171_r2": (
        (SECURITY_HUB, "", "unauthorized_api_calls", "3.13.1 3.14.6 3.14.7"),
        (
            SECURITY_HUB,
            "",
            "root_account_usage iam_policy_changes console_authentication_failures s3_bucket_policy_changes "
            "security_group_changes nacl_changes",
            "3.14.6 3.14.7",
        ),
        (SECURITY_HUB, "", "cloudtrail_configuration_changes aws_config_changes", "3.3.8 3.14.6 3.14.7"),
        (SECURITY_HUB, "", "kms_cmk_disable_or_deletion", "3.13.10 3.13.16 3.14.6 3.14.7"),
        (SECURITY_HUB, "", "network_gateway_changes", "3.3.1 3.13.1"),
        (SECURITY_HUB, "", "route_table_changes vpc_changes", "3.3.1 3.13.1 3.14.6 3.14.7"),
        (SECURITY_HUB, "", _ENCRYPTION, "3.3.8"),
    ),
    "pci_dss_4_0": (
        (
            POWERPIPE,
            "",
            "unauthorized_api_calls iam_policy_changes cloudtrail_configuration_changes s3_bucket_policy_changes "
            "aws_config_changes security_group_changes nacl_changes route_table_changes vpc_changes",
            _PCI_ALARMS,
        ),
        (POWERPIPE, "", f"{_SIGN_IN} kms_cmk_disable_or_deletion", f"{_PCI_ALARMS} {_PCI_RESPONSE}"),
        (
            POWERPIPE,
            "",
            "root_account_usage",
            f"{_PCI_ALARMS} {_PCI_RESPONSE} 8.2.1 8.2.2 8.2.4 8.2.5 8.3.11",
        ),
        (
            POWERPIPE,
            "",
            "network_gateway_changes",
            "A3.3.1 A3.5.1 1.2.8 10.2.1.1 10.4.1 10.4.1.1 10.4.2 10.6.3 10.7.1 10.7.2",
        ),
        (
            POWERPIPE,
            "",
            "trail_multi_region",
            "A1.2.1 10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5 10.2.1.6 10.2.1.7 10.2.2 10.3.1 10.3.2 10.3.3 10.3.4 "
            "10.6.3 11.3.1.3 11.5.2 3.5.1.3 7.3.3",
        ),
        (POWERPIPE, "", _VALIDATION, "A1.2.1 10.3.2 10.3.3 10.3.4"),
        (POWERPIPE, "", _DELIVERY, "A3.3.1 A3.5.1 10.4.1.1 11.3.1.3 11.5.2 11.6.1 12.10.5 7.3.3"),
        (SECURITY_HUB, "Stated for 4.0.1.", _ENCRYPTION, "10.3.2"),
    ),
    "pci_dss_3_2_1": (
        (SECURITY_HUB, "", "root_account_usage", "7.2.1"),
        (SECURITY_HUB_2023, "", _VALIDATION, "10.5.2 10.5.5"),
        (SECURITY_HUB_2023, "", _DELIVERY, "10.5.3"),
        (SECURITY_HUB_2023, "", _ENCRYPTION, "3.4"),
    ),
    "soc2_tsc": (
        (ELECTRICEYE, _NOT_OFFICIAL, f"{_ALARMS} trail_management_events", "CC7.2"),
        (POWERPIPE, _AUDIT_MANAGER, "trail_multi_region", "A1.2 CC7.2"),
        (POWERPIPE, _AUDIT_MANAGER, _VALIDATION, "CC7.3"),
        (POWERPIPE, _AUDIT_MANAGER, _DELIVERY, "A1.2 CC7.2 CC7.3"),
        (POWERPIPE, _AUDIT_MANAGER, _ENCRYPTION, "CC6.1 CC6.2"),
    ),
    "iso_27001_2022": (
        (
            PROWLER,
            "",
            f"unauthorized_api_calls {_SIGN_IN} root_account_usage iam_policy_changes kms_cmk_disable_or_deletion "
            "cloudtrail_configuration_changes s3_bucket_policy_changes aws_config_changes security_group_changes "
            f"nacl_changes network_gateway_changes organizations_changes trail_management_events {_VALIDATION} "
            f"{_DELIVERY}",
            "A.8.15 A.8.16",
        ),
        (PROWLER, "", "vpc_changes", "A.8.15 A.8.16 A.8.20 A.8.21 A.8.22"),
        (PROWLER, "", _ENCRYPTION, "A.8.11 A.8.15 A.8.16 A.8.24"),
    ),
    "iso_27001_2013": (
        (ELECTRICEYE, _GENERIC, f"{_ALARMS} {_RECORDING} {_DELIVERY}", _ISO_2013),
        (ELECTRICEYE, _GENERIC, _VALIDATION, "A.12.2.1 A.12.5.1 A.14.1.2 A.14.1.3 A.14.2.4"),
        (ELECTRICEYE, _GENERIC, _ENCRYPTION, "A.8.2.3"),
    ),
    "hipaa_security_rule": (
        (POWERPIPE, _AUDIT_MANAGER, "root_account_usage", "164.308(a)(6)(i) 164.308(a)(6)(ii)"),
        (
            POWERPIPE,
            _AUDIT_MANAGER,
            "console_authentication_failures",
            "164.308(a)(5)(ii)(C) 164.308(a)(6)(i) 164.308(a)(6)(ii)",
        ),
        (PROWLER, _AUDIT_MANAGER, _NETWORK, "164.308(a)(6)(i)"),
        (
            POWERPIPE,
            _AUDIT_MANAGER,
            "trail_multi_region",
            "164.308(a)(1)(ii)(D) 164.308(a)(3)(ii)(A) 164.308(a)(6)(ii) 164.312(b) 164.312(e)(2)(i)",
        ),
        (
            POWERPIPE,
            _AUDIT_MANAGER,
            _VALIDATION,
            "164.308(a)(1)(ii)(B) 164.308(a)(1)(ii)(D) 164.308(a)(5)(ii)(C) 164.308(a)(6)(ii) 164.312(b) "
            "164.312(c)(1) 164.312(c)(2)",
        ),
        (
            POWERPIPE,
            _AUDIT_MANAGER,
            _DELIVERY,
            "164.308(a)(1)(ii)(D) 164.308(a)(3)(ii)(A) 164.308(a)(5)(ii)(C) 164.308(a)(6)(ii) 164.312(b) "
            "164.312(e)(2)(i)",
        ),
        (
            POWERPIPE,
            _AUDIT_MANAGER,
            _ENCRYPTION,
            "164.308(a)(1)(ii)(B) 164.308(a)(1)(ii)(D) 164.308(a)(4)(ii)(A) 164.312(a)(2)(iv) 164.312(c)(1) "
            "164.312(c)(2) 164.312(e)(2)(ii) 164.314(b)(1) 164.314(b)(2) 164.314(b)(2)(i) 164.314(b)(2)(ii) "
            "164.314(b)(2)(iii) 164.314(b)(2)(iv)",
        ),
    ),
    "fedramp_low_r4": (
        (PROWLER, _REV_4, "nacl_changes", "AC-2 CA-7 IR-4"),
        (PROWLER, _REV_4, "network_gateway_changes route_table_changes vpc_changes", "IR-4"),
        (POWERPIPE, _REV_4, "trail_multi_region", "AC-2 AU-2 CA-7"),
        (POWERPIPE, _REV_4, f"{_VALIDATION} {_ENCRYPTION}", "AU-9"),
        (POWERPIPE, _REV_4, _DELIVERY, "AC-2 AU-2"),
    ),
    "fedramp_moderate_r4": (
        (PROWLER, _REV_4, _NETWORK, _FEDRAMP_NETWORK),
        (
            POWERPIPE,
            _REV_4,
            "trail_multi_region",
            "AC-2(g) AC-2(4) AU-2(a)(d) AU-3 AU-6(1)(3) AU-12(a)(c) CA-7(a)(b) SI-4(2) SI-4(16)",
        ),
        (POWERPIPE, _REV_4, _VALIDATION, "AU-9 SI-7 SI-7(1)"),
        (
            POWERPIPE,
            _REV_4,
            _DELIVERY,
            "AC-2(g) AC-2(4) AU-2(a)(d) AU-3 AU-6(1)(3) AU-7(1) AU-12(a)(c) SI-4(a)(b)(c) SI-4(4) SI-4(5)",
        ),
        (POWERPIPE, _REV_4, _ENCRYPTION, "AU-9 SC-28"),
    ),
    "fedramp_20x_ksi_low": (
        (PROWLER, "", f"{_CHANGES} organizations_changes", "KSI-CMT"),
        (PROWLER, "", "trail_multi_region", "KSI-CMT KSI-MLA KSI-MLA-07"),
        (PROWLER, "", _VALIDATION, "KSI-CMT KSI-MLA"),
        (PROWLER, "", _DELIVERY, "KSI-MLA"),
        (PROWLER, "", _ENCRYPTION, "KSI-MLA KSI-SVC"),
    ),
    "cis_controls_v8": (
        (MITRE, "", f"{_ALARMS} {_VALIDATION}", "8.11"),
        (MITRE, "", f"{_RECORDING} {_DELIVERY}", "8.5"),
        (MITRE, "", _ENCRYPTION, "3.11"),
    ),
}


def requirements_for(key: str) -> tuple[Requirement, ...]:
    """Give the mappings of the control with that key, at most one for each framework, in the order of `FRAMEWORKS`."""
    return tuple(
        Requirement(framework, tuple(ids.split()), source, note)
        for framework in FRAMEWORKS
        for source, note, keys, ids in _MAPPED[framework]
        if key in keys.split()
    )


def mapped_keys() -> frozenset[str]:
    """Give every control key that some mapping names."""
    return frozenset(key for rows in _MAPPED.values() for _, _, keys, _ in rows for key in keys.split())
