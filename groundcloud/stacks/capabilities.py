"""Which capability a template with IAM resources needs.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html (Capabilities)
"""

from __future__ import annotations

from collections.abc import Collection

from groundcloud.errors import AwsError
from groundcloud.stacks.errors import missing_capabilities
from groundcloud.stacks.parse import Template

_IAM, _NAMED = "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"
_NAME_OF = {
    "AWS::IAM::AccessKey": "",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": "",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserToGroupAddition": "",
}
"""The types that need one, and the property that gives a name of one's own (an inline policy's is none)."""


def capability_problem(template: Template, given: Collection[str]) -> AwsError | None:
    """The refusal of a processed template whose IAM resources nobody has acknowledged in `given`, or None."""
    resources = [one for one in template["Resources"].values() if one.get("Type") in _NAME_OF]
    is_named = any(_NAME_OF[one["Type"]] in (one.get("Properties") or {}) for one in resources)
    enough = {_NAMED} if is_named else {_IAM, _NAMED}
    if not resources or enough & set(given):
        return None
    return missing_capabilities([_NAMED if is_named else _IAM])
