"""Findings as numbers of a page: text, interval, n, coverage, as-of and the rows behind each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.urls import reverse

from troth.engine.findings import NO_DATA, Figure, Integrity
from troth.terms.vocabulary import Noun
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Number
from troth.workspace.studies.questions import Question, address
from troth.workspace.studies.reading import OpenStudy

COVERAGE_UNKNOWN = "unknown"
TOO_FEW = "too few"
UNKNOWN = "unknown"
NOT_KNOWN = "not known"
PROMISE = Noun("promise", "promises")
PROMISES_VOTE = "promise"
"""The weighting in which each promise counts by its importance."""


NO_SKILL = "it is read as-of, and of these promises none was received and has a capability on record from before it was made"


class Numbers:
    """Makes the numbers of one page on one study; each leads to the promises behind it.

    :param question: the slice and period the page speaks of.
    """

    def __init__(self, opened: OpenStudy, question: Question) -> None:
        self.question = question
        self._dimensions = opened.dimensions
        self._as_of = wording.moment(opened.as_of, opened.zone)
        self._noun = opened.noun(question)
        self._study = None if opened.entry.current else opened.number

    def rows_at(self, question: Question, state: str = "") -> str:
        """Address of the promises behind a question, of one verdict or of all that are due."""
        return address(reverse("desks:rows"), self._askable(question), state=state, study=self._study)

    def page_at(self, name: str, question: Question | None = None, **further: object) -> str:
        """Address of another page on this study."""
        return address(reverse(name), None if question is None else self._askable(question), **further, study=self._study)

    def _askable(self, question: Question) -> Question:
        """The question without the unknown of a dimension that has no single value: it is none of the Ledger's, and no condition."""
        where = [(name, value) for name, value in question.where if value is not None or name in self._dimensions]
        return replace(question, where=tuple(where))

    def kept(self, row: Integrity, name: str = "Promises kept", by: str = PROMISES_VOTE) -> Number:
        """K; ``by`` says whose vote counts: each promise, each customer alike, or each promise by its value."""
        return self._weighed(name, "kept", row.weighted(by).K, row, by, share=True)

    def issue_free(self, row: Integrity) -> Number:
        """F."""
        who = whom(row, self._noun)
        return self._number(f"Issue-free {who}", "issue-free", row.F, row, share=True, n_of=who)

    def integrity(self, row: Integrity, by: str = PROMISES_VOTE) -> Number:
        """I."""
        return self._weighed("Integrity", "integrity", row.weighted(by).I, row, by)

    def ratio(self, row: Integrity, by: str = PROMISES_VOTE) -> Number:
        """B."""
        return self._weighed("Received : expected", "received-to-expected", row.weighted(by).B, row, by)

    def surplus(self, row: Integrity, by: str = PROMISES_VOTE) -> Number:
        """U."""
        return self._weighed("Surplus", "surplus", row.weighted(by).U, row, by)

    def _weighed(self, name: str, slug: str, figure: Figure, row: Integrity, by: str, *, share: bool = False) -> Number:
        """A number in one weighting; its n counts promises, or those who have a vote each."""
        named = name if by == PROMISES_VOTE else f"{name}, per {by}"
        n_of = {"customer": whom(row, self._noun), "value": "promises with a value"}.get(by, "promises")
        return self._number(named, slug, figure, row, share=share, n_of=n_of)

    def coverage(self, row: Integrity) -> Number:
        """Coverage; its n counts promise-bearing events."""
        return Number(
            name="Coverage of the ledger",
            slug="coverage",
            value=row.coverage.value,
            n=row.coverage.n,
            n_of="promise-bearing events",
            text=wording.percent(row.coverage.value) if row.coverage.value is not None else COVERAGE_UNKNOWN,
            method=row.coverage.method,
            as_of=self._as_of,
            rows=self.page_at("desks:sources"),
        )

    def standard(self, row: Integrity) -> Number:
        """Share received at least at the charter's standard, whatever was promised."""
        return self._number("Charter kept, whatever was promised", "kept", row.K_standard, row, share=True)

    def check(self, name: str, slug: str, figure: Figure, *, share: bool = False, unit: str = "") -> Number:
        """A figure of one of the checks on the kept rate: a share, a level in a unit, or else a count."""

        def words(value: float) -> str:
            return wording.percent(value) if share else wording.level(value, unit) if unit else wording.signed(value)

        limits = wording.span(figure.low, figure.high, share=share) if share else ""
        if not share and figure.low is not None and figure.high is not None:
            limits = f"{words(figure.low)} to {words(figure.high)}"
            limits = limits if unit in {"", "days"} else limits.replace(f" {unit} to", " to")  # of days some are told in hours
        text = (TOO_FEW if figure.n else wording.NO_DATA) if figure.value is None else words(figure.value)
        return self._told(name, slug, figure, text, limits)

    def skill(self, figure: Figure) -> Number:
        """Promise skill."""
        words = {name: None if value is None else f"{value:.2f}".replace("-", wording.MINUS) for name, value in _limits(figure).items()}
        text = words["value"] or (TOO_FEW if figure.n else wording.NO_DATA)
        figure = replace(figure, method=NO_SKILL) if figure == NO_DATA else figure
        return self._told("Promise skill", "promise-skill", figure, text, f"{words['low']} to {words['high']}" if words["low"] else "")

    def expected(self, figure: Figure, rows: str) -> Number:
        """How many open promises are expected to break.

        :param rows: address of the open promises.
        """
        whole = {name: None if value is None else wording.whole(value) for name, value in _limits(figure).items()}
        interval = f"{whole['low']} to {whole['high']}" if whole["low"] else ""
        return replace(self._told("Expected to break", "at-risk", figure, whole["value"] or NOT_KNOWN, interval), rows=rows)

    def _told(self, name: str, slug: str, figure: Figure, text: str, interval: str) -> Number:
        return Number(
            name=name,
            slug=slug,
            value=figure.value,
            low=figure.low,
            high=figure.high,
            n=figure.n,
            text=text,
            interval=interval,
            method=figure.method,
            as_of=self._as_of,
        )

    def nothing(self, name: str, slug: str) -> Number:
        """A number nothing is known of."""
        return Number(name=name, slug=slug, value=None, n=0, text=wording.NO_DATA, method=NO_DATA.method, as_of=self._as_of)

    def _number(self, name: str, slug: str, figure: Figure, row: Integrity, *, share: bool = False, n_of: str = "promises") -> Number:
        told = self._told(name, slug, figure, figure_words(figure, share=share), wording.span(figure.low, figure.high, share=share))
        return replace(
            told,
            n_of=n_of,
            coverage=wording.percent(row.coverage.value) if row.coverage.value is not None else COVERAGE_UNKNOWN,
            rows=self.rows_at(self.question.only(row.where)) if row.due else "",
        )


def _limits(figure: Figure) -> dict[str, float | None]:
    return {"value": figure.value, "low": figure.low, "high": figure.high}


def figure_words(figure: Figure, *, share: bool) -> str:
    """The estimate in words. Nothing to count is “no data”; too few people for an honest interval is “too few”, and never a rate."""
    if figure.value is None:
        return TOO_FEW if figure.n else wording.NO_DATA
    return wording.percent(figure.value) if share else wording.ratio(figure.value)


def whom(row: Integrity, noun: Noun | None) -> str:
    """Who is counted: people; where nobody is named what the company calls them, or subjects."""
    if not row.anonymous:
        return "people"
    return "subjects" if noun is None else noun.many


def counted_as(total: Integrity, noun: Noun | None) -> Noun:
    """What a count of promises is a count of: the company's own word where nobody is named and each bears one promise."""
    return noun if noun is not None and total.anonymous and total.customers == total.due else PROMISE


def slice_words(value: Any) -> str:
    """A slice's value as a page prints it: a month by its name, nothing as “unknown”."""
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, date):
        return wording.day(value)
    return str(value)


def period_words(dimension: str, value: Any) -> str:
    """A slice's value, with derived periods in their own words."""
    if isinstance(value, date):
        if dimension.endswith("month"):
            return wording.month(value.isoformat())
        if dimension.endswith("quarter"):
            return f"quarter {(value.month + 2) // 3} of {value.year}"
        if dimension.endswith("week"):
            return f"week of {wording.day(value)}"
    return slice_words(value)


def slice_title(where: Mapping[str, Any]) -> str:
    """All values of a slice; “everything” where it has none."""
    return " · ".join(period_words(name, value) for name, value in where.items()) or "everything"
