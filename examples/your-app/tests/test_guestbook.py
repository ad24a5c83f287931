"""Ten tests of a guest book, each with a deployment of its own."""

import uuid

import boto3
import pytest
import report


@pytest.fixture
def book(deployed, aws):
    """The application, in an account that only this test has."""
    return deployed("template.yaml", "book")


def test_an_entry_is_kept(book, cloud):
    made = cloud.http.post(book.api_url("/entries"), json={"text": "Lovely"})
    assert made.status_code == 201
    found = cloud.http.get(book.api_url("/entries")).json()["entries"]
    assert found == [{"id": made.json()["id"], "text": "Lovely"}]


def test_a_new_book_is_empty(book, cloud):
    assert cloud.http.get(book.api_url("/entries")).json() == {"entries": []}


@pytest.mark.parametrize("body", [b"", b"no JSON", b'{"text": " "}'], ids=["nothing", "no JSON", "blank"])
def test_what_is_no_entry_is_refused(book, cloud, body):
    assert cloud.http.post(book.api_url("/entries"), content=body).status_code == 400


def test_a_function_by_itself(book, invoke):
    answer = invoke("AddEntry", {"body": '{"text": "By hand"}'})
    assert answer.payload["statusCode"] == 201
    assert "entry " in answer.log


def test_a_script_that_knows_nothing_of_tests(book, aws):
    table = aws.resource("dynamodb").Table(book.outputs["TableName"])
    for number in range(3):
        table.put_item(Item={"book": "guests", "id": str(number), "text": "hello"})
    assert report.count(book.outputs["TableName"]) == 3


def test_the_owner_is_told(deployed, aws, cloud, mailbox):
    owner = f"{uuid.uuid4().hex}@example.com"
    boto3.client("ses").verify_email_identity(EmailAddress="book@example.com")
    book = deployed("template.yaml", "book", Owner=owner)
    cloud.http.post(book.api_url("/entries"), json={"text": "Wonderful"})
    assert mailbox.wait_for(owner, timeout=30)["text"].strip() == "Wonderful"


def test_what_was_called_by_a_request(book, cloud, traces):
    cloud.http.post(book.api_url("/entries"), json={"text": "Traced"})
    trace = traces.wait_for(function=book.resources["AddEntry"])
    assert ("dynamodb", "PutItem") in {(span["service"], span["operation"]) for span in trace["spans"]}


def test_what_is_lent_for_a_while_ends(book, aws, clock):
    lent = aws.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    guest = boto3.client(
        "dynamodb",
        aws_access_key_id=lent["AccessKeyId"],
        aws_secret_access_key=lent["SecretAccessKey"],
        aws_session_token=lent["SessionToken"],
    )
    assert guest.scan(TableName=book.outputs["TableName"])["Items"] == []
    clock.advance(minutes=16)
    with pytest.raises(guest.exceptions.ClientError, match="expired"):
        guest.scan(TableName=book.outputs["TableName"])
