"""Message skeletons: every class of value, and the words that look like one (grouping.md 3.5)."""

import pytest

from domain.message_masks import MASKS
from domain.message_tokens import PATTERNS, TOKEN, Token
from domain.skeleton import MAX_TEXT, in_source, names, nothing, skeleton


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        # pairs of JSON and of a repr
        pytest.param('{"sender": "ann", "n": 12}', '{"sender": <val>, "n": <val>}', id="json keeps its keys"),
        pytest.param("{'ok': True, 'id': None}", "{'ok': <val>, 'id': <val>}", id="so does a repr"),
        pytest.param('{"a": {"b": 1}}', '{<q>: {"b": <val>}}', id="a key of an object is quoted text"),
        pytest.param("field 'name': 3 errors", "field <q>: <num> errors", id="a quote before a colon is no key"),
        # quotes
        pytest.param("no 'a' here", "no <q> here", id="single quotes"),
        pytest.param('no "a b" here', "no <q> here", id="double quotes"),
        pytest.param("no `a` here", "no <q> here", id="backticks"),
        pytest.param("got b'\\x00' and u'x'", "got <q> and <q>", id="prefixed quotes"),
        pytest.param("can't open don't", "can't open don't", id="an apostrophe is no quote"),
        pytest.param("it's 'x' isn't", "it's <q> isn't", id="quotes between apostrophes"),
        pytest.param("unknown “x”, ‘y’, «z»", "unknown <q>, <q>, <q>", id="typographic quotes"),
        # addresses
        pytest.param("GET https://a.test/x?y=1.", "GET <url>.", id="url"),
        pytest.param("at http://[2001:db8::1]:80 now", "at <url> now", id="url with a v6 address"),
        pytest.param("blob:https://a.test/1 gone", "<url> gone", id="blob url"),
        pytest.param("mail to a.b+c@d.test failed", "mail to <email> failed", id="email"),
        pytest.param("id 7c1811ed-e98f-4c9c-a9f9-58c757ff494f", "id <uuid>", id="uuid"),
        pytest.param("<a.Image object at 0x7f1c>", "<a.Image object at <num>>", id="an object keeps its class"),
        pytest.param("from 00:1b:44:11:3a:b7 on", "from <mac> on", id="mac"),
        pytest.param("token eyJhbGciOiJI.eyJzdWIi.SflK bad", "token <tok> bad", id="json web token"),
        pytest.param("open /srv/a/b.txt: denied", "open <path>: denied", id="path"),
        pytest.param(r"open C:\Users\ann\x.txt", "open <path>", id="windows path"),
        pytest.param("in ~/a/b and ../c/d", "in <path> and <path>", id="relative to home or folder"),
        pytest.param("either/or and a/b/c", "either/or and a/b/c", id="not after a word"),
        pytest.param("only /one", "only /one", id="one part is no path"),
        pytest.param("host db-3.svc.internal is down", "host <host> is down", id="host of a known suffix"),
        pytest.param("no record of shop.test.org", "no record of <host>", id="host"),
        pytest.param("request.in and java.net.URI", "request.in and java.net.URI", id="names with dots are no hosts"),
        pytest.param("from 10.2.3.4:5432", "from <ip>", id="ip with port"),
        pytest.param("from ::ffff:192.168.1.1", "from <ip>", id="ip, v4 in v6"),
        pytest.param("from fe80::1%eth0 up", "from <ip> up", id="ip with a zone"),
        pytest.param("version 1.2.3.4.5", "version <num>", id="five parts are no address"),
        pytest.param("a 999.1.1.1", "a <num>", id="numbers too large for an address"),
        pytest.param("Bee::buzz() and a::b", "Bee::buzz() and a::b", id="scopes are no addresses"),
        # time
        pytest.param("due 2026-05-04T10:00:00Z", "due <date>", id="iso"),
        pytest.param("due 2026-05-04 10:00:00.123+02:00", "due <date>", id="iso with offset"),
        pytest.param("due 2026-05-04", "due <date>", id="day"),
        pytest.param("due 20260504T100000Z", "due <date>", id="compact with a time"),
        pytest.param("batch 20260504", "batch <num>", id="compact without a time is a number"),
        pytest.param("due Mon, 04 May 2026 10:00:00 GMT", "due <date>", id="rfc 822"),
        pytest.param("due Mon May 04 2026 10:00:00 GMT+0200 (CEST)", "due <date>", id="javascript"),
        pytest.param("due Jan 2 and 2 Jan 2026", "due <date> and <date>", id="month and day"),
        pytest.param("at 12:03 and 12:03:04 pm", "at <date> and <date>", id="times"),
        pytest.param("ratio 31:21", "ratio <num>", id="no hour is above 23"),
        # numbers
        pytest.param("failed 3 times", "failed <num> times", id="number"),
        pytest.param("took 12.5 ms, 3s, 40 %", "took <num>", id="numbers with units in a row are one"),
        pytest.param("took 1h30m", "took <num>", id="duration"),
        pytest.param("balance -12 or +3", "balance <num> or <num>", id="signs"),
        pytest.param("shard 3/7, 4-5 x 6", "shard <num>", id="a run of numbers"),
        pytest.param("point (1, 2) of [3, 4]", "point <num> of <num>", id="lists"),
        pytest.param("Range(1.5, 2)", "Range(<num>)", id="arguments keep their brackets"),
        pytest.param("1,234,567 rows", "<num> rows", id="thousands"),
        pytest.param("is utf-8, not C#7", "is utf-8, not C#7", id="one digit behind a letter and a dash"),
        pytest.param("job-123 and sha-256", "job-<num> and sha-<num>", id="more digits are a number"),
        # words
        pytest.param("at 0xdeadBEEF", "at <num>", id="pointer"),
        pytest.param("blob 9af8c3be3a1231fe", "blob <num>", id="hex of 8 or more"),
        pytest.param("commit a93c7d2", "commit <num>", id="short hex in lower case"),
        pytest.param("DEADBEE deadbeef cabcafe", "DEADBEE deadbeef cabcafe", id="hex without digits is a word"),
        pytest.param("sha1 v2 h264 utf8mb4", "sha1 v2 h<num> utf8mb4", id="names keep one or two digits"),
        pytest.param("user12345 left", "user<num> left", id="three digits in a word are a value"),
        pytest.param("NG0100: changed after check", "NG0100: changed after check", id="a code that names the message"),
        pytest.param("item AB1234 gone", "item AB<num> gone", id="elsewhere it is a value"),
        pytest.param("invoice k9Mtd2gDcgG", "invoice <tok>", id="random"),
        pytest.param("HTTP2ConnectionFactoryV2", "HTTP2ConnectionFactoryV2", id="camel case is not random"),
        pytest.param("key aGVsbG8gd29ybGQh/IHRoaXMgaXM+gYQ1==", "key <tok>", id="base64 with signs"),
        # shape
        pytest.param("\n\n  first 1 \n\n second\nthird", "first <num>\nsecond", id="the first two lines"),
        pytest.param("größe 12 für é3", "größe <num> für é3", id="letters beyond ascii"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_skeleton(text: str, masked: str) -> None:
    assert skeleton(text) == masked


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("KeyError 'amount'", "KeyError 'amount'", id="an identifier is code"),
        pytest.param('KeyError "amount"', "KeyError 'amount'", id="quotes are of one kind"),
        pytest.param("KeyError 'a b'", "KeyError <q>", id="two words are data"),
        pytest.param("KeyError 'row12'", "KeyError <q>", id="two digits are data"),
        pytest.param("KeyError 'a.b'", "KeyError <q>", id="a dot is data"),
    ],
)
def test_names_are_kept_without_a_source(text: str, kept: str) -> None:
    assert skeleton(text, names) == kept


def test_what_the_failing_lines_contain_is_kept() -> None:
    keep = in_source(["net = order['amount']"])
    assert skeleton("'amount' is not 'total'", keep) == "'amount' is not <q>"
    assert skeleton("'o'", keep) == "<q>", "one letter is found in any line"
    assert skeleton("'amount'", nothing) == "<q>"


def test_a_skeleton_reads_600_characters() -> None:
    assert skeleton("x" * 5000) == "x" * MAX_TEXT


def test_every_token_has_a_pattern_and_a_mask() -> None:
    assert set(PATTERNS) == set(MASKS) == set(Token)
    assert TOKEN.groups == len(Token), "a group of its own for each token and no other"
