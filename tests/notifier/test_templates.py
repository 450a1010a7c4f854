import asyncio
from typing import Any

import psycopg
import pytest

from notifier.custom import Done, Job, chosen
from notifier.plan import Draft
from notifier.send.templates import Worker
from schemas.kinds import Channel, StepKind
from schemas.settings.alerting import TemplateSettings
from tests.notifier.relay import Relay
from tests.notifier.town import a_person, a_world, an_alert
from tests.notifier.voice import voice

Store = psycopg.Connection[tuple[Any, ...]]
ALONE = {"method__ann-phone": None, "method__ben-mail": None}
SAID = {"title": "KeyError", "facts": [{"name": "Where", "text": "a.py:1"}], "severity": "high"}


def rendered(*templates: str) -> list[Done]:
    async def whole() -> list[Done]:
        worker = Worker()
        try:
            return [await worker.render(Job(template, SAID)) for template in templates]
        finally:
            await worker.close()

    return asyncio.run(whole())


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        pytest.param("{{ severity | upper }}: {{ title }}", Done("HIGH: KeyError"), id="names and filters"),
        pytest.param("{% for f in facts %}{{ f.name }}={{ f.text }}{% endfor %}", Done("Where=a.py:1"), id="loops"),
        pytest.param("{{ 2 * 3 }}", Done("6"), id="numbers may be multiplied"),
    ],
)
def test_a_template_is_rendered(template: str, expected: Done) -> None:
    assert rendered(template) == [expected]


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("{{ nothing }}", id="a name that is not there"),
        pytest.param("{% if %}", id="no template"),
        pytest.param("{{ 'x' * 300000000 }}", id="much of little"),
        pytest.param("{{ '%300000000d' % 1 }}", id="much by a format"),
        pytest.param("{{ 10 ** 10 ** 10 }}", id="a tower of powers"),
        pytest.param("{{ title.__class__.__mro__ }}", id="a way out of the sandbox"),
        pytest.param("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", id="for ever"),
        pytest.param("{% for a in range(60000) %}x{% endfor %}", id="too long"),
        pytest.param("{{ title.append }}", id="an attribute that is not there"),
        pytest.param("{{ facts.append(1) }}", id="a change of what it is given"),
        pytest.param("{{ title | map('x') | list }}", id="a filter that does not fit"),
    ],
)
def test_a_template_that_misbehaves_says_why_and_the_next_one_works(template: str) -> None:
    failed, fine = rendered(template, "{{ title }}")
    assert failed.error
    assert not failed.text
    assert fine == Done("KeyError")


FOUND = {
    "template__email__open__de": TemplateSettings(text="de open"),
    "template__email__any__de": TemplateSettings(text="de any"),
    "template__email__any__en": TemplateSettings(text="en any"),
    "template__webhook__any__en": TemplateSettings(text="never"),
}


@pytest.mark.parametrize(
    ("channel", "kind", "locale", "expected"),
    [
        pytest.param("email", "open", "de-AT", "de open", id="of the kind, in the language"),
        pytest.param("email", "closed", "de", "de any", id="for any kind"),
        pytest.param("email", "open", "fr", "en any", id="in English at last"),
        pytest.param("slack", "open", "de", None, id="none for the channel"),
        pytest.param("webhook", "open", "en", None, id="webhooks have one form"),
    ],
)
def test_chosen(channel: str, kind: str, locale: str, expected: str | None) -> None:
    draft = Draft(step=an_alert(StepKind(kind)), recipient="person:ann", subject="s")
    found = chosen(a_world(**FOUND), Channel(channel), draft, locale)
    assert (found[1].text if found else None) == expected


def sent_with(dsn: str, mails: Relay, text: str) -> None:
    template = TemplateSettings(text=text, author="person:cleo")
    world = a_world(**ALONE, template__email__open__en=template, person__cleo=a_person("cleo"))
    with voice(dsn, mails.port, world) as found:
        found.take(an_alert())
        found.wait_for(1)
        mails.wait_for(1 if "title" in text else 2)


def test_a_user_s_text_is_what_is_sent(dsn: str, store: Store, mails: Relay) -> None:
    sent_with(dsn, mails, "<b>{{ title }}</b> says hello")
    (_, mail, _) = mails.taken[0]
    parts = {part.get_content_type(): part.get_content().strip() for part in mail.iter_parts()}
    assert parts["text/plain"] == "<b>KeyError: 'amount'</b> says hello"
    assert "&lt;b&gt;KeyError: &#39;amount&#39;&lt;/b&gt; says hello" in parts["text/html"]
    assert store.execute("select template from deliveries").fetchall() == [("template:email:open:en",)]


def test_a_template_that_fails_never_keeps_an_alert_back_and_its_author_hears_of_it(
    dsn: str, store: Store, mails: Relay
) -> None:
    sent_with(dsn, mails, "{{ nothing_at_all }}")
    sent = {who: str(mail["Subject"]) for who, mail, _ in mails.taken}
    assert sent == {
        "ann@example.org": "[shop] KeyError: 'amount'",
        "cleo@example.org": "A message template of yours fails",
    }
    made = store.execute("select template from deliveries where kind = 'open'").fetchall()
    assert made == [("builtin:email:open template_failed",)]
