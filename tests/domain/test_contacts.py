import pytest

from domain.contacts import NoContact, contacts
from domain.recipients import Directory
from domain.snapshot import Snapshot
from schemas.kinds import Channel, Severity
from schemas.settings.people import MethodSettings, PersonalRuleSettings


def a_method(person: str, channel: Channel, **more: object) -> MethodSettings:
    return MethodSettings(person=person, channel=channel, address="sealed", **{"verified_at": 1, **more})  # type: ignore[arg-type]


DIRECTORY = Directory.of(
    Snapshot.of(
        {
            "method:ann-mail": a_method("ann", Channel.EMAIL),
            "method:ann-phone": a_method("ann", Channel.SMS),
            "method:ann-chat": a_method("ann", Channel.SLACK),
            "method:ben-mail": a_method("ben", Channel.EMAIL, verified_at=0),
            "method:cleo-mail": a_method("cleo", Channel.EMAIL, disabled_why="550 no such user"),
            "method:dora-phone": a_method("dora", Channel.SMS),
            "method:eve-mail": a_method("eve", Channel.EMAIL),
            "method:eve-phone": a_method("eve", Channel.SMS),
            "personal_rule:1": PersonalRuleSettings(person="eve", method="eve-phone", severity=Severity.HIGH),
            "personal_rule:2": PersonalRuleSettings(
                person="eve", method="eve-mail", severity=Severity.HIGH, delay_s=60
            ),
            "personal_rule:3": PersonalRuleSettings(person="eve", method="method:eve-mail", severity=Severity.CRITICAL),
            "personal_rule:4": PersonalRuleSettings(person="ann", method="gone", severity=Severity.LOW),
        }
    )
)


@pytest.mark.parametrize(
    ("person", "severity", "page", "expected"),
    [
        pytest.param(
            "ann", "critical", True, {"ann-chat": 0, "ann-mail": 0, "ann-phone": 0}, id="critical: all at once"
        ),
        pytest.param("ann", "high", True, {"ann-chat": 0, "ann-mail": 0, "ann-phone": 600}, id="high: the phone later"),
        pytest.param("ann", "medium", True, {"ann-chat": 0, "ann-mail": 0}, id="medium: no phone"),
        pytest.param("ann", "high", False, {"ann-mail": 0}, id="a notice goes by mail alone"),
        pytest.param("dora", "high", True, {"dora-phone": 0}, id="who has only a phone is not left waiting"),
        pytest.param("dora", "medium", True, {"dora-phone": 0}, id="nor left out"),
        pytest.param("eve", "high", True, {"eve-phone": 0, "eve-mail": 60}, id="personal rules decide"),
        pytest.param("eve", "critical", True, {"eve-phone": 0, "eve-mail": 0}, id="the shorter delay wins"),
        pytest.param("eve", "medium", True, {"eve-mail": 0}, id="below the rules' severity: the defaults"),
    ],
)
def test_contacts(person: str, severity: str, page: bool, expected: dict[str, int]) -> None:
    found = contacts(person, Severity(severity), page, DIRECTORY)
    assert not isinstance(found, NoContact)
    assert {contact.setting_id.removeprefix("method:"): contact.delay_s for contact in found} == expected


@pytest.mark.parametrize(
    ("person", "severity", "code"),
    [
        pytest.param("ben", "critical", "no_method", id="an unverified address is not used"),
        pytest.param("cleo", "critical", "method_disabled", id="a disabled one neither"),
        pytest.param("zoe", "critical", "no_method", id="no address at all"),
        pytest.param("ann", "low", "severity_low", id="low severity waits for the report"),
    ],
)
def test_no_contact(person: str, severity: str, code: str) -> None:
    found = contacts(person, Severity(severity), True, DIRECTORY)
    assert isinstance(found, NoContact)
    assert found.code == code
