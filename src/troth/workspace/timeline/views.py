"""The auditor's page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from troth.terms.errors import RequestError
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Link
from troth.workspace.parts.methods import only_read
from troth.workspace.parts.pages import page, wanted_format
from troth.workspace.parts.parameters import asked_by
from troth.workspace.parts.zones import project_zone
from troth.workspace.timeline import exports
from troth.workspace.timeline.chain import verify
from troth.workspace.timeline.contexts import Act, Checked, TimelinePage, Turning
from troth.workspace.timeline.models import Entry

ROWS = 50
TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}
WORDS = {"csv": "CSV", "jsonl": "JSON Lines"}
ASKED = ("person", "kind", "thing", "verb", "since", "until")


@asked_by(*ASKED, "check", "page")
@only_read
def timeline(request: HttpRequest) -> HttpResponseBase:
    """Who did what to which thing, and when?"""
    wanted = wanted_format(request, ("html", "json", *exports.FORMATS))
    zone = project_zone()[0]
    entries = _asked(request.GET, zone)
    if wanted in exports.FORMATS:
        lines = exports.lines(entries.order_by("number").iterator(2_000), wanted)
        name = f'attachment; filename="timeline.{wanted}"'
        return StreamingHttpResponse(lines, content_type=TYPES[wanted], headers={"Content-Disposition": name})
    return page(request, "timeline/timeline.html", _page(request, entries, zone))


def _page(request: HttpRequest, entries: QuerySet[Entry], zone: ZoneInfo) -> TimelinePage:
    asked = {name: request.GET[name] for name in ASKED if request.GET.get(name)}
    at = _Addresses(reverse("timeline:timeline"), asked)
    found, number = entries.count(), _number(request.GET.get("page", "1"))
    last = max(1, -(-found // ROWS))
    if number > last:
        raise RequestError(f"there is no page {number}.", place="page", mend=f"the last one is {last}.")
    shown = entries.order_by("-number")[(number - 1) * ROWS : number * ROWS]
    return TimelinePage(
        sentence=f"{wording.counted(found, 'act')} {'is' if found == 1 else 'are'} on record{' that fit what you asked' if asked else ''}.",
        acts=tuple(_act(entry, zone) for entry in shown),
        timezone=zone.key,
        asked=asked,
        persons=_distinct("actor_name"),
        kinds=_distinct("thing_kind"),
        verbs=_distinct("verb"),
        pages=Turning(number, last, at.of(page=number - 1) if number > 1 else "", at.of(page=number + 1) if number < last else ""),
        exports=tuple(Link(WORDS[name], at.of(format=name)) for name in exports.FORMATS) if found else (),
        check=at.of(check="yes"),
        checked=_checked() if request.GET.get("check") == "yes" else None,
    )


@dataclass(frozen=True)
class _Addresses:
    """Addresses of this page that ask for the same."""

    path: str
    asked: dict[str, str]

    def of(self, **further: object) -> str:
        return f"{self.path}?{urlencode({**self.asked, **further})}"


def _asked(parameters: QueryDict, zone: ZoneInfo) -> QuerySet[Entry]:
    """The entries an address asks for.

    :param zone: in which the days of the address begin.
    """
    entries: QuerySet[Entry] = Entry.objects.all()
    for name, column in (("person", "actor_name"), ("kind", "thing_kind"), ("verb", "verb")):
        if value := parameters.get(name):
            entries = entries.filter(**{column: _clean(value, name)})
    if value := parameters.get("thing"):
        entries = entries.filter(thing_words__icontains=_clean(value, "thing"))
    if since := _day(parameters, "since", zone):
        entries = entries.filter(at__gte=since)
    if until := _day(parameters, "until", zone):
        entries = entries.filter(at__lt=until + timedelta(days=1))  # in the zone's own clock, so that a day of 23 hours ends when it ends
    if since and until and since > until:
        raise RequestError("the period ends before it begins.", place="since, until", mend="swap the two dates.")
    return entries


def _checked() -> Checked:
    found = verify()
    many = wording.counted(found.entries, "entry", "entries")
    told = f"The chain is whole: {many}, none changed, taken out or put in." if found.whole else f"The chain is broken: {found.why}"
    return Checked(found.whole, found.entries, found.head, told)


def _act(entry: Entry, zone: ZoneInfo) -> Act:
    return Act(
        number=entry.number,
        at=wording.moment(entry.at, zone),
        person=entry.actor_name,
        role=entry.actor_role,
        verb=entry.verb,
        kind=entry.thing_kind,
        thing=entry.thing_words,
        before=entry.before,
        after=entry.after,
        address=entry.address,
        digest=entry.digest,
    )


def _distinct(column: str) -> tuple[str, ...]:
    values: Iterable[str] = Entry.objects.order_by(column).values_list(column, flat=True).distinct()
    return tuple(values)


def _day(parameters: QueryDict, name: str, zone: ZoneInfo) -> datetime | None:
    text = parameters.get(name, "").strip()
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError as error:
        raise RequestError(f"“{text[:40]}” is no day.", place=name, mend="write it as in 2026-03-31.") from error
    if day is not None and not date(1970, 1, 1) <= day <= date(9000, 1, 1):
        raise RequestError(f"“{text[:40]}” lies too far away.", place=name, mend="write a day as in 2026-03-31.")
    return datetime.combine(day, time(), zone) if day else None


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) < 10**8:
        raise RequestError(f"“{text[:40]}” is no page.", place="page", mend="give a whole number from 1 on.")
    return int(text[:9])


def _clean(text: str, name: str) -> str:
    if "\x00" in text:
        raise RequestError("a value cannot hold a null character.", place=name, mend="leave it out.")
    return text
