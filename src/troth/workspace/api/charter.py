"""The charter: what was agreed, drafts, objections and signatures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field, create_model

from troth.intake.agreement import write_charter
from troth.project.agreement import charter_text
from troth.terms import charter as terms
from troth.terms import signing
from troth.terms.vocabulary import Aspect
from troth.workspace.api.documents import Body, Done, Key, Listed, Text
from troth.workspace.charter import documents as d
from troth.workspace.charter import forms, operations
from troth.workspace.charter.models import Line, Missing, Objection, Version
from troth.workspace.charter.opening import desk_of, row_with
from troth.workspace.charter.pages import Desk
from troth.workspace.people.errors import NotYoursError
from troth.workspace.people.guard import actor, here

router = Router(tags=["Charter"])

LARGEST = 1_000_000
"""Letters of a charter.toml."""

Revision = Annotated[int, Field(ge=0, lt=2**31, description="The one you have seen.")]
OneLine = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\r\n|\x00]+$")]
Value = Annotated[Text | float | bool | None, Field(description="As the form takes it, in words or as a number; null is nothing said.")]


class VersionOut(Schema):
    """One version."""

    id: int
    name: str
    state: str = Field(description="draft, signed, in force, superseded, given up, gone from file")
    effective_from: date | None
    promises_since: date | None
    lines: int
    unsigned: list[str] = Field(description="Parties that have not signed what it says now.")
    obstacles: list[str] = Field(description="What keeps a draft from being signed.")


class LineOut(Schema):
    """One line."""

    id: int
    revision: int
    said: dict[str, Any]


class ObjectionOut(Schema):
    """A party's disagreement with a line."""

    id: int
    party: str
    keys: dict[str, Any]
    reason: str
    on: date
    ruling: str
    ruled_by: str | None
    ruled_on: date | None
    ruling_reason: str | None


class SignatureOut(Schema):
    """A party's yes to exactly one content."""

    party: str
    by: str | None
    on: date
    digest: str


class PartyOut(Schema):
    """Who signs."""

    title: str
    aspect: Aspect


class TouchpointOut(Schema):
    """Where a customer meets the company."""

    name: str
    channel: str | None
    area: str | None


class VersionWhole(VersionOut):
    """A version, and what it says."""

    revision: int = Field(description="Of its terms; send it with a change of them.")
    digest: str = Field(description="SHA-256 of its content: what is signed.")
    tie_break: str | None
    stages: list[str]
    parties: list[PartyOut]
    areas: list[dict[str, str]]
    touchpoints: list[TouchpointOut]
    agreed: list[LineOut]
    signatures: list[SignatureOut]
    objections: list[ObjectionOut]


class File(Schema):
    """A version as its charter.toml."""

    name: str
    toml: str


class MissingOut(Schema):
    """A combination on record that no line in force speaks of."""

    cell: dict[str, Any]
    promises: int
    people: int
    study: int
    noted_at: datetime


class Change(Schema):
    """One thing that differs."""

    said: str


class ImportIn(Body):
    """A charter.toml."""

    toml: str = Field(max_length=LARGEST)


class AreaIn(Body):
    """An area, and whose work it is."""

    name: OneLine
    aspect: Aspect


class PartyIn(Body):
    """Who signs."""

    title: OneLine
    aspect: Aspect


class TouchpointIn(Body):
    """Where a customer meets the company."""

    name: OneLine
    channel: OneLine | None = None
    area: OneLine | None = None


class TermsIn(Body):
    """Who agrees, from when, on which stages and areas. What is left out stays."""

    revision: Revision
    version: OneLine | None = None
    effective_from: date | None = None
    promises_since: date | None = None
    tie_break: Text | None = None
    stages: list[OneLine] | None = Field(None, max_length=200)
    parties: list[PartyIn] | None = Field(None, max_length=50)
    areas: list[AreaIn] | None = Field(None, max_length=500)
    touchpoints: list[TouchpointIn] | None = Field(None, max_length=500)


class LineRevision(Body):
    """Which revision of a line is meant."""

    revision: Revision


LineIn = create_model(
    "LineIn",
    __base__=Body,
    __doc__="A line. What is left out says nothing.",
    **{name: (Value, Field(None, description=f"{label}: {hint}")) for name, (label, hint) in forms.LINE_LABELS.items()},  # type: ignore[call-overload]
)
LineChange = create_model(
    "LineChange", __base__=LineIn, __doc__="A change of a line. What is left out stays; null takes it back.", revision=(Revision, ...)
)


class ObjectionIn(Body):
    """A party disagrees."""

    party: Text
    reason: Text


class RulingIn(Body):
    """How an objection is settled."""

    ruling: Literal["upheld", "overruled", "withdrawn"]
    reason: Text = ""


class SignatureIn(Body):
    """A party signs exactly what was read."""

    party: Text
    digest: str = Field(min_length=64, max_length=64, description="“digest” of the version, as you have read it.")


@router.get("/versions", response=Listed[VersionOut], url_name="versions", summary="What did we agree when?")
def versions(request: HttpRequest) -> dict[str, Any]:
    """Every version, the latest first."""
    desk = desk_of(here(request))
    return {"rows": [_version(desk, row, charter) for row, charter in desk.versions]}


@router.post("/versions", response={201: VersionWhole}, url_name="versions", summary="Open a draft")
def open_draft(request: HttpRequest) -> Status[dict[str, Any]]:
    """A draft that says what the version in force says, to be changed and signed."""
    admitted = here(request)
    desk = desk_of(admitted)
    base = desk.in_force[0] if desk.in_force else None
    made = operations.open_draft(base=base, today=desk.today, actor=actor(request), at=desk.at)
    return Status(201, _whole(desk_of(admitted), made))


@router.post("/versions/import", response={201: VersionWhole}, url_name="version-import", summary="Open a draft from a charter.toml")
def import_draft(request: HttpRequest, body: ImportIn) -> Status[dict[str, Any]]:
    """A draft with the content of a charter.toml that was edited elsewhere. Nobody has signed it."""
    admitted = here(request)
    desk = desk_of(admitted)
    charter = charter_text(body.toml, desk.folder, Path("charter.toml").name)
    base = desk.in_force[0] if desk.in_force else None
    made = operations.import_draft(charter=charter, base=base, actor=actor(request), at=desk.at)
    return Status(201, _whole(desk_of(admitted), made))


@router.get("/missing", response=Listed[MissingOut], url_name="missing", summary="What did nobody agree?")
def missing(request: HttpRequest) -> dict[str, Any]:
    """Combinations on record that no line in force speaks of, those that hit most people first."""
    rows = Missing.objects.filter(settled_at=None)
    kept = ("promises", "people", "study", "noted_at")
    return {"rows": [{"cell": d.json_of(row.cell), **{name: getattr(row, name) for name in kept}} for row in rows]}


@router.get("/versions/{key}", response=VersionWhole, url_name="version", summary="What does a version say?")
def version(request: HttpRequest, key: Key) -> dict[str, Any]:
    """A version with its lines, signatures and objections."""
    return _whole(desk_of(here(request)), row_with(Version, str(key), "version"))


@router.get("/versions/{key}/file", response=File, url_name="version-file", summary="A version as its charter.toml")
def file(request: HttpRequest, key: Key) -> File:
    """The same, as the file that holds it."""
    row = row_with(Version, str(key), "version")
    return File(name=row.name, toml=write_charter(d.composed(row)))


@router.get("/versions/{key}/changes/{since}", response=Listed[Change], url_name="version-changes", summary="What differs?")
def changes(request: HttpRequest, key: Key, since: Key) -> dict[str, Any]:
    """What a version says that another did not, line by line, in words."""
    desk = desk_of(here(request))
    before, after = (d.composed(row_with(Version, str(one), "version")) for one in (since, key))
    return {"rows": [{"said": one.said} for one in desk.changes(before, after)]}


@router.post("/versions/{key}/withdraw", response=Done, url_name="version-withdraw", summary="Give a draft up")
def withdraw(request: HttpRequest, key: Key) -> Done:
    """Give a draft up. It stays on record, and another may be opened."""
    row = row_with(Version, str(key), "version")
    operations.withdraw(version=row, actor=actor(request), at=here(request).standing.at)
    return Done(done=f"Version {row.name} is given up.")


@router.post("/versions/{key}/terms", response=VersionWhole, url_name="version-terms", summary="Change a draft's terms")
def change_terms(request: HttpRequest, key: Key, body: TermsIn) -> dict[str, Any]:
    """Its name, days, tie-break role, stages, parties, areas and touchpoints. Lines are not touched."""
    admitted = here(request)
    desk = desk_of(admitted)
    row = row_with(Version, str(key), "version")
    before = d.composed(row)
    sent = body.dict(exclude_unset=True, exclude={"revision"})
    texts = forms.written({name: _term(name, value) for name, value in sent.items()}, forms.terms_texts(before))
    header = forms.terms_from(texts, before, desk.folder)
    operations.change_header(version=row, header=header, revision=body.revision, actor=actor(request), at=desk.at)
    return _whole(desk_of(admitted), row_with(Version, str(key), "version"))


@router.post("/versions/{key}/lines", response={201: LineOut}, url_name="lines", summary="Add a line")
def add_line(request: HttpRequest, key: Key, body: LineIn) -> Status[dict[str, Any]]:  # type: ignore[valid-type]
    """A line more in a draft."""
    desk = desk_of(here(request))
    row = row_with(Version, str(key), "version")
    empty = terms.Line()
    said = forms.line_from(_texts(body, empty, desk), empty, d.composed(row), desk.folder)
    made = operations.add_line(version=row, line=said, actor=actor(request), at=desk.at).line
    return Status(201, _line(made) if made else {})


@router.post("/lines/{key}", response=LineOut, url_name="line", summary="Change a line")
def change_line(request: HttpRequest, key: Key, body: LineChange) -> dict[str, Any]:  # type: ignore[valid-type]
    """Make a line of a draft say something else, or take it up again where it was taken out. Its keys stay."""
    row, desk = _my_line(request, key)
    was = d.line_of(row.said)
    said = forms.line_from(_texts(body, was, desk), was, d.composed(row.version), desk.folder)
    made = operations.change_line(line=row, said=said, revision=body.revision, actor=actor(request), at=desk.at).line  # type: ignore[attr-defined]
    return _line(made or row)


@router.post("/lines/{key}/take-out", response=Done, url_name="line-out", summary="Take a line out")
def take_out(request: HttpRequest, key: Key, body: LineRevision) -> Done:
    """Take a line out of a draft. What it said stays on record."""
    row, desk = _my_line(request, key)
    operations.remove_line(line=row, revision=body.revision, actor=actor(request), at=desk.at)
    return Done(done="This line is taken out. What it said stays on record.")


@router.post("/lines/{key}/objections", response={201: ObjectionOut}, url_name="line-objections", summary="Disagree with a line")
def object_to(request: HttpRequest, key: Key, body: ObjectionIn) -> Status[dict[str, Any]]:
    """A party disagrees with a line of a draft. Until that is settled nobody can sign."""
    admitted = here(request)
    desk = desk_of(admitted)
    made = operations.object_to(
        line=row_with(Line, str(key), "line"),
        party=body.party,
        reason=body.reason,
        standing=admitted.standing,
        today=desk.today,
        actor=actor(request),
        at=desk.at,
    )
    return Status(201, _objection(made))


@router.post("/objections/{key}", response=ObjectionOut, url_name="objection", summary="Settle an objection")
def settle(request: HttpRequest, key: Key, body: RulingIn) -> dict[str, Any]:
    """Its party takes it back, or the tie-break role rules once it has stood two cadences."""
    admitted = here(request)
    desk = desk_of(admitted)
    found = row_with(Objection, str(key), "objection")
    operations.settle(
        objection=found,
        ruling=body.ruling,
        reason=body.reason,
        standing=admitted.standing,
        today=desk.today,
        actor=actor(request),
        at=desk.at,
    )
    found.refresh_from_db()
    return _objection(found)


@router.post("/versions/{key}/sign", response=VersionWhole, url_name="version-sign", summary="Sign a draft")
def sign(request: HttpRequest, key: Key, body: SignatureIn) -> dict[str, Any]:
    """Sign a draft for a party. With the last signature it is written into the project, and the next study knows it."""
    admitted = here(request)
    desk = desk_of(admitted)
    row = operations.sign(
        version=row_with(Version, str(key), "version"),
        party=body.party,
        digest=body.digest,
        folder=desk.folder,
        standing=admitted.standing,
        today=desk.today,
        actor=actor(request),
        at=desk.at,
    )
    return _whole(desk_of(admitted), row)


def _my_line(request: HttpRequest, key: int) -> tuple[Line, Desk]:
    """A line somebody may change: of a draft, in full or as its lead."""
    row, desk = row_with(Line, str(key), "line"), desk_of(here(request))
    if row.version.is_draft and not desk.may_change(row.version, d.line_of(row.said)):
        raise NotYoursError("this line is not yours to change.", mend="ask an officer, or whoever leads it.")
    return row, desk


def _texts(body: Body, before: terms.Line, desk: Desk) -> dict[str, str]:
    """What was sent, as the form would show it; what was left out as it was."""
    sent = body.dict(exclude_unset=True, exclude={"revision"})
    return forms.written({name: forms.text_of(name, value) for name, value in sent.items()}, forms.texts_of(before, desk.units))


def _term(name: str, value: Any) -> str:
    """A term as a field of the form shows it."""
    if value is None:
        return ""
    if name == "parties":
        return "\n".join(f"{one['title']}: {one['aspect']}" for one in value)
    if name == "areas":
        return "\n".join(f"{one['name']}: {one['aspect']}" for one in value)
    if name == "touchpoints":
        return "\n".join(" | ".join([one["name"], one["channel"] or "", one["area"] or ""]).rstrip(" |") for one in value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _version(desk: Desk, row: Version, charter: terms.Charter) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "state": desk.state(row, charter),
        "effective_from": charter.effective_from,
        "promises_since": charter.promises_since,
        "lines": len(charter.lines),
        "unsigned": list(signing.unsigned(charter)),
        "obstacles": list(signing.obstacles(charter)) if row.is_draft else [],
    }


def _whole(desk: Desk, row: Version) -> dict[str, Any]:
    charter = d.composed(row)
    return {
        **_version(desk, row, charter),
        "revision": row.revision,
        "digest": signing.content_digest(charter),
        "tie_break": charter.tie_break,
        "stages": list(charter.stages),
        "parties": [{"title": one.title, "aspect": one.aspect} for one in charter.parties],
        "areas": [{"name": one.name, "aspect": str(one.aspect)} for one in charter.areas],
        "touchpoints": [{"name": one.name, "channel": one.channel, "area": one.area} for one in charter.touchpoints],
        "agreed": [_line(line) for line, _ in d.lines_of(row)],
        "signatures": [{"party": one.party, "by": one.by, "on": one.on, "digest": one.digest} for one in charter.signatures],
        "objections": [_objection(one) for one in row.objections.filter(removed_at=None).order_by("pk")],
    }


def _line(row: Line) -> dict[str, Any]:
    return {"id": row.pk, "revision": row.revision, "said": d.json_of(row.said)}


def _objection(row: Objection) -> dict[str, Any]:
    told = {field: getattr(row, field) for field in ("party", "reason", "on", "ruling", "ruled_by", "ruled_on", "ruling_reason")}
    return {"id": row.pk, "keys": d.json_of(row.keys), **told}
