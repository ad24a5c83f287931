"""What a user is sent, and where: pure functions from a pool's settings to a message.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-message-customizations.html
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from groundcloud.errors import AwsError

EMAIL = "email"
PHONE = "phone_number"
CHANNELS = (EMAIL, PHONE)

_DEFAULT_SENDER = "no-reply@verificationemail.com"
_SMS_SENDER = "AWS Cognito"
_SUBJECT = "Your verification code"
_CONFIRMATION = "Your confirmation code is {####}"
_RESET = "Your password reset code is {####}"
_SMS = "Your verification code is {####}."
_INVITATION_SUBJECT = "Your temporary password"
_INVITATION = "Your username is {username} and temporary password is {####}."
_LINK_SUBJECT = "Your verification link"
_LINK = "Please click the link below to verify your email address. {##Verify Email##}"
_LINK_TEXT = re.compile(r"\{##(.*?)##\}", re.DOTALL)
_ANCHOR = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_BY_LINK = ("CustomMessage_SignUp", "CustomMessage_ResendCode")
_TAG = re.compile(r"<[a-zA-Z/!][^>]*>")


@dataclass(frozen=True)
class Delivery:
    """Where a message goes: `attribute` is ``email`` or ``phone_number``, `address` its value."""

    attribute: str
    address: str

    def details(self) -> dict[str, object]:
        """`CodeDeliveryDetails` as AWS answers it, the destination masked."""
        medium = "EMAIL" if self.attribute == EMAIL else "SMS"
        return {"AttributeName": self.attribute, "DeliveryMedium": medium, "Destination": masked(self.address)}


@dataclass(frozen=True)
class Message:
    """A rendered message. `html` is empty for plain text and text messages."""

    kind: str
    sender: str
    subject: str
    text: str
    html: str


def masked(address: str) -> str:
    """``alice@example.com`` → ``a***@e***``, ``+15550001234`` → ``+*******1234``, as AWS shows destinations."""
    local, at, domain = address.partition("@")
    if at:
        return f"{local[:1]}***@{domain[:1]}***"
    return f"+*******{address[-4:]}"


def sign_up_delivery(pool: dict[str, Any], attributes: dict[str, str]) -> Delivery | None:
    """Where the code of a new user goes: the phone number before the e-mail address, if the pool verifies it."""
    verified = pool.get("AutoVerifiedAttributes") or []
    for attribute in (PHONE, EMAIL):
        if attribute in verified and attributes.get(attribute):
            return Delivery(attribute, attributes[attribute])
    return None


def recovery_delivery(pool: dict[str, Any], attributes: dict[str, str]) -> Delivery | None:
    """Where a reset code goes: the verified channel that the pool's AccountRecoverySetting puts first, without one
    the phone number before the e-mail address (https://docs.aws.amazon.com/cognito/latest/developerguide/
    managing-users-passwords.html)."""
    mechanisms = (pool.get("AccountRecoverySetting") or {}).get("RecoveryMechanisms") or [
        {"Name": "verified_phone_number", "Priority": 1},
        {"Name": "verified_email", "Priority": 2},
    ]
    for mechanism in sorted(mechanisms, key=lambda one: int(one.get("Priority", 1))):
        attribute = str(mechanism.get("Name", "")).removeprefix("verified_")
        if attribute in CHANNELS and attributes.get(attribute) and attributes.get(f"{attribute}_verified") == "true":
            return Delivery(attribute, attributes[attribute])
    return None


def admin_only_recovery(pool: dict[str, Any]) -> bool:
    """Whether only an administrator may reset passwords in this pool."""
    mechanisms = (pool.get("AccountRecoverySetting") or {}).get("RecoveryMechanisms") or []
    return any(one.get("Name") == "admin_only" for one in mechanisms)


def invitation_deliveries(mediums: list[str], attributes: dict[str, str]) -> list[Delivery]:
    """Where an invitation goes: the asked-for mediums the user has an address for; unasked, the first there is."""
    wanted = {"EMAIL": EMAIL, "SMS": PHONE}
    asked = [wanted[medium] for medium in mediums if medium in wanted]
    found = [Delivery(name, attributes[name]) for name in asked or (PHONE, EMAIL) if attributes.get(name)]
    return found if asked else found[:1]


def is_by_link(pool: dict[str, Any], delivery: Delivery, source: str) -> bool:
    """Whether a new user's e-mail address is verified by a link (VerificationMessageTemplate). Other codes, and text
    messages, never are links."""
    template = pool.get("VerificationMessageTemplate") or {}
    by_link = template.get("DefaultEmailOption") == "CONFIRM_WITH_LINK"
    return by_link and delivery.attribute == EMAIL and source in _BY_LINK


def code_message(
    pool: dict[str, Any], delivery: Delivery, username: str, code: str, *, reset: bool, link: str = ""
) -> Message:
    """The message that carries a confirmation code, or the link that confirms, in the pool's words or AWS's."""
    template = pool.get("VerificationMessageTemplate") or {}
    default = _RESET if reset else _CONFIRMATION
    if delivery.attribute == PHONE:
        body = template.get("SmsMessage") or pool.get("SmsVerificationMessage") or (default if reset else _SMS)
        return _text_message(body, username, code)
    if link:
        subject = template.get("EmailSubjectByLink") or _LINK_SUBJECT
        return _email(pool, subject, template.get("EmailMessageByLink") or _LINK, username, code, link)
    subject = template.get("EmailSubject") or pool.get("EmailVerificationSubject") or _SUBJECT
    body = template.get("EmailMessage") or pool.get("EmailVerificationMessage") or default
    return _email(pool, subject, body, username, code)


def customized(
    pool: dict[str, Any], delivery: Delivery, custom: dict[str, Any], username: str, secret: str, link: str = ""
) -> Message | None:
    """The message that a custom message function wants, or None to send the pool's own. Raises
    `InvalidLambdaResponseException` for one that leaves out the code (or the link)."""
    body = custom.get("smsMessage" if delivery.attribute == PHONE else "emailMessage")
    if not body or not isinstance(body, str):
        return None
    if "{####}" not in body and not (link and _LINK_TEXT.search(body)):
        raise AwsError("InvalidLambdaResponseException", "The message has no code parameter: {####}")
    if delivery.attribute == PHONE:
        return _text_message(body, username, secret)
    return _email(pool, str(custom.get("emailSubject") or _SUBJECT), body, username, secret, link)


def invitation_message(pool: dict[str, Any], delivery: Delivery, username: str, password: str) -> Message:
    """The message that tells a user, made by an administrator, the temporary password."""
    template = (pool.get("AdminCreateUserConfig") or {}).get("InviteMessageTemplate") or {}
    if delivery.attribute == PHONE:
        return _text_message(template.get("SMSMessage") or _INVITATION, username, password)
    subject = template.get("EmailSubject") or _INVITATION_SUBJECT
    return _email(pool, subject, template.get("EmailMessage") or _INVITATION, username, password)


def _text_message(body: str, username: str, secret: str) -> Message:
    return Message("sms", _SMS_SENDER, "", _filled(body, username, secret), "")


def _email(pool: dict[str, Any], subject: str, body: str, username: str, secret: str, link: str = "") -> Message:
    sender = (pool.get("EmailConfiguration") or {}).get("From") or _DEFAULT_SENDER
    subject = _filled(subject, username, secret)
    if link:
        anchor = f'<a href="{html.escape(link)}">'
        body = _LINK_TEXT.sub(lambda found: f"{anchor}{found[1]}</a>", body)
    if not _TAG.search(body):
        return Message("email", sender, subject, _filled(body, username, secret), "")
    # A user chooses the user name, and a password may hold `<`: neither may become markup.
    markup = _filled(body, html.escape(username), html.escape(secret))
    markup_of_text = _ANCHOR.sub(r"\2 (\1)", markup) if link else markup
    text = html.unescape(_TAG.sub(" ", re.sub(r"(?i)<br\s*/?>|</p>|</div>", "\n", markup_of_text)))
    return Message("email", sender, subject, re.sub(r"[ \t]+", " ", text).strip(), markup)


def _filled(template: str, username: str, secret: str) -> str:
    return template.replace("{username}", username).replace("{####}", secret)
