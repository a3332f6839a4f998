"""E-mail (.eml) into text: the body, as plain text where the message has it; attachments are not read."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final

from mvl_classify.errors import InputError

_SEALED: Final = frozenset({"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})


def mail_body(data: bytes, name: str) -> tuple[EmailMessage, str | None]:
    """Return the part of a message that holds its text, and a note on attachments.

    Raises InputError when the bytes are no e-mail, or one that is encrypted or without text.
    """
    message = message_from_bytes(data, policy=policy.default)
    if not isinstance(message, EmailMessage) or not message.keys():
        raise InputError(f"{name}: is not an e-mail (it has no header lines).")
    if message.get_content_type() in _SEALED and message.get_param("smime-type") != "signed-data":
        raise InputError(f"{name}: is encrypted; save it decrypted.")
    body = message.get_body(preferencelist=("plain", "html"))
    if not isinstance(body, EmailMessage):
        raise InputError(f"{name}: holds no text.")
    if not is_html(body) and not _content(body).strip():
        other = message.get_body(preferencelist=("html",))
        body = other if isinstance(other, EmailMessage) else body
    return body, _left_out(message, name)


def is_html(body: EmailMessage) -> bool:
    """Tell whether a part is HTML."""
    return body.get_content_type() == "text/html"


def mail_text(body: EmailMessage, name: str) -> str:
    """Return the text of a part."""
    text = _content(body)
    if is_html(body):
        from mvl_classify.webpage import webpage_text

        return webpage_text(text, name)
    return text.replace("\r\n", "\n")


def _content(body: EmailMessage) -> str:
    """Return a part's characters; what its charset cannot read is read as UTF-8 as well as that goes."""
    try:
        return str(body.get_content())
    except (LookupError, KeyError, ValueError):
        raw = body.get_payload(decode=True)
        return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""


def _left_out(message: EmailMessage, name: str) -> str | None:
    count = sum(1 for part in message.walk() if part.get_content_disposition() == "attachment")
    if not count:
        return None
    what = "attachment is" if count == 1 else "attachments are"
    return f"{name}: {count} {what} not read; save and score what matters apart."
