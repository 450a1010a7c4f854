"""Secrets by their shape: what goes, what it leaves, and what only looks like one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest_gateway.scrub.scrubber import DEFAULT, ROUTE, SOURCE, TEXT, Kind, Scrubber, Tally
from schemas.settings.project import ScrubSettings

PEM = "-----BEGIN RSA PRIVATE KEY-----"
END = "-----END RSA PRIVATE KEY-----"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"


def scrubbed(text: str, kind: Kind = TEXT, scrubber: Scrubber = DEFAULT) -> str:
    return scrubber.text(text, Tally(), kind)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("card 4111111111111111", "card [card]", id="a Visa card"),
        pytest.param("card 4111 1111 1111 1111, thanks", "card [card], thanks", id="with blanks"),
        pytest.param("card 4111-1111-1111-1111", "card [card]", id="with dashes"),
        pytest.param("378282246310005", "[card]", id="American Express"),
        pytest.param("3782 822463 10005", "[card]", id="American Express in its groups"),
        pytest.param("5555555555554444 and 2223003122003222", "[card] and [card]", id="Mastercard, both ranges"),
        pytest.param("6011111111111117 3530111333300000 30569309025904", "[card] [card] [card]", id="three in a row"),
        pytest.param("12 4111111111111111 345", "12 [card] 345", id="other numbers around it stay"),
        pytest.param("n=\\n4111111111111111", "n=\\n[card]", id="after a newline as two characters"),
        pytest.param("DE89370400440532013000", "[iban]", id="an IBAN"),
        pytest.param("IBAN GB82 WEST 1234 5698 7654 32 ok", "IBAN [iban] ok", id="an IBAN in groups"),
        pytest.param("ssn 078-05-1120", "ssn [ssn]", id="a social security number"),
        pytest.param(f"{PEM}\nMIIE\nabcd\n{END} rest", f"{PEM}[Filtered]{END} rest", id="a private key"),
        pytest.param(f"{PEM}\\nMIIE\\n{END}", f"{PEM}[Filtered]{END}", id="its newlines as two characters"),
        pytest.param(f"{PEM}\nMIIEabcd", f"{PEM}[Filtered]", id="a key that is cut off"),
        pytest.param(f"MIIEabcd1234\nMIIEabcd1234\n{END}", f"[Filtered]{END}", id="a key whose beginning is cut off"),
        pytest.param("postgres://app:hunter2@db/x", "postgres://[Filtered]@db/x", id="a password in an address"),
        pytest.param("amqp://u:p%40s@h:5672//", "amqp://[Filtered]@h:5672//", id="one that is percent-encoded"),
        pytest.param("Bearer abc123.def", "[token]", id="a bearer token"),
        pytest.param("authorization is bearer  xyz987", "authorization is [token]", id="in lower case"),
        pytest.param("Basic dXNlcjpwYXNz", "[token]", id="basic credentials"),
        pytest.param(f"jwt {JWT}", "jwt [token]", id="a JWT"),
        pytest.param("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "[token]", id="GitHub"),
        pytest.param("xoxb-123456789012-abcdefABCDEF", "[token]", id="Slack"),
        pytest.param("AKIAIOSFODNN7EXAMPLE", "[token]", id="AWS"),
        pytest.param("sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc", "[token]", id="Stripe"),
        pytest.param("AIzaSyA1234567890abcdefghijklmnopqrstuv", "[token]", id="Google"),
        pytest.param("gregor_abcdefghijklmnopqrstuv", "[token]", id="our own"),
        pytest.param("password=hunter2", "password=[Filtered]", id="an assignment"),
        pytest.param("password: hunter2, user: bob", "password: [Filtered], user: bob", id="with a colon"),
        pytest.param("password => hunter2", "password => [Filtered]", id="with an arrow"),
        pytest.param("{'password': 'hun ter2', 'n': 1}", "{'password': '[Filtered]', 'n': 1}", id="a repr"),
        pytest.param('{"password":"hun\\"ter2","n":1}', '{"password":"[Filtered]","n":1}', id="an escaped quote"),
        pytest.param('\\"password\\": \\"x y\\", \\"n\\"', '\\"password\\": \\"[Filtered]\\", \\"n\\"',
                     id="JSON in JSON"),
        pytest.param("[password] => hunter2", "[password] => [Filtered]", id="PHP's print_r"),
        pytest.param("{'password': b'x'}", "{'password': b'[Filtered]'}", id="bytes in a repr"),
        pytest.param("credentials=('bob', 'hunter2')", "credentials=[Filtered]", id="a tuple goes whole"),
        pytest.param("a=1&api_key=abc&b=2", "a=1&api_key=[Filtered]&b=2", id="a query string"),
        pytest.param("author: password=x", "author: password=[Filtered]", id="behind a harmless name"),
        pytest.param("Authorization: Digest a=b, c=d", "Authorization: [Filtered]", id="a header line goes to its end"),
        pytest.param("Cookie: a=b; c=d\nHost: x", "Cookie: [Filtered]\nHost: x", id="cookies of a header line"),
        pytest.param("GET /x?password%3Dhunter2", "GET /x?password=[Filtered]", id="percent-encoded"),
        pytest.param("q=4111%201111%201111%201111", "q=[card]", id="a card, percent-encoded"),
        pytest.param("q=%2570assword%253Dhunter2", "q=password=[Filtered]", id="percent-encoded twice"),
        pytest.param("/home/bob/app.py", "/home/[user]/app.py", id="a home directory"),
        pytest.param("in /Users/bob/x", "in /Users/[user]/x", id="on a Mac"),
        pytest.param("C:\\Users\\bob\\x", "C:\\Users\\[user]\\x", id="on Windows"),
        pytest.param("file:///home/bob/x", "file:///home/[user]/x", id="as an address"),
    ],
)  # fmt: skip
def test_what_goes(text: str, left: str) -> None:
    assert scrubbed(text) == left
    assert scrubbed(left) == left


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("author: Bob Smith", id="an author"),
        pytest.param("tokenizer: fast", id="a tokenizer"),
        pytest.param("tokens_used: 512", id="tokens used"),
        pytest.param("max_tokens=4096", id="a limit of tokens"),
        pytest.param("session: 42", id="a count of sessions"),
        pytest.param("token=17", id="a count of tokens"),
        pytest.param("password=None", id="no password"),
        pytest.param("auth: true", id="a flag"),
        pytest.param("token: null", id="no token"),
        pytest.param("password=[Filtered]", id="one that is filtered already"),
        pytest.param("order 1234567890123456", id="a number that no issuer has"),
        pytest.param("4111111111111112", id="a number with a wrong check digit"),
        pytest.param("at 1777888800123", id="a time in milliseconds"),
        pytest.param("at 1777888800123456789", id="a time in nanoseconds"),
        pytest.param("ratio 0.4111111111111111", id="a fraction"),
        pytest.param("hash a4111111111111111b", id="digits inside a hash"),
        pytest.param("000-12-3456 and 666-12-3456 and 900-12-3456", id="areas that are none"),
        pytest.param("555-12-34567", id="a number of another form"),
        pytest.param("Basic authentication failed", id="basic authentication"),
        pytest.param("Bearer token missing", id="a missing bearer token"),
        pytest.param("Bearer realm=x", id="a challenge"),
        pytest.param("GB82WEST12345698765433", id="an IBAN with wrong digits"),
        pytest.param("https://shop.example/home/products", id="a page called home"),
        pytest.param("https://bob@host/x", id="a user without a password"),
        pytest.param("http://host:8080/a@b", id="a port and an at sign"),
        pytest.param("-----BEGIN CERTIFICATE-----\nMIIE", id="a certificate"),
        pytest.param("KeyError: 'amount'", id="a usual error"),
        pytest.param("Unexpected token < in JSON at position 0", id="a parser's token"),
        pytest.param("3.14159265358979", id="pi"),
        pytest.param("a%20b%3Dc 100%", id="percent-encoding without a secret"),
        pytest.param("d2f1a0c3-4e5b-4a7f-8b6c-1d2e3f4a5b6c", id="a UUID"),
    ],
)
def test_what_only_looks_like_one(text: str) -> None:
    assert scrubbed(text) == text


@pytest.mark.parametrize(
    ("line", "left"),
    [
        pytest.param("password = 'hunter2'", "password = '[Filtered]'", id="a literal"),
        pytest.param('os.environ["API_KEY"] = "abc"', 'os.environ["API_KEY"] = "[Filtered]"', id="by subscript"),
        pytest.param('password: str = "abc"', 'password: str = "[Filtered]"', id="with a type between"),
        pytest.param("{'password': 'x'}", "{'password': '[Filtered]'}", id="in a dictionary"),
        pytest.param("const token = `abc`;", "const token = `[Filtered]`;", id="a template string"),
        pytest.param('$password = "abc";', '$password = "[Filtered]";', id="PHP"),
        pytest.param("password = get_password()", "password = get_password()", id="a call stays"),
        pytest.param("token = request.headers['X']", "token = request.headers['X']", id="a look-up stays"),
        pytest.param("if session == None:", "if session == None:", id="a comparison stays"),
        pytest.param("card = '4111 1111 1111 1111'", "card = '[card]'", id="other rules hold in source too"),
    ],
)
def test_source_lines(line: str, left: str) -> None:
    assert scrubbed(line, SOURCE) == left
    assert scrubbed(left, SOURCE) == left


def test_a_route_has_no_home_directories() -> None:
    assert scrubbed("GET /home/products", ROUTE) == "GET /home/products"


def test_email_and_address_only_where_a_project_asks() -> None:
    text = "mail bob@shop.example from 10.1.2.3 or 2001:db8::1"
    on = Scrubber(ScrubSettings(email=True, ip=True))
    assert scrubbed(text) == text
    assert scrubbed(text, scrubber=on) == "mail [email] from [ip] or [ip]"


def test_a_projects_own_names_and_patterns() -> None:
    own = Scrubber(ScrubSettings(names=("customerNumber",), safe_names=("session",), patterns=(r"ORD-\d{6}",)))
    assert scrubbed("customer_number=12ab session=abc", scrubber=own) == "customer_number=12ab session=abc"
    assert scrubbed("customerNumber=12ab for ORD-123456", scrubber=own) == "customerNumber=[Filtered] for [Filtered]"


def test_a_flood_of_candidates_goes_whole() -> None:
    tally = Tally()
    assert DEFAULT.text("password=x " * 10_000, tally) == "[Filtered]"
    assert "flood" in tally.counts


PIECES = st.sampled_from(
    ["password", "=", ":", " ", "'", '"', "\\", "[Filtered]", "4111 1111 1111 1111", "-----BEGIN RSA PRIVATE KEY-----",
     "-----END RSA PRIVATE KEY-----", "Bearer ", "abc123", "://", "u:p@", "/home/", "bob", "{", "}", "[", "]", "(", ")",
     "token", "session", "\n", "\\n", "a", "&", ",", "DE89370400440532013000", "078-05-1120", "`", "=>", "%20", "ä"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join), st.sampled_from([TEXT, SOURCE, ROUTE]))
def test_twice_is_the_same_as_once(text: str, kind: Kind) -> None:
    once = scrubbed(text, kind)
    assert scrubbed(once, kind) == once
