"""The message of an event, with the template and parameters that group it."""

from typing import Final

from ingest_gateway.normalise.shapes import first
from ingest_gateway.normalise.text import Json, Object, Texts
from schemas.error_event import Message

MAX_PARAMS: Final = 20
NAMES: Final = ("logentry", "sentry.interfaces.Message", "message")


def message(event: Object, texts: Texts) -> Message | None:
    """`logentry`, its legacy name, or `message`: text, or `{formatted, message, params}`."""
    for name in NAMES:
        found = _message(event.get(name), texts)
        if found is not None:
            return found
    return None


def _message(value: Json, texts: Texts) -> Message | None:
    if value is None or value == "":
        return None
    if not isinstance(value, dict):
        return Message(formatted=texts.take(value, 8192, "message"))
    template = texts.take(value.get("message"), 1024, "message.template")
    params = _params(value.get("params"), texts)
    formatted = texts.take(first(value, "formatted"), 8192, "message") or filled(template, params, value.get("params"))
    if not formatted:
        return None
    return Message(formatted=formatted, template="" if template == formatted else template, params=params)


def _params(value: Json, texts: Texts) -> tuple[str, ...]:
    found = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(found, list):
        return ()
    return tuple(texts.take(each, 256, "message.params") for each in found[:MAX_PARAMS])


def filled(template: str, params: tuple[str, ...], raw: Json) -> str:
    """The template with `%s`, `%d` or `{}` filled in order, or `%(name)s` by name; what does not fit stays."""
    if isinstance(raw, dict):
        for name, param in zip(raw, params, strict=False):
            template = template.replace(f"%({name})s", param).replace(f"{{{name}}}", param)
        return template
    for param in params:
        spots = [(template.find(mark), mark) for mark in ("%s", "%d", "{}") if mark in template]
        if not spots:
            break
        at, mark = min(spots)
        template = template[:at] + param + template[at + len(mark) :]
    return template
