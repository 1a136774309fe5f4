"""What changed from one study to another?"""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from troth.engine.charts.waterfall import LABEL
from troth.engine.findings import Figure, PartFigure
from troth.project import Comparison
from troth.project.comparison import BROKEN, UNDECOMPOSED, in_whole_parts, meaning, without_slice
from troth.workspace.desks.accounts import UNKNOWN, interval
from troth.workspace.desks.contexts import (
    ComparePage,
    CountRow,
    FigureRow,
    OriginRow,
    PartCount,
    PartRow,
    Sentence,
    VerdictRow,
)
from troth.workspace.desks.figures import figure_words, slice_title, whom
from troth.workspace.desks.sentences import spoken
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Number
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.pages import study_row
from troth.workspace.studies.questions import Question, address
from troth.workspace.studies.reading import OpenStudy

MEASURES = {"F": ("issue-free", "Issue-free {who}"), "K": ("kept", "Promises kept"), "I": ("integrity", "Integrity")}
"""Page and name of each number; ``who`` is whom F counts."""

NOT_THERE, AS_OF = "not there", "as of"

PARTS = {**LABEL, UNDECOMPOSED: "Not decomposed", BROKEN: "Broken"}


def compare_page(opened: OpenStudy, before: OpenStudy, after: OpenStudy) -> ComparePage:
    """What changed from one study to another."""
    changed: Comparison = before.remembered(("compare", str(after.entry.folder)), lambda: before.study.compare(after.study))
    lacking = without_slice(changed.account)
    who = [whom(side.integrity(Question())[0], side.noun(Question())) for side in (before, after)]
    return ComparePage(
        study=head_of(opened, "studies:studies"),
        before=study_row(before.entry, opened.zone),
        after=study_row(after.entry, opened.zone),
        identical=changed.identical,
        sentence=_sentence(changed, before, after),
        figures=tuple(
            FigureRow(
                slice=slice_title(row.where),
                name=MEASURES[row.measure][1].format(who=who[1]),
                before=_number(row.measure, row.before, before, who[0]),
                after=_number(row.measure, row.after, after, who[1]),
                change=_change(row.measure, row.change),
            )
            for row in changed.integrity
        ),
        parts=tuple(
            PartRow(
                slice_title(row.where),
                PARTS[row.part],
                _count(row.before, lacked=row.where in lacking[0]),
                _count(row.after, lacked=row.where in lacking[1]),
                _signed(row.change),
            )
            for row in in_whole_parts(changed.account)
        ),
        no_interval=changed.account.notes,
        verdicts=tuple(
            VerdictRow(row.name, _verdict(row.before), _verdict(row.after), row.reason, meaning(row.reason), row.promises)
            for row in changed.verdicts
        ),
        rows=tuple(CountRow(row.name, row.before, row.after, row.added, row.removed, row.superseded) for row in changed.rows),
        made_from=tuple(
            OriginRow(row.what, *(_origin(row.what, side, opened) for side in (row.before, row.after))) for row in changed.made_from
        ),
        alike=changed.alike,
    )


def _number(measure: str, figure: Figure, opened: OpenStudy, who: str) -> Number:
    slug, name = MEASURES[measure]
    share = measure != "I"
    return Number(
        name=name.format(who=who),
        slug=slug,
        value=figure.value,
        low=figure.low,
        high=figure.high,
        n=figure.n,
        n_of=who if measure == "F" else "promises",
        text=figure_words(figure, share=share),
        interval=wording.span(figure.low, figure.high, share=share),
        method=figure.method,
        as_of=wording.moment(opened.as_of, opened.zone),
        rows=address(reverse("desks:rows"), study=None if opened.entry.current else opened.number),
    )


def _change(measure: str, change: float | None) -> str:
    if change is None:
        return wording.NO_DATA
    if measure == "I":
        return f"{change:+.3f}".replace("-", wording.MINUS)
    return wording.points(change)


def _count(figure: PartFigure | None, *, lacked: bool) -> PartCount:
    """A part; where there is none, whether nothing could be decomposed, or the study lacks the slice."""
    if figure is None:
        return PartCount(NOT_THERE if lacked else UNKNOWN, "")
    return PartCount(wording.whole(figure.value), interval(figure))


def _signed(value: float | None) -> str:
    return wording.NO_DATA if value is None else wording.signed(value)


def _origin(what: str, text: str | None, opened: OpenStudy) -> str:
    """One thing a study was made from; an instant in the project's zone, as everywhere on the page."""
    if text is None:
        return NOT_THERE
    return wording.moment(datetime.fromisoformat(text), opened.zone) if what == AS_OF else text


def _verdict(word: str | None) -> str:
    return NOT_THERE if word is None else word.lower()


def _sentence(changed: Comparison, before: OpenStudy, after: OpenStudy) -> Sentence:
    if changed.identical:
        return spoken("The two studies are equal, to the byte.")
    differing = sum(row.promises for row in changed.verdicts)
    added = sum(row.added for row in changed.rows)
    then, now = wording.moment(before.as_of, before.zone), wording.moment(after.as_of, after.zone)
    new = f", {wording.whole(added)} of them new to the later study" if added else ""
    return spoken(f"From {then} to {now}, *{wording.counted(differing, 'promise')}* changed verdict{new}.")
