"""The texts behind a figure of In whose words: exactly those it counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from troth.engine.history import SIGNAL
from troth.engine.promises.slices import local_clock
from troth.engine.voice.masking import mask
from troth.engine.voice.texts import cleaned
from troth.terms.errors import RequestError
from troth.workspace.parts import wording
from troth.workspace.studies.questions import whole_number
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


def names_of(opened: OpenStudy) -> dict[str, str]:
    """Each theme's key, and its name."""
    return {str(theme.where["theme"]): theme.name for theme in opened.themes()}


def texts(opened: OpenStudy, asked: Wanted) -> tuple[ir.Table, str]:
    """The texts asked for, the latest first, and what they have in common in words.

    :returns: ``source``, ``row``, ``theme``, ``counted``, ``at``, ``customer``, ``subject``, ``text`` (as it was written: :func:`shown`),
        ``language``.
    :raises RequestError: the study has no such theme or group, or does not keep when texts were written.
    """
    found, told = _asked(opened, asked, names_of(opened))
    return found.order_by([found["at"].desc(nulls_first=False), "source", "row"]), told


def shown(text: str | None) -> str:
    """A text as it may be shown: personal data masked."""
    return mask(cleaned(text)) if text else ""


def _asked(opened: OpenStudy, asked: Wanted, names: dict[str, str]) -> tuple[ir.Table, str]:
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
        return texts.mutate(**{name: ibis.null(kind) for name, kind in empty.items()})
    said = history.filter((history.tells == SIGNAL) & history.text.notnull())
    kept = said.group_by("source", "row").agg(**{name: said[name].min() for name in ("at", "customer", "subject", "text", "language")})
    joined = texts.left_join(kept, ["source", "row"])
    return joined.select("source", "row", "theme", "counted", "at", "customer", "subject", "text", "language")
