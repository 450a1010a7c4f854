"""One error through real servers, as an application sends it and as a person sees it."""

import json
import time
import urllib.request
from email.message import EmailMessage
from typing import Any

import pytest
import sentry_sdk

from cli.api_client import Client, Login, new_token
from local_stack import mailbox
from local_stack.load import an_error, envelope
from tests.live.running import Running, wait_until

SECRET = "hunter2-correct-horse-battery"
CARD = "4111 1111 1111 1111"
SOON_S = 20.0


@pytest.fixture(scope="module")
def api(running: Running) -> Client:
    url, password = running.started.api_url, running.stack.keys.find("admin_password")
    assert password
    return Client(Login(url=url, token=new_token(url, running.started.login, password, name="live tests")))


def sdk_reports(dsn: str, order: int) -> str:
    """What a customer's application does: nothing of ours but the DSN. Returns the event id."""
    sentry_sdk.init(dsn=dsn, release="shop@2.4.1", environment="production", default_integrations=False)
    sentry_sdk.set_user({"id": f"u{order}"})
    sentry_sdk.set_tag("shard", "3")
    sentry_sdk.set_extra("note", f"card {CARD}")
    try:
        pay({"order": order, "password": SECRET})
    except KeyError as error:
        event_id = sentry_sdk.capture_exception(error)
    sentry_sdk.get_client().close(timeout=5)
    assert event_id
    return event_id


def pay(basket: dict[str, Any]) -> int:
    password = basket["password"]  # a local variable that the SDK sends along
    return int(basket["amount"]) + len(password)


def post(running: Running, group: int, number: int) -> str:
    """An envelope as an SDK would send it; the id is different for each number."""
    event_id = f"{group:08x}{number:024x}"
    request = urllib.request.Request(running.target.envelope_url, envelope(an_error(event_id, group)))
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.load(answer)["id"] == event_id
    return event_id


def issue_of(running: Running, event_id: str) -> str:
    sql = "select replace(issue_id::text, '-', '') from occurrences where event_id = %s"
    return str(wait_until("the occurrence in PostgreSQL", lambda: running.one(sql, event_id), SOON_S))


def mails_about(running: Running, issue_id: str, kind: str) -> list[EmailMessage]:
    found = [mail for mail in running.mails() if mail["X-Gregor-Kind"] == kind]
    return [mail for mail in found if f"/issues/{issue_id}" in mailbox.body(mail)]


def wait_for_mail(running: Running, issue_id: str, kind: str, count: int = 1) -> EmailMessage:
    def found() -> list[EmailMessage]:
        mails = mails_about(running, issue_id, kind)
        return mails if len(mails) >= count else []

    return wait_until(f"mail {count} of kind {kind}", found, SOON_S)[-1]


def test_an_sdks_error_is_mailed_stored_explained_and_holds_no_secret(running: Running, api: Client) -> None:
    event_id = sdk_reports(running.started.dsn, order=7)
    issue_id = issue_of(running, event_id)
    mail = wait_for_mail(running, issue_id, "open")
    assert "KeyError" in str(mail["Subject"])
    assert "Why you are told" in mailbox.body(mail)

    issue = api.get(f"/issues/{issue_id}")
    assert (issue["type"], issue["status"], issue["severity"]) == ("KeyError", "new", "medium")  # caught, so handled
    assert issue_id in {row["issue_id"] for row in api.get("/issues")["items"]}

    event = wait_until("the whole event", lambda: whole_event(api, issue_id), SOON_S)
    assert (event["release"], event["user"]["id"], event["tags"]["shard"]) == ("shop@2.4.1", "u7", "3")
    assert event["exceptions"][-1]["frames"][-1]["function"] == "pay"

    why = api.get(f"/issues/{issue_id}/why")
    assert "site" in json.dumps(why)
    assert_nowhere(running, SECRET, CARD, CARD.replace(" ", ""))


def whole_event(api: Client, issue_id: str) -> dict[str, Any]:
    answer = api.get(f"/issues/{issue_id}/occurrences/latest")
    found: dict[str, Any] = answer.get("event") or answer
    return found if found.get("exceptions") else {}


def assert_nowhere(running: Running, *secrets: str) -> None:
    """Topics, stores, logs, mails."""
    for secret in secrets:
        for topic in ("error-events", "issue-events", "issue-changes", "alerts", "dead-letters", "outcomes"):
            assert not any(secret.encode() in (value or b"") for _, value in running.topic(topic)), topic
        for path in [*running.stack.logs.glob("*.log"), *running.stack.mail.glob("*.eml")]:
            assert secret not in path.read_text(errors="replace"), path.name
        assert secret not in str(running.rows("select o::text from occurrences o"))
        assert secret not in str(running.rows("select d::text from deliveries d"))
        assert secret not in str(running.documents("events"))


def test_the_document_joins_to_the_event_that_was_accepted(running: Running, api: Client) -> None:
    event_id = post(running, group=910, number=1)
    issue_id = issue_of(running, event_id)
    event = wait_until("the whole event", lambda: whole_event(api, issue_id), SOON_S)
    (accepted,) = [record for record in running.records("error-events") if record["event_id"] == event_id]
    for field in ("event_id", "home_key", "exceptions", "tags", "user", "received_at", "service"):
        assert event[field] == accepted[field], field


def test_resolved_then_seen_again_it_regresses_and_is_mailed(running: Running, api: Client) -> None:
    issue_id = issue_of(running, post(running, group=911, number=1))
    wait_for_mail(running, issue_id, "open")
    assert api.decide(f"/issues/{issue_id}/resolve", {})["state"] == "applied"
    wait_until("resolved", lambda: api.get(f"/issues/{issue_id}")["status"] == "resolved", SOON_S)
    time.sleep(1.1)  # an error must be later than the decision, by the clocks of two processes
    issue_of(running, post(running, group=911, number=2))
    wait_until("regressed", lambda: api.get(f"/issues/{issue_id}")["status"] == "regressed", SOON_S)
    wait_for_mail(running, issue_id, "open", count=2)


def test_a_repeated_request_is_one_occurrence(running: Running) -> None:
    event_id = post(running, group=912, number=1)
    issue_id = issue_of(running, event_id)
    post(running, group=912, number=1)
    later = post(running, group=912, number=2)
    assert issue_of(running, later) == issue_id
    assert running.one("select count(*) from occurrences where event_id = %s", event_id) == 1
    seen = "select times_seen from issue_counts where issue_id = %s"
    assert wait_until("both counted", lambda: running.one(seen, issue_id) == 2, SOON_S)


@pytest.fixture
def quick_policy(running: Running, api: Client) -> None:
    """Two seconds between the steps instead of ten minutes."""
    path = f"/policies/default-{running.started.project_id}"
    one = api.get(path)
    steps = [step | {"delay_s": 2} for step in one["value"]["steps"]]
    api.send("PUT", path, {"value": one["value"] | {"steps": steps}}, {"If-Match": f'"{one["version"]}"'})


@pytest.mark.usefixtures("quick_policy")
def test_nobody_acknowledges_so_the_second_step_is_told(running: Running, api: Client) -> None:
    time.sleep(1.0)  # a setting is in force everywhere within a second
    issue_id = issue_of(running, post(running, group=913, number=1))
    wait_for_mail(running, issue_id, "open")
    wait_for_mail(running, issue_id, "escalate")


@pytest.mark.usefixtures("quick_policy")
def test_somebody_acknowledges_so_it_is_not(running: Running, api: Client) -> None:
    time.sleep(1.0)
    issue_id = issue_of(running, post(running, group=914, number=1))
    wait_for_mail(running, issue_id, "open")
    assert api.decide(f"/issues/{issue_id}/acknowledge", {})["state"] == "applied"
    steps = "select kind from alert_steps where issue_id = %s"
    time.sleep(4.0)  # twice the delay of the first step
    assert "escalate" not in {row["kind"] for row in running.rows(steps, issue_id)}


@pytest.mark.parametrize(
    ("path", "body", "code", "reason"),
    [
        pytest.param("/api/v1/events?key={key}", b"{", 400, "not_json", id="half an object"),
        pytest.param("/api/v1/events?key=" + "0" * 32, b"{}", 403, "auth_unknown", id="a key of nobody"),
        pytest.param("/api/v1/events", b"{}", 401, "auth_missing", id="no key"),
        pytest.param("/api/7/envelope/?sentry_key={key}", b"{}\n", 403, "project_mismatch", id="another project"),
    ],
)
def test_bad_input_is_refused_by_name(running: Running, path: str, body: bytes, code: int, reason: str) -> None:
    url = running.started.gateway_url + path.format(key=running.started.key)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(url, body), timeout=10)
    with refused.value as answer:
        assert (answer.code, answer.headers["X-Sentry-Error"]) == (code, reason)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
