"""Filter patterns, after the examples of
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html.
"""

from __future__ import annotations

import json

import pytest

from groundcloud.metrics.errors import PatternError
from groundcloud.metrics.pattern import compile_pattern

WORDS = [
    ("", "anything", True),
    ("   ", "anything", True),
    ("ERROR", "[ERROR] UNAUTHORIZED", True),
    ("ERROR", "an error, in lower case", False),
    ("ERROR ARGUMENTS", "[ERROR] INVALID ARGUMENTS", True),
    ("ERROR ARGUMENTS", "[ERROR] nothing else", False),
    ("?ERROR ?ARGUMENTS", "only ARGUMENTS", True),
    ("?ERROR ?ARGUMENTS", "neither", False),
    ('"INTERNAL SERVER ERROR"', "500 INTERNAL SERVER ERROR", True),
    ('"INTERNAL SERVER ERROR"', "ERROR of an INTERNAL SERVER", False),
    (r'"say \"no\""', 'they say "no" again', True),
    ("ERROR -ARGUMENTS", "[ERROR] UNAUTHORIZED", True),
    ("ERROR -ARGUMENTS", "[ERROR] INVALID ARGUMENTS", False),
    ('ERROR -"by design"', "ERROR by design", False),
    ("-DEBUG", "INFO", True),
    ("-DEBUG", "DEBUG", False),
    ("?WARN ERROR", "ERROR", True),
    (r"%[Ee]rror|[Ff]ail%", "it failed, a Failure", True),
    (r"%^ERROR%", "no ERROR at the start", False),
    ("%", "50 % done", True),
]


@pytest.mark.parametrize(("pattern", "message", "matches"), WORDS)
def test_words(pattern, message, matches):
    assert (compile_pattern(pattern)(message) is not None) is matches


EVENT = {
    "eventType": "UpdateTrail",
    "sourceIPAddress": "111.111.111.111",
    "arrayKey": ["value", "another value"],
    "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
    "SomeObject": None,
    "ThisFlag": True,
    "OtherFlag": False,
    "latency": 50.5,
    "status": 403,
    "errorCode": "AccessDenied",
    "a key": {"and-one": "more"},
}
JSON = [
    ('{ $.eventType = "UpdateTrail" }', True),
    ("{$.eventType=UpdateTrail}", True),
    ('{ $.eventType != "UpdateTrail" }', False),
    ('{ $.eventType = "Update*" }', True),
    ('{ $.eventType = "*date*" }', True),
    ('{ $.eventType = "Trail*" }', False),
    ('{ $.sourceIPAddress != "123.123.*" }', True),
    ('{ $.sourceIPAddress = "111.111.*" }', True),
    ("{ $.sourceIPAddress = 111.111.111.111 }", True),
    ("{ $.sourceIPAddress = %[1]{3}[.]% }", True),
    ('{ $.arrayKey[0] = "value" }', True),
    ('{ $.arrayKey[5] = "value" }', False),
    ('{ $.arrayKey[*] = "another value" }', True),
    ("{ $.objectList[1].id = 2 }", True),
    ("{ $.objectList[*].id = 3 }", False),
    ("{ $.SomeObject IS NULL }", True),
    ("{ $.eventType IS NULL }", False),
    ("{ $.SomeOtherObject NOT EXISTS }", True),
    ("{ $.SomeObject NOT EXISTS }", False),
    ("{ $.ThisFlag IS TRUE }", True),
    ("{ $.OtherFlag IS FALSE }", True),
    ("{ $.OtherFlag IS TRUE }", False),
    ("{ $.latency > 50 }", True),
    ("{ $.latency <= 50.5 }", True),
    ("{ $.latency < 5e1 }", False),
    ("{ $.eventType > 5 }", False),
    ("{ $.status = 403 }", True),
    ("{ $.status != 403 }", False),
    ('{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }', True),
    ("{ $.status = 4* && ($.latency > 100 || $.ThisFlag IS TRUE) }", True),
    ("{ $.latency > 100 || $.status = 403 && $.OtherFlag IS TRUE }", False),
    ("{ $.['a key'].['and-one'] = more }", True),
    ('{ $.absent = "x" }', False),
    ('{ $.absent != "x" }', False),
]


@pytest.mark.parametrize(("pattern", "matches"), JSON)
def test_json(pattern, matches):
    assert (compile_pattern(pattern)(json.dumps(EVENT)) is not None) is matches


@pytest.mark.parametrize("message", ['prefix {"level": "ERROR"}', "ERROR", '"ERROR"', "", "{", "[" * 100_000])
def test_json_patterns_match_only_json(message):
    assert compile_pattern('{ $.level = "ERROR" }')(message) is None


LINE = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /apache_pb.gif HTTP/1.0" 404 1534'
FIELDS = [
    ("[ip, user, username, timestamp, request, status_code, bytes]", True),
    ("[ip, user, username, timestamp, request, status_code = 4*, bytes]", True),
    ("[ip, user, username, timestamp, request, status_code = 404 || status_code = 410, bytes > 1000]", True),
    ("[ip, user, username, timestamp, request =*apache_pb*, status_code = 4*, bytes]", True),
    ("[ip, user, username, timestamp, request, status_code = 4*, bytes >= 2000]", False),
    ("[..., status_code=404, bytes]", True),
    ("[ip=%127[.]0[.]0[.][0-9]{1,3}%, ...]", True),
    ("[ip, ..., bytes<1000]", False),
    ("[ip, user]", False),
    ("[w1=ERROR, w2]", False),
    ('[ip, ..., request="GET *, and more*", status_code, bytes]', False),
]


@pytest.mark.parametrize(("pattern", "matches"), FIELDS)
def test_fields(pattern, matches):
    assert (compile_pattern(pattern)(LINE) is not None) is matches


def test_what_matched_gives_its_values():
    by_name = compile_pattern("[ip, user, name, time, request, status = 4*, bytes]")(LINE)
    assert by_name is not None
    assert (by_name("$bytes"), by_name("$time"), by_name("$none")) == (["1534"], ["10/Oct/2000:13:25:15 -0700"], [])
    by_path = compile_pattern("{ $.latency = * }")(json.dumps(EVENT))
    assert by_path is not None
    assert (by_path("$.latency"), by_path("$.objectList[*].name"), by_path("$.none")) == ([50.5], ["a", "b"], [])


REFUSED = [
    "{ $.level = ",
    '{ $.level = "ERROR"',
    "{ $.level }",
    "{ $.level > high }",
    "{ $.level = ERROR && }",
    "{ ($.level = ERROR }",
    "{ $.level IS MAYBE }",
    "{ $.level = ERROR $.x = 1 }",
    "{ = 1 }",
    "[ip, user",
    "[..., a, ...]",
    "[ip, =404]",
    "%[a%",
    'ERROR "unfinished',
]


@pytest.mark.parametrize("pattern", REFUSED)
def test_bad_patterns_are_refused(pattern):
    with pytest.raises(PatternError):
        compile_pattern(pattern)
