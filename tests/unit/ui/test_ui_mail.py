"""The inbox and the page of one message."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.fakes.console_doors import FakeControl
from tests.unit.ui.test_ui_guard import token_of


def test_the_inbox_shows_newest_first_with_the_code(visitor: FlaskClient, control: FakeControl, mail: type) -> None:
    control.mail += [mail.make(id="new", code="111222"), mail.make(id="old", code="333444")]
    page = visitor.get("/mail").text
    assert page.index("111222") < page.index("333444")


def test_the_filter_is_in_the_address(visitor: FlaskClient, control: FakeControl, mail: type) -> None:
    control.mail += [mail.make(recipient="ann@example.com"), mail.make(id="m2", recipient="bob+x@example.com")]
    page = visitor.get("/mail", query_string={"recipient": "bob+x@example.com"}).text
    assert 'value="bob+x@example.com"' in page
    assert "ann@example.com</span>" not in page
    found = visitor.get("/api/mail", query_string={"recipient": "bob+x@example.com"}).get_json()
    assert [each["id"] for each in found["messages"]] == ["m2"]


def test_mail_and_text_messages_are_told_apart(visitor: FlaskClient, control: FakeControl, mail: type) -> None:
    control.mail += [mail.make(), mail.make(id="m2", kind="sms", recipient="+15550100")]
    found = visitor.get("/api/mail?kind=sms").get_json()
    assert [each["id"] for each in found["messages"]] == ["m2"]
    assert found["commands"][0] == "curl -s 'http://127.0.0.1:4566/_groundcloud/v1/mail?kind=sms'"
    assert "/mail/m2?kind=sms" in visitor.get("/mail?kind=sms").text
    assert visitor.get("/mail?kind=fax").status_code == 400
    control.mail.clear()
    assert "No text message to +1" in visitor.get("/mail?kind=sms&recipient=%2B1").text


def test_the_routes_for_tests_are_commands_to_copy(visitor: FlaskClient, control: FakeControl, mail: type) -> None:
    control.mail.append(mail.make())
    _, waiting = visitor.get("/api/mail", query_string={"recipient": "a'b+c@example.com"}).get_json()["commands"]
    address = "http://127.0.0.1:4566/_groundcloud/v1/mail/wait?recipient=a%27b%2Bc%40example.com&timeout=30"
    assert waiting == f'curl -s "{address}&after=$(date +%s)"'
    assert "timeout=30" in visitor.get("/mail").text
    assert "curl -s http://127.0.0.1:4566/_groundcloud/v1/mail/m1" in visitor.get("/mail/m1?view=json").text


def test_the_empty_inbox_says_how_to_fill_it(visitor: FlaskClient) -> None:
    assert "aws ses send-email" in visitor.get("/mail").text
    assert "No mail to ann@example.com" in visitor.get("/mail?recipient=ann@example.com").text


def test_what_a_mail_says_is_never_markup(visitor: FlaskClient, control: FakeControl, mail: type) -> None:
    evil = '<script>alert("1")</script>'
    control.mail.append(mail.make(subject=evil, recipient=evil, sender=evil, text=evil + " 482913", source=evil))
    for path in ("/mail", "/mail/m1", "/mail/m1?view=json", f"/mail?recipient={evil}"):
        assert "<script>alert" not in visitor.get(path).text


def test_the_code_is_marked_in_the_text(visitor: FlaskClient, control: FakeControl, mail: type) -> None:
    control.mail.append(mail.make(text="<b>482913</b> again 482913"))
    page = visitor.get("/mail/m1").text
    assert "&lt;b&gt;<mark>482913</mark>&lt;/b&gt; again <mark>482913</mark>" in page


def test_the_code_is_marked_in_html_and_json(visitor: FlaskClient, control: FakeControl, mail: type) -> None:
    html = '<style>b{color:#482913}</style><p title="482913">Code: <b>482913</b></p>'
    control.mail.append(mail.make(html=html))
    assert visitor.get("/mail/m1/body").text == html.replace("<b>482913</b>", "<b><mark>482913</mark></b>")
    assert "<mark>482913</mark>" in visitor.get("/mail/m1?view=json").text


def test_html_is_framed_under_a_policy_of_its_own(visitor: FlaskClient, control: FakeControl, mail: type) -> None:
    control.mail.append(mail.make(html="<p>Hello</p>"))
    assert '<iframe class="body" title="The message&#39;s HTML" sandbox src="/mail/m1/body">' in visitor.get(
        "/mail/m1?view=html"
    ).text.replace("'s HTML", "&#39;s HTML")
    body = visitor.get("/mail/m1/body")
    assert body.text == "<p>Hello</p>"
    assert body.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert body.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_a_message_without_html_has_no_such_view(visitor: FlaskClient, control: FakeControl, mail: type) -> None:
    control.mail.append(mail.make())
    assert "view=html" not in visitor.get("/mail/m1").text
    assert visitor.get("/mail/m1?view=html").status_code == 404
    assert visitor.get("/mail/m1?view=video").status_code == 404


def test_an_unknown_message_is_a_page_that_says_so(visitor: FlaskClient) -> None:
    assert visitor.get("/mail/none").status_code == 404
    assert visitor.get("/api/mail/none").get_json()["message"].startswith("No such message")


def test_clearing_empties_the_inbox(visitor: FlaskClient, control: FakeControl, mail: type) -> None:
    control.mail.append(mail.make())
    answer = visitor.post(
        "/mail/clear", data={"csrf_token": token_of(visitor)}, headers={"Origin": "http://127.0.0.1:8080"}
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/mail")
    assert control.mail == []
    assert "The inbox is empty now." in visitor.get("/mail").text


def test_a_text_message_has_no_subject(visitor: FlaskClient, control: FakeControl, mail: type) -> None:
    control.mail.append(mail.make(kind="sms", subject="", sender="", recipient="+15550100"))
    assert "Text message" in visitor.get("/mail").text
    assert "<dt>From</dt>" not in visitor.get("/mail/m1").text
