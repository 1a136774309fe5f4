"""Who has signed what: n keys, one content, and what stands in the way (S4.4, S4.18, domain.md j 7).

A signature holds the SHA-256 of the content it was given to. So whatever is changed after signing is unsigned, without anybody having to
remember to say so. A version that not every party has signed is a draft, and a draft judges nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from troth.terms.charter import RULINGS, UPHELD, WITHDRAWN, Charter, Line, Objection, Party, Signature
from troth.terms.errors import SigningError

CADENCE = timedelta(days=7)
"""How often the officers meet over the common page."""

CADENCES_BEFORE_TIE_BREAK = 2
"""An objection that stands this many cadences goes to the tie-break role."""

_NOT_CONTENT = frozenset({"signatures", "objections"})
_NOT_OF_THE_FILE = frozenset({"version", "made_from", "made_before"})


class State(StrEnum):
    """How far a version has come."""

    DRAFT = "draft"
    SIGNED = "signed"


def content_digest(charter: Charter) -> str:
    """SHA-256 of what a version says: its name, days, tie-break role, stages, parties, areas, touchpoints and lines.

    Signatures and objections are about the content, and no part of it. Keys that say nothing are left out, so that a key a later Troth
    adds leaves what was signed before as it was.
    """
    said = {name: value for name, value in _said(charter).items() if name not in _NOT_CONTENT}
    said["parties"] = [{"title": party.title, "aspect": party.aspect} for party in charter.parties]
    said["lines"] = [{key: value for key, value in _said(line).items() if key not in _NOT_OF_THE_FILE} for line in charter.lines]
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, allow_nan=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def has_signed(charter: Charter, party: Party) -> bool:
    """Whether a party has signed this very content.

    A signature of the party decides; without one, what the file says was signed on paper.
    """
    given = [one for one in charter.signatures if one.party == party.title]
    if not given:
        return party.signed
    digest = content_digest(charter)
    return any(one.digest == digest for one in given)


def unsigned(charter: Charter) -> tuple[str, ...]:
    """Titles of the parties that have not signed this content, in the order of the charter."""
    return tuple(party.title for party in charter.parties if not has_signed(charter, party))


def state_of(charter: Charter) -> State:
    """Signed once every party has signed the very same content; a version without a party is nobody's yes, and a draft."""
    return State.SIGNED if charter.parties and not unsigned(charter) else State.DRAFT


def obstacles(charter: Charter) -> tuple[str, ...]:
    """What keeps a version from being signed, a sentence each; empty where nothing does."""
    found = []
    titles = [party.title for party in charter.parties]
    if not titles:
        found.append("No party is named: name the officers who sign.")
    found += [f"“{title}” is named twice among the parties." for title in dict.fromkeys(titles) if titles.count(title) > 1]
    if charter.effective_from is None:
        found.append("No day is named from which it is in force (effective_from).")
    elif charter.promises_since is not None and charter.promises_since > charter.effective_from:
        found.append("It would be in force before the first promise it judges (promises_since is after effective_from).")
    found += [f"{title(line)}: “not now” needs a reason." for line in charter.lines if line.priority == "not now" and not line.reason]
    keys = [tuple(line.keys.items()) for line in charter.lines]
    repeated = {key for key in keys if keys.count(key) > 1}
    found += [f"{title(line)}: two lines say what holds here." for line in _firsts(charter.lines, repeated)]
    found += [f"{title(one)}: {one.party} objects since {one.on.isoformat()} ({one.reason})." for one in standing(charter)]
    return tuple(found)


def sign(charter: Charter, party: str, *, on: date, by: str | None = None) -> Charter:
    """The charter with one more signature, to its content as it stands.

    A party that signed another content before has its signature replaced.

    :param party: title of the party. :param on: today. :param by: who holds the post.
    :raises SigningError: there is no such party; it has signed this content; something stands in the way (:func:`obstacles`); the version
        would be in force before it was signed.
    """
    found = next((one for one in charter.parties if one.title == party), None)
    if found is None:
        raise SigningError(f"“{party}” is no party of this charter.", place="party", mend=f"one of: {', '.join(_titles(charter))}.")
    if has_signed(charter, found):
        raise SigningError(f"“{party}” has signed this version.", place="party", mend="change the content to sign anew.")
    if found_obstacles := obstacles(charter):
        raise SigningError(f"the charter cannot be signed. {found_obstacles[0]}", place="charter", mend="mend this, then sign.")
    if charter.effective_from is not None and charter.effective_from < on:
        raise SigningError(
            f"it would have been in force since {charter.effective_from.isoformat()}, before it was signed ({on.isoformat()}).",
            place="effective_from",
            mend="name this day or a later one; promises_since says which earlier promises it judges.",
        )
    kept = tuple(one for one in charter.signatures if one.party != party)
    return replace(charter, signatures=(*kept, Signature(party, content_digest(charter), on, by)))


def standing(charter: Charter) -> tuple[Objection, ...]:
    """Objections that nobody has settled, and upheld ones that have not been taken back since, oldest first."""
    return tuple(sorted((one for one in charter.objections if one.ruling in (None, UPHELD)), key=lambda one: one.on))


def object_to(charter: Charter, party: str, line: Line, *, reason: str, on: date) -> Charter:
    """The charter with one more objection.

    :raises SigningError: no such party or line; no reason; the party objects to the line already.
    """
    if party not in _titles(charter):
        raise SigningError(f"“{party}” is no party of this charter.", place="party", mend=f"one of: {', '.join(_titles(charter))}.")
    if all(one.keys != line.keys for one in charter.lines):
        raise SigningError("the charter has no such line.", place="line", mend="name the keys of one of its lines.")
    if not reason.strip():
        raise SigningError("an objection needs a reason.", place="reason", mend="say what is wrong with the line.")
    if any(one.party == party and one.keys == line.keys and one.ruling is None for one in charter.objections):
        raise SigningError(f"{party} objects to this line already.", place="line", mend="settle that objection first.")
    about = Objection(party, reason.strip(), on, line.promise, line.stage, line.segment, line.persona, line.tier)
    return replace(charter, objections=(*charter.objections, about))


def waits_for_tie_break(objection: Objection, today: date, cadence: timedelta = CADENCE) -> bool:
    """Whether an open objection has stood two cadences, and so is the tie-break role's to settle."""
    return objection.ruling is None and today - objection.on >= CADENCES_BEFORE_TIE_BREAK * cadence


def settle(charter: Charter, objection: Objection, ruling: str, *, by: str, reason: str, on: date, cadence: timedelta = CADENCE) -> Charter:
    """The charter with one objection settled.

    The party that objects may take it back at any time; once it has stood two cadences the tie-break role upholds or overrules it. Upheld,
    the line has to change before anybody can sign: the party takes the objection back once it has.

    :param ruling: one of :data:`~troth.terms.charter.RULINGS`. :param by: role that settles it. :param on: today.
    :raises SigningError: no such objection, or it is settled; nobody's right to settle it; too early; no reason.
    """
    if objection not in standing(charter) or (objection.ruling is not None and ruling != WITHDRAWN):
        raise SigningError("this objection is settled, or was never raised.", place="objection", mend="look at the charter anew.")
    if ruling not in RULINGS:
        raise SigningError(f"“{ruling}” settles nothing.", place="ruling", mend=f"one of: {', '.join(RULINGS)}.")
    if not reason.strip():
        raise SigningError("a ruling needs a reason.", place="reason", mend="say why.")
    if ruling == WITHDRAWN:
        if by != objection.party:
            raise SigningError(f"only {objection.party} can take the objection back.", place="by", mend="ask them, or the tie-break role.")
    elif charter.tie_break is None or by != charter.tie_break:
        decides = "nobody: the charter names no tie-break role" if charter.tie_break is None else charter.tie_break
        raise SigningError(f"{by} cannot settle it; that is for {decides}.", place="by", mend="agree, or name a tie_break in the charter.")
    elif not waits_for_tie_break(objection, on, cadence):
        since = (objection.on + CADENCES_BEFORE_TIE_BREAK * cadence).isoformat()
        raise SigningError(f"the parties have until {since} to agree.", place="on", mend="ask again on that day.")
    settled = replace(objection, ruling=ruling, ruled_by=by, ruled_on=on, ruling_reason=reason.strip())
    return replace(charter, objections=tuple(settled if one == objection else one for one in charter.objections))


def title(line: Line | Objection) -> str:
    """What a line is about, for a reader: “delivery date for loyal customers in fulfilment”."""
    keys = line.keys
    words = keys.get("promise", "every promise")
    if "segment" in keys:
        words += f" for {keys['segment']} customers"
    for key in ("persona", "tier"):
        if key in keys:
            words += f", {key} {keys[key]}"
    return f"{words} in {keys['stage']}" if "stage" in keys else words


def _titles(charter: Charter) -> list[str]:
    return [party.title for party in charter.parties]


def _firsts(lines: tuple[Line, ...], repeated: set[tuple[tuple[str, str], ...]]) -> list[Line]:
    first = {tuple(line.keys.items()): line for line in reversed(lines)}
    return [line for key, line in first.items() if key in repeated]


def _said(given: Charter | Line) -> Mapping[str, Any]:
    """Every field that says something else than its default."""
    default = {field.name: field.default for field in fields(given) if field.default is not MISSING}
    return {name: value for name, value in asdict(given).items() if name not in default or value != default[name]}
