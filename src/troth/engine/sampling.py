"""Whole clusters drawn by a hash of their key: the same ones on every engine and every time."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

DIGITS = 7


def drawn(key: ir.StringValue, share: float, salt: str) -> ir.BooleanValue:
    """Whether a cluster is among those drawn; never NULL where the key is none.

    :param share: of all clusters, 0 to 1. :param salt: draws of different salts have nothing to do with each other.
    """
    if share >= 1:
        return ibis.literal(True)
    return (ibis.literal(f"{salt} ") + key).hexdigest("md5").substr(0, DIGITS) < f"{round(share * 16**DIGITS):0{DIGITS}x}"
