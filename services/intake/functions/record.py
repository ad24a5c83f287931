"""What a record is: who handed it in, what it holds, and what processing makes of it."""

import hashlib
import json
import time
import uuid
from datetime import UTC, datetime
from decimal import Decimal

from api import Refusal, as_number

MAX_DATA_BYTES = 64 * 1024  # a DynamoDB item holds 400 KB; nobody hands in that much by hand
MAX_DEPTH = 16  # DynamoDB nests 32 levels deep
MAX_DIGITS = 38  # of a DynamoDB number
MAX_EXPONENT = 125


def read_data(body, user):
    """The `data` of a request body. 400 unless it is an object that can be stored, or if `user_id` is not `user`."""
    unknown = sorted(set(body) - {"user_id", "data"})
    if unknown:
        raise Refusal(400, f"There is no field {unknown[0]!r}. A record has data, and may name its user_id.")
    if body.get("user_id", user) != user:
        raise Refusal(400, "user_id is not yours. Leave it out: it is read from your token.")
    data = body.get("data")
    if not isinstance(data, dict) or not data:
        raise Refusal(400, "data must be a JSON object with at least one field.")
    check(data, "data")
    if len(as_json(data).encode()) > MAX_DATA_BYTES:
        raise Refusal(400, f"data must have at most {MAX_DATA_BYTES} bytes as JSON.")
    return data


def check(value, where, depth=1):
    """Refuse what DynamoDB cannot hold, and say where it is."""
    if depth > MAX_DEPTH:
        raise Refusal(400, f"data must not be nested more than {MAX_DEPTH} levels deep.")
    if isinstance(value, dict):
        for name, inner in value.items():
            if not name:
                raise Refusal(400, f"{where} has a field without a name.")
            check(name, where, depth + 1)
            check(inner, f"{where}.{name}"[:200], depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            check(inner, f"{where}[{index}]", depth + 1)
    elif isinstance(value, str):
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            raise Refusal(400, f"{where} has half of a character in it.")
    elif isinstance(value, Decimal | int) and not isinstance(value, bool):
        check_number(Decimal(value), where)


def check_number(number, where):
    """DynamoDB's numbers have 38 digits and lie between 1E-130 and 9.99…E+125."""
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    if len(digits) > MAX_DIGITS or (number and not -MAX_EXPONENT <= number.adjusted() <= MAX_EXPONENT):
        raise Refusal(400, f"{where} is a number with more digits than can be kept.")


def new_record_id():
    """A UUID of version 7 (RFC 9562): ids sort by the time they were made."""
    milliseconds = time.time_ns() // 1_000_000
    random = uuid.uuid4().int
    value = milliseconds << 80 | 7 << 76 | (random >> 66 & 0xFFF) << 64 | 2 << 62 | random & (1 << 62) - 1
    return str(uuid.UUID(int=value))


def now():
    """The time in UTC, as ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def as_json(value):
    """`value` as JSON that is the same for equal values: keys sorted, no blanks."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=as_number)


def processed(item):
    """What goes to the bucket: the record, with a count of its fields and a digest that later readers can check."""
    text = as_json(item["data"])
    return {
        **{name: item[name] for name in ("user_id", "record_id", "received_at", "data")},
        "fields": len(item["data"]),
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
    }


def output_key(item):
    """Where in the bucket a record's processed form lies."""
    return f"processed/{item['user_id']}/{item['record_id']}.json"
