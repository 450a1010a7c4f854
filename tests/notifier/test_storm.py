"""Many alerts at once, or after a quiet time: few messages, nothing critical left out."""

from email.message import EmailMessage
from typing import Any

import psycopg

from schemas.alert_step import AlertStep
from schemas.commands import EpisodeCommandKind
from schemas.kinds import Severity, StepKind
from schemas.settings.alerting import Matcher, SilenceSettings
from tests.builders import a_snapshot, numbered
from tests.notifier.relay import Relay
from tests.notifier.town import a_world, an_alert
from tests.notifier.voice import voice

Store = psycopg.Connection[tuple[Any, ...]]
ALONE = {"method__ann-phone": None, "method__ben-mail": None}  # only Ann's mail is left
EVERYTHING = (Matcher(label="project", value="shop"),)


def opening(number: int, **fields: Any) -> AlertStep:
    episode = numbered(number)
    severity = Severity.CRITICAL if number % 10 == 0 else Severity.HIGH
    usual: dict[str, Any] = {
        "episode_id": episode,
        "issue_id": episode,
        "step_id": f"{episode}:open:0",
        "severity": severity,
        "brief": a_snapshot(title=f"Error no. {number}!"),
        "policy": None,
    }
    return an_alert(**(usual | fields))


def closing(number: int) -> AlertStep:
    episode = numbered(number)
    return opening(number, kind=StepKind.CLOSED, step_id=f"{episode}:closed:1", ordinal="1", reason="resolved")


def states(store: Store) -> dict[str, int]:
    rows = store.execute("select kind || ' ' || state, count(*) from deliveries group by 1 order by 1")
    return dict(rows.fetchall())


def make_due(store: Store) -> None:
    store.execute("update deliveries set next_attempt_at = 0 where state = 'pending'")
    store.execute("update deliveries set recheck_at = 0 where state = 'suppressed'")


def text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_a_storm_is_ten_messages_and_a_bundle_with_every_critical(dsn: str, store: Store, mails: Relay) -> None:
    with voice(dsn, mails.port, a_world(**ALONE)) as found:
        for start in range(0, 200, 50):
            found.take(*(opening(number) for number in range(start, start + 50)))
        mails.wait_for(10)
        assert states(store) == {"bundle pending": 1, "open accepted": 10, "open bundled": 190}
        make_due(store)
        found.sender.wake()
        mails.wait_for(11)
        found.wait_for(11)
    bundle = mails.taken[-1][1]
    assert bundle["Subject"] == "[Shop] 190 alerts more"
    singles = {mail["Subject"] for _, mail, _ in mails.taken[:10]}
    for number in range(0, 200, 10):
        name = f"Error no. {number}!"
        assert name in text(bundle) or f"[shop] {name}" in singles, "every critical is told"
    assert states(store)["bundle accepted"] == 1


def test_what_is_over_before_its_bundle_goes_is_not_told(dsn: str, store: Store, mails: Relay) -> None:
    with voice(dsn, mails.port, a_world(**ALONE)) as found:
        found.take(*(opening(number) for number in range(13)))
        found.take(closing(10), closing(11))
        mails.wait_for(10)
        make_due(store)
        found.sender.wake()
        mails.wait_for(11)
        found.wait_for(11)
    assert "Error no. 12!" in text(mails.taken[-1][1])
    assert "Error no. 11!" not in text(mails.taken[-1][1])


def test_a_bundle_with_nothing_left_is_not_sent(dsn: str, store: Store, mails: Relay) -> None:
    with voice(dsn, mails.port, a_world(**ALONE)) as found:
        found.take(*(opening(number) for number in range(11)))
        found.take(closing(10))
        mails.wait_for(10)
        make_due(store)
        found.sender.wake()
        found.wait_for(11)
    assert states(store) == {"bundle cancelled": 1, "open accepted": 10, "open cancelled": 1}
    assert len(mails.taken) == 10


def test_the_end_of_a_storm_is_no_storm(dsn: str, store: Store, mails: Relay) -> None:
    """Those who were told in a bundle hear of the end too: ten messages, and one for the rest."""
    with voice(dsn, mails.port, a_world(**ALONE)) as found:
        found.take(*(opening(number) for number in range(40)))
        mails.wait_for(10)
        make_due(store)
        found.sender.wake()
        mails.wait_for(11)
        found.wait_for(11)
        found.take(*(closing(number) for number in range(40)))
        mails.wait_for(21)
        make_due(store)
        found.sender.wake()
        mails.wait_for(22)
        found.wait_for(22)
    assert mails.taken[-1][1]["Subject"] == "[Shop] 30 alerts over"
    assert states(store)["open bundled"] == 30, "what was told in a bundle was told"


def silence(end_at: int = 4_000_000_000_000) -> SilenceSettings:
    return SilenceSettings(matchers=EVERYTHING, start_at=0, end_at=end_at, reason="deploy", author="person:ben")


def test_a_quiet_time_over_many_episodes_ends_in_one_catch_up(dsn: str, store: Store, mails: Relay) -> None:
    with voice(dsn, mails.port, a_world(**ALONE, silence__1__a=silence())) as found:
        found.take(*(opening(number) for number in range(40)))
        found.take(*(closing(number) for number in range(20)))
        assert states(store) == {"open suppressed": 40}
        found.world = a_world(**ALONE)
        make_due(store)
        mails.wait_for(1)
        found.wait_for(1)
    assert states(store) == {"catch_up accepted": 1, "open bundled": 40}
    ((_, mail, _),) = mails.taken
    assert mail["Subject"] == "[Shop] 40 alerts while notifications were held back, 20 of them over"


def test_a_silence_taken_away_early_lets_the_alert_out_at_once(dsn: str, store: Store, mails: Relay) -> None:
    """Nothing is made due here: the change of settings alone has it judged anew."""
    with voice(dsn, mails.port, a_world(**ALONE, silence__1__a=silence())) as found:
        found.take(opening(1))
        assert states(store) == {"open suppressed": 1}
        found.world = a_world(**ALONE)
        mails.wait_for(1)
        found.wait_for(1)
    assert mails.taken[0][1]["Subject"] == "[shop] Error no. 1!"


def test_an_escalation_that_was_held_is_taken_up_when_the_silence_goes(dsn: str, store: Store, mails: Relay) -> None:
    with voice(dsn, mails.port, a_world(**ALONE, silence__1__a=silence())) as found:
        found.take(an_alert())
        (held,) = found.said
        found.world = a_world(**ALONE)
        found.wait_until_said(2)
    assert held.until_at == silence().end_at
    assert found.said[1].kind is EpisodeCommandKind.HELD
    assert found.said[1].until_at is not None
    assert found.said[1].until_at < held.until_at
    assert mails.taken == []
