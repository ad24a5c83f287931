"""What the pages say of a pool: names of fields, rules for passwords, where a code went. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from groundcloud.signin.directory import Pool

_LABELS = {
    "address": "Address",
    "birthdate": "Birthdate",
    "email": "Email",
    "family_name": "Family name",
    "gender": "Gender",
    "given_name": "Given name",
    "locale": "Locale",
    "middle_name": "Middle name",
    "name": "Name",
    "nickname": "Nickname",
    "phone_number": "Phone number",
    "picture": "Picture",
    "preferred_username": "Preferred username",
    "profile": "Profile",
    "updated_at": "Updated at",
    "website": "Website",
    "zoneinfo": "Time zone",
}
_AUTOCOMPLETE = {
    "address": "street-address",
    "birthdate": "bday",
    "email": "email",
    "family_name": "family-name",
    "gender": "sex",
    "given_name": "given-name",
    "middle_name": "additional-name",
    "name": "name",
    "nickname": "nickname",
    "phone_number": "tel",
    "preferred_username": "nickname",
    "website": "url",
}
_TYPES = {"email": "email", "phone_number": "tel", "birthdate": "date", "website": "url", "picture": "url"}
_RULES = (
    ("RequireLowercase", "a lower case letter"),
    ("RequireUppercase", "an upper case letter"),
    ("RequireNumbers", "a number"),
    ("RequireSymbols", "a special character"),
)


@dataclass(frozen=True)
class Input:
    """One field of the sign-up form: its name in the form, the attribute it becomes, and how browsers treat it."""

    attribute: str
    label: str
    kind: str
    autocomplete: str

    @property
    def name(self) -> str:
        return f"requiredAttributes[{self.attribute}]"


def input_of(attribute: str) -> Input:
    label = _LABELS.get(attribute) or attribute.removeprefix("custom:")
    return Input(attribute, label, _TYPES.get(attribute, "text"), _AUTOCOMPLETE.get(attribute, "off"))


def username_label(pool: Pool) -> str:
    """What the sign-in page asks for."""
    names = pool.names("UsernameAttributes")
    aliases = [] if names else ["Username", *(_LABELS[name] for name in pool.names("AliasAttributes"))]
    words = aliases or [_LABELS[name] for name in names]
    return " or ".join([words[0], *(word.lower() for word in words[1:])])


def username_attribute(pool: Pool) -> str | None:
    """The attribute that is the user name in this pool, if only one can be."""
    names = pool.names("UsernameAttributes")
    return names[0] if len(names) == 1 else None


def sign_up_inputs(pool: Pool) -> list[Input]:
    """The attributes asked for at sign-up, besides user name and password: what the pool requires, what it sends the
    code to, and what users may sign in with."""
    required = {one["Name"] for one in pool.settings.get("SchemaAttributes") or [] if one.get("Required")}
    wanted = required | set(pool.names("AutoVerifiedAttributes")) | set(pool.names("AliasAttributes"))
    wanted -= {"sub", username_attribute(pool)}
    if pool.names("UsernameAttributes"):
        wanted -= set(pool.names("UsernameAttributes")) - required
    return [input_of(name) for name in sorted(wanted)]


def may_sign_up(pool: Pool) -> bool:
    return not (pool.settings.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly", False)


def password_rules(pool: Pool) -> list[str]:
    """What a password must contain."""
    policy = (pool.settings.get("Policies") or {}).get("PasswordPolicy") or {}
    rules = [f"at least {policy.get('MinimumLength', 8)} characters"]
    return rules + [rule for name, rule in _RULES if policy.get(name)]


def delivery(details: Any) -> str:
    """Where a code went, from AWS's CodeDeliveryDetails: ``by email to j***@e***``."""
    if not isinstance(details, dict) or not details.get("Destination"):
        return ""
    medium = "SMS" if details.get("DeliveryMedium") == "SMS" else "email"
    return f"by {medium} to {details['Destination']}"
