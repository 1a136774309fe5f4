"""The texts behind a figure of In whose words: exactly those it counts, each with who wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis.expr.types as ir
from django.urls import reverse

from troth.engine.history import SIGNAL
from troth.engine.promises.slices import local_clock
from troth.engine.voice.masking import mask
from troth.engine.voice.texts import cleaned
from troth.terms.errors import RequestError
from troth.workspace.desks.paging import ROWS, pages_of
from troth.workspace.desks.text_contexts import TextRow, TextsPage
from troth.workspace.desks.whom import customer_at
from troth.workspace.parts import wording
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.questions import address, whole_number
from troth.workspace.studies.reading import OpenStudy

COUNTED, READ, NONE = "counted", "read", "none"
OF = {
    COUNTED: "that stand for all on record",
    READ: "that were read, those of the last two weeks that are read for the alert alone among them",
    NONE: "of no theme, among those that stand for all on record",
}
"""Which texts, where no theme and no group is named."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which texts are asked for: of a theme, of a group of themes, or of all.

    :param week: last local day of a week; ``None`` is any time.
    """

    of: str = COUNTED
    theme: str = ""
    group: int | None = None
    week: date | None = None


def wanted(theme: str, group: str, of: str, week: str) -> Wanted:
    """What an address asks.

    :raises RequestError: a group or a day that is none, or another word than :data:`OF` has.
    """
    if of and of not in OF:
        raise RequestError(f"texts cannot be narrowed to “{of[:40]}”.", place="of", mend=f"write one of {wording.listed(list(OF))}.")
    try:
        day = date.fromisoformat(week) if week else None
    except ValueError as error:
        raise RequestError(f"“{week[:40]}” is no day.", place="week", mend="write the last day of a week, as in 2026-03-31.") from error
    return Wanted(of or COUNTED, theme, whole_number(group, "group", otherwise=1) - 1 if group else None, day)


def texts_at(opened: OpenStudy, *, theme: str = "", group: int | None = None, of: str = "", week: date | None = None) -> str:
    """Address of the texts behind a figure."""
    study = None if opened.entry.current else opened.number
    number = None if group is None else group + 1
    return address(reverse("desks:texts"), None, theme=theme, group=number, of=of, week=week and week.isoformat(), study=study)


def texts_page(opened: OpenStudy, asked: Wanted, number: int) -> TextsPage:
    """The texts asked for, the latest first, a page at a time.

    :raises RequestError: the study has no such theme or group, or does not keep when texts were written.
    """
    names = {str(theme.where["theme"]): theme.name for theme in opened.themes()}
    rows, told = _asked(opened, asked, names)
    count = opened.remembered(("texts", asked), lambda: int(rows.count().to_pyarrow().as_py()))
    study = None if opened.entry.current else opened.number
    here = texts_at(opened, theme=asked.theme, group=asked.group, of="" if asked.of == COUNTED else asked.of, week=asked.week)
    pages = pages_of(count, number, lambda n: f"{here}{'&' if '?' in here else '?'}page={n}")
    ordered = rows.order_by([rows["at"].desc(nulls_first=False), "source", "row"])
    found = ordered.limit(ROWS, offset=(pages.number - 1) * ROWS).to_pyarrow().to_pylist()
    theme = asked.theme if asked.theme in names else None
    return TextsPage(
        study=head_of(opened, "desks:themes"),
        title=wording.counted(count, "text"),
        of=told,
        back=address(reverse("desks:themes"), None, theme=theme, study=study),
        rows=tuple(_row(opened, row, names, study) for row in found),
        pages=pages,
    )


def _asked(opened: OpenStudy, asked: Wanted, names: dict[str, str]) -> tuple[ir.Table, str]:
    """The texts, and what they have in common in words."""
    texts = _written(opened)
    when = ""
    if asked.week is not None:
        if opened.study.reading.history is None:
            raise RequestError("this study does not keep when texts were written.", place="week", mend="run it again, or leave it out.")
        first = asked.week - timedelta(days=6)
        day = local_clock(texts, "at", opened.study.manifest.timezone).date()
        texts, when = texts.filter((day >= first) & (day <= asked.week)), f", written from {wording.days(first, asked.week)}"
    if asked.of != READ:
        texts = texts.filter(texts.counted)
    if asked.theme:
        if asked.theme not in names:
            raise RequestError(f"there is no theme “{asked.theme[:40]}”.", place="theme", mend="open one from In whose words.")
        return texts.filter(texts.theme == asked.theme), f"about “{names[asked.theme]}”{when}"
    if asked.group is not None:
        mine = [theme for theme in opened.themes() if theme.group == asked.group]
        if not mine:
            raise RequestError(f"there is no group {asked.group + 1}.", place="group", mend="open one from In whose words.")
        keys = [str(theme.where["theme"]) for theme in mine]
        return texts.filter(texts.theme.isin(keys)), f"of the group “{mine[0].group_name}”{when}"
    return (texts.filter(texts.theme.isnull()) if asked.of == NONE else texts), f"{OF[asked.of]}{when}"


def _written(opened: OpenStudy) -> ir.Table:
    """Every text read, with what the study keeps of it: one row per text, whatever else its row told."""
    texts, history = opened.study.texts, opened.study.reading.history
    if history is None:
        empty = {"at": "timestamp(6)", "customer": "string", "subject": "string", "text": "string", "language": "string"}
        import ibis

        return texts.mutate(**{name: ibis.null(kind) for name, kind in empty.items()})
    said = history.filter((history.tells == SIGNAL) & history.text.notnull())
    kept = said.group_by("source", "row").agg(**{name: said[name].min() for name in ("at", "customer", "subject", "text", "language")})
    joined = texts.left_join(kept, ["source", "row"])
    return joined.select("source", "row", "theme", "counted", "at", "customer", "subject", "text", "language")


def _row(opened: OpenStudy, row: dict[str, Any], names: dict[str, str], study: int | None) -> TextRow:
    at: datetime | None = row["at"]
    theme = names.get(row["theme"] or "", "")
    return TextRow(
        when="" if at is None else f"{at.replace(tzinfo=UTC).astimezone(opened.zone):%Y-%m-%d %H:%M}",
        who=row["customer"] or row["subject"] or "",
        address=customer_at(opened, row["customer"], row["subject"]),
        subject=row["subject"] or "",
        text=mask(cleaned(row["text"])) if row["text"] else "",
        language=row["language"] or "",
        theme=theme,
        theme_address=address(reverse("desks:themes"), None, theme=row["theme"], study=study) if theme else "",
        row=f"{row['source']}, row {row['row']}",
    )
