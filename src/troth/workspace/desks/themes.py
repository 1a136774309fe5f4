"""In whose words: what customers write about, what goes along with it, what is newly said, and what they say they were told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.urls import reverse

from troth.engine.charts import fill
from troth.engine.charts.months import count_rows
from troth.engine.findings import Figure
from troth.engine.voice.expectations import ACCEPTED, REJECTED, SUGGESTED
from troth.engine.voice.naming import NO_WORDS
from troth.engine.voice.results import BEYOND, WORDLESS, Emerging, Lift, Spoken, StudyStatement, StudyTheme, TextsRead
from troth.engine.voice.vectors import CHARACTERS
from troth.terms.errors import RequestError, did_you_mean
from troth.workspace.desks.contexts import (
    AlertRow,
    AlongWith,
    Fact,
    Quoted,
    Sentence,
    StatementRow,
    ThemeCard,
    ThemeGroup,
    ThemeRow,
    ThemesPage,
    ThemeWeek,
)
from troth.workspace.desks.exports import links
from troth.workspace.desks.paging import pages_of
from troth.workspace.desks.sentences import bare, spoken
from troth.workspace.desks.texts import texts_at
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Link, Picture
from troth.workspace.studies.behind.texts import NONE, READ
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.questions import address
from troth.workspace.studies.reading import OpenStudy

LARGEST, FAILURES = "largest", "failures"
SORTS = {LARGEST: "Largest first", FAILURES: "What goes along with failures first"}
LATEST = 4
"""Weeks told in words beside the bars."""
MOST_STATEMENTS = 20
"""Statements a page shows: more is read on the terminal, where all are."""
LANGUAGES = {"en": "English", "pt": "Portuguese", "other": "another language", "unknown": "a language that could not be told"}
KINDS = {"will": "they were told so", "should": "they expected it"}
TELLERS = {
    "agent": "somebody who works here",
    "site": "the site",
    "advert": "an advert",
    "message": "a message",
    "agreement": "the agreement",
    "company": "the company",
    "self": "nobody: their own expectation",
}


GROUPS = 20
"""Groups of themes on one page."""


class UnknownThemeError(RequestError):
    """A theme the study does not have."""

    status = 404


def themes_page(opened: OpenStudy, sort: str = LARGEST, theme: str = "", number: int = 1) -> ThemesPage:
    """Every theme in its group; or one of them in full.

    :param theme: key of the one theme asked for; empty for all. :param number: which page of groups.
    :raises RequestError: themes cannot be ordered so. :raises UnknownThemeError: the study has no such theme.
    """
    if sort not in SORTS:
        raise RequestError(f"themes cannot be ordered by “{sort[:40]}”.", place="sort", mend=did_you_mean(sort, SORTS))
    told = Told(opened)
    if theme and theme not in told.by_key:
        mend = did_you_mean(theme, told.by_key) if told.by_key else "this study has no themes; ask for the page without it."
        raise UnknownThemeError(f"there is no theme “{theme[:40]}”.", place="theme", mend=mend)
    alert = opened.emerging()
    statements = opened.statements()
    waiting = [one for one in statements if one.status == SUGGESTED]
    read = opened.texts_read()
    groups = () if theme else told.groups(sort)
    by = None if sort == LARGEST else sort
    pages = pages_of(len(groups), number, lambda n: told.page_at(sort=by, page=n), GROUPS)
    return ThemesPage(
        study=head_of(opened, "desks:themes"),
        sentence=headline(told, read),
        reading=_reading(read),
        sorts=tuple(Link(words, told.page_at(sort=None if name == LARGEST else name), name == sort) for name, words in SORTS.items()),
        groups=groups[(number - 1) * GROUPS : number * GROUPS],
        pages=pages,
        theme=told.card(told.by_key[theme]) if theme else None,
        alert=tuple(told.alert(one) for one in alert),
        alert_sentence=_alert_sentence(alert.rows),
        alert_notes=alert.notes,
        statements=tuple(_statement(one) for one in waiting[:MOST_STATEMENTS]),
        statements_sentence=_statements_sentence(statements.rows, len(waiting)),
        statements_notes=statements.notes,
        accounted=_accounted(opened, read),
        notes=told.notes,
        exports=links(lambda name: told.page_at(format=name)) if told.themes else (),
    )


class Told:
    """Makes the rows of one study's themes."""

    def __init__(self, opened: OpenStudy) -> None:
        self.opened = opened
        found = opened.themes()
        self.themes = found.rows
        self.notes = found.notes
        self.by_key = {str(one.where["theme"]): one for one in self.themes}
        self.new = {str(self.themes[one.theme].where["theme"]) for one in opened.emerging() if one.theme is not None}
        self._study = None if opened.entry.current else opened.number

    def page_at(self, **further: object) -> str:
        """Address of the page on this study."""
        return address(reverse("desks:themes"), None, **further, study=self._study)

    def row(self, theme: StudyTheme) -> ThemeRow:
        """One theme as the list shows it."""
        key, share = str(theme.where["theme"]), theme.share
        latest = wording.listed([wording.whole(count) for count in theme.weeks[-LATEST:]])
        return ThemeRow(
            key=key,
            address=self.page_at(theme=key),
            name=theme.name,
            named_by=theme.named_by,
            known=theme.known,
            new=str(theme.where["theme"]) in self.new,
            texts=theme.texts,
            rows=texts_at(self.opened, theme=key),
            people=theme.people,
            share=share.value,
            low=share.low,
            high=share.high,
            share_words=wording.percent(share.value),
            interval=wording.span(share.low, share.high, share=True),
            weeks=theme.weeks,
            weeks_words=f"{latest} in the last {LATEST} weeks",
            quotes=tuple(_quoted(one) for one in theme.quotes),
            along=tuple(_along(one) for one in theme.lifts if _is_more(one) and one.clear),
        )

    def groups(self, sort: str) -> tuple[ThemeGroup, ...]:
        """The themes in their groups, both in the order asked for."""
        ordered = list(self.themes) if sort == LARGEST else sorted(self.themes, key=_by_failures)
        held: dict[int, list[StudyTheme]] = {}
        for theme in ordered:
            held.setdefault(theme.group, []).append(theme)
        groups = list(held.values())
        if sort == LARGEST:
            groups.sort(key=lambda group: (-sum(theme.texts for theme in group), group[0].group))
        return tuple(self._group(group) for group in groups)

    def _group(self, themes: Sequence[StudyTheme]) -> ThemeGroup:
        texts, whole = sum(theme.texts for theme in themes), themes[0].share.n
        share = wording.percent(texts / whole) if whole else wording.NO_DATA
        name = themes[0].name if themes[0].group_name == NO_WORDS else themes[0].group_name
        return ThemeGroup(name, texts, texts_at(self.opened, group=themes[0].group), share, tuple(self.row(theme) for theme in themes))

    def card(self, theme: StudyTheme) -> ThemeCard:
        """One theme in full."""
        row = self.row(theme)
        weeks = _weeks(self.opened, theme)
        spoken_in = [f"{wording.whole(count)} in {LANGUAGES.get(language, language)}" for language, count in theme.languages.items()]
        return ThemeCard(
            theme=row,
            sentence=_card_sentence(theme),
            words=", ".join(theme.words),
            languages=wording.listed(spoken_in),
            along=tuple(_along(one) for one in theme.lifts),
            along_sentence=_along_sentence(row),
            weeks=weeks,
            picture=_weeks_picture(theme, self.opened.as_of.date(), weeks),
            lines=f'[[names]]\ntheme = "{row.key}"\nname = "what you call it"',
            back=self.page_at(),
        )

    def alert(self, one: Emerging) -> AlertRow:
        """One alarm."""
        known = None if one.theme is None else self.themes[one.theme]
        times = "" if one.times is None else f", {one.times:.1f} times as often"
        return AlertRow(
            name=one.name,
            address="" if known is None else self.page_at(theme=str(known.where["theme"])),
            sentence=spoken(
                f"*{wording.whole(one.recent)}* of {wording.whole(one.recent_of)} voices in the last two weeks, first on "
                f"{wording.day(one.first)}; *{wording.whole(one.before)}* of {wording.whole(one.before_of)} in the half year before{times}."
            ),
            quotes=one.quotes,
        )


def headline(told: Told, read: TextsRead | None) -> Sentence:
    """How many texts make how many themes, in whole numbers."""
    if read is None:
        return spoken("This study keeps no themes.")
    if not read.on_record:
        return spoken("Nobody’s words are on record yet, so there is nothing to read.")
    if not told.themes:
        return spoken(f"*{wording.counted(read.on_record, 'text')}* {_are(read.on_record)} on record, and no theme can be told.")
    inside = read.counted - read.none
    groups = len({theme.group for theme in told.themes})
    largest = told.themes[0]
    return spoken(
        f"Of *{wording.counted(read.counted, 'text')}* read, *{wording.whole(inside)}* {_are(inside)} about "
        f"*{wording.counted(len(told.themes), 'theme')}* in {wording.counted(groups, 'group')}; the largest is "
        f"*“{bare(largest.name)}”*, with {wording.whole(largest.texts)}."
    )


def records(opened: OpenStudy) -> list[dict[str, object]]:
    """The themes as plain records, nothing rounded.

    :raises RequestError: there is none, so there is no file.
    """
    found = opened.themes()
    if not found.rows:
        raise RequestError("this study has no theme to put into a file.", place="format", mend="ask for the page: it says why.")
    return found.records()


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _reading(read: TextsRead | None) -> Sentence:
    """By what the texts were read, and why so."""
    if read is None or not read.used:
        return ()
    how = (
        "by their spelling, so one thing said in two ways, or in two languages, makes two themes"
        if read.embedder == CHARACTERS
        else "by their meaning, whatever the language"
    )
    return spoken(f"They were read {how}: {read.why}.")


def _quoted(one: Spoken) -> Quoted:
    return Quoted(one.text, one.language if one.language in {"en", "pt"} else "und")


def _is_more(one: Lift) -> bool:
    return one.difference.value is not None and one.difference.value > 0


def _along(one: Lift) -> AlongWith:
    return AlongWith(
        failure=one.failure,
        unit=one.unit,
        with_theme=_of(one.with_theme),
        without=_of(one.without),
        points=wording.NO_DATA if one.difference.value is None else wording.points(one.difference.value),
        interval=_points_span(one.difference),
        clear=one.clear,
        more=_is_more(one),
    )


def _of(figure: Figure) -> str:
    return wording.NO_DATA if figure.value is None else f"{wording.percent(figure.value)} of {wording.whole(figure.n)}"


def _points_span(figure: Figure) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return ""
    return f"{wording.points(figure.low).removesuffix(' points')} to {wording.points(figure.high)}"


def _by_failures(theme: StudyTheme) -> tuple[float, int, str]:
    """What surely goes along with failures first: by the lower limit of the clearest difference."""
    surest = max((one.difference.low or 0.0 for one in theme.lifts if one.clear and _is_more(one)), default=0.0)
    return -surest, -theme.texts, str(theme.where["theme"])


def _card_sentence(theme: StudyTheme) -> Sentence:
    wrote = "" if theme.people is None else f" by *{wording.counted(theme.people, 'person', 'people')}*"
    share = wording.percent(theme.share.value)
    limits = wording.span(theme.share.low, theme.share.high, share=True)
    of = f" ({limits})" if limits else ""
    return spoken(f"*{wording.counted(theme.texts, 'text')}*{wrote}: {share}{of} of the {wording.whole(theme.share.n)} that could be read.")


def _along_sentence(row: ThemeRow) -> Sentence:
    if not row.along:
        return spoken("No kind of failure clearly goes along with it.")
    first = row.along[0]
    told = f"*“{bare(first.failure)}”* goes along with it: {first.with_theme} {first.unit} who speak of it, {first.without} others"
    more = len(row.along) - 1
    return spoken(f"{told}; {wording.counted(more, 'further kind')} of failure likewise." if more else f"{told}.")


def _weeks(opened: OpenStudy, theme: StudyTheme) -> tuple[ThemeWeek, ...]:
    """The weeks with their days; the last one ends with the day of the as-of."""
    number, last, key = len(theme.weeks), opened.as_of.date(), str(theme.where["theme"])
    ends = [last - timedelta(weeks=number - 1 - place) for place in range(number)]
    return tuple(
        ThemeWeek(wording.days(end - timedelta(days=6), end), count, texts_at(opened, theme=key, week=end))
        for end, count in zip(ends, theme.weeks, strict=True)
    )


def _weeks_picture(theme: StudyTheme, last: date, weeks: Sequence[ThemeWeek]) -> Picture | None:
    if not any(theme.weeks):
        return None
    number = len(theme.weeks)
    days = [last - timedelta(weeks=number - 1 - place, days=6) for place in range(number)]
    rows = count_rows([(f"{day:%Y-%m}", count) for day, count in zip(days, theme.weeks, strict=True)], "texts")
    for row, day, week in zip(rows, days, weeks, strict=True):
        row["month"] = f"{day.isoformat()}|{day.day} {wording.MONTHS[day.month - 1][:3]}"
        row["sentence"] = f"{week.words}: {wording.counted(week.texts, 'text')}"
    most = max(weeks, key=lambda week: week.texts)
    sentence = f"Texts week by week. Most were written from {most.words}, {wording.whole(most.texts)}."
    return Picture(sentence, fill("counts", rows, width=520), fill("counts", rows, width=270))


def _alert_sentence(alert: Sequence[Emerging]) -> Sentence:
    if not alert:
        return spoken("Nothing is said clearly more often than before.")
    more = "more people speak of it" if len(alert) == 1 else "more people speak of them"
    return spoken(f"*{wording.counted(len(alert), 'thing')}* newly said: {more} than in the half year before.")


def _statement(one: StudyStatement) -> StatementRow:
    key = str(one.where["statement"])
    return StatementRow(
        key=key,
        words=one.words,
        language=one.language if one.language in {"en", "pt"} else "und",
        kind=KINDS[one.kind],
        told_by=TELLERS[one.told_by],
        level="" if one.level is None else f"{one.level}: {one.said}",
        texts=one.texts,
        row=f"{one.source}, row {one.row}",
        lines=f'[[decisions]]\nkey = "{key}"\nstatus = "{ACCEPTED}"  # or "{REJECTED}"\nby = "your name"',
    )


def _statements_sentence(statements: Sequence[StudyStatement], waiting: int) -> Sentence:
    if not statements:
        return spoken("No text read says what somebody was told or expected.")
    decided = len(statements) - waiting
    accepted = sum(one.status == ACCEPTED for one in statements)
    of_decided = f"; of {wording.whole(decided)} decided on, {wording.whole(accepted)} {_are(accepted)} accepted" if decided else ""
    shown = f" The {MOST_STATEMENTS} said most often stand here." if waiting > MOST_STATEMENTS else ""
    waits = "waits" if waiting == 1 else "wait"
    return spoken(f"*{wording.counted(waiting, 'statement')}* {waits} for a decision{of_decided}.{shown}")


def _accounted(opened: OpenStudy, read: TextsRead | None) -> tuple[Fact, ...]:
    """On record = read + set aside, each with its reason."""
    if read is None or not read.on_record:
        return ()
    since = "" if read.since is None or read.until is None else f"{wording.day(read.since)} to {wording.day(read.until)}"
    newest = read.used - read.counted
    beneath = f"{wording.whole(newest)} of them, of the last two weeks, for the alert alone" if newest else ""
    reasons = {WORDLESS: "No words", BEYOND: "Beyond the sample"}
    aside = [Fact(words, wording.whole(read.set_aside[name]), "set aside") for name, words in reasons.items() if name in read.set_aside]
    return (
        Fact("Texts on record", wording.whole(read.on_record), since),
        Fact("Read", wording.whole(read.used), beneath, texts_at(opened, of=READ)),
        *aside,
        Fact(
            "Of no theme", wording.whole(read.none), f"of the {wording.whole(read.counted)} that stand for all", texts_at(opened, of=NONE)
        ),
    )
