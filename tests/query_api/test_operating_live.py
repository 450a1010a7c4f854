"""Operators: releases, deliveries, outcomes, dead letters, audit."""

from typing import Any

import psycopg
import pytest
import zstandard

from query_api.intake import Inbox
from query_api.letters import InboxRow, again, redrive_id, row
from runtime.source import Message
from schemas.dead_letter import DeadLetter, to_headers
from schemas.verdict import Kept, Rejected
from tests.query_api.desks import World
from tests.query_api.rows import NOW, issue_id

pytestmark = pytest.mark.live
MINUTE = 60_000
LETTER = DeadLetter(
    dead_id="d" * 32,
    at=NOW,
    stage="fingerprint",
    consumer="fingerprint",
    topic="error-events",
    source=(1, 2, 3, 0),
    reason="schema",
    detail="bad",
    project_id=1,
    key="home",
)


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def test_releases_are_in_the_order_of_their_declaration(world: World) -> None:
    first = ok(world.api.post("/releases", {"project_id": 1, "version": "shop@1.0", "commits": ["a" * 40]}), 201)
    second = ok(world.api.post("/releases", {"project_id": 1, "version": "shop@1.1", "parent": "shop@1.0"}), 201)
    again_ = ok(world.api.post("/releases", {"project_id": 1, "version": "shop@1.0"}))
    assert (first["ordinal"], second["ordinal"], again_) == (1, 2, first)
    assert first["commits"] == ["a" * 12]
    listed = ok(world.api.get("/releases", params={"project": 1}))["items"]
    assert [one["version"] for one in listed] == ["shop@1.1", "shop@1.0"]
    assert world.api.post("/releases", {"project_id": 9, "version": "x"}).status_code == 404


def test_deliveries_show_what_was_sent(world: World) -> None:
    notifier = world.dsn.replace("gregor_api@", "gregor_notifier@")
    with psycopg.connect(notifier, options="-c search_path=gregor") as connection:
        for number, project in ((1, 1), (2, 1), (3, 2)):
            connection.execute(
                "insert into deliveries (delivery_id, project_id, issue_id, kind, recipient, channel, destination_id,"
                " address_hint, severity, urgency, state, reason, template, content, decided_at) values"
                " (%s, %s, %s, 'open', 'person:ana', 'email', 'd', 'a***@x', 2, 0, 'accepted', '', 't', %s, %s)",
                (f"d{number}", project, issue_id(1), zstandard.compress(b"Subject: boom"), NOW + number),
            )
    found = ok(world.api.get("/deliveries", params={"limit": 1}))
    rest = ok(world.api.get("/deliveries", params={"limit": 5, "cursor": found["next"]}))
    assert [one["delivery_id"] for one in found["items"] + rest["items"]] == ["d2", "d1"]
    assert ok(world.api.get("/deliveries/d1"))["text"] == "Subject: boom"
    assert world.api.get("/deliveries/d3").status_code == 404
    assert ok(world.api.get("/deliveries", params={"state": "failed"}))["items"] == []


def test_every_event_is_accounted_for(world: World) -> None:
    for stage, reason, events in (("gateway", "accepted", 10), ("sink-postgres", "stored", 7), ("fp", "duplicate", 1)):
        row_ = {"project_id": 1, "minute_at": NOW // MINUTE * MINUTE, "stage": stage, "reason": reason}
        world.rows.insert("outcomes", row_ | {"events": events})
    found = ok(world.api.get("/pipeline/outcomes", params={"from": NOW - MINUTE, "to": NOW + MINUTE}))
    assert (found["sums"]["accepted"], found["sums"]["stored"], found["sums"]["in_flight"]) == (10, 7, 2)
    reasons = ok(world.api.get("/pipeline/reasons", params={"from": NOW - MINUTE, "to": NOW + MINUTE}))["items"]
    assert [(one["reason"], one["events"]) for one in reasons] == [("accepted", 10), ("stored", 7), ("duplicate", 1)]


def test_the_pipeline_says_how_far_it_is(world: World) -> None:
    for partition, at in ((0, NOW), (1, NOW - 5)):
        row_ = {"topic": "issue-events", "partition": partition, "epoch": 1, "next_offset": 1, "watermark_at": at}
        world.rows.insert("sink_positions", row_ | {"updated_at": NOW})
    assert ok(world.api.get("/pipeline"))["fresh_at"] == NOW - 5
    answer = world.api.get("/issues")
    assert (answer.headers["Gregor-Fresh-At"], answer.json()["fresh_at"]) == (str(NOW - 5), NOW - 5)


def test_a_dead_letter_is_read_from_its_headers() -> None:
    headers = tuple(to_headers(LETTER))
    found = row(headers, 2, 17)
    assert found == Kept(InboxRow(letter=LETTER, partition=2, offset=17))
    assert isinstance(row((("dead_id", b"x"),), 0, 0), Rejected)


def test_an_original_goes_to_its_consumer_alone() -> None:
    headers = (*to_headers(LETTER), ("spooled", b"1"), ("redrive_for", b"old"))
    made = again(headers, b"{}", redrive_id(LETTER.dead_id, "k"))
    assert (made.topic, made.key, made.partition) == ("error-events", b"home", None)
    assert dict(made.headers) == {
        "spooled": b"1",
        "redrive_for": b"fingerprint",
        "redrive_id": redrive_id(LETTER.dead_id, "k").encode(),
    }


def test_dead_letters_are_grouped_and_given_up_with_a_note(world: World) -> None:
    letter = InboxRow(letter=LETTER, partition=0, offset=1)
    message = Message("dead-letters", 0, 1, 1, b"", b"", NOW)
    inbox = Inbox(world.dsn, "", "127.0.0.1:1")
    inbox.store([(message, letter)])
    inbox.store([(message, letter)])  # the reader may see a letter twice
    assert ok(world.api.get("/dead-letters/groups"))["items"][0]["letters"] == 1
    assert ok(world.api.get("/dead-letters"))["items"][0]["dead_id"] == LETTER.dead_id
    refused = world.api.post("/dead-letters/drop", {"ids": [LETTER.dead_id]})
    assert refused.json()["errors"][0]["pointer"] == "/note"
    body = {"ids": [LETTER.dead_id], "note": "test event"}
    assert ok(world.api.post("/dead-letters/drop", body)) == {"count": 1, "redrive_id": ""}
    assert ok(world.api.post("/dead-letters/drop", body))["count"] == 0
    assert world.api.post("/dead-letters/drop", {"ids": ["e" * 32], "note": "x"}).status_code == 404


def test_the_audit_chain_holds(world: World) -> None:
    rows = ok(world.api.get("/audit", params={"limit": 100}))["items"]
    assert rows[-1]["verb"] == "bootstrap"
    assert {"login", "dead_drop", "releases_declare"} <= {one["verb"] for one in rows}
    check = ok(world.api.get("/audit/verify"))
    assert check["broken"] == []
    assert check["rows"] >= len(rows)
