"""What happened to this person? The search by exact id, and the page of one customer, or of a subject where nobody is named."""

from __future__ import annotations

from django.urls import reverse
from django.utils.http import urlencode

from troth.workspace.desks.contexts import Choice, Condition, Sentence
from troth.workspace.desks.customer_contexts import CustomerPage, CustomersPage
from troth.workspace.desks.exports import links
from troth.workspace.desks.sentences import spoken
from troth.workspace.desks.timelines import NOT_KEPT, Timeline
from troth.workspace.desks.whom import Asked, customer_at
from troth.workspace.parts import wording
from troth.workspace.parts.contexts import Link
from troth.workspace.studies.contexts import head_of
from troth.workspace.studies.reading import OpenStudy


def customers_page(opened: OpenStudy) -> CustomersPage:
    """The search, and whom the study knows."""
    people, promises = opened.people()
    said = (
        f"*{wording.counted(people, 'customer')}* {'is' if people == 1 else 'are'} on record with {wording.counted(promises, 'promise')}."
        if people
        else "The sources name nobody. What happened can be read by subject: an order, a claim, a request."
    )
    return CustomersPage(
        study=head_of(opened, "desks:customers"),
        sentence=spoken(said),
        keeps=() if opened.entry.current else (Choice("study", str(opened.number)),),
        receipts=receipts_sentence(opened),
        notes=() if opened.study.reading.history is not None else (NOT_KEPT,),
        ways=(
            Link("A row of the Ledger opens its customer", _page(opened, "desks:rows")),
            Link("So does a failure of an issue", _page(opened, "desks:issues")),
        ),
    )


def receipts_sentence(opened: OpenStudy) -> Sentence:
    """Of all receipts, how many answer a promise or are marked “no promise” (article sentence S1.9); empty where none came in."""
    found = opened.receipts()
    if not found.n:
        return ()
    apart = f", {wording.counted(found.aside, 'row')} of receipts {'was' if found.aside == 1 else 'were'} set aside" if found.aside else ""
    return spoken(
        f"Of *{wording.counted(found.n, 'receipt')}* read, *{wording.percent(found.share)}* are joined to a promise or marked "
        f"“no promise”: {wording.whole(found.joined)} answer one, {wording.whole(found.no_promise)} answer none{apart}."
    )


def customer_page(opened: OpenStudy, asked: Asked) -> CustomerPage:
    """The timeline, as known at the instant asked for.

    :raises UnknownCustomerError: nobody, or nothing, is on record under this id.
    """
    told = Timeline(opened, asked)
    here = {} if asked.at is None else {"at": asked.at.isoformat()}
    alone = (*told.subject_links(here),) if asked.subject is None else ()
    conditions = []
    if asked.customer and asked.subject:
        conditions.append(Condition(f"subject: {asked.subject}", customer_at(opened, asked.customer, **here)))
    if asked.at is not None:
        conditions.append(Condition(f"as known on {told.when}", customer_at(opened, asked.customer, asked.subject)))
    return CustomerPage(
        study=head_of(opened, "desks:customers"),
        customer=asked.customer or "",
        subject=asked.subject or "",
        sentence=told.sentence(),
        at=asked.at,
        at_words="" if asked.at is None else told.when,
        at_local="" if asked.at is None else f"{asked.at.astimezone(opened.zone):%Y-%m-%dT%H:%M:%S}",
        known=told.known(),
        facts=told.facts(),
        subjects=alone,
        conditions=tuple(conditions),
        entries=told.entries,
        coming=told.coming,
        promises=tuple(told.line(row) for row in told.promises),
        receipts=told.receipts(),
        notes=told.notes(),
        search=_page(opened, "desks:customers"),
        exports=links(lambda name: customer_at(opened, asked.customer, asked.subject, **here, format=name)),
    )


def records(opened: OpenStudy, asked: Asked) -> list[dict[str, object]]:
    """The timeline as plain records; words are masked, times carry the offset of the project's zone."""
    told = Timeline(opened, asked)
    return [
        {
            "at": None if one.at is None else one.at.isoformat(),
            "kind": one.kind,
            "what": line.title,
            "details": "; ".join(line.details),
            "verdict": line.verdict or None,
            "words": None if one.quote is None else one.quote.text,
            "known_then": "; ".join(line.known),
            "subject": one.subject or asked.subject,
        }
        for one in (*told.entries, *told.coming)
        for line in one.lines
    ]


def _page(opened: OpenStudy, name: str) -> str:
    study = None if opened.entry.current else opened.number
    return f"{reverse(name)}?{urlencode({'study': study})}" if study else reverse(name)
