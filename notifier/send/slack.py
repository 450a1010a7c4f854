"""Slack by its web API (slack-sdk): post, change, answer in the thread; incoming webhooks as the simple form."""

from typing import Any, Final

import aiohttp
import msgspec
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from notifier.channels.slack import Talk, failed, post
from notifier.channels.wire import Answer, Request, said
from notifier.classify import http
from notifier.plan import Content, Post, Rendered
from notifier.rows import Claimed
from notifier.send.courier import Enter
from notifier.send.guard import Web
from notifier.verdicts import Accepted, Fault, GiveUp, TryAgain, Unclear, Verdict

EVENT: Final = "gregor_delivery"
HOOK: Final = "https://"


class SlackCourier:
    """An address is a channel or user id (with the installation's token), or an incoming webhook's URL."""

    room = 8

    def __init__(self, web: Web, token: str, public_url: str, api: str = "https://slack.com/api/") -> None:
        self.web = web
        self.token = token
        self.api = api
        self.public_url = public_url
        self.client: AsyncWebClient | None = None
        self.session: aiohttp.ClientSession | None = None

    def render(self, content: Content, row: Claimed) -> Post:
        return post(content, row.delivery_id, self.public_url)

    async def send(self, rendered: Rendered, address: str, row: Claimed, *, deadline_s: float, enter: Enter) -> Verdict:
        assert isinstance(rendered, Post)
        if address.startswith(HOOK):
            return await self._hook(rendered, address, deadline_s, enter)
        if not self.token:
            return GiveUp(Fault.REFUSED, "", "no Slack token is configured (GREGOR_SECRET_SLACK_TOKEN)")
        try:
            return await self._speak(rendered, address, row, deadline_s=deadline_s, enter=enter)
        except SlackApiError as error:
            return _refused(error.response)
        except aiohttp.ClientConnectorError as error:
            return TryAgain(Fault.DOWN, "", type(error).__name__)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return Unclear("", type(error).__name__)

    async def close(self) -> None:
        if self.session is not None:
            await self.session.close()

    async def _speak(self, rendered: Post, address: str, row: Claimed, *, deadline_s: float, enter: Enter) -> Verdict:
        """The first message of an episode stands in the channel; later ones change it and answer in its thread."""
        client = self._client(deadline_s)
        talk = msgspec.json.decode(rendered.body, type=Talk)
        place, _, root = (row.thread or "").partition(":")
        if row.lost and (there := await self._there(client, address, row)):
            return Accepted(provider_id=there, thread_ref=row.thread or f"{address}:{there}", detail="found at Slack")
        marked = {"event_type": EVENT, "event_payload": {"delivery_id": row.delivery_id}}
        if root:
            await client.chat_update(channel=place, ts=root, text=talk.text, blocks=talk.blocks)
            await enter()
            answer = await client.chat_postMessage(
                channel=place, thread_ts=root, text=rendered.note, metadata=marked, unfurl_links=False
            )
        else:
            await enter()
            answer = await client.chat_postMessage(
                channel=address,
                text=talk.text,
                blocks=talk.blocks,
                metadata=marked,
                unfurl_links=False,
                unfurl_media=False,
            )
        ts, channel = str(answer["ts"]), str(answer["channel"])
        return Accepted(provider_id=ts, thread_ref=row.thread or f"{channel}:{ts}")

    async def _there(self, client: AsyncWebClient, address: str, row: Claimed) -> str:
        """Our message, if an attempt whose answer was lost left it there. Without the right to look: empty."""
        place, _, root = (row.thread or "").partition(":")
        oldest = str(row.decided_at / 1000)
        try:
            if root:
                answer = await client.conversations_replies(
                    channel=place, ts=root, oldest=oldest, include_all_metadata=True
                )
            else:
                answer = await client.conversations_history(channel=address, oldest=oldest, include_all_metadata=True)
        except SlackApiError:
            return ""
        messages: list[dict[str, Any]] = answer.get("messages", [])
        return next((str(one["ts"]) for one in messages if _is_ours(one, row.delivery_id)), "")

    async def _hook(self, rendered: Post, address: str, deadline_s: float, enter: Enter) -> Verdict:
        """No ids, no threads: each step is a message of its own."""
        request = Request(
            url=address, headers={"content-type": "application/json"}, body=rendered.body.encode(), guarded=True
        )
        await enter()
        answer = await self.web.ask(request, deadline_s)
        return http(answer.status, said(answer), answer.retry_after_s) if isinstance(answer, Answer) else answer

    def _client(self, deadline_s: float) -> AsyncWebClient:
        """No retries of its own: they would sleep here, and attempts are rows."""
        if self.client is None:
            self.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=deadline_s), trust_env=False)
            self.client = AsyncWebClient(
                token=self.token, base_url=self.api, timeout=int(deadline_s), session=self.session, retry_handlers=[]
            )
        return self.client


def _refused(response: Any) -> Verdict:
    status = response.status_code if isinstance(response, AsyncSlackResponse) else int(response.get("status", 500))
    headers = response.headers if isinstance(response, AsyncSlackResponse) else {}
    wait = headers.get("Retry-After", "0")
    return failed(str(response.get("error", "")), status, float(wait) if wait.isdigit() else 0.0)


def _is_ours(message: dict[str, Any], delivery_id: str) -> bool:
    payload = message.get("metadata", {}).get("event_payload", {})
    return bool(payload.get("delivery_id") == delivery_id)
