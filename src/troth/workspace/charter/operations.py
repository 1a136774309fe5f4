"""Every write of this app. Each is one transaction, and writes its entry of the timeline in it.

Whoever may change the charter is decided by the page's guard; who may sign, object and settle, here: it depends on the charter itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from troth.engine.charters.missing import MissingCell
from troth.intake import Folder
from troth.intake.agreement import write_charter
from troth.intake.folder import binding
from troth.project.agreement import charters_on_file, publish_charter, refuse_unfit
from troth.project.charter_changes import charter_changes
from troth.terms import signing
from troth.terms.charter import OVERRULED, UPHELD, WITHDRAWN, Charter
from troth.terms.charter import Line as Said
from troth.terms.errors import SigningError
from troth.workspace.charter import documents as d
from troth.workspace.charter import parties
from troth.workspace.charter.errors import ChangedMeanwhileError, CharterError, NotYourPartyError, SettledError, UnknownVersionError
from troth.workspace.charter.models import HeaderRevision, Line, LineRevision, Missing, Objection, Signature, Version
from troth.workspace.people.guard import Standing
from troth.workspace.timeline.operations import Actor, Thing, record

FOLDER = Actor(None, "the project folder")
"""Who acts where what is on file has changed."""

DAYS_TO_SIGN = 7
"""A new draft proposes to come into force after so many days: a cadence, in which the parties meet once."""

LONGEST_NAME, LONGEST_ON_FILE = 60, 200
LONGEST_REASON = 2_000
MOST_LINES = 511
"""Lines of one version: a study takes fewer than 512, those of earlier versions counted in."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change did beside what it was for.

    :param version: the version it was made in. :param line: the line, where it was one.
    :param unsigned: parties whose signature no longer holds, since they signed another content.
    """

    version: Version
    line: Line | None = None
    unsigned: tuple[str, ...] = ()


# What is on file


def take_in(*, folder: Folder, at: datetime) -> tuple[Version, ...]:
    """Bring what stands in the project folder into the workspace: the first time as it is, later what was changed there by hand.

    What judges on file judges here: a study reads the files. A draft on file is taken in once, and is then changed here. Doing it again
    changes nothing.

    :returns: versions that are new here or were changed on file.
    """
    on_file = charters_on_file(folder)
    judging = [id(one) for one in binding([charter for _, charter in on_file])]
    found = []
    for file, charter in on_file:
        place = file.relative_to(folder.path).as_posix()
        one = _take_in(charter, place, judges=any(id(charter) == judge for judge in judging), at=at)
        found += [one] if one else []
    gone = Version.objects.filter(published_at__isnull=False, withdrawn_at=None)
    for version in gone.exclude(name__in=[charter.version for _, charter in on_file]):
        found.append(_lost(version, at=at))
    return tuple(found)


@transaction.atomic
def _take_in(charter: Charter, place: str, *, judges: bool, at: datetime) -> Version | None:
    _storable(charter, place)
    version = Version.objects.select_for_update().filter(name=charter.version).first()
    if version is None:
        version = _new_version(charter, actor=FOLDER, at=at, file=place, published_at=at if judges else None)
        record(actor=FOLDER, verb="took in", thing=thing_of(version), at=at, after=_content(charter))
        return version
    if not judges:
        return None
    before = d.composed(version)
    settled = version.published_at is not None and version.withdrawn_at is None
    if settled and before == charter and version.file == place:
        return None
    if before != charter:
        _write_content(version, charter, by=FOLDER.name, at=at)
    version.file, version.withdrawn_at = place, None
    version.published_at = version.published_at or at
    version.save(update_fields=["file", "withdrawn_at", "published_at"])
    record(actor=FOLDER, verb="changed on file", thing=thing_of(version), at=at, before=_content(before), after=_content(charter))
    return version


@transaction.atomic
def _lost(version: Version, *, at: datetime) -> Version:
    Version.objects.filter(pk=version.pk).update(withdrawn_at=at)
    version.withdrawn_at = at
    record(actor=FOLDER, verb="lost from file", thing=thing_of(version), at=at, before={"file": version.file})
    return version


# Drafts


@transaction.atomic
def open_draft(*, base: Version | None, today: date, actor: Actor, at: datetime) -> Version:
    """A draft that says what ``base`` says, to be changed and signed.

    It has a name of its own and proposes to come into force in a week. Nobody has signed it.

    :param base: the version in force; ``None`` where nothing is agreed yet.
    :raises CharterError: a draft is open already.
    """
    _one_draft()
    before = Charter() if base is None else d.composed(base)
    charter = replace(
        before,
        version=_next_name(),
        effective_from=today + timedelta(days=DAYS_TO_SIGN),
        promises_since=None,
        parties=tuple(replace(party, signed=False) for party in before.parties),
        signatures=(),
        objections=(),
    )
    draft = _new_version(charter, actor=actor, at=at, based_on=base)
    record(actor=actor, verb="opened", thing=thing_of(draft), at=at, after={"from": None if base is None else base.name})
    return draft


@transaction.atomic
def import_draft(*, charter: Charter, base: Version | None, actor: Actor, at: datetime) -> Version:
    """A draft with the content of a charter.toml that was edited elsewhere. What it holds of signatures is kept where it still holds.

    A name that is taken by a version that judges, or by an earlier draft, gives way to a new one.

    :raises CharterError: a draft is open already; it says nothing else than ``base``; more lines than a study takes.
    """
    _one_draft()
    if base is not None and d.composed(base) == charter:
        raise CharterError(
            f"this file says what version {base.name} says.", place="file", mend="download it, change it, and send it again."
        )
    _storable(charter, "file")
    if len(charter.lines) > MOST_LINES:
        raise CharterError(f"a charter takes at most {MOST_LINES} lines.", place="file", mend="merge lines that say the same.")
    if Version.objects.filter(name=charter.version).exists():
        unsigned = tuple(replace(party, signed=False) for party in charter.parties)
        charter = replace(charter, version=_next_name(), parties=unsigned, signatures=(), objections=())
    else:
        # What somebody wrote into a file is no signature given here: it would sign for others.
        charter = replace(charter, parties=tuple(replace(party, signed=False) for party in charter.parties), signatures=(), objections=())
    _named(charter.version)
    draft = _new_version(charter, actor=actor, at=at, based_on=base)
    record(actor=actor, verb="imported", thing=thing_of(draft), at=at, after=_content(charter))
    return draft


@transaction.atomic
def withdraw(*, version: Version, actor: Actor, at: datetime) -> None:
    """Give a draft up. It stays on record, and another may be opened.

    :raises SettledError: it is no draft.
    """
    held = _draft(version)
    Version.objects.filter(pk=held.pk).update(withdrawn_at=at)
    version.withdrawn_at = at
    record(actor=actor, verb="withdrew", thing=thing_of(held), at=at)


@transaction.atomic
def change_header(*, version: Version, header: Charter, revision: int, actor: Actor, at: datetime) -> Changed:
    """Change a draft's name, days, tie-break role, stages, parties, areas and touchpoints. Lines are not touched.

    :param header: what it is to say; its lines, signatures and objections are ignored.
    :param revision: the revision that was looked at.
    :raises ChangedMeanwhileError: somebody has changed it since.
    :raises CharterError: the name is taken or is none.
    :raises SettledError: it is no draft.
    """
    held = _draft(version)
    if held.revision != revision:
        last = held.revisions.last()
        what = f"{last.by if last else 'somebody'} has changed the terms since you opened them."
        raise ChangedMeanwhileError(what, place="revision", mend="both are shown below; nothing of either is lost.")
    before = d.composed(held)
    _named(header.version)
    if header.version != held.name and Version.objects.filter(name=header.version).exists():
        raise CharterError(f"there is a version “{header.version}” already.", place="version", mend="give it a name of its own.")
    after = replace(header, lines=before.lines, signatures=before.signatures, objections=before.objections)
    changes = charter_changes(before, after)
    if not changes.rows:
        return Changed(held)
    held.header, held.name, held.revision = d.header_of(after), after.version, held.revision + 1
    held.save(update_fields=["header", "name", "revision"])
    HeaderRevision.objects.create(version=held, number=held.revision, header=held.header, by=actor.name, at=at)
    lost = _unsigned_by(before, after)
    said = {"changes": [one.said for one in changes], "unsigned": list(lost)}
    record(actor=actor, verb="changed the terms of", thing=thing_of(held), at=at, before=_content(before), after=said)
    return Changed(held, None, lost)


# Lines


@transaction.atomic
def add_line(*, version: Version, line: Said, actor: Actor, at: datetime) -> Changed:
    """Add a line to a draft.

    :raises CharterError: there is a line of these keys, or the version is full.
    :raises SettledError: it is no draft.
    """
    held = _draft(version)
    rows = d.lines_of(held)
    if any(one.keys == line.keys for _, one in rows):
        raise CharterError(f"there is a line on {signing.title(line)} already.", place="promise", mend="change that one.")
    if len(rows) >= MOST_LINES:
        raise CharterError(f"a charter takes at most {MOST_LINES} lines.", place="line", mend="merge lines that say the same.")
    before = d.composed(held, lines=(one for _, one in rows))
    last = held.lines.order_by("-position").first()
    row = _add_line(held, line, position=last.position + 1 if last else 1, by=actor.name, at=at)
    lost = _unsigned_by(before, replace(before, lines=(*before.lines, line)))
    record(actor=actor, verb="added", thing=thing_of(row), at=at, after={**json.loads(row.said), **_unsigned_note(lost)})
    return Changed(held, row, lost)


@transaction.atomic
def change_line(*, line: Line, said: Said, revision: int, actor: Actor, at: datetime) -> Changed:
    """Make a line of a draft say something else, or take it up again where it was taken out. Its keys stay.

    :param revision: the revision that was looked at.
    :raises ChangedMeanwhileError: somebody has changed or taken it out since; neither is lost.
    :raises CharterError: other keys than the line's.
    :raises SettledError: its version is no draft.
    """
    held = _draft(line.version)
    row = _row(line, revision)
    was = d.line_of(row.said)
    if was.keys != said.keys:
        mend = "add a line of the other keys, and take this one out."
        raise CharterError("the keys of a line stay as they are.", place="promise", mend=mend)
    text = d.said_by(said)
    if text == row.said and row.removed_at is None:
        return Changed(held, row)
    if row.removed_at is not None and any(one.keys == said.keys for _, one in d.lines_of(held)):
        raise CharterError(f"there is a line on {signing.title(said)} already.", place="promise", mend="change that one.")
    before = d.composed(held)
    earlier: dict[str, object] = {"removed": True} if row.removed_at else json.loads(row.said)
    row.said, row.revision, row.removed_at = text, row.revision + 1, None
    row.save(update_fields=["said", "revision", "removed_at"])
    LineRevision.objects.create(line=row, number=row.revision, said=text, by=actor.name, at=at)
    lost = _unsigned_by(before, d.composed(held))
    record(actor=actor, verb="changed", thing=thing_of(row), at=at, before=earlier, after={**json.loads(text), **_unsigned_note(lost)})
    return Changed(held, row, lost)


@transaction.atomic
def remove_line(*, line: Line, revision: int, actor: Actor, at: datetime) -> Changed:
    """Take a line out of a draft. What it said stays on record.

    :raises ChangedMeanwhileError: as :func:`change_line`.
    :raises SettledError: its version is no draft.
    """
    held = _draft(line.version)
    row = _row(line, revision)
    if row.removed_at is not None:
        return Changed(held, row)
    before = d.composed(held)
    row.revision, row.removed_at = row.revision + 1, at
    row.save(update_fields=["revision", "removed_at"])
    LineRevision.objects.create(line=row, number=row.revision, said=row.said, removed=True, by=actor.name, at=at)
    lost = _unsigned_by(before, d.composed(held))
    record(actor=actor, verb="took out", thing=thing_of(row), at=at, before=json.loads(row.said), after=_unsigned_note(lost) or None)
    return Changed(held, row, lost)


# What nobody agreed


@transaction.atomic
def note_missing(*, cells: Sequence[MissingCell], study: int, at: datetime) -> int:
    """Keep the combinations of a study that no line in force speaks of, each once; close those that are spoken of by now.

    :param cells: what :meth:`troth.Study.missing_cells` gives of the charter in force today.
    :returns: how many are new.
    """
    seen = {hashlib.sha256(text.encode()).hexdigest(): (text, cell) for cell in cells for text in [d.cell_text(dict(cell.where))]}
    known = {row.key: row for row in Missing.objects.select_for_update()}
    new, settled = [], []
    for key, (text, cell) in seen.items():
        row = known.get(key)
        if row is None or row.settled_at is not None:
            new.append(text)
        if row is None:
            Missing.objects.create(key=key, cell=text, study=study, promises=cell.promises, people=cell.people, noted_at=at)
        elif (row.study, row.promises, row.people, row.settled_at) != (study, cell.promises, cell.people, None):
            noted = at if row.settled_at else row.noted_at
            Missing.objects.filter(pk=row.pk).update(
                study=study, promises=cell.promises, people=cell.people, settled_at=None, noted_at=noted
            )
    for key, row in known.items():
        if key not in seen and row.settled_at is None:
            Missing.objects.filter(pk=row.pk).update(settled_at=at)
            settled.append(row.cell)
    if new or settled:
        thing = Thing("missing combinations", str(study), f"what nobody agreed, as of study {study}")
        record(actor=FOLDER, verb="noted", thing=thing, at=at, after={"missing": sorted(new), "no longer": sorted(settled)})
    return len(new)


# Objections


@transaction.atomic
def object_to(*, line: Line, party: str, reason: str, standing: Standing, today: date, actor: Actor, at: datetime) -> Objection:
    """Record that a party disagrees with a line of a draft. Until it is settled nobody can sign.

    :raises NotYourPartyError: the person does not speak for the party.
    :raises SigningError: no reason; the party objects to the line already.
    :raises SettledError: its version is no draft.
    """
    held = _draft(line.version)
    charter = d.composed(held)
    _speaks_for(charter, party, standing)
    row = held.lines.filter(pk=line.pk, removed_at=None).first()
    if row is None:
        raise UnknownVersionError("this line was taken out.", place="line", mend="look at the charter anew.")
    after = signing.object_to(charter, party, d.line_of(row.said), reason=_reason(reason), on=today)
    said = after.objections[-1]
    made = Objection.objects.create(version=held, party=party, keys=d.keys_text(said), reason=said.reason, on=said.on, at=at)
    record(actor=actor, verb="objected to", thing=thing_of(row), at=at, after={"party": party, "reason": said.reason})
    return made


@transaction.atomic
def settle(*, objection: Objection, ruling: str, reason: str, standing: Standing, today: date, actor: Actor, at: datetime) -> None:
    """Settle an objection: its party takes it back, or the tie-break role rules once it has stood two cadences.

    :raises NotYourPartyError: the person speaks neither for the party nor holds the tie-break role.
    :raises SigningError: it is settled; too early; no reason; no such ruling.
    :raises SettledError: its version is no draft.
    """
    held = _draft(objection.version)
    charter = d.composed(held)
    row = Objection.objects.get(pk=objection.pk)
    said = d.objection_of(row)
    if ruling in {UPHELD, OVERRULED}:
        if not parties.settles(charter, standing):
            who = charter.tie_break or "nobody: the charter names no tie-break role"
            raise NotYourPartyError("an objection is ruled on by the tie-break role.", place="ruling", mend=f"that is {who}.")
        by = charter.tie_break or ""
    else:
        if ruling == WITHDRAWN:
            _speaks_for(charter, row.party, standing)
        by = row.party
    after = signing.settle(charter, said, ruling, by=by, reason=_reason(reason), on=today)
    settled = next(new for new, old in zip(after.objections, charter.objections, strict=True) if new != old)
    Objection.objects.filter(pk=row.pk).update(
        ruling=settled.ruling, ruled_by=settled.ruled_by, ruled_on=settled.ruled_on, ruling_reason=settled.ruling_reason
    )
    thing = Thing("objection", str(row.pk), f"objection of {row.party} to {signing.title(said)} in version {held.name}")
    record(actor=actor, verb=ruling, thing=thing, at=at, before={"reason": row.reason}, after={"by": by, "reason": settled.ruling_reason})


# Signing


@transaction.atomic
def sign(
    *, version: Version, party: str, digest: str, folder: Folder, standing: Standing, today: date, actor: Actor, at: datetime
) -> Version:
    """Sign a draft for a party; with the last signature it is written into the project, and the next study knows it.

    :param digest: SHA-256 of the content the person has seen (:func:`troth.terms.signing.content_digest`).
    :raises NotYourPartyError: the person does not speak for the party.
    :raises ChangedMeanwhileError: the content is another by now.
    :raises SigningError: something stands in the way; the party has signed.
    :raises ProjectError: no study could be made with it.
    :raises StorageError: it could not be written; then nothing is signed.
    """
    held = _draft(version)
    charter = d.composed(held)
    _speaks_for(charter, party, standing)
    if digest != signing.content_digest(charter):
        raise ChangedMeanwhileError(
            "the content was changed since you looked at it.", place="digest", mend="read what it says now, then sign that."
        )
    signed = signing.sign(charter, party, on=today, by=standing.person.name)
    wholly = tuple(replace(one, signed=True) for one in charter.parties)
    refuse_unfit(replace(charter, parties=wholly, signatures=()), folder)  # as it will be: the first to sign is told, not the last
    given = signed.signatures[-1]
    held.signatures.filter(party=party, superseded_at=None).update(superseded_at=at)
    Signature.objects.create(version=held, party=party, digest=given.digest, on=given.on, by=given.by, person=standing.person, at=at)
    whole = signing.state_of(signed) is signing.State.SIGNED
    if whole:  # where the file cannot be written nothing was signed; where the rows cannot be kept, the file tells, and is taken in
        held.published_at = at
        held.file = publish_charter(signed, folder).relative_to(folder.path).as_posix()
        held.save(update_fields=["published_at", "file"])
    said = {"party": party, "digest": given.digest, "in force": _day(signed) if whole else None}
    record(actor=actor, verb="signed", thing=thing_of(held), at=at, after=said)
    return held


# Rows


def thing_of(acted_on: Version | Line) -> Thing:
    """A version or a line, as the timeline names it."""
    if isinstance(acted_on, Version):
        return Thing("charter version", str(acted_on.pk), f"version {acted_on.name}")
    return Thing("charter line", str(acted_on.pk), f"{signing.title(d.line_of(acted_on.said))} in version {acted_on.version.name}")


def _new_version(
    charter: Charter, *, actor: Actor, at: datetime, based_on: Version | None = None, file: str = "", published_at: datetime | None = None
) -> Version:
    version = Version.objects.create(
        name=charter.version,
        header=d.header_of(charter),
        based_on=based_on,
        file=file,
        opened_at=at,
        opened_by=actor.name,
        published_at=published_at,
    )
    HeaderRevision.objects.create(version=version, number=1, header=version.header, by=actor.name, at=at)
    _write_rows(version, charter, by=actor.name, at=at)
    return version


def _write_content(version: Version, charter: Charter, *, by: str, at: datetime) -> None:
    """Make a version say what a charter says; what it said before stays on record."""
    version.header, version.revision = d.header_of(charter), version.revision + 1
    version.save(update_fields=["header", "revision"])
    HeaderRevision.objects.create(version=version, number=version.revision, header=version.header, by=by, at=at)
    version.lines.filter(removed_at=None).update(removed_at=at)
    version.signatures.filter(superseded_at=None).update(superseded_at=at)
    version.objections.filter(removed_at=None).update(removed_at=at)
    _write_rows(version, charter, by=by, at=at)


def _write_rows(version: Version, charter: Charter, *, by: str, at: datetime) -> None:
    for position, line in enumerate(charter.lines, start=1):
        _add_line(version, line, position=position, by=by, at=at)
    for one in charter.signatures:
        Signature.objects.create(version=version, party=one.party, digest=one.digest, on=one.on, by=one.by, at=at)
    for said in charter.objections:
        Objection.objects.create(
            version=version,
            party=said.party,
            keys=d.keys_text(said),
            reason=said.reason,
            on=said.on,
            ruling=said.ruling or "",
            ruled_by=said.ruled_by,
            ruled_on=said.ruled_on,
            ruling_reason=said.ruling_reason,
            at=at,
        )


def _add_line(version: Version, line: Said, *, position: int, by: str, at: datetime) -> Line:
    row = Line.objects.create(version=version, position=position, said=d.said_by(line))
    LineRevision.objects.create(line=row, number=1, said=row.said, by=by, at=at)
    return row


def _draft(version: Version) -> Version:
    """The version, held until the transaction ends: on PostgreSQL by its row, on SQLite because every transaction is IMMEDIATE.

    :raises SettledError: it is no draft.
    """
    held = Version.objects.select_for_update().filter(pk=version.pk).first()
    if held is None:
        raise UnknownVersionError("there is no such version.", place="version", mend="choose one of the list.")
    if not held.is_draft:
        state = "was given up" if held.withdrawn_at else "is agreed"
        raise SettledError(f"version {held.name} {state}.", place="version", mend="open a draft, and change that.")
    return held


def _row(line: Line, revision: int) -> Line:
    row = Line.objects.select_related("version").get(pk=line.pk)
    if row.revision != revision:
        last = row.revisions.last()
        who = last.by if last else "somebody"
        raise ChangedMeanwhileError(
            f"{who} has {'taken this line out' if row.removed_at else 'changed this line'} since you opened it.",
            place="revision",
            mend="both are shown below; nothing of either is lost.",
        )
    return row


def _one_draft() -> None:
    open_one = Version.objects.filter(published_at=None, withdrawn_at=None).first()
    if open_one is not None:
        mend = "change that one, or give it up first: there is one draft at a time."
        raise CharterError(f"version {open_one.name} is a draft already.", place="version", mend=mend)


def _next_name() -> str:
    names = list(Version.objects.values_list("name", flat=True))
    number = 1 + max([int(name) for name in names if name.isascii() and name.isdigit() and len(name) < 9] or [len(names)])  # noqa: PLR2004
    return str(number)


def _storable(charter: Charter, place: str) -> None:
    """Refuse what a database cannot keep."""
    if "\\u0000" in write_charter(charter):
        raise CharterError("a charter cannot hold a null character.", place=place, mend="leave it out.")
    if len(charter.version) > LONGEST_ON_FILE:
        raise CharterError("the name of this version is too long.", place=place, mend=f"use at most {LONGEST_NAME} characters.")


def _named(name: str) -> None:
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise CharterError(
            "a version needs a name.", place="version", mend=f"write at most {LONGEST_NAME} printable characters, as in 2 or 2026-04."
        )


def _speaks_for(charter: Charter, party: str, standing: Standing) -> None:
    titles = [one.title for one in charter.parties]
    if party not in titles:
        named = f"one of: {', '.join(titles)}." if titles else "name the parties in the terms first."
        raise SigningError(f"“{party[:80]}” is no party of this charter.", place="party", mend=named)
    if party not in parties.parties_of(charter, standing):
        raise NotYourPartyError(f"you do not speak for “{party}”.", place="party", mend=whose(charter, party, standing.at))


def whose(charter: Charter, party: str, at: datetime) -> str:
    """Who speaks for a party, in a sentence."""
    one = next(one for one in charter.parties if one.title == party)
    names = parties.holders_of(charter, one, at)
    if names:
        return f"{', '.join(names)} {'speaks' if len(names) == 1 else 'speak'} for it."
    return f"nobody does: give somebody the role “{party}” on the page People."


def _reason(text: str) -> str:
    if len(text) > LONGEST_REASON or "\x00" in text:
        raise CharterError("this reason is too long.", place="reason", mend=f"use at most {LONGEST_REASON:,} characters.")
    return text


def _unsigned_by(before: Charter, after: Charter) -> tuple[str, ...]:
    """Parties that had signed the content before, and have not signed the one after."""
    still = {party.title for party in after.parties if signing.has_signed(after, party)}
    return tuple(party.title for party in before.parties if signing.has_signed(before, party) and party.title not in still)


def _unsigned_note(lost: Sequence[str]) -> dict[str, object]:
    return {"unsigned": list(lost)} if lost else {}


def _content(charter: Charter) -> dict[str, object]:
    """What the timeline keeps of a whole version: its digest, and how much it says."""
    return {"digest": signing.content_digest(charter), "lines": len(charter.lines), "in force": _day(charter)}


def _day(charter: Charter) -> str | None:
    return None if charter.effective_from is None else charter.effective_from.isoformat()


def today_in(folder: Folder, at: datetime) -> date:
    """The day it is where the project's days begin."""
    return at.astimezone(ZoneInfo(folder.settings.timezone)).date()
