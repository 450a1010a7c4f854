from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from typing import Any

import pytest

from notifier.channels.mail import Letterhead, as_bytes, bare, mail
from notifier.decide import decide
from notifier.message import due_at
from notifier.plan import Draft, Memory
from schemas.kinds import Severity, StepKind
from tests.builders import AT, ISSUE_ID, a_snapshot
from tests.notifier.town import a_world, an_alert

HEAD = Letterhead("Gregor <gregor@example.org>", "https://gregor.example.org")
SENDER = HEAD.sender


def a_draft(**fields: Any) -> Draft:
    decision = decide(an_alert(**fields), a_world(), Memory(), AT + 170)
    return next(one.draft for one in decision.deliveries if one.destination_id == "method:ann-mail")


def parsed(draft: Draft, at: int = AT + 200) -> EmailMessage:
    raw = as_bytes(mail(draft, "d1", at, HEAD), SENDER, "ann@example.org")
    found = message_from_bytes(raw, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def body(found: EmailMessage, kind: str) -> str:
    part = found.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_the_mail_says_all_a_developer_asks_first() -> None:
    brief = a_snapshot(times_seen=412, users=14, seen_5m=12, seen_1h=40, first_release="shop@2.4.0", users_exact=False)
    text = body(parsed(a_draft(brief=brief)), "plain")
    for expected in (
        "HIGH: KeyError: 'amount'",
        "shop/views.py:42",
        "shop.views::pay",
        "412 times (12 in 5 min, 40 in 1 h)",
        "about 14 users",
        "shop@2.4.1 (first seen in shop@2.4.0)",
        "production",
        "because unhandled",
        "same KeyError from the same place, shop.views::pay (key c41da3b2)",
        "Severity reaches high (severity high)",
        "Step 1 of policy Default: on call for Payments (layer 1)",
        "also told: Ben",
        "If nobody acknowledges it within 10 min, the next step of policy Default is told.",
        f"https://gregor.example.org/issues/{ISSUE_ID}",
        "4 May 2026, 12:00:00 CEST",
    ):
        assert expected in text, expected
        assert "Delayed" not in text


def test_text_comes_first_and_both_parts_say_the_same() -> None:
    found = parsed(a_draft())
    assert [part.get_content_type() for part in found.iter_parts()] == ["text/plain", "text/html"]
    assert "shop/views.py:42" in body(found, "html")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param("Subject", "[shop] KeyError: 'amount'", id="the subject of the episode"),
        pytest.param("Message-ID", "<d1@example.org>", id="the delivery is the id"),
        pytest.param("References", f"<{ISSUE_ID}.1@example.org>", id="the episode is the thread"),
        pytest.param("In-Reply-To", f"<{ISSUE_ID}.1@example.org>", id="for programs that read this one"),
        pytest.param("Auto-Submitted", "auto-generated", id="nobody's holiday answers it"),
        pytest.param("From", "Gregor <gregor@example.org>", id="the sender"),
        pytest.param("To", "ann@example.org", id="the recipient"),
        pytest.param("Date", "Mon, 04 May 2026 10:00:00 +0000", id="the date of the first attempt"),
        pytest.param("List-Unsubscribe", None, id="a page is no newsletter"),
    ],
)
def test_headers(header: str, expected: str | None) -> None:
    found = parsed(a_draft())
    assert (str(found[header]) if header in found else None) == expected


def test_equal_arguments_give_equal_bytes() -> None:
    given = mail(a_draft(), "d1", AT, HEAD)
    assert as_bytes(given, SENDER, "ann@example.org") == as_bytes(given, SENDER, "ann@example.org")


@pytest.mark.parametrize(
    ("late_ms", "said"),
    [
        pytest.param(120_000, False, id="two minutes are not late"),
        pytest.param(120_001, True, id="more is"),
    ],
)
def test_a_late_mail_says_so(late_ms: int, said: bool) -> None:
    draft = a_draft()
    found = parsed(draft, due_at(draft) + late_ms)
    assert ("Delayed: this was due" in body(found, "plain")) is said
    assert ("Delayed: this was due" in body(found, "html")) is said


CODES = [*range(32), 127, *range(128, 160), 0x200E, 0x202E, 0x2028, 0x2029, 0x2066, 0xFEFF, 0xD800]
HOSTILE = [
    "x\r\nBcc: evil@example.org",
    "x\nSubject: other",
    "x\r\n\r\n<script>alert(1)</script>",
    "=?utf-8?q?=0D=0ABcc:_evil@example.org?=",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><a href="https://evil.example">click</a>',
    "{{ 7 * 7 }} {% for x in y %}",
    "javascript:alert(1)",
    "a" * 5000,
    "é" * 400,
    "😀" * 400,
    "",
    "   ",
    "\u202egnp.exe",
    ".\r\n.\r\nMAIL FROM:<evil@example.org>",
    *(f"a{chr(code)}b" for code in CODES),
]


class Tags(HTMLParser):
    """Collects elements and links."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


def shape(found: EmailMessage) -> tuple[list[str], list[str], list[str]]:
    tags = Tags()
    tags.feed(body(found, "html"))
    return list(found.keys()), tags.tags, tags.links


@pytest.mark.parametrize("title", HOSTILE, ids=[f"title {number}" for number in range(len(HOSTILE))])
def test_hostile_text_changes_neither_headers_nor_elements_nor_links(title: str) -> None:
    usual = a_snapshot(title="t", type="t", culprit="t", route="t", release="t", service="t", severity_why=("t",))
    brief = a_snapshot(
        title=title, type=title, culprit=title or "t", route=title.strip() or "t", release=title.strip() or "t",
        service=title.strip() or "t", severity_why=(title,),
    )  # fmt: skip
    found = parsed(a_draft(brief=brief, reason=title))
    headers, tags, links = shape(found)
    expected = shape(parsed(a_draft(brief=usual)))
    assert headers == expected[0]
    assert set(links) == {f"https://gregor.example.org/issues/{ISSUE_ID}"}
    assert set(tags) == set(expected[1])
    assert len(str(found["Subject"])) <= 140
    assert "\n" not in str(found["Subject"])
    raw = as_bytes(bare(a_draft(brief=brief), "d1", AT, HEAD), SENDER, "ann@example.org")
    assert list(message_from_bytes(raw, policy=default).keys()) == headers


@pytest.mark.parametrize("kind", list(StepKind))
def test_every_kind_of_step_has_a_mail(kind: StepKind) -> None:
    draft = a_draft()
    step = an_alert(kind=kind, reason="quiet", severity=Severity.CRITICAL)
    found = parsed(Draft(step=step, recipient=draft.recipient, subject="s", why=draft.why))
    assert "CRITICAL" in body(found, "plain")


def test_direction_marks_and_controls_are_gone() -> None:
    text = body(parsed(a_draft(brief=a_snapshot(title="a\u202eb\u0007c\u2066d\x9b"))), "plain")
    assert "ab cd" in text
