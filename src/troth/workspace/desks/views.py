"""The pages: guard, one question, render."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import TypeVar

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from troth.terms.errors import RequestError, StudyError, TrothError, did_you_mean
from troth.workspace.desks.accounts import MODES
from troth.workspace.desks.answers import answers_page
from troth.workspace.desks.answers import records as answer_records
from troth.workspace.desks.both import both_desks
from troth.workspace.desks.change import Sides, change_page, change_records
from troth.workspace.desks.compare import compare_page
from troth.workspace.desks.contexts import Empty, Health, NumberPage, NumbersPage
from troth.workspace.desks.customers import customer_page, customers_page
from troth.workspace.desks.customers import records as timeline_records
from troth.workspace.desks.design import design_page
from troth.workspace.desks.exports import records_file, table_file
from troth.workspace.desks.failures import failures_page
from troth.workspace.desks.figures import PROMISES_VOTE
from troth.workspace.desks.issue_acts import Narrowing, as_open_to, issue_answer, saw, with_states, with_states_beside
from troth.workspace.desks.issues import MONEY, areas_to_choose, issues_page, records
from troth.workspace.desks.journeys import MOVES, journeys_page, journeys_records
from troth.workspace.desks.ledger import Ask, first_dimension, in_reading_order, ledger_page, rows_page
from troth.workspace.desks.life_cycle import life_cycle_page
from troth.workspace.desks.life_cycle import records as life_cycle_records
from troth.workspace.desks.measures import measures_page
from troth.workspace.desks.measures import records as measure_records
from troth.workspace.desks.numbers import BY_SLUG, NUMBERS
from troth.workspace.desks.occasions import occasions_page
from troth.workspace.desks.purview import purview_page
from troth.workspace.desks.purview import records as purview_records
from troth.workspace.desks.sources import set_aside_page, sources_page
from troth.workspace.desks.texts import texts_page
from troth.workspace.desks.themes import LARGEST, themes_page
from troth.workspace.desks.themes import records as theme_records
from troth.workspace.desks.walks import walks_page
from troth.workspace.desks.whom import asked_of, found_at
from troth.workspace.issues.before_both import both_acts
from troth.workspace.issues.seen import ISSUE, STUDY, openings
from troth.workspace.issues.stands import with_own_links
from troth.workspace.issues.told import failures_of
from troth.workspace.parts.contexts import Link, document
from troth.workspace.parts.methods import only_read
from troth.workspace.parts.pages import as_json, page, wanted_format
from troth.workspace.parts.parameters import asked_by
from troth.workspace.people.areas import known_areas
from troth.workspace.people.guard import Right, here
from troth.workspace.people.permissions import Extent
from troth.workspace.studies.behind.texts import wanted
from troth.workspace.studies.behind.walks import Wanted as Walked
from troth.workspace.studies.contexts import Head, head_of
from troth.workspace.studies.kept_pages import kept, kept_between_acts
from troth.workspace.studies.limits import limited
from troth.workspace.studies.links import AREA, may_follow, narrowed, with_open_links
from troth.workspace.studies.models import LIVE, Run
from troth.workspace.studies.periods import EVERYTHING, settled
from troth.workspace.studies.questions import AS_OF, Question, asked, whole_number
from troth.workspace.studies.reading import OpenStudy, known_value, open_study, project, refuse_damaged
from troth.workspace.studies.rows import Aside, check_aside, promises, rows_set_aside

FILES = ("html", "json", "csv", "parquet")

View = Callable[..., HttpResponseBase]
Shown = TypeVar("Shown")


def on_a_study(view: View) -> Callable[..., HttpResponseBase]:
    """As :func:`of_a_study`, for a page that is only read."""
    return only_read(of_a_study(view))


def of_a_study(view: View) -> Callable[..., HttpResponseBase]:
    """Give a view the study the address names, the current one where it names none; before the first study, say how to make it."""

    @wraps(view)
    def guarded(request: HttpRequest, **named: str) -> HttpResponseBase:
        number = request.GET.get("study")
        if not number and not project().studies() and not project().shelf.began:
            name = str(project().path.name)
            may = {right: here(request).standing.extent("studies:studies", right) is not Extent.NONE for right in Right}
            making = may[Right.SEE] and Run.objects.filter(state__in=LIVE).exists()
            where = reverse("studies:studies")
            empty = Empty(view.__name__, f"troth run {name}", where if may[Right.CHANGE] else "", where if making else "")
            return page(request, "desks/empty.html", empty, status=404)
        opened = open_study(whole_number(number, "study", otherwise=1) if number else None)
        try:
            return view(request, opened, **named)
        except TrothError:
            raise
        except Exception:
            refuse_damaged()  # where a study in hand is damaged, say so; all else is a mistake of ours
            raise

    return guarded


@asked_by("mode", slices=True)
@on_a_study
def both(request: HttpRequest, opened: OpenStudy) -> HttpResponseBase:
    """Did we do what we said, and whose is the gap?"""
    saw(request, STUDY, str(opened.number))  # the page tells of it
    return _both(request, opened)


@kept_between_acts(openings)
def _both(request: HttpRequest, opened: OpenStudy) -> HttpResponseBase:
    mode = request.GET.get("mode", AS_OF)
    if mode not in MODES:
        raise RequestError(f"there is no mode “{mode[:40]}”.", place="mode", mend=did_you_mean(mode, MODES))
    question = _question(request, opened).asked_by(())
    shown, standing = both_desks(opened, question, mode=mode), here(request).standing
    return page(request, "desks/both.html", as_open_to(replace(shown, acts=both_acts(opened, standing)), opened, standing))


@asked_by(slices=True)
@on_a_study
@kept
def life_cycle(request: HttpRequest, opened: OpenStudy) -> HttpResponseBase:
    """Where in the life cycle do we break our word?"""
    wanted = wanted_format(request, FILES)
    question = _question(request, opened).asked_by(())
    if wanted in {"csv", "parquet"}:
        return records_file(life_cycle_records(opened, question), f"life-cycle-study-{opened.number}", wanted)
    shown = with_own_links(life_cycle_page(opened, question), opened, here(request).standing)
    return page(request, "desks/life-cycle.html", shown)


@asked_by("compare", "page", "weighting", slices=True)
@on_a_study
@kept
def ledger(request: HttpRequest, opened: OpenStudy) -> HttpResponseBase:
    """Show me."""
    wanted = wanted_format(request, FILES)
    question = _question(request, opened)
    page_number = whole_number(request.GET.get("page"), "page", otherwise=1)
    ask = Ask(request.GET.get("compare", ""), page_number, request.GET.get("weighting") or PROMISES_VOTE)
    if wanted in {"csv", "parquet"}:
        question = question if question.by else question.asked_by(first_dimension(opened))
        findings = opened.integrity(question)
        ordered = in_reading_order(findings.rows, question.by)
        records = type(findings)(ordered, findings.by).records()
        return records_file(records, f"ledger-by-{'-'.join(question.by)}-study-{opened.number}", wanted)
    return page(request, "desks/ledger.html", ledger_page(opened, question, ask, here(request).areas))


@asked_by("before", "after", "of", slices=True)
@on_a_study
@kept
def change(request: HttpRequest, opened: OpenStudy) -> HttpResponseBase:
    """What changed, by mechanism?"""
    wanted = wanted_format(request, FILES)
    question = asked(_without(request, "by"), opened.dimensions)
    known_value(opened, question)
    sides = Sides(*(request.GET.get(name, "") for name in ("by", "before", "after", "of")))
    if wanted in {"csv", "parquet"}:
        return records_file(change_records(opened, question, sides), f"change-study-{opened.number}", wanted)
    return page(request, "desks/change.html", change_page(opened, question, sides))


@asked_by("state", "page", slices=True)
@on_a_study
@kept
def rows(request: HttpRequest, opened: OpenStudy) -> HttpResponseBase:
    """The promises behind a figure."""
    wanted = wanted_format(request, FILES)
    question, state = _question(request, opened).asked_by(()), request.GET.get("state", "")
    if wanted in {"csv", "parquet"}:
        return table_file(promises(opened, question, state), f"promises-{state or 'due'}-study-{opened.number}", wanted)
    number = whole_number(request.GET.get("page"), "page", otherwise=1)
    return page(request, "desks/rows.html", rows_page(opened, question, state=state, number=number))


@asked_by("sort", "state", AREA)
@on_a_study
@kept_between_acts()
def issues(request: HttpRequest, opened: OpenStudy) -> HttpResponseBase:
    """What should we fix, and what does it cost?"""
    wanted, admitted, area = wanted_format(request, FILES), here(request), request.GET.get(AREA, "")
    areas = narrowed(admitted.areas, area, known_areas())
    shown = issues_page(opened, request.GET.get("sort") or MONEY, areas, area)
    if wanted in {"csv", "parquet"}:
        return records_file(with_states_beside(records(opened, areas), admitted.standing), f"issues-study-{opened.number}", wanted)
    shown = with_states(opened, shown, admitted.standing, areas, Narrowing(request.GET.get("state", ""), area))
    return page(request, "desks/issues.html", replace(shown, areas=areas_to_choose(opened, admitted.areas, area)))


@asked_by()
@on_a_study
def issue(request: HttpRequest, opened: OpenStudy, key: str) -> HttpResponseBase:
    """What is it, who is hit, why, how much, whose?"""
    wanted = wanted_format(request, FILES)
    if wanted in {"csv", "parquet"}:
        return table_file(failures_of(opened, key, here(request).areas), f"failures-of-issue-{key}-study-{opened.number}", wanted)
    answer = _issue(request, opened, key)
    saw(request, ISSUE, key)  # once it is known to be there, and theirs to see
    return answer


@kept_between_acts()
def _issue(request: HttpRequest, opened: OpenStudy, key: str) -> HttpResponseBase:
    return issue_answer(request, opened, key)


@asked_by("page")
@on_a_study
@kept
def failures(request: HttpRequest, opened: OpenStudy, key: str) -> HttpResponseBase:
    """The failures of an issue."""
    number = whole_number(request.GET.get("page"), "page", otherwise=1)
    return page(request, "desks/failures.html", failures_page(opened, key, number, here(request).areas))


@asked_by("sort", "theme", "page")
@on_a_study
@kept
def themes(request: HttpRequest, opened: OpenStudy) -> HttpResponseBase:
    """In whose words?"""
    wanted = wanted_format(request, FILES)
    number = whole_number(request.GET.get("page"), "page", otherwise=1)
    shown = themes_page(opened, request.GET.get("sort") or LARGEST, request.GET.get("theme", ""), number)
    if wanted in {"csv", "parquet"}:
        return records_file(theme_records(opened), f"themes-study-{opened.number}", wanted)
    return page(request, "desks/themes.html", shown)


@asked_by("theme", "group", "of", "week", "page")
@on_a_study
@kept
def texts(request: HttpRequest, opened: OpenStudy) -> HttpResponseBase:
    """The texts behind a figure."""
    asked_for = wanted(*(request.GET.get(name, "") for name in ("theme", "group", "of", "week")))
    number = whole_number(request.GET.get("page"), "page", otherwise=1)
    return page(request, "desks/texts.html", texts_page(opened, asked_for, number))


@asked_by("of")
@on_a_study
@kept
def journeys(request: HttpRequest, opened: OpenStudy) -> HttpResponseBase:
    """What did customers go through, and where did they go no further?"""
    wanted = wanted_format(request, FILES)
    of = request.GET.get("of") or MOVES
    opened.journeys().table_of(of)  # refuses one there is not, in every format
    if wanted in {"csv", "parquet"}:
        return records_file(journeys_records(opened, of), f"journeys-{of}-study-{opened.number}", wanted)
    return page(request, "desks/journeys.html", _open_to_reader(request, journeys_page(opened)))


@asked_by("of", "step", "to", "page")
@on_a_study
def walks(request: HttpRequest, opened: OpenStudy) -> HttpResponseBase:
    """The journeys behind a number."""
    wanted_walks = Walked(*(request.GET.get(name, "") for name in ("of", "step", "to")))
    number = whole_number(request.GET.get("page"), "page", otherwise=1)
    return page(request, "desks/walks.html", walks_page(opened, wanted_walks, number))


@asked_by()
@on_a_study
@kept
def answers(request: HttpRequest, opened: OpenStudy) -> HttpResponseBase:
    """Marketing or service?"""
    wanted = wanted_format(request, FILES)
    if wanted in {"csv", "parquet"}:
        return records_file(answer_records(opened), f"answers-study-{opened.number}", wanted)
    return page(request, "desks/answers.html", _open_to_reader(request, answers_page(opened)))


@asked_by("answer", "exposure", "event", "page")
@on_a_study
def occasions(request: HttpRequest, opened: OpenStudy) -> HttpResponseBase:
    """The occasions behind a count of an answer."""
    answer, number = (whole_number(request.GET.get(name), name, otherwise=1) for name in ("answer", "page"))
    exposure, event = (request.GET.get(name, "") for name in ("exposure", "event"))
    return page(request, "desks/occasions.html", occasions_page(opened, answer, exposure, event, number))


@asked_by("structure")
@on_a_study
@kept_between_acts()
def purview(request: HttpRequest, opened: OpenStudy) -> HttpResponseBase:
    """Can we execute?"""
    wanted = wanted_format(request, FILES)
    shown = purview_page(opened, request.GET.get("structure", ""))  # refuses one there is not, in every format
    if wanted in {"csv", "parquet"}:
        return records_file(purview_records(opened), f"purview-study-{opened.number}", wanted)
    return page(request, "desks/purview.html", shown)


@asked_by()
@on_a_study
@kept
def measures(request: HttpRequest, opened: OpenStudy) -> HttpResponseBase:
    """Which targets hurt?"""
    wanted = wanted_format(request, FILES)
    if wanted in {"csv", "parquet"}:
        return records_file(measure_records(opened), f"measures-study-{opened.number}", wanted)
    return page(request, "desks/measures.html", measures_page(opened))


@asked_by("q", "subject", "at")
@on_a_study
@kept
def customers(request: HttpRequest, opened: OpenStudy) -> HttpResponseBase:
    """Whom do you look for? A search by exact id; or a subject that names nobody."""
    if key := request.GET.get("q", "").strip():
        return redirect(found_at(opened, asked_of(opened, key, None, None).customer or key))
    if request.GET.get("subject"):
        return _timeline(request, opened, None)
    return page(request, "desks/customers.html", customers_page(opened))


@asked_by("subject", "at")
@on_a_study
@kept
def customer(request: HttpRequest, opened: OpenStudy, customer: str) -> HttpResponseBase:
    """What happened to this person?"""
    return _timeline(request, opened, customer)


@asked_by()
@on_a_study
@kept
def sources(request: HttpRequest, opened: OpenStudy) -> HttpResponseBase:
    """Can I trust the numbers?"""
    return page(request, "desks/sources.html", sources_page(opened))


@asked_by("source", "mapping", "reason", "page")
@on_a_study
@kept
def set_aside(request: HttpRequest, opened: OpenStudy) -> HttpResponseBase:
    """The rows that were set aside."""
    wanted = wanted_format(request, FILES)
    aside = Aside(*(request.GET.get(name) or None for name in ("source", "mapping", "reason")))
    if wanted in {"csv", "parquet"}:
        check_aside(opened, aside)
        return table_file(rows_set_aside(opened, aside), f"set-aside-study-{opened.number}", wanted)
    number = whole_number(request.GET.get("page"), "page", otherwise=1)
    return page(request, "desks/set-aside.html", set_aside_page(opened, aside, number))


@asked_by("before", "after")
@on_a_study
@kept
def compare(request: HttpRequest, opened: OpenStudy) -> HttpResponseBase:
    """What changed between two studies?"""
    numbers = {name: request.GET.get(name) for name in ("before", "after")}
    missing = [name for name, value in numbers.items() if not value]
    if missing:
        raise RequestError("two studies are compared.", place=missing[0], mend="choose an earlier and a later one on the Studies page.")
    earlier, later = (open_study(whole_number(value, name, otherwise=1)) for name, value in numbers.items())
    return page(request, "desks/compare.html", compare_page(opened, earlier, later))


@asked_by()
@only_read
def design(request: HttpRequest) -> HttpResponse:
    """What is the workspace made of?"""
    return page(request, "desks/design.html", design_page(_head_if_any("desks:design")))


@asked_by()
@only_read
def numbers(request: HttpRequest) -> HttpResponse:
    """What do the numbers mean?"""
    return page(request, "desks/numbers.html", NumbersPage(_head_if_any(), NUMBERS))


@asked_by()
@only_read
def number(request: HttpRequest, slug: str) -> HttpResponse:
    """What does this number mean?"""
    if slug not in BY_SLUG:
        raise UnknownNumberError(f"there is no number “{slug[:60]}”.", place=request.path, mend=did_you_mean(slug, BY_SLUG))
    others = tuple(Link(one.name, reverse("desks:number", args=[one.slug]), one.slug == slug) for one in NUMBERS)
    return page(request, "desks/number.html", NumberPage(_head_if_any(), BY_SLUG[slug], others))


@login_not_required
@never_cache
@only_read
def healthz(request: HttpRequest) -> HttpResponse:
    """Is the workspace up? 200 where database and study can be read, 503 otherwise. Says nothing of what is in them."""
    checks = {"database": _state(_ask_database), "study": _state(_ask_study)}
    well = all(state in {"ok", "none yet"} for state in checks.values())
    return as_json(document(Health("ok" if well else "broken", checks))["data"], status=200 if well else 503)


class UnknownNumberError(RequestError):
    """A number the pages do not print."""

    status = 404


def _timeline(request: HttpRequest, opened: OpenStudy, customer: str | None) -> HttpResponseBase:
    """The timeline of a customer, or of a subject, as a page or as a file."""
    wanted = wanted_format(request, FILES)
    asked = asked_of(opened, customer, request.GET.get("subject"), request.GET.get("at"))
    if wanted in {"csv", "parquet"}:
        return records_file(timeline_records(opened, asked), f"timeline-study-{opened.number}", wanted)
    return page(request, "desks/customer.html", customer_page(opened, asked))


def _question(request: HttpRequest, opened: OpenStudy) -> Question:
    """What the address asks, with its period, of what the reader may see."""
    everything = request.GET.get("period") == EVERYTHING
    question = limited(opened, asked(request.GET, opened.dimensions), here(request).areas)
    known_value(opened, question)
    return settled(opened, question, everything=everything)


def _open_to_reader(request: HttpRequest, shown: Shown) -> Shown:
    """A page on the whole company, without links to rows its reader may not open."""
    standing = here(request).standing
    return with_open_links(shown, may_follow(standing, None, lambda _: True))


def _without(request: HttpRequest, name: str) -> QueryDict:
    """The parameters without one that means something else here."""
    parameters = request.GET.copy()
    parameters.pop(name, None)
    return parameters


def _head_if_any(here: str = "desks:numbers") -> Head | None:
    try:
        return head_of(open_study(), here)
    except StudyError:  # what the numbers mean can be told without one
        return None


def _state(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except (DatabaseError, TrothError, OSError):
        return "broken"


def _ask_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _ask_study() -> str:
    if not project().studies() and not project().shelf.began:
        return "none yet"
    study = open_study().study
    study.refuse_loss()
    _ = study.reading
    return "ok"
