"""The channels of an installation, as its configuration has them."""

from collections.abc import Mapping
from functools import partial

from notifier.addresses import Outside
from notifier.channels import pagerduty, sms, webhook
from notifier.channels.mail import Letterhead
from notifier.config import NotifierConfig
from notifier.send.courier import Courier
from notifier.send.guard import Web
from notifier.send.http import Board, Form, HttpCourier
from notifier.send.mail import MailCourier, Mailer, Relay
from notifier.send.slack import SlackCourier
from schemas.kinds import Channel


def couriers(config: NotifierConfig) -> Mapping[Channel, Courier]:
    public_url = config.public_url.rstrip("/")
    web = Web(outside(config))
    found: dict[Channel, Courier] = {
        Channel.EMAIL: _mail(config, public_url),
        Channel.SLACK: SlackCourier(web, config.secret_slack_token, public_url),
        Channel.WEBHOOK: HttpCourier(web, WEBHOOK, public_url),
        Channel.PAGERDUTY: HttpCourier(web, PAGERDUTY, public_url),
        Channel.DASHBOARD: Board(),
    }
    if config.twilio_account:
        found[Channel.SMS] = HttpCourier(web, sms_form(_account(config)), public_url)
    return found


WEBHOOK = Form(post=webhook.post, request=webhook.request, read=webhook.read)
PAGERDUTY = Form(post=pagerduty.post, request=pagerduty.request, read=pagerduty.read)


def sms_form(account: sms.Account) -> Form:
    return Form(
        post=sms.post,
        request=partial(sms.request, account=account),
        read=sms.read,
        doubles=True,
        find=partial(sms.find, account=account),
        found=sms.found,
    )


def outside(config: NotifierConfig) -> Outside:
    ports = frozenset(int(port) for port in config.outgoing_ports.split(","))
    return Outside(ports=ports, plain_http=config.outgoing_http, private=config.outgoing_private)


def _account(config: NotifierConfig) -> sms.Account:
    return sms.Account(
        sid=config.twilio_account,
        token=config.secret_twilio_token,
        sender=config.twilio_sender,
        callback=config.twilio_callback.rstrip("/"),
    )


def _mail(config: NotifierConfig, public_url: str) -> MailCourier:
    relay = Relay(
        host=config.smtp_host,
        port=config.smtp_port,
        user=config.smtp_user,
        password=config.secret_smtp_password,
        tls=config.smtp_tls,
        connections=config.smtp_connections,
    )
    return MailCourier(Mailer(relay), Letterhead(config.mail_from, public_url))
