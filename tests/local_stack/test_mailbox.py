"""Caught mails, read back."""

from local_stack import mailbox

PLAIN = (
    b"X-Envelope-From: a@x\r\nX-Envelope-To: b@x, c@x\r\n"
    b"From: Gregor <g@x>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nhello\r\n"
)
BOTH = (
    b"From: g@x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\nplain\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>rich</p>\r\n--b--\r\n"
)


def test_mails_are_numbered_from_the_oldest(tmp_path) -> None:
    (tmp_path / "0000000002000-00001.eml").write_bytes(PLAIN)
    (tmp_path / "0000000001000-00007.eml").write_bytes(PLAIN)
    (tmp_path / ".0000000003000-00001.new").write_bytes(b"half")
    found = [(mail.number, mail.caught_at, mail.to, mail.sender, mail.subject) for mail in mailbox.mails(tmp_path)]
    assert found == [(1, 1000, "b@x, c@x", "Gregor <g@x>", "Grüße"), (2, 2000, "b@x, c@x", "Gregor <g@x>", "Grüße")]


def test_the_text_is_preferred_unless_html_is_asked_for(tmp_path) -> None:
    (tmp_path / "1-1.eml").write_bytes(BOTH)
    message = mailbox.read(tmp_path / "1-1.eml")
    assert mailbox.body(message).strip() == "plain"
    assert mailbox.body(message, html=True).strip() == "<p>rich</p>"
