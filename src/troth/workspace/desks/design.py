"""The design, alive: tokens as the style sheet has them, and every component from the template its pages use.

The figures on this page are invented, and the page says so. A change of a component, or of a colour, shows here at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from troth.engine.charts import fill
from troth.engine.charts.months import kept_rows
from troth.engine.findings import Account, Figure, PartFigure
from troth.terms.vocabulary import Part
from troth.workspace import parts
from troth.workspace.desks.accounts import account_view
from troth.workspace.desks.contexts import AccountView, Banner, Choice, Condition, Fact, Pages, Period, Quoted
from troth.workspace.desks.customer_contexts import Entry, EntryLine
from troth.workspace.desks.design_contexts import Contrast, DesignPage, SampleStage, Scheme, Token
from troth.workspace.desks.life_cycle_contexts import Agreement, Slot, StageCell
from troth.workspace.desks.ownership import BOTH, NOBODY, SPONSORED
from troth.workspace.desks.sentences import spoken
from troth.workspace.parts.contexts import Link, Number, Owner, Picture, Problem
from troth.workspace.studies.contexts import Head
from troth.workspace.studies.questions import AS_OF

TOKENS = Path(parts.__file__).parent / "static" / "parts" / "tokens.css"
TEXT, MARK = 4.5, 3.0
"""Contrast that text needs, and that edges and marks need (WCAG 2.2, 1.4.3 and 1.4.11)."""

PAIRS: tuple[tuple[str, str, float], ...] = (
    *(("ink", ground, TEXT) for ground in ("paper", "card", "wash", "accent-wash", "warn-wash")),
    *(("soft", ground, TEXT) for ground in ("paper", "card", "wash")),
    *(("accent", ground, TEXT) for ground in ("paper", "card")),
    ("paper", "accent", TEXT),
    ("warn", "warn-wash", TEXT),
    *((f"owner-{whose}", "card", MARK) for whose in ("brand", "service", "operating", "both", "none")),
    ("edge", "card", MARK),
)
"""What stands on what."""

OWNERS = (
    Owner("brand", "Brand & marketing"),
    Owner("service", "Service"),
    Owner("operating", "Operating"),
    BOTH,
    SPONSORED,
    NOBODY,
)
_REM = 16
_LINEAR, _LOW = 0.04045, 12.92


def design_page(study: Head | None) -> DesignPage:
    """Tokens, and one of each component."""
    light, dark = colours()
    return DesignPage(
        study=study,
        schemes=tuple(_scheme(name, colour) for name, colour in (("light", light), ("dark", dark))),
        steps=_tokens(r"step-[-\d]+"),
        spaces=_tokens(r"space-\d"),
        faces=_tokens(r"sans|serif"),
        sentence=spoken("Of *1,200* people who had a promise fall due in May 2024, *900 (75%)* had every promise kept."),
        numbers=(
            _number("Promises kept", "kept", 0.912, 0.904, 0.919),
            _number("Received : expected", "received-to-expected", 1.02, None, None, text="1.020"),
            Number(name="Promise skill", slug="promise-skill", value=None, n=0, text="no data", as_of="31 May 2024, 23:59"),
        ),
        facts=(Fact("Failures", "1,284", "of 9,120 promises"), Fact("Money at risk", "EUR 41,200", "33,900 to 49,700")),
        owners=OWNERS,
        account=_account(),
        months=_months(),
        shares=(_number("north", "kept", 0.94, 0.92, 0.96), _number("south", "kept", 0.78, 0.74, 0.82)),
        weeks=(2, 3, 3, 5, 4, 8, 13, 12),
        period=Period(
            "April to May 2024", date(2024, 4, 1), date(2024, 5, 31), whole=False,
            starts=(Choice("2024-04", "April 2024", chosen=True), Choice("2024-05", "May 2024")),
            ends=(Choice("2024-04", "April 2024"), Choice("2024-05", "May 2024", chosen=True)),
        ),
        conditions=(Condition("area that keeps it: Fulfilment", "#chips"),),
        chips=(Link("All due", "#chips", current=True), Link("Broken", "#chips"), Link("Open", "#chips")),
        banners=(
            Banner("The account is not calibrated.", "The record predicted 410 breaks and there were 520."),
            Banner("No charter is in force.", "Nobody has agreed a standard, so the standard part is 0.", calm=True),
        ),
        entries=_entries(),
        cells=_cells(),
        sample_stage=SampleStage("fulfilment"),
        pages=Pages(2, 7, 320, "#tables", "#tables"),
        exports=(Link("CSV", "#tables"), Link("Parquet", "#tables"), Link("JSON", "#tables")),
        problem=Problem(400, "The ledger cannot be sliced by “regoin”.", "by", "Did you mean “region”?"),
    )  # fmt: skip


@cache
def colours() -> tuple[dict[str, str], dict[str, str]]:
    """Name to colour, light and dark, as tokens.css has them."""
    light, dark, *_ = re.findall(r":root \{(.*?)\n\s*\}", TOKENS.read_text(encoding="utf-8"), re.DOTALL)
    found = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in (light, dark)]
    return found[0], {**found[0], **found[1]}


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21 (WCAG 2.2, “contrast ratio”)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (one / _LOW if one <= _LINEAR else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)


def _scheme(name: str, colour: Mapping[str, str]) -> Scheme:
    pairs = []
    for above, beneath, needs in PAIRS:
        ratio = contrast(colour[above], colour[beneath])
        pairs.append(Contrast(above, beneath, colour[above], colour[beneath], ratio, f"{ratio:.1f} : 1", needs, ratio >= needs))
    return Scheme(name, colour["paper"], colour["ink"], tuple(pairs))


def _tokens(pattern: str) -> tuple[Token, ...]:
    root = TOKENS.read_text(encoding="utf-8").partition("@media")[0]
    found = re.findall(rf"--({pattern}): ([^;]+);", root)
    return tuple(Token(name, value, f"{float(value[:-3]) * _REM:g}" if value.endswith("rem") else "") for name, value in found)


def _number(name: str, slug: str, value: float, low: float | None, high: float | None, text: str = "") -> Number:
    limits = "" if low is None or high is None else f"{low * 100:.1f} to {high * 100:.1f}%"
    return Number(
        name=name, slug=slug, value=value, low=low, high=high, n=4120, text=text or f"{value:.1%}", interval=limits,
        method="resampled by customer" if limits else "", coverage="98.2%", as_of="31 May 2024, 23:59",
    )  # fmt: skip


def _account() -> AccountView:
    invented = Account(
        where={}, due=4120, broken=362,
        allowance=PartFigure(206.0), expectation=PartFigure(121.0, 88.0, 154.0),
        standard=PartFigure(-12.0, -20.0, -5.0), delivery=PartFigure(47.0, 21.0, 73.0), interval="bootstrap",
    )  # fmt: skip
    whose = {
        Part.ALLOWANCE: BOTH,
        Part.EXPECTATION: Owner("brand", "brand & marketing officer"),
        Part.STANDARD: SPONSORED,
        Part.DELIVERY: Owner("operating", "operating areas"),
    }
    return account_view(invented, whose, mode=AS_OF, modes=())


def _months() -> Picture:
    rates = (0.93, 0.92, 0.94, 0.88, 0.86, 0.91)
    strip = [(f"2024-{place:02}", Figure(rate, rate - 0.02, rate + 0.02, 700)) for place, rate in enumerate(rates, start=1)]
    rows = kept_rows(strip, mean=Figure(0.91, 0.9, 0.92, 4120), part=set())
    return Picture("Kept rate by month, lowest in May.", fill("months", rows, width=520), fill("months", rows, width=270))


def _entries() -> tuple[Entry, ...]:
    def entry(hour: int, kind: str, name: str, line: EntryLine, *, quote: Quoted | None = None, day: str = "") -> Entry:
        at = datetime(2024, 5, 6, hour, 30, tzinfo=UTC)
        return Entry(at, day, f"{at:%H:%M}", "12:30 where they are", kind, name, (line,), line.state, quote, "order 1204", "#timeline")

    promised = EntryLine("“delivery date”", ("due 9 May 2024, 23:59",), "", "", ("12% of promises like it were expected to break",))
    return (
        entry(9, "promised", "Promised", promised, day="6 May 2024"),
        entry(11, "received", "Received", EntryLine("“delivery date”", ("3 h 10 min early",), "Kept", "good", ())),
        entry(15, "overdue", "Fell due, nothing received", EntryLine("“all in the box”", (), "Broken", "bad", ())),
        entry(16, "signal", "Words", EntryLine("problem", (), "", "", ("1 promise broken at that moment",)),
              quote=Quoted("One part is missing. Write to me at [e-mail].", "en")),
    )  # fmt: skip


def _cells() -> tuple[StageCell, ...]:
    fulfilment, service = Owner("operating", "Fulfilment"), Owner("service", "Service")
    agreed = (Agreement("delivery date", "8 days, keep 90%", "Fulfilment", agreed=True),)
    slots = (Slot("Expectation-setting", Owner("brand", "brand & marketing officer"), "+121", 121.0),
             Slot("Delivery", fulfilment, "+47", 47.0))  # fmt: skip
    kept = _number("Promises kept", "kept", 0.861, 0.85, 0.871)
    link = (Link("1. “delivery date” where region is north", "#strip"),)
    return (
        StageCell("Fulfilment", fulfilment, 4120, 362, kept, "below 90%", agreed, slots, link, "Fulfilment", "#strip", "#strip"),
        StageCell("Service", service, 300, 0, _number("Promises kept", "kept", 1.0, 0.99, 1.0, text="100%"), "",
                  (Agreement("first answer", "nothing agreed", "", agreed=False),), (), (), "", "#strip", ""),
        StageCell("Finance", Owner("operating", "Finance"), 0, 0, None, "", (), (), (), "", "", ""),
    )  # fmt: skip
