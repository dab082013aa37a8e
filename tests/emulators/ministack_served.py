"""Serves ministack with what it lacks of AWS: run by the interpreter of its own environment.

    .venv-tools/bin/python tests/emulators/ministack_served.py PORT

Serves on loopback until it is stopped. ministack 1.5 knows nothing of deliveries, and its ListTrails leaves out
single-region trails of other regions: GetTrailStatus is made to tell of a delivery minutes ago for every logging trail,
ListTrails to name the trails of every region.
"""

import json
import os
import sys
import time
from typing import Any

os.environ.update(BIND_HOST="127.0.0.1", GATEWAY_PORT=sys.argv.pop(1), LOG_LEVEL="ERROR", PERSIST_STATE="0")

from ministack.app import main
from ministack.services import cloudtrail

answered = cloudtrail._get_trail_status


def with_deliveries(asked: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """The status of a trail, with deliveries."""
    status, headers, body = answered(asked)
    trail = cloudtrail._find_visible_trail(asked["Name"])[2] if status == 200 else None
    if trail and trail.get("IsLogging"):
        delivered = {"LatestDeliveryTime": int(time.time()) - 180}
        if trail.get("CloudWatchLogsLogGroupArn"):
            delivered["LatestCloudWatchLogsDeliveryTime"] = int(time.time()) - 240
        body = json.dumps({**json.loads(body), **delivered}).encode()
    return status, headers, body


def of_every_region(asked: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """The trails of the account, wherever they have their home."""
    named = ("TrailARN", "Name", "HomeRegion")
    trails = [{name: trail[name] for name in named} for _, _, trail in cloudtrail._account_trail_items()]
    return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps({"Trails": trails}).encode()


cloudtrail._DISPATCH |= {"GetTrailStatus": with_deliveries, "ListTrails": of_every_region}
main()
