"""What a study says of an issue: where, how much, since when, whose, at what price, in whose words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from troth.engine.findings import NO_DATA, Figure
from troth.engine.issues.cubes import MONTH, WHAT
from troth.engine.issues.forming import Mostly
from troth.engine.issues.owning import leading
from troth.engine.issues.spell import Spell
from troth.engine.money import Money, whole_parts
from troth.engine.money.result import in_words
from troth.engine.nouns import counted

FAILURES, ISSUES = "failures.parquet", "issues.json"
"""Files of a study."""

UNASSIGNED, TOTAL = "unassigned", "total"
"""Failures of no issue; and everything, to which issues and unassigned add up."""

EARLIER_CONTACT = "an earlier contact"
MOST_AFTER = 3
"""What had failed before, named in a sentence."""
AT_LEAST = "a lower limit: "
"""How the method begins of money of which a part is unknown."""
NO_WORDS = "no words yet"
"""Where fewer than a handful of people wrote, or no three of them words of their own that speak of the failure (article sentence S0.7)."""


def named(rule: Mapping[str, str | None]) -> str:
    """A rule in words: “delivery date” where region is Northeast and carrier is Jangada Cargas."""
    where = [f"{name.replace('_', ' ')} is {_value(name, value)}" for name, value in rule.items() if name != WHAT]
    if not rule:
        return ""
    what = f"“{rule[WHAT]}”"
    return f"{what} where {' and '.join(where)}" if where else f"{what}, everywhere else"


def mostly_words(one: Mostly) -> str:
    """What most failures have in common in words: queue is INFO (71%)."""
    return f"{common_words(one)} ({one.share:.0%})"


def common_words(one: Mostly) -> str:
    """The same without its share: queue is INFO."""
    return f"{one.column.replace('_', ' ')} is {_value(one.column, one.value)}"


def _value(name: str, value: str | None) -> str:
    if value is None:
        return "unknown"
    return f"{date.fromisoformat(value):%B %Y}" if name == MONTH else value


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wrote, personal data masked.

    :param named: it is on record whose customer's it is; texts of nobody are told apart by what they say.
    """

    text: str
    language: str
    named: bool = True


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue of a study; or the failures of none (``unassigned``), or all of them (``total``) (domain.md e1).

    :param where: its key, the same from study to study as long as its rule is.
    :param rank: 1 costs most. :param rule: what failed, and dimension to value (``None`` is unknown).
    :param failures: episodes, each one failure whatever followed. :param exposed: promises due, or interactions, that could have failed;
        ``failed`` those of them that did, several of one matter each by itself.
    :param excess: failures beyond what was to be expected. :param held_against: ``its like``, ``the charter``, or ``the usual target``
        where it has no line.
    :param p: chance of a slice like it where nothing is localised. :param known: its rule was kept from an earlier study.
    :param mostly: what most of its failures have in common beside the rule: one queue of an area.
    :param customers: people hit, each counted once. :param contacts: times somebody asked again; ``repeats`` beyond the first of a failure.
    :param parts: part of the break account to broken promises, with what could not be decomposed; empty where no promise is broken.
    :param part: the largest of the three parts somebody owns. :param step: the step of the delivery that took longest beyond the record.
    :param areas: area to share of it, ``unknown`` among them; they sum to 1. :param spell: the weeks, or days, in which it was worst.
    :param remedial: cash on record. :param modelled: margin of 12 months that leaves with customers.
    :param lost_sales: margin of sales that did not come about and go along with it, by the shares of an answer; no cash either.
    :param money: all three.
    :param lost: customers expected to leave for it. :param why_no_leaving: where leaving is not in the money, why.
    :param yearly: money at risk a year, at the pace of the latest quarter; unknown of what is over. :param delay: what a month of waiting
        costs, likewise.
    :param hours: staff hours its costs stand for; ``customer_hours`` hours it took the customers. ``None`` where no row tells any.
    :param let_down: people it let down, those who said nothing among them: counted where the record sees it whether or not anybody
        speaks, else estimated. :param silent: of them, people who neither asked nor complained.
    :param points: points of score or severity lost (pain), never merged with money.
    :param words: what three different people wrote; fewer are none (:data:`NO_WORDS`), as where fewer than a handful of its people wrote.
        They are of the first of ``mostly``, where there is any: they speak for what the issue mostly is.
    :param written: of how many of those failures a text is on record; ``written_of`` how many there are. ``None`` where not told.
    :param confidence: ``measured``, ``likely`` or ``guessed``: how well it is known what drives it.
    :param calibrated: the account of its promise passed its gate; without that its parts cannot say whose its failures are.
    :param parts_low: part to its lower 95% limit, by the bootstrap of the break account; a part without limits is left out.
    :param parts_high: likewise the upper one. :param why_no_spell: where no spell is told, why: none stands out, or none was looked for.
    """

    where: Mapping[str, Any]
    rank: int | None
    rule: Mapping[str, str | None] = field(metadata={"flat": named})
    failures: int
    exposed: int | None
    failed: int | None
    excess: Figure
    held_against: str
    p: float | None
    known: bool
    customers: int
    contacts: int
    repeats: int
    complaints: int
    returns: int
    low_scores: int
    parts: Mapping[str, float]
    part: str | None
    step: str | None
    areas: Mapping[str, float]
    spell: Spell | None = field(metadata={"flat": lambda spell: None if spell is None else spell.words})
    remedial: Money
    modelled: Money
    lost_sales: Money
    money: Money
    lost: Figure
    why_no_leaving: str
    yearly: Money
    delay: Money
    mostly: tuple[Mostly, ...] = field(default=(), metadata={"flat": lambda mostly: "; ".join(mostly_words(one) for one in mostly)})
    hours: int | None = None
    customer_hours: int | None = None
    let_down: Figure = NO_DATA
    silent: Figure = NO_DATA
    points: Figure = NO_DATA
    words: tuple[Words, ...] = field(default=(), metadata={"flat": lambda words: [one.text for one in words]})
    confidence: str = "guessed"
    parts_low: Mapping[str, float] = field(default_factory=dict)
    parts_high: Mapping[str, float] = field(default_factory=dict)
    calibrated: bool = True
    why_no_spell: str = ""
    written: int | None = None
    written_of: int | None = None

    @property
    def written_words(self) -> str:
        """Of how many failures there are words: ``2 of 1,254 failures where queue is INFO have words on record``; empty where not told."""
        if self.written is None or self.written_of is None:
            return ""
        where = f" where {common_words(self.mostly[0])}" if self.mostly else ""
        return f"{self.written:,} of {counted(self.written_of, 'failure')}{where} {'has' if self.written == 1 else 'have'} words on record"

    @property
    def at_least(self) -> bool:
        """Its money is a lower limit, as a part of it is unknown: cash in a currency without a rate, or what leaving would cost.

        Of the total that is in its method, as a part is unknown where it is of any issue, or of what is unassigned.
        """
        if self.money.value is None:
            return False
        some = self.failures > 0 and self.where["issue"] != TOTAL
        unknown = self.remedial.value is None or (some and self.modelled.value is None)
        return unknown or self.money.method.startswith(AT_LEAST)

    @property
    def when(self) -> str:
        """When it was worst in words; where no days of it stand out, the month its rule names; empty where nothing tells."""
        if self.spell is not None:
            return self.spell.words
        month = self.rule.get(MONTH)
        return f"in {_value(MONTH, month)}" if month else ""

    @property
    def leading(self) -> tuple[str, ...]:
        """The part that leads, and those it does not lead for certain; empty where none does."""
        return leading(self.part, self.parts, self.parts_low, self.parts_high)

    @property
    def part_words(self) -> str:
        """What leads in words: ``delivery``, or ``delivery or expectation-setting`` where their limits do not tell them apart."""
        return " or ".join(self.leading)


@dataclass(frozen=True, slots=True)
class FailureDemand:
    """Contacts that would not be, had nothing failed before them (Seddon; domain.md M18). A measure of the system, never of an agent.

    :param contacts: all that came in. :param failure: after something had failed, or that settled nothing before. :param other: about a
        subject of which nothing had failed. :param unclassified: about nothing in particular; they are in the share as no failure.
    :param share: of all contacts that are failure demand. :param people: who had to ask; ``people_in_all`` who asked at all.
    :param cost: of these contacts, where cost lines of contacts are on record. :param after: what had failed to contacts, the most first.
    """

    contacts: int
    failure: int
    other: int
    unclassified: int
    share: Figure
    people: int
    people_in_all: int
    cost: Money
    after: Mapping[str, int]


def demand_from(record: Mapping[str, Any]) -> FailureDemand:
    """Failure demand again, from what :func:`dataclasses.asdict` and JSON made of it."""
    return FailureDemand(**{**record, "share": Figure(**record["share"]), "cost": money_from(record["cost"])})


def demand_words(one: FailureDemand, amount: Callable[[Money], str] = in_words) -> str:
    """Failure demand in a sentence.

    :param amount: how money is written where the sentence stands.
    """
    if not one.contacts:
        return "No contact is on record, so failure demand is unknown."
    limits = "" if one.share.low is None or one.share.high is None else f" [{one.share.low:.0%}, {one.share.high:.0%}]"
    people = (
        f" {one.people:,} of {counted(one.people_in_all, 'person who asked', 'people who asked')} had to."
        if one.people_in_all
        else " Who asked is not on record."
    )
    cost = "What they cost is unknown."
    if one.cost.value is not None and one.cost.low is not None and one.cost.high is not None:
        cost = f"They cost {amount(one.cost)}."
    first = sorted(one.after.items(), key=lambda item: (-item[1], item[0]))[:MOST_AFTER]  # a study's file keeps names in their own order
    after = ", ".join(f"{name if name == EARLIER_CONTACT else f'“{name}”'} {number:,}" for name, number in first)
    unclassified = (
        f" {counted(one.unclassified, 'is', 'are')} about nothing in particular and cannot be classified." if one.unclassified else ""
    )
    share = f"{one.share.value or 0.0:.0%}{limits}"
    said = f"Failure demand: {one.failure:,} of {counted(one.contacts, 'contact')}, {share}, came after something had failed."
    return f"{said}{people} {cost}{f' Most after {after}.' if after else ''}{unclassified}"


def anyway_words(anyway: Money, amount: Callable[[Money], str] = in_words) -> str:
    """Cash of nothing that failed in a sentence; empty where there is none.

    :param amount: how money is written where the sentence stands.
    """
    if not anyway.value:
        return ""
    least = "at least " if anyway.method.startswith(AT_LEAST) else ""
    return (
        f"Cash that goes along with nothing that failed: {least}{amount(anyway)}. By the record it would have been "
        "spent anyway, so it is in no money at risk."
    )


def hours_words(total: Issue) -> str:
    """Hours of customers and of staff in a sentence."""
    of_customers = "unknown" if total.customer_hours is None else f"{total.customer_hours:,}"
    of_staff = "unknown" if total.hours is None else f"{total.hours:,}"
    return f"Hours all failures took: of customers {of_customers}, of staff {of_staff}."


def whole_money(rows: Sequence[Issue]) -> dict[str, tuple[int | None, ...]]:
    """Key to cash, margin, lost sales and all three in whole units, as they are printed: they add up along each row and down to the total.

    :param rows: issues, ``unassigned`` and ``total``.
    """
    parts = {str(row.where["issue"]): tuple(money.value for money in (row.remedial, row.modelled, row.lost_sales)) for row in rows}
    each, total = whole_parts({key: of for key, of in parts.items() if key != TOTAL}, parts.get(TOTAL, (None, None, None)))
    told = {**each, **({TOTAL: total} if TOTAL in parts else {})}
    known = {str(row.where["issue"]): row.money.value is not None for row in rows}
    return {key: (*of, sum(part or 0 for part in of) if known[key] else None) for key, of in told.items()}


def issue_from(record: Mapping[str, Any]) -> Issue:
    """The issue again, from what :func:`dataclasses.asdict` and JSON made of it."""
    untold = {"value": None, "low": None, "high": None, "currency": record["money"]["currency"], "method": "not told by the first studies"}
    nothing = asdict(NO_DATA)
    told: dict[str, Any] = {
        "failed": None,
        "mostly": (),
        "lost_sales": untold,
        "let_down": nothing,
        "silent": nothing,
        **record,
    }  # the first studies did not note them
    for name in ("excess", "lost", "points", "let_down", "silent"):
        told[name] = Figure(**told[name])
    for name in ("remedial", "modelled", "lost_sales", "money", "yearly", "delay"):
        told[name] = money_from(told[name])
    if told["spell"] is not None:
        days = {name: None if told["spell"][name] is None else date.fromisoformat(told["spell"][name]) for name in ("since", "until")}
        told["spell"] = Spell(**{**told["spell"], **days})
    told["mostly"] = tuple(Mostly(**one) for one in told["mostly"])
    told["words"] = tuple(Words(**one) for one in told["words"])
    return Issue(**told)


def money_from(record: Mapping[str, Any]) -> Money:
    """Money again, from what :func:`dataclasses.asdict` and JSON made of it."""
    amounts = {name: None if record[name] is None else Decimal(record[name]) for name in ("value", "low", "high")}
    return Money(**amounts, currency=record["currency"], method=record["method"])
