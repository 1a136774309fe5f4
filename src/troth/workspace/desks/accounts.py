"""The break account as pages show it: parts with owners, the sentence that says whose the gap is, the waterfall (domain.md d5, d7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from troth.engine.charts import fill
from troth.engine.charts.waterfall import LABEL, parts_of, undecomposed_broken, waterfall_rows, whole_parts
from troth.engine.findings import Account, PartFigure
from troth.terms.vocabulary import Part
from troth.workspace.desks.contexts import AccountPart, AccountView, Banner, PartCount, Reason, Sentence
from troth.workspace.desks.ownership import NOBODY, owners
from troth.workspace.desks.sentences import spoken
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Link, Number, Owner, Picture
from troth.workspace.studies.questions import AS_OF
from troth.workspace.studies.reading import OpenStudy

CROSS_FITTED = "cross-fitted"
MODES: dict[str, str] = {
    AS_OF: "Each promise is judged by the record as it was known when the promise was made. Read levels and changes over time from it.",
    CROSS_FITTED: (
        "Each promise is judged by the record of the whole period without its own part. Read who and where from it, not changes of level."
    ),
}

MEANING: dict[tuple[Part, bool], str] = {
    (Part.ALLOWANCE, True): "what the keep target accepts to miss",
    (Part.ALLOWANCE, False): "nothing is accepted to be missed",
    (Part.EXPECTATION, True): "promised beyond agreement and record",
    (Part.EXPECTATION, False): "breaks bought off with slower promises",
    (Part.STANDARD, True): "agreed beyond what the record shows",
    (Part.STANDARD, False): "agreed less than the record shows",
    (Part.DELIVERY, True): "worse than the record predicted",
    (Part.DELIVERY, False): "better than the record predicted",
}

LED_BY: dict[Part, str] = {
    Part.EXPECTATION: "the promise was set beyond the record",
    Part.STANDARD: "the agreement asks more than the record shows can be done",
    Part.DELIVERY: "it went worse than the record predicted",
}
UNTOLD_DELIVERY = "that cannot be told from what the record predicted"
UNKNOWN = "unknown"
MOST, NEARLY_ALL = 0.5, 0.9
"""From which share of the gap beyond the allowance a part is called most of it, and nearly all of it."""


def part_owners(opened: OpenStudy) -> dict[Part, Owner]:
    """Owners of the parts for this study's areas."""

    def areas(column: str) -> tuple[str, ...]:
        return opened.values(column) if column in opened.dimensions else ()

    return owners(opened.study.reading.charter, areas("made_by"), areas("kept_by"))


def fills(owned: dict[Part, Owner]) -> dict[Part, str]:
    """Theme words of the owners, for charts."""
    return {part: f"$owner-{owner.key}" for part, owner in owned.items()}


def account_view(
    account: Account,
    owned: dict[Part, Owner],
    *,
    mode: str,
    modes: Sequence[Link],
    skill: Number | None = None,
    banners: Sequence[Banner] = (),
) -> AccountView:
    """One account with its words and its picture.

    :param skill: promise skill of the same promises, to be read with expectation-setting.
    :param banners: what must be known before the parts are read.
    """
    counted = whole_parts(account)
    parts = [
        _part(part, figure, counted[part], owned[part], skill if part is Part.EXPECTATION else None) for part, figure in parts_of(account)
    ]
    missing = undecomposed_broken(account)
    if not decomposed(account):
        parts = [replace(part, count=UNKNOWN) for part in parts]
    if account.undecomposed:
        parts.append(
            AccountPart(
                key="undecomposed",
                name="Not decomposed",
                owner=NOBODY,
                count=wording.whole(missing),
                value=float(missing),
                interval="",
                low=None,
                high=None,
                aware=None,
                bracket="",
                meaning="no record to judge them by; counted, never shared out",
            )
        )
    return AccountView(
        sentence=account_sentence(account, owned, doubted=doubtful(banners)),
        due=account.due,
        broken=account.broken,
        parts=tuple(parts),
        reasons=tuple(Reason(reason, promises, broken) for reason, (promises, broken) in account.undecomposed.items()),
        mode=mode,
        mode_words=MODES[mode],
        modes=tuple(modes),
        banners=tuple(banners),
        legend=_legend(account),
        picture=waterfall(account, owned) if account.broken else None,
    )


def doubtful(banners: Sequence[Banner]) -> bool:
    """A banner warns that the account may not be believed."""
    return any(not banner.calm for banner in banners)


def account_sentence(account: Account, owned: dict[Part, Owner], *, doubted: bool = False) -> Sentence:
    """In whole numbers: how many are broken, how many of them were agreed to, and whose the rest mostly is.

    :param doubted: the calibration gate says that the account may not be believed (domain.md d4): then nobody is named.
    """
    if not account.broken:
        return spoken("No promise that fell due was broken.")
    missing = undecomposed_broken(account)
    explained = account.broken - missing
    broken = f"Of *{wording.whole(account.broken)}* broken promises, "
    if missing:
        broken += f"*{wording.whole(explained)}* have a record to judge them by. "
        if not explained:
            return spoken(f"{broken}So nobody’s share can be told yet.")
        broken += "Of these, "
    counted = whole_parts(account)
    allowance = counted[Part.ALLOWANCE]
    agreed = f"{broken}the keep target accepts *{wording.whole(allowance)}*. "
    gap = explained - allowance
    if gap == 0:
        return spoken(f"{agreed}None is beyond it.")
    if gap < 0:
        return spoken(f"{agreed}That is {wording.whole(-gap)} more than were broken: as a whole, the word was kept better than agreed.")
    part, size = max(((part, size) for part, size in counted.items() if part is not Part.ALLOWANCE), key=lambda pair: pair[1])
    share = size / gap
    lead = (
        "the largest part is"
        if size > gap
        else "nearly all are"
        if share >= NEARLY_ALL
        else "most are"
        if share >= MOST
        else "the largest part is"
    )
    offset = " (other parts took some away)" if size > gap else ""
    beyond = f"{agreed}Of the *{wording.whole(gap)}* beyond it, {lead} *{LABEL[part].lower()}*, {wording.whole(size)}{offset}"
    if doubted:
        return spoken(f"{beyond}, as computed. But the account is not calibrated, so it cannot say whose they are.")
    figure = dict(parts_of(account))[part]
    led_by = UNTOLD_DELIVERY if part is Part.DELIVERY and holds_nothing(figure) else LED_BY[part]
    return spoken(f"{beyond}: {led_by}. That part belongs to {_the(owned[part].words)}.")


def bracket(figure: PartFigure) -> str:
    """From one reading to the other, smaller first; empty where there is one reading alone."""
    if figure.aware is None or round(figure.aware) == round(figure.value):
        return ""
    low, high = sorted((figure.aware, figure.value))
    return f"{wording.whole(low)} to {wording.whole(high)}"


def part_counts(account: Account | None) -> tuple[PartCount, ...]:
    """The five counts of a table row, with their intervals."""
    if account is None:
        return (PartCount("", ""),) * 5
    known = decomposed(account) or not account.due  # of what could not be decomposed the parts are unknown, and not nothing
    counted = whole_parts(account)
    parts = (PartCount(wording.whole(counted[part]) if known else UNKNOWN, interval(figure)) for part, figure in parts_of(account))
    return (*parts, PartCount(wording.whole(undecomposed_broken(account)), ""))


def decomposed(account: Account) -> int:
    """Promises of an account that the parts speak of."""
    return account.due - sum(promises for promises, _ in account.undecomposed.values())


def interval(figure: PartFigure) -> str:
    """The 95% limits of a part; empty where there are none, or where they are the part itself."""
    if figure.low is None or figure.high is None or (figure.low, figure.high) == (0.0, 0.0):
        return ""
    return f"{wording.whole(figure.low)} to {wording.whole(figure.high)}"


def _part(part: Part, figure: PartFigure, count: int, owner: Owner, skill: Number | None) -> AccountPart:
    return AccountPart(
        key=str(part),
        name=LABEL[part],
        owner=owner,
        count=wording.whole(count),
        value=figure.value,
        interval=interval(figure),
        low=figure.low,
        high=figure.high,
        aware=figure.aware,
        bracket=bracket(figure),
        meaning=_meaning(part, figure),
        skill=skill,
    )


def _meaning(part: Part, figure: PartFigure) -> str:
    """What a part of that sign says; of delivery, whether it can be told from nothing."""
    if part is Part.DELIVERY and holds_nothing(figure):
        return "not to be told from what the record predicted"
    return MEANING[part, figure.value >= 0]


def holds_nothing(figure: PartFigure) -> bool:
    """The part may as well be 0: its limits lie on both sides."""
    return figure.low is not None and figure.high is not None and figure.low < 0 < figure.high


def waterfall(account: Account, owned: dict[Part, Owner]) -> Picture:
    """The account drawn, each part in its owner's colour."""
    whose = {part: _short(owner) for part, owner in owned.items()}
    rows = waterfall_rows(account, whose=whose, fills=fills(owned))
    said = ", ".join(f"{row['name'].lower()} {row['count']}" for row in rows)
    return Picture(f"Waterfall of the break account: {said}.", fill("waterfall", rows), fill("waterfall-narrow", rows))


def _legend(account: Account) -> str:
    figures = [figure for _, figure in parts_of(account)]
    drawn = any(figure.low is not None for figure in figures)
    said = [f"Line: 95% interval of the part ({account.interval})." if drawn else f"{account.interval.capitalize()}."]
    if any(figure.aware is not None for figure in figures):
        said.append("Diamond: the same part as a model that also knew the promise would have it; the truth lies between bar and diamond.")
    return " ".join(said)


_SHORT = {
    "brand": "brand & marketing",
    "service": "service",
    "operating": "operating",
    "sponsored": "operating + both",
    "both": "both officers",
}


def _short(owner: Owner) -> str:
    """An owner in the width of a column."""
    return {"area that made the promise": "who made it", "area that keeps it": "who keeps it"}.get(owner.words, _SHORT[owner.key])


def _the(words: str) -> str:
    """An owner inside a sentence."""
    return words if words.startswith(("operating areas", "brand & marketing areas", "service areas", "both")) else f"the {words}"
