"""The alarm controls on the network: 10 to 14 of the monitoring chapter, all of them about EC2 calls.

A mapping from a version holds from that version on, so a row shows what changed and when.
"""

from orgaudit.controls.model import Control
from orgaudit.controls.rows import Prescribed, Prose, alarm, any_event

_EC2 = ("ec2.amazonaws.com",)
_SIX_GROUP_EVENTS = (
    "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress "
    "RevokeSecurityGroupEgress CreateSecurityGroup DeleteSecurityGroup"
)

NETWORK_ALARMS: tuple[Control, ...] = (
    alarm(
        10,
        "security_group_changes",
        "Security group changes raise an alarm",
        policy_id="/ce/ca/aws/cloudtrail/security-group-changes-monitoring",
        levels={"1.2.0": 2},
        sources=_EC2,
        texts={
            "1.2.0": Prescribed(any_event(_SIX_GROUP_EVENTS)),
            "5.0.0": Prescribed(any_event(f"{_SIX_GROUP_EVENTS} ModifySecurityGroupRules")),
        },
        prose=Prose(
            description="Somebody is told when a security group is created or deleted or its rules are added or "
            "revoked: six EC2 calls. From v5.0.0 on also when rules are modified in place, a seventh.",
            rationale="Security groups are what keeps most workloads off the internet; one rule for 0.0.0.0/0 undoes "
            "that within seconds.",
            impact="Frequent wherever infrastructure is deployed: load balancers and clusters keep writing rules.",
            watches="the security group calls",
            audit="The list depends on the version: a filter for six events passes up to v4.0.1 and fails from v5.0.0.",
            remediation="Include ModifySecurityGroupRules whatever the version: it edits a rule in place with no "
            "other call.",
        ),
    ),
    alarm(
        11,
        "nacl_changes",
        "Network ACL changes raise an alarm",
        policy_id="/ce/ca/aws/cloudtrail/network-access-control-lists-changes-monitoring",
        levels={"1.2.0": 2},
        sources=_EC2,
        texts={
            "1.2.0": Prescribed(
                any_event(
                    "CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry "
                    "ReplaceNetworkAclEntry ReplaceNetworkAclAssociation",
                )
            )
        },
        prose=Prose(
            description="Somebody is told when a network ACL is created, deleted or assigned to another subnet, or "
            "when one of its entries is written or removed: six EC2 calls.",
            rationale="A network ACL filters a whole subnet, whatever its security groups say: a change exposes or "
            "cuts off everything in it.",
            impact="Rare: most networks keep the default ACL. Building a VPC raises it a few times.",
            watches="the six network ACL calls",
            audit="Giving a subnet another ACL (ReplaceNetworkAclAssociation) counts as well.",
            remediation="A filter on entries alone is not enough: creation, deletion and association count too.",
        ),
    ),
    alarm(
        12,
        "network_gateway_changes",
        "Internet and customer gateway changes raise an alarm",
        levels={"1.2.0": 1},
        sources=_EC2,
        texts={
            "1.2.0": Prescribed(
                any_event(
                    "CreateCustomerGateway DeleteCustomerGateway AttachInternetGateway CreateInternetGateway "
                    "DeleteInternetGateway DetachInternetGateway",
                )
            )
        },
        prose=Prose(
            description="Somebody is told when an internet gateway is created, deleted, attached or detached, or a "
            "customer gateway is created or deleted: six EC2 calls.",
            rationale="An attached internet gateway turns a private network into one with a way out and in; a customer "
            "gateway is one end of a tunnel.",
            impact="Rare, and where networks are provided by a central team any such event is worth a question.",
            watches="the six gateway calls",
            audit="NAT, transit and egress-only gateways are no part of the control.",
            remediation="Other kinds of gateway may be added to the filter without harm to the result.",
        ),
    ),
    alarm(
        13,
        "route_table_changes",
        "Route table changes raise an alarm",
        policy_id="/ce/ca/aws/cloudtrail/route-table-changes-monitoring",
        levels={"1.2.0": 1},
        sources=_EC2,
        texts={
            "1.2.0": Prescribed(
                any_event(
                    "CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation DeleteRouteTable "
                    "DeleteRoute DisassociateRouteTable",
                )
            )
        },
        prose=Prose(
            description="Somebody is told when a route or route table is created or deleted, a route is replaced, or a "
            "subnet is given another table or loses its own: seven EC2 calls.",
            rationale="A route decides where traffic goes: a changed one can lead it past the firewall, to a host that "
            "listens in, or nowhere.",
            impact="Now and then: building networks raises it, and so do appliances that move routes on failover.",
            watches="the seven routing calls",
            audit="Other services have calls of the same names, so a filter limited to ec2.amazonaws.com is covered "
            "as well.",
            remediation="If the filter names the event source, put the event names into parentheses: && binds before "
            "||.",
        ),
    ),
    alarm(
        14,
        "vpc_changes",
        "VPC and peering changes raise an alarm",
        policy_id="/ce/ca/aws/cloudtrail/vpc-changes-monitoring",
        levels={"1.2.0": 1},
        sources=_EC2,
        texts={
            "1.2.0": Prescribed(
                any_event(
                    "CreateVpc DeleteVpc ModifyVpcAttribute AcceptVpcPeeringConnection CreateVpcPeeringConnection "
                    "DeleteVpcPeeringConnection RejectVpcPeeringConnection AttachClassicLinkVpc "
                    "DetachClassicLinkVpc DisableVpcClassicLink EnableVpcClassicLink",
                )
            )
        },
        prose=Prose(
            description="Somebody is told when a VPC is created, deleted or has an attribute changed, when a peering "
            "connection is requested, accepted, rejected or deleted, or when ClassicLink is touched: 11 EC2 calls.",
            rationale="A new VPC lies outside the controls built for the known ones, and a peering connection joins "
            "networks that were meant to be apart.",
            impact="Rare, except in accounts that build and drop networks for tests.",
            watches="the 11 VPC calls",
            audit="ClassicLink is retired, yet its four calls stay prescribed in every version and are asked for.",
            remediation="Keep the four ClassicLink calls in the filter; they cost nothing.",
        ),
    ),
)
