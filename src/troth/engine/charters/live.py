"""What became of the promises each line speaks of: was the word kept, and whose is the gap, line by line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import ibis.expr.types as ir

from troth.engine.charters.missing import current
from troth.engine.findings import Account, Integrity
from troth.engine.gaps.account import account
from troth.engine.promises.integrity import integrity
from troth.engine.promises.lines import matching_line
from troth.terms.charter import Charter


@dataclass(frozen=True, slots=True)
class LineGap:
    """The promises of one line.

    :param where: the keys the line names. :param kept: was our word kept; ``None`` where nothing on record is the line's.
    :param parts: the break account of the same promises, as it stands in the study; ``None`` likewise.
    """

    where: Mapping[str, str]
    kept: Integrity | None
    parts: Account | None


def line_gaps(
    ledger: ir.Table, coded: ir.Table, settings: ir.Table, draws: ir.Table | None, charter: Charter, *, as_of: datetime, zone: str = "UTC"
) -> tuple[LineGap, ...]:
    """The gap of every line, in the order of the charter: each promise counts with the most specific line that names it.

    A draft may be asked. Verdicts, weights and parts stay those of the study: only the slices are the draft's.

    :param ledger: what :func:`troth.judge` gives. :param coded: the same rows with the codes that ``settings`` and ``draws`` go by.
    :param charter: lines of earlier versions are left out. :param as_of: the instant the ledger was judged at.
    """
    lines = current(charter)
    rows = ledger.mutate(line=matching_line(ledger, lines))
    kept = {row.where["line"]: row for row in integrity(rows, ("line",), as_of=as_of, charter=lines, zone=zone)}
    parts = {row.where["line"]: row for row in account(coded, settings, draws, {"line": matching_line(coded, lines)})}
    return tuple(LineGap(line.keys, kept.get(position), parts.get(position)) for position, line in enumerate(lines.lines))
