"""What EventBridge refuses of a rule's targets: those that nothing reaches without a role.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html; the words as in
https://github.com/hashicorp/terraform-provider-aws/pull/19913.
"""

from __future__ import annotations

from typing import Any

_BY_ROLE = frozenset({"batch", "codebuild", "codepipeline", "ecs", "kinesis", "states"})


def targets_problem(targets: Any) -> str | None:
    """EventBridge's words for the first target without the role it needs, None when there is none. ARNs that are no
    texts (a template's, of what is not made yet) are not looked at."""
    listed = targets if isinstance(targets, list) else []
    return next((found for one in listed if isinstance(one, dict) and (found := _problem(one))), None)


def _problem(target: dict[str, Any]) -> str | None:
    arn = target.get("Arn")
    parts = arn.split(":", 5) if isinstance(arn, str) else []
    if target.get("RoleArn") or len(parts) != 6:
        return None
    needs_role = parts[2] in _BY_ROLE or (parts[2] == "events" and parts[5].startswith("api-destination/"))
    return f"RoleArn is required for target {arn}." if needs_role else None
