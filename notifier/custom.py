"""Texts that users wrote: which one applies, and how its output becomes a message of a channel."""

from collections.abc import Mapping
from typing import Final

import msgspec

from domain.ids import digest
from notifier.channels.slack import Block, Talk, escaped
from notifier.message import message
from notifier.plan import Delivery, Draft, Mail, Notice, Post, Rendered, World
from notifier.render import html
from schemas.kinds import Channel, Severity
from schemas.record import Instant
from schemas.settings.alerting import TemplateSettings

ANY: Final = "any"  # kind of step
PAGE: Final = (
    "<!DOCTYPE html><html><body style=\"font:15px/1.45 -apple-system,'Segoe UI',Roboto,sans-serif;"
    'white-space:pre-wrap;overflow-wrap:anywhere">{{ text }}</body></html>'
)
CUSTOM: Final = frozenset({Channel.EMAIL, Channel.SLACK})  # webhooks and pages by phone have fixed forms
MOST: Final = 2900


class Job(msgspec.Struct, frozen=True):
    """What the worker process renders. `said` is plain data, never an object."""

    template: str
    said: Mapping[str, object]


class Done(msgspec.Struct, frozen=True):
    """`text`, or why there is none."""

    text: str = ""
    error: str = ""


def chosen(world: World, channel: Channel, draft: Draft, locale: str) -> tuple[str, TemplateSettings] | None:
    """The most exact one: of this kind before any, of this locale before its language before English."""
    if channel not in CUSTOM:
        return None
    languages = dict.fromkeys((locale, locale.partition("-")[0], "en"))
    for kind in (str(draft.step.kind), ANY):
        for language in languages:
            key = f"{channel}:{kind}:{language}"
            if key in world.templates:
                return key, world.templates[key]
    return None


def job(template: TemplateSettings, draft: Draft, at: Instant, public_url: str) -> Job:
    return Job(template.text, message(draft, at, public_url))


def with_text(rendered: Rendered, text: str) -> Rendered:
    """The message with the user's text in place of ours: headers, ids and links for machines stay."""
    if isinstance(rendered, Mail):
        return msgspec.structs.replace(rendered, text=text, html=html(PAGE, {"text": text}))
    talk = msgspec.json.decode(rendered.body, type=Talk)
    section: Block = {"type": "section", "text": {"type": "mrkdwn", "text": escaped(text)[:MOST], "verbatim": True}}
    body = msgspec.json.encode(Talk(text=talk.text, blocks=[section, talk.blocks[-1]])).decode()
    return Post(body=body, action=rendered.action, note=rendered.note)


def failure(key: str, template: TemplateSettings, error: str, *, world: World, at: Instant) -> tuple[Delivery, ...]:
    """Word to the author of a template that failed, once a day; the alert itself went out with the built-in text."""
    methods = world.directory.methods.get(template.author.removeprefix("person:"), ())
    usable = [(id_, one) for id_, one in methods if one.verified_at and one.channel is Channel.EMAIL]
    notice = Notice(
        kind="template",
        recipient=template.author,
        subject="A message template of yours fails",
        title=f"The template {key} fails",
        lines=(f"It says: {error}", "Alerts go out with the built-in text until it is mended."),
        severity=Severity.MEDIUM,
        due_at=at,
        decided_at=at,
    )
    return tuple(
        Delivery(
            delivery_id=digest("template", key, id_, str(at // 86_400_000))[:26],
            recipient=template.author,
            channel=one.channel,
            destination_id=id_,
            address_hint=one.hint,
            urgency=4,
            draft=notice,
        )
        for id_, one in usable
    )
