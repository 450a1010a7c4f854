"""From an event to its issue: prints, choice, lessons. Memos make known answers cheap, and change none."""

import hashlib
from typing import Final

import msgspec

from domain.snapshot import Snapshot
from schemas.settings.project import ProjectSettings
from stream_processors.fingerprint.cache import Cache
from stream_processors.fingerprint.choose import Choice, choose
from stream_processors.fingerprint.fingerprint import Sighting, fingerprints, sighting
from stream_processors.fingerprint.helper_view import HelperView
from stream_processors.fingerprint.history import Asking
from stream_processors.fingerprint.incoming import SlimEvent
from stream_processors.fingerprint.prints import VERSION, Key, Prints
from stream_processors.fingerprint.shown import title
from stream_processors.fingerprint.stack import Stack, stack_of
from stream_processors.fingerprint.table import At
from stream_processors.stage import Context, Put

SEPARATOR: Final = "\x1f"


class Found(msgspec.Struct, frozen=True):
    prints: Prints
    choice: Choice
    puts: tuple[Put, ...]


def identify(event: SlimEvent, at: At, cache: Cache, context: Context) -> Found:
    """Raises msgspec.DecodeError when the frames are none."""
    view = HelperView((event.project_id, event.home_key), at, context.recall, cache)
    prints = prints_of(event, view, cache)
    choice = choice_of(event, prints, view, context.settings)
    return Found(prints, choice, (*choice.puts, *view.lesson(prints)))


def prints_of(event: SlimEvent, view: HelperView, cache: Cache) -> Prints:
    frames = digest_of(event.exceptions[event.root].frames) if event.root >= 0 else b""
    token, rest = cache.token(event.home_key), made_of(event, frames)
    memo_key = (token, digest_of(rest + spoken(event)))
    known = cache.shared.prints.get(memo_key)
    if known is not None:
        return known
    prints = prints_by_words(sighting(event, stack_for(event, frames, cache)), (token, rest), view)
    if not view.unsettled:
        cache.shared.prints.put(memo_key, prints)
    return prints


def prints_by_words(event: Sighting, made: tuple[int, bytes], view: HelperView) -> Prints:
    """Another value in the same words changes nothing but the title."""
    alike = view.cache.shared.alike
    memo_key = (*made, event.heard)
    known = alike.get(memo_key)
    if known is not None:
        return msgspec.structs.replace(known, title=title(event.event))
    prints = fingerprints(event, view.is_helper)
    if not view.unsettled:
        alike.put(memo_key, prints)
    return prints


def stack_for(event: SlimEvent, frames: bytes, cache: Cache) -> Stack:
    """The walked stack of the root; `frames` is the digest of its frames."""
    if event.root < 0:
        return Stack()
    memo_key = (event.platform, frames)
    known = cache.shared.stacks.get(memo_key)
    if known is None:
        known = stack_of(event.exceptions[event.root].frames, event.platform)
        cache.shared.stacks.put(memo_key, known)
    return known


def digest_of(raw: bytes | msgspec.Raw) -> bytes:
    return hashlib.blake2b(raw, digest_size=16).digest()


def made_of(event: SlimEvent, frames: bytes) -> bytes:
    """A digest of all that prints depend on beside the words of the event; that of its frames is given."""
    parts = [event.platform, str(event.root), event.root_type, event.transaction]
    for place, raised in enumerate(event.exceptions):
        parts += (raised.type, "" if place == event.root else raised.value, "synthetic" if raised.synthetic else "")
        if raised.parent_id is not None or raised.is_group:
            parts.append(f"{raised.exception_id} {raised.parent_id} {raised.is_group}")
    if event.custom is not None:
        parts += (*event.custom.parts, str(event.custom.has_default), event.custom.title, event.custom.rule_id)
    return digest_of(SEPARATOR.join(parts).encode("utf-8", "surrogatepass") + frames)


def spoken(event: SlimEvent) -> bytes:
    """What the root says, and the message."""
    parts = [event.exceptions[event.root].value] if event.root >= 0 else []
    if event.message is not None:
        parts += (event.message.formatted, event.message.template, str(len(event.message.params)))
    return SEPARATOR.join(parts).encode("utf-8", "surrogatepass")


def choice_of(event: SlimEvent, prints: Prints, view: HelperView, settings: Snapshot) -> Choice:
    cache, memo_key = view.cache, (event.project_id, prints.search)
    known = cache.choices.get(memo_key)
    if known is not None:
        return known
    asking = Asking(event.project_id, view.at, view.recall, view.helper_since, older_keys(event, view, settings))
    choice = choose(prints, asking)
    if choice.settled and not view.unsettled:
        cache.choices.put(memo_key, choice)
    return choice


class OlderKeys(msgspec.Struct, frozen=True):
    """The keys that another version would search; only events that nobody knows pay for them."""

    event: SlimEvent
    view: HelperView
    version: str

    def __call__(self) -> tuple[Key, ...]:
        if not self.version or self.version == VERSION:
            return ()
        return fingerprints(sighting(self.event, self.stack()), self.view.is_helper, self.version).search

    def stack(self) -> Stack:
        event = self.event
        return stack_of(event.exceptions[event.root].frames, event.platform) if event.root >= 0 else Stack()


def older_keys(event: SlimEvent, view: HelperView, settings: Snapshot) -> OlderKeys:
    project = settings.get(f"project:{event.project_id}", ProjectSettings)
    return OlderKeys(event, view, project.previous_version if project is not None else "")
