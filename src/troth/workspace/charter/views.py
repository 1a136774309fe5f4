"""The charter's pages: guard, one operation or one question, render."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from troth.intake.agreement import write_charter
from troth.project.agreement import charter_text, file_name
from troth.terms.charter import KEYS, Charter
from troth.terms.charter import Line as Said
from troth.terms.errors import ProjectError, RequestError, SigningError
from troth.workspace.charter import documents as d
from troth.workspace.charter import forms, operations, pages
from troth.workspace.charter.errors import ChangedMeanwhileError, CharterError, UnknownVersionError
from troth.workspace.charter.models import Line, Objection, Version
from troth.workspace.charter.noting import note_missing
from troth.workspace.charter.opening import desk_of, row_with
from troth.workspace.charter.pages import Desk
from troth.workspace.parts.errors import problem_of
from troth.workspace.parts.methods import form_on, only_read, read_and_send
from troth.workspace.parts.pages import page
from troth.workspace.parts.parameters import asked_by
from troth.workspace.people.errors import NotYoursError
from troth.workspace.people.guard import Admitted, actor, guarded
from troth.workspace.studies.kept_pages import kept_between_acts
from troth.workspace.studies.questions import address

LARGEST = 1_000_000
"""Bytes of a charter.toml that are read."""

Row = TypeVar("Row", bound=Model)


@asked_by("version", "stage", "promise")
@read_and_send
@guarded
@kept_between_acts()
def charter(request: HttpRequest, admitted: Admitted) -> HttpResponse:
    """What did we agree?"""
    desk = desk_of(admitted)
    done, problem = "", None
    if request.method == "POST":
        try:
            return _act(request, desk)
        except (CharterError, ProjectError, RequestError) as error:
            problem = problem_of(error)
    note_missing(desk.agreed, desk.opened, desk.at)
    asked = request.GET
    shown = pages.charter_page(desk, asked.get("version", ""), asked.get("stage", ""), asked.get("promise", ""))
    return page(request, "charter/charter.html", replace(shown, done=done, problem=problem), status=problem.status if problem else 200)


@asked_by("before", "after")
@read_and_send
@guarded
def versions(request: HttpRequest, admitted: Admitted) -> HttpResponse:
    """What did we agree when?"""
    desk = desk_of(admitted)
    problem = None
    if request.method == "POST":
        try:
            return _act(request, desk)
        except (CharterError, ProjectError, RequestError) as error:
            problem = problem_of(error)
    shown = pages.versions_page(desk, request.GET.get("before", ""), request.GET.get("after", ""))
    return page(request, "charter/versions.html", replace(shown, problem=problem), status=problem.status if problem else 200)


@asked_by("version")
@only_read
@guarded
def download(request: HttpRequest, admitted: Admitted) -> HttpResponse:
    """A version as its charter.toml."""
    desk = desk_of(admitted)
    name = request.GET.get("version", "")
    pair = desk.named(name) if name else desk.in_force or desk.draft
    if pair is None:
        raise UnknownVersionError("there is no version to download.", place="version", mend="open a draft first.")
    found = pair[1]
    headers = {"Content-Disposition": f'attachment; filename="charter-{file_name(found.version)}"'}
    return HttpResponse(write_charter(found), content_type="application/toml; charset=utf-8", headers=headers)


@asked_by()
@read_and_send
@guarded
def line(request: HttpRequest, admitted: Admitted, key: str) -> HttpResponse:
    """What do we agree here?"""
    row = row_with(Line, key, "line")
    desk = desk_of(admitted)
    if request.method != "POST":
        return page(request, "charter/line.html", pages.line_page(desk, row))
    before = d.line_of(row.said)
    if row.version.is_draft and not desk.may_change(row.version, before):
        raise NotYoursError("this line is not yours to change.", mend="ask an officer, or whoever leads it.")
    opened = _opened(row, request)
    yours: dict[str, str] = forms.texts_of(opened, desk.units)
    done, problem, wrong, conflict = "", None, dict[str, str](), None
    try:
        yours = forms.written(request.POST, yours)
        revision = _number(request, "revision")
        if request.POST.get("do") == "take out":
            changed = operations.remove_line(line=row, revision=revision, actor=actor(request), at=desk.at)
            done = "This line is taken out. What it said stays on record, and it can be taken up again."
        else:
            said = forms.line_from(yours, opened, d.composed(row.version), desk.folder)
            changed = operations.change_line(line=row, said=said, revision=revision, actor=actor(request), at=desk.at)
            done = "Kept."
        done += _unsigned(changed.unsigned)
    except ChangedMeanwhileError as error:
        row.refresh_from_db()
        problem = problem_of(error)
        conflict, yours = pages.conflict_of(desk, row, _number(request, "revision"), yours)
    except CharterError as error:
        problem = problem_of(error)
        wrong = {problem.place: f"{problem.title} {problem.mend}".strip()}
    row = Line.objects.select_related("version").get(pk=row.pk)
    shown = pages.line_page(desk, row, texts=yours if problem else None, wrong=wrong, conflict=conflict)
    if problem and conflict is None:  # the form was not taken, so it is still the one that was opened
        shown = replace(shown, revision=_number_or(request, "revision", row.revision))
    return page(request, "charter/line.html", replace(shown, done=done, problem=problem), status=problem.status if problem else 200)


@asked_by(*KEYS)
@read_and_send
@guarded
def new_line(request: HttpRequest, admitted: Admitted, key: str) -> HttpResponse:
    """A line more."""
    version = row_with(Version, key, "version")
    desk = desk_of(admitted)
    empty = Said()
    texts = forms.texts_of(empty, desk.units)
    if request.method != "POST":
        keys = {name: value[: forms.LONGEST_KEY] for name, value in pages.keys_from(request.GET).items()}
        return page(request, "charter/line.html", pages.new_line_page(desk, version, {**texts, **keys}))
    wrong: dict[str, str] = {}
    try:
        texts = forms.written(request.POST, texts)
        said = forms.line_from(texts, empty, d.composed(version), desk.folder)
        changed = operations.add_line(version=version, line=said, actor=actor(request), at=desk.at)
    except CharterError as error:
        problem = problem_of(error)
        wrong = {problem.place: f"{problem.title} {problem.mend}".strip()}
        shown = replace(pages.new_line_page(desk, version, texts, wrong), problem=problem)
        return page(request, "charter/line.html", shown, status=problem.status)
    made = changed.line
    if made is None:
        raise UnknownVersionError("the line is gone.", place="line", mend="look at the charter anew.")
    shown = replace(pages.line_page(desk, made), done="The line is added." + _unsigned(changed.unsigned))
    return page(request, "charter/line.html", shown, status=201)


@asked_by()
@read_and_send
@guarded
def terms(request: HttpRequest, admitted: Admitted, key: str) -> HttpResponse:
    """Who agrees, from when, on which stages and areas?"""
    version = row_with(Version, key, "version")
    desk = desk_of(admitted)
    if request.method != "POST":
        return page(request, "charter/terms.html", pages.terms_page(desk, version))
    before = pages.terms_opened(version, _number_or(request, "revision", version.revision))
    texts = forms.terms_texts(before)
    done, problem, wrong, conflict = "", None, dict[str, str](), None
    try:
        texts = forms.written(request.POST, texts)
        header = forms.terms_from(texts, before, desk.folder)
        changed = operations.change_header(
            version=version, header=header, revision=_number(request, "revision"), actor=actor(request), at=desk.at
        )
        past = forms.past_day(texts["effective_from"], desk.today)
        done = "Kept." + _unsigned(changed.unsigned) + (f" First day in force: {past[:1].lower()}{past[1:]}" if past else "")
    except ChangedMeanwhileError as error:
        problem = problem_of(error)
        conflict, texts = pages.terms_conflict_of(desk, version, _number(request, "revision"), texts)
    except CharterError as error:
        problem = problem_of(error)
        wrong = {problem.place: f"{problem.title} {problem.mend}".strip()}
    version.refresh_from_db()
    shown = pages.terms_page(desk, version, texts=texts if problem else None, wrong=wrong)
    if problem and conflict is None:
        shown = replace(shown, revision=_number_or(request, "revision", version.revision))
    shown = replace(shown, conflict=conflict, done=done, problem=problem)
    return page(request, "charter/terms.html", shown, status=problem.status if problem else 200)


@asked_by()
@read_and_send
@guarded
def sign(request: HttpRequest, admitted: Admitted, key: str) -> HttpResponse:
    """What exactly is signed?"""
    version = row_with(Version, key, "version")
    desk = desk_of(admitted)
    done, problem = "", None
    if request.method == "POST":
        try:
            _confirmed(request)
            version = operations.sign(
                version=version,
                party=request.POST.get("party", ""),
                digest=request.POST.get("digest", ""),
                folder=desk.folder,
                standing=admitted.standing,
                today=desk.today,
                actor=actor(request),
                at=desk.at,
            )
            done = "You have signed. " + (
                "Every party has: the version is written into the project, and the next study uses it from its first day on."
                if version.published_at
                else "It stays a draft until every party has signed the very same content."
            )
            desk = desk_of(admitted)
        except (CharterError, SigningError, ProjectError) as error:
            problem = problem_of(error)
    shown = pages.sign_page(desk, version)
    return page(request, "charter/sign.html", replace(shown, done=done, problem=problem), status=problem.status if problem else 200)


@form_on("charter:line", "key")
@guarded
def object_to(request: HttpRequest, admitted: Admitted, key: str) -> HttpResponse:
    """Disagree with a line."""
    row = row_with(Line, key, "line")
    desk = desk_of(admitted)

    def act() -> str:
        operations.object_to(
            line=row,
            party=request.POST.get("party", ""),
            reason=request.POST.get("reason", ""),
            standing=admitted.standing,
            today=desk.today,
            actor=actor(request),
            at=desk.at,
        )
        return "Your objection is on record. Nobody can sign before it is settled."

    return _on_line(request, desk, row, act)


@form_on("charter:charter")
@guarded
def objection(request: HttpRequest, admitted: Admitted, key: str) -> HttpResponse:
    """Settle an objection."""
    found = row_with(Objection, key, "objection")
    desk = desk_of(admitted)

    def act() -> str:
        operations.settle(
            objection=found,
            ruling=request.POST.get("ruling", ""),
            reason=request.POST.get("reason", ""),
            standing=admitted.standing,
            today=desk.today,
            actor=actor(request),
            at=desk.at,
        )
        return "The objection is settled."

    keys = found.keys
    rows = [row for row, said in d.lines_of(found.version) if d.keys_text(said) == keys]
    if rows:
        return _on_line(request, desk, rows[0], act)
    act()
    return HttpResponseRedirect(address(reverse("charter:charter"), version=found.version.name))


def _on_line(request: HttpRequest, desk: Desk, row: Line, act: Callable[[], str]) -> HttpResponse:
    done, problem = "", None
    try:
        done = act()
    except (CharterError, SigningError) as error:
        problem = problem_of(error)
    shown = replace(pages.line_page(desk, row), done=done, problem=problem)
    return page(request, "charter/line.html", shown, status=problem.status if problem else 200)


def _act(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What a form of the charter or of the versions asks for; leads to the version it is about."""
    what = request.POST.get("do", "")
    base = desk.in_force[0] if desk.in_force else None
    if what == "open draft":
        version = operations.open_draft(base=base, today=desk.today, actor=actor(request), at=desk.at)
    elif what == "import":
        version = operations.import_draft(charter=_sent(request, desk), base=base, actor=actor(request), at=desk.at)
    elif what == "withdraw":
        version = desk.named(request.POST.get("version", ""))[0]
        operations.withdraw(version=version, actor=actor(request), at=desk.at)
        return HttpResponseRedirect(reverse("charter:versions"))
    else:
        raise CharterError("this form asks for nothing.", place="do", mend="use the buttons of the page.")
    return HttpResponseRedirect(address(reverse("charter:charter"), version=version.name))


def _sent(request: HttpRequest, desk: Desk) -> Charter:
    """The charter.toml somebody sent.

    :raises CharterError: no file, or one too large.
    :raises ProjectError: it is no charter.
    """
    sent = request.FILES.get("file")
    if sent is None or isinstance(sent, list):
        raise CharterError("no file was sent.", place="file", mend="choose the charter.toml you changed.")
    if (sent.size or 0) > LARGEST:
        raise CharterError("this file is too large for a charter.", place="file", mend=f"send at most {LARGEST:,} bytes.")
    try:
        text = sent.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CharterError("the file is not UTF-8 text.", place="file", mend="save it as UTF-8.") from error
    return charter_text(text, desk.folder, Path(sent.name or "charter.toml").name)


def _opened(row: Line, request: HttpRequest) -> Said:
    """What the line said when the form was opened, so that what was left alone is told from what was changed."""
    revision = row.revisions.filter(number=_number_or(request, "revision", row.revision)).first()
    return d.line_of(row.said if revision is None else revision.said)


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    if not text.isascii() or not text.isdigit() or len(text) > 9:  # noqa: PLR2004 - digits of a 32-bit number
        raise CharterError("the form does not say which revision it changes.", place=name, mend="open the page anew, and send its form.")
    return int(text)


def _number_or(request: HttpRequest, name: str, otherwise: int) -> int:
    try:
        return _number(request, name)
    except CharterError:
        return otherwise


def _confirmed(request: HttpRequest) -> None:
    if request.POST.get("confirm") != "yes":
        raise CharterError("signing needs your confirmation.", place="confirm", mend="tick that you have read what is signed.")


def _unsigned(parties: tuple[str, ...]) -> str:
    if not parties:
        return ""
    have = "has" if len(parties) == 1 else "have"
    return f" With this, {' and '.join(parties)} {have} no longer signed: they signed another content."
