"""One-time codes of an authenticator (TOTP, RFC 6238), and the recovery codes beside them."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime
from io import BytesIO

import pyotp
import segno
from django.utils.crypto import salted_hmac

RECOVERY_CODES = 10
"""Recovery codes made at a time."""

STEP = 30
"""Seconds a code holds; one step before and one after are taken too, for clocks that go wrong."""

ISSUER = "Troth"


def new_salt() -> str:
    """What a person's secret is derived from, together with the workspace's key."""
    return secrets.token_hex(20)


def secret_of(salt: str) -> str:
    """The secret an authenticator is told, in Base32: 160 bits of HMAC-SHA-256 over the salt, keyed by the workspace's key."""
    digest = salted_hmac("troth.workspace.people.codes", salt, algorithm="sha256").digest()
    return base64.b32encode(digest[:20]).decode("ascii")


def step_of(salt: str, code: str, at: datetime) -> int | None:
    """The step whose code this is, if it is the one at ``at`` or a neighbour's; ``None`` where it is none."""
    code = code.replace(" ", "")
    if len(code) != 6 or not code.isascii() or not code.isdigit():  # noqa: PLR2004 - digits of a code
        return None
    maker = pyotp.TOTP(secret_of(salt), interval=STEP)
    now = int(at.timestamp()) // STEP
    return next((step for step in (now - 1, now, now + 1) if hmac.compare_digest(maker.generate_otp(step), code)), None)


def code_at(salt: str, at: datetime) -> str:
    """The code an authenticator shows at an instant."""
    return pyotp.TOTP(secret_of(salt), interval=STEP).at(at)


def address_of(salt: str, name: str) -> str:
    """The ``otpauth:`` address an authenticator reads."""
    return pyotp.TOTP(secret_of(salt), interval=STEP).provisioning_uri(name=name, issuer_name=ISSUER)


def qr_svg(text: str) -> str:
    """A QR code as inline SVG: a path and no style, so that the page's policy takes it."""
    out = BytesIO()
    segno.make(text, micro=False, error="m").save(
        out, kind="svg", xmldecl=False, svgns=True, omitsize=True, svgclass="qr", lineclass=None, dark="#000", light="#fff", border=4
    )
    return out.getvalue().decode("utf-8")


def new_recovery_codes() -> list[str]:
    """Fresh recovery codes, 80 bits each: ``abcd-efgh-ijkl-mnop``."""
    made = (base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower() for _ in range(RECOVERY_CODES))
    return ["-".join(code[place : place + 4] for place in range(0, 16, 4)) for code in made]


def plain_code(code: str) -> str:
    """A recovery code as it is hashed: without dashes and spaces, in small letters."""
    return "".join(code.split()).replace("-", "").lower()
