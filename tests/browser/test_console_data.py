"""Stories of the screens that show data: what the systems wrote is found, changed and deleted."""

from __future__ import annotations

import json
import re
import uuid

import httpx
from playwright.sync_api import Page, expect

from tests.fakes.lambda_world import wait_until
from tests.support.axe import violations
from tests.support.browser import WAIT
from tests.support.cloud import Cloud
from tests.support.console import Console
from tests.support.mailbox import Mailbox
from tests.support.systems import PASSWORD, CloudTask

expect.set_options(timeout=WAIT)


def test_an_item_of_a_system_is_found_changed_and_deleted(
    page: Page, console: Console, cloudtask: CloudTask, mailbox: Mailbox
) -> None:
    user = cloudtask.new_user(mailbox)
    title = f"Buy <b>milk</b> {uuid.uuid4().hex[:6]}"
    user.post("/tasks", {"title": title})
    page.goto(console.url + "/tables")
    page.keyboard.press("/")
    page.keyboard.type("no such table")
    expect(page.get_by_test_id("table").first).to_be_hidden()
    page.get_by_label("Find a table on this page").fill(cloudtask.outputs["TableName"].lower())
    page.get_by_role("link", name=cloudtask.outputs["TableName"]).click()
    page.get_by_label("Attribute").fill("title")
    page.get_by_label("Value to compare with").fill(title)
    page.get_by_role("button", name="Filter").click()
    row = page.get_by_test_id("item")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(title)
    assert violations(page) == []
    row.get_by_role("link").click()
    editor = page.get_by_label("The item as JSON")
    item = json.loads(editor.input_value())
    assert item["title"] == title
    editor.fill("{")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("This is not JSON")
    editor.fill(json.dumps(item | {"done": True}))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The item was saved.")).to_be_visible()
    assert violations(page) == []
    (task,) = user.get("/tasks").json()["tasks"]
    assert task["done"] is True
    page.get_by_role("button", name="Delete item").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("The item was deleted.")).to_be_visible()
    assert user.get("/tasks").json()["tasks"] == []


def test_objects_are_shown_linked_to_uploaded_and_deleted(page: Page, console: Console, cloudtask: CloudTask) -> None:
    bucket = cloudtask.outputs["SiteBucket"]
    page.goto(f"{console.url}/buckets")
    page.get_by_role("link", name=bucket).click()
    assert violations(page) == []
    page.get_by_role("link", name="config.json", exact=True).click()
    expect(page.get_by_test_id("preview")).to_contain_text("userPoolId")
    page.get_by_role("button", name="5 minutes").click()
    link = page.locator(".revealed code").inner_text()
    assert violations(page) == []
    assert "userPoolId" in httpx.get(link, trust_env=False).text
    name = f"notes-{uuid.uuid4().hex[:6]}.txt"
    page.goto(f"{console.url}/buckets/{bucket}?prefix=mine/")
    page.get_by_label("Files").set_input_files({"name": name, "mimeType": "text/plain", "buffer": b"<b>hello</b>"})
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text(f"{name} was uploaded.")).to_be_visible()
    page.get_by_role("link", name=name).click()
    expect(page.get_by_test_id("preview")).to_have_text("<b>hello</b>")
    page.get_by_role("button", name="Delete object").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text(f"mine/{name} was deleted.")).to_be_visible()


def test_a_message_is_sent_peeked_at_and_redriven(page: Page, console: Console, cloud: Cloud) -> None:
    """What one function could not process goes back to its queue."""
    sqs, name = cloud.client("sqs"), f"jobs-{uuid.uuid4().hex[:8]}"
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
    sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": policy})
    page.goto(f"{console.url}/queues/{name}-dead")
    page.get_by_label("Message", exact=True).fill('{"order": "<b>7</b>"}')
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("The message was sent:")).to_be_visible()
    page.get_by_role("button", name="Peek").click()
    expect(page.get_by_test_id("queued")).to_contain_text("<b>7</b>")
    assert violations(page) == []
    page.get_by_role("button", name=f"Redrive to {name}").click()
    page.get_by_role("button", name="Redrive", exact=True).click()
    expect(page.get_by_text(f"One message went back to {name}.")).to_be_visible()
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_test_id("counts")).to_contain_text("1 visible")


def test_a_parameter_and_a_secret_are_revealed_changed_and_deleted(page: Page, console: Console, cloud: Cloud) -> None:
    name = f"story-{uuid.uuid4().hex[:8]}"
    cloud.client("ssm").put_parameter(Name=name, Type="SecureString", Value="the first value")
    page.goto(f"{console.url}/parameters")
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    assert "the first value" not in page.content()
    page.get_by_role("button", name=f"Reveal the value of {name}").click()
    expect(page.locator(".revealed code")).to_have_text("the first value")
    assert violations(page) == []
    page.get_by_label("Value", exact=True).fill("<b>another</b>")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(f"{name} was written.")).to_be_visible()
    assert cloud.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == "<b>another</b>"
    page.get_by_role("button", name="Delete parameter").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text(f"{name} was deleted.")).to_be_visible()

    cloud.client("secretsmanager").create_secret(Name=name, SecretString="kept from sight")
    page.goto(f"{console.url}/secrets")
    page.get_by_role("link", name=name).click()
    page.get_by_role("button", name="Reveal the value of AWSCURRENT").click()
    expect(page.locator(".revealed code")).to_have_text("kept from sight")
    page.get_by_role("button", name="Delete secret").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("is marked for deletion.")).to_be_visible()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_role("button", name="Reveal the value of AWSCURRENT")).to_be_visible()


def test_a_function_is_called_with_an_event_that_was_kept(page: Page, console: Console, cloudtask: CloudTask) -> None:
    page.goto(f"{console.url}/functions/{cloudtask.function('CreateTask')}")
    page.get_by_role("button", name="Make cold").click()
    expect(page.get_by_text("the next call is cold.")).to_be_visible()
    page.get_by_label("Event", exact=True).fill('{"body": "none"}')
    page.get_by_label("Name", exact=True).fill("mine")
    page.get_by_role("button", name="Save", exact=True).click()
    page.reload()
    page.locator("[data-saved-load]").click()
    expect(page.get_by_label("Event", exact=True)).to_have_value('{"body": "none"}')
    page.get_by_role("button", name="Invoke").click()
    expect(page.get_by_test_id("warmth")).to_have_text("cold")
    expect(page.get_by_test_id("payload")).to_contain_text("statusCode")
    assert violations(page) == []
    page.get_by_role("button", name="Invoke").click()
    expect(page.get_by_test_id("warmth")).to_have_text("warm")


def test_a_route_is_tried_as_a_user(page: Page, console: Console, cloudtask: CloudTask, mailbox: Mailbox) -> None:
    """Without a token 401; as a user, whose password nobody typed, 201; a browser would let the site's page do it."""
    user = cloudtask.new_user(mailbox)
    page.goto(f"{console.url}/apis")
    page.locator(f"[id='api-{cloudtask.outputs['ApiId']}']").click()
    assert violations(page) == []
    page.get_by_role("link", name="POST /tasks", exact=True).click()
    page.get_by_label("Body").fill('{"title": "Tried <b>here</b>"}')
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_test_id("status")).to_have_text("401")
    page.get_by_label("Send as a user").fill(user.email)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_test_id("status")).to_have_text("201")
    expect(page.get_by_test_id("payload")).to_contain_text("Tried <b>here</b>")
    assert "eyJ" not in page.content()
    trace = page.get_by_role("link", name="its trace").get_attribute("href")
    assert violations(page) == []
    (task,) = user.get("/tasks").json()["tasks"]
    assert task["title"] == "Tried <b>here</b>"
    page.get_by_role("button", name="Ask as a browser would").click()
    expect(page.get_by_test_id("verdict")).to_have_text("A browser would send it")
    assert violations(page) == []
    page.get_by_label("that sets the headers").fill("X-Unheard-Of")
    page.get_by_role("button", name="Ask as a browser would").click()
    expect(page.get_by_test_id("verdict")).to_have_text("A browser would not send it")
    expect(page.get_by_test_id("preflight")).to_contain_text("x-unheard-of: not in it.")
    address = f"{console.url}{trace}"
    wait_until(lambda: httpx.get(address, trust_env=False).status_code == 200, "the trace is kept", WAIT / 1000)
    page.goto(address)
    expect(page.get_by_role("main")).to_contain_text(cloudtask.function("CreateTask"))
    assert "eyJ" not in page.content()


def test_a_user_is_confirmed_and_a_token_looked_at(page: Page, console: Console, cloudtask: CloudTask) -> None:
    outputs, email = cloudtask.outputs, f"una-{uuid.uuid4().hex[:8]}@example.com"
    cognito, client = cloudtask.cloud.client("cognito-idp"), cloudtask.outputs["UserPoolClientId"]
    cognito.sign_up(ClientId=client, Username=email, Password=PASSWORD)
    page.goto(f"{console.url}/users")
    page.locator(f"[id='pool-{outputs['UserPoolId']}']").click()
    page.get_by_label("How it begins").fill(email)
    page.get_by_role("button", name="Filter").click()
    assert violations(page) == []
    page.get_by_test_id("user").get_by_role("link").click()
    expect(page.get_by_test_id("code")).to_have_count(1)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_test_id("status")).to_have_text("CONFIRMED")
    assert violations(page) == []
    parameters = {"USERNAME": email, "PASSWORD": PASSWORD}
    answer = cognito.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
    token = answer["AuthenticationResult"]["AccessToken"]
    page.goto(f"{console.url}/users/{outputs['UserPoolId']}/token")
    for text, verdict in ((token, "It is good: an access token"), (f"{token[:-6]}AAAAAA", "Its signature is wrong")):
        page.get_by_label("An id or access token").fill(text)
        page.get_by_role("button", name="Look").click()
        expect(page.get_by_test_id("verdict")).to_contain_text(verdict)
    assert violations(page) == []


def test_a_stack_is_planned_made_looked_at_for_drift_and_deleted(page: Page, console: Console, cloud: Cloud) -> None:
    name = f"queue-{uuid.uuid4().hex[:8]}"
    template = {"Resources": {"Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 30}}}}
    page.goto(f"{console.url}/deploy")
    page.get_by_label("Stack", exact=True).fill(name)
    page.get_by_label("or the template itself").fill(json.dumps(template))
    page.get_by_role("button", name="Plan").click()
    expect(page.get_by_test_id("change")).to_contain_text("Jobs")
    assert violations(page) == []
    page.get_by_role("button", name="Carry out").click()
    expect(page.get_by_test_id("status")).to_contain_text("CREATE_COMPLETE")
    assert violations(page) == []
    sqs = cloud.client("sqs")
    url = next(each for each in sqs.list_queues(QueueNamePrefix=name)["QueueUrls"])
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})
    page.get_by_role("button", name="Look for drift").click()
    expect(page.get_by_test_id("drift")).to_contain_text("VisibilityTimeout")
    page.get_by_role("link", name=name).click()
    page.get_by_role("button", name="Delete stack").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text(f"{name} is being deleted.")).to_be_visible()
    expect(page.get_by_role("link", name=name)).to_have_count(0)


def test_the_map_shows_a_request_as_it_goes_through(
    page: Page, console: Console, cloudtask: CloudTask, mailbox: Mailbox
) -> None:
    """What the template declares is there from the start; what is used of it is seen without a reload."""
    user = cloudtask.new_user(mailbox)
    page.goto(f"{console.url}/map?stack={cloudtask.stack}")
    run, table = (f"{cloudtask.stack}/{each}" for each in ("UpdateTask", "TaskTable"))
    edge = page.locator(f'[data-testid="edge"][data-source="{run}"][data-target="{table}"]')
    expect(edge).to_have_count(1)
    before = user.post("/tasks", {"title": "Draw a map"}).json()
    user.put(f"/tasks/{before['taskId']}", {"done": True})
    expect(edge).to_have_class(re.compile(r"\bseen\b"))
    row = page.get_by_test_id("use").filter(has_text="UpdateTask").filter(has_text="TaskTable")
    expect(row.get_by_role("cell").nth(2)).to_have_text(re.compile(r"[1-9]"))
    assert violations(page) == []
    page.get_by_role("link", name="UpdateTask").click()
    expect(page).to_have_url(f"{console.url}/functions/{cloudtask.function('UpdateTask')}")


def test_what_iam_allowed_is_found_by_its_action(
    page: Page, console: Console, cloudtask: CloudTask, mailbox: Mailbox
) -> None:
    user = cloudtask.new_user(mailbox)
    user.post("/tasks", {"title": "Ask IAM"})
    page.goto(f"{console.url}/iam?action=dynamodb:Put")
    page.get_by_role("link", name="Allowed", exact=True).click()
    expect(page).to_have_url(f"{console.url}/iam/allowed?action=dynamodb:Put")
    decision = page.get_by_test_id("decision").filter(has_text=cloudtask.outputs["TableName"]).first
    expect(decision).to_contain_text("dynamodb:PutItem")
    decision.locator("summary").click()
    expect(decision.get_by_test_id("matched")).to_contain_text('"Effect": "Allow"')
    assert violations(page) == []
    opened = decision.locator("details").get_attribute("id")
    user.post("/tasks", {"title": "Ask IAM again"})
    newest = page.get_by_test_id("decision").first.locator("details")
    expect(newest).not_to_have_attribute("id", str(opened))
    expect(page.locator(f"#{opened}")).to_have_attribute("open", "")
    decision = page.get_by_test_id("decision").filter(has=page.locator(f"#{opened}"))
    decision.get_by_role("link", name="Trace").click()
    expect(page.get_by_test_id("step").filter(has_text="PutItem").first).to_be_visible()
