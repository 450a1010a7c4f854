"""Comments: text of people, and whom they mention."""

from typing import Annotated, Final

import msgspec
import re2
from msgspec import Meta

from query_api.views import View

MENTION: Final = re2.compile(r"(?:^|[\s(])@([a-z0-9][a-z0-9.\-]{0,39})")
MOST_MENTIONS: Final = 20


class NewComment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    body: Annotated[str, Meta(min_length=1, max_length=10_000)]


class Comment(View, frozen=True, kw_only=True):
    """`body` is Markdown as it was written; readers render it as text blocks, never as HTML."""

    comment_id: str
    issue_id: str
    author: str
    body: str
    at: int
    mentions: tuple[str, ...] = ()
    edited_at: int | None = None


class Comments(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Comment, ...]


def mentioned(body: str, people: dict[str, str]) -> tuple[str, ...]:
    """Person ids behind `@name`; `people`: lower-case name or start of the address -> id."""
    found = dict.fromkeys(people[name] for name in MENTION.findall(body.lower()) if name in people)
    return tuple(found)[:MOST_MENTIONS]
