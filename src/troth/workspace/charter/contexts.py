"""What the charter's pages receive, for HTML and JSON alike."""

from __future__ import annotations

from dataclasses import dataclass

from troth.workspace.parts.contexts import Link, Number, Problem, told
from troth.workspace.studies.contexts import Head


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version."""

    name: str = told("its name")
    state: str = told("draft, signed (not in force yet), in force, superseded, given up or gone from file")
    since: str = told("first day it is in force, in words; empty where none is named")
    judges: str = told("first day whose promises it judges, in words, where that is another one")
    lines: int = told("lines it has")
    signed: str = told("how many of its parties have signed, in words")
    opened: str = told("when and by whom it was opened here")
    address: str = told("its page")
    download: str = told("its charter.toml")
    sign: str = told("where it is signed; empty where it is no draft")
    terms: str = told("where its terms are changed; empty where it is no draft")
    shown: bool = told("it is the one shown here", default=False)


@dataclass(frozen=True, slots=True)
class PartyRow:
    """One party, and whether it has signed."""

    title: str = told("title of the party")
    aspect: str = told("whose work it answers for: brand, service or operating")
    holders: tuple[str, ...] = told("who speaks for it now")
    signed: bool = told("whether it has signed this very content")
    by: str = told("who signed, and when; empty where nobody has")
    stale: str = told("who had signed another content, and when; empty where nobody had")
    yours: bool = told("whether the reader speaks for it")


@dataclass(frozen=True, slots=True)
class LightView:
    """One feasibility light."""

    name: str = told("what, when, how or cost")
    colour: str = told("green, amber, red or unknown")
    mark: str = told("the same as a sign, so that colour alone never says it")
    why: str = told("the reason, in a sentence")


@dataclass(frozen=True, slots=True)
class PartText:
    """One part of the break account of a line."""

    name: str = told("the part")
    count: str = told("broken promises in it, in whole promises")
    interval: str = told("its 95% interval; empty where none can be had")


@dataclass(frozen=True, slots=True)
class ObjectionRow:
    """A party's disagreement with a line."""

    id: int = told("its key")
    line: str = told("the line it is about, in words")
    party: str = told("who disagrees")
    reason: str = told("why")
    on: str = told("since when, in words")
    settled: str = told("how it was settled, by whom and why; empty while it stands")
    standing: bool = told("it keeps the version from being signed")
    waits: str = told("who may settle it, and from when")
    may_withdraw: bool = told("the reader may take it back")
    may_rule: bool = told("the reader may rule on it")
    address: str = told("where it is settled")


@dataclass(frozen=True, slots=True)
class LineView:
    """One line with what the record says of it."""

    id: int = told("its key")
    title: str = told("what it is about, in words")
    named: tuple[str, ...] = told("the keys it names, each in words; none is every promise")
    standard: str = told("agreed level with its unit; empty where none is agreed")
    keep_target: str = told("share of promises to keep")
    lead: str = told("who leads it; empty for nobody")
    lead_note: str = told("why whom it names leads nothing; empty where somebody leads, or nobody is named")
    aspiration: str = told("what the customer should come to say")
    priority: str = told("now, next or not now, with the reason of the last; empty where nobody has said")
    further: tuple[str, ...] = told("what else it says, each in words")
    lights: tuple[LightView, ...] = told("can it be delivered; none before the first study")
    kept: Number | None = told("kept rate of its promises in the current study; null before the first")
    standard_kept: Number | None = told(
        "share received at least at the standard in force, which its name tells, whatever was promised; null where there is none"
    )
    due: int = told("its promises that fell due")
    broken: int = told("those of them that were broken")
    parts: tuple[PartText, ...] = told("whose the broken ones are")
    undecomposed: str = told("broken ones that could not be decomposed, in words; empty where none")
    objections: tuple[ObjectionRow, ...] = told("disagreements with it")
    address: str = told("its page")
    yours: bool = told("whether the reader may change it")


@dataclass(frozen=True, slots=True)
class GridCell:
    """The line that holds for one combination."""

    kind: str = told("own, inherited, missing, or none where nothing is on record and no line names it")
    standard: str = told("what is agreed there, in short")
    target: str = told("keep target, in words")
    lead: str = told("who leads it; empty for nobody")
    note: str = told("where an inherited line comes from, or how many people a missing one concerns")
    address: str = told("page of the line, or where one is proposed; empty where there is nothing to open")


@dataclass(frozen=True, slots=True)
class GridRow:
    """One promise to one kind of customer."""

    promise: str = told("the promise")
    who: str = told("segment, persona and tier, in words; empty for everybody")
    cells: tuple[GridCell, ...] = told("one per stage")


@dataclass(frozen=True, slots=True)
class Grid:
    """Which line holds where."""

    stages: tuple[str, ...] = told("the columns")
    rows: tuple[GridRow, ...] = told("the rows")
    left_out: int = told("rows that are not shown")


@dataclass(frozen=True, slots=True)
class MissingRow:
    """A combination on record that no line speaks of."""

    title: str = told("the combination, in words")
    promises: int = told("promises made in it")
    people: int = told("customers they were made to")
    noted: str = told("since when it is missing")
    address: str = told("where a line is proposed for it; empty where the reader may not")


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to narrow the page."""

    value: str = told("what is asked for")
    words: str = told("the same in words")
    chosen: bool = told("it is the present choice")


@dataclass(frozen=True, slots=True)
class CharterPage:
    """What did we agree?"""

    study: Head | None = told("the current study; null before the first")
    sentence: str = told("what is agreed, in one sentence")
    coverage: str = told("how much of what occurs the version speaks of; empty before the first study")
    rests_on: str = told("which study the live figures come from, and what moves them")
    version: VersionRow | None = told("the version shown; null where there is none")
    versions: tuple[VersionRow, ...] = told("every version that is not given up, the latest first")
    parties: tuple[PartyRow, ...] = told("who signs")
    as_it_is: bool = told("it is in force without every signature: somebody put it into the project so")
    obstacles: tuple[str, ...] = told("what keeps a draft from being signed")
    changes: tuple[str, ...] = told("what a draft says otherwise than the version in force")
    grid: Grid = told("which line holds where")
    lines: tuple[LineView, ...] = told("the lines, in the order of the charter")
    missing: tuple[MissingRow, ...] = told("what nobody agreed, most people first")
    missing_more: int = told("combinations beyond those listed")
    standing: tuple[ObjectionRow, ...] = told("disagreements that stand")
    stages: tuple[Choice, ...] = told("stages to narrow by")
    promises: tuple[Choice, ...] = told("promises to narrow by")
    may_change: bool = told("whether the reader may open, import, change and give up drafts")
    may_add: str = told("where a line is added; empty where the reader may not")
    open_from: str = told("the version a draft would be opened from; empty where one is open or the reader may not")
    draft: Link | None = told("the open draft; null where there is none")
    done: str = told("what was just done", default="")
    problem: Problem | None = told("what could not be done", default=None)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form."""

    name: str = told("its key")
    label: str = told("what it is called")
    value: str = told("what stands in it")
    hint: str = told("what to write")
    options: tuple[str, ...] = told("values to choose from", default=())
    suggestions: tuple[str, ...] = told("values that are known", default=())
    long: bool = told("it takes several lines of text", default=False)
    wrong: str = told("what is wrong with it", default="")
    note: str = told("what to look at in it, though it is taken as it is", default="")
    fixed: bool = told("it cannot be changed", default=False)


@dataclass(frozen=True, slots=True)
class Differing:
    """One field that two people wrote otherwise."""

    label: str = told("what it is called")
    opened: str = told("what stood there when you opened it")
    theirs: str = told("what stands there now")
    yours: str = told("what you wrote")
    clash: bool = told("both of you changed it, and not alike")


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two people changed the same thing. The form holds both: theirs where you changed nothing, yours where you did."""

    who: str = told("who was first")
    when: str = told("when")
    removed: bool = told("they took it out")
    rows: tuple[Differing, ...] = told("every field that differs")


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """What a line said once."""

    number: int = told("its number")
    by: str = told("who made it say so")
    at: str = told("when")
    changes: tuple[str, ...] = told("what it says otherwise than the one before")


@dataclass(frozen=True, slots=True)
class LinePage:
    """What do we agree here?"""

    study: Head | None = told("the current study")
    version: VersionRow = told("the version it belongs to")
    title: str = told("what the line is about")
    line: LineView | None = told("the line with what the record says; null while it is new")
    fields: tuple[Field, ...] = told("what it says")
    revision: int = told("the revision shown")
    removed: bool = told("it is taken out")
    conflict: Conflict | None = told("two people changed it; null where nobody did")
    history: tuple[RevisionRow, ...] = told("what it said before, the latest first")
    object_as: tuple[str, ...] = told("parties for which the reader may object")
    may_change: bool = told("whether the reader may change it")
    may_not: str = told("why not; empty where they may")
    back: str = told("the charter page of this version")
    done: str = told("what was just done", default="")
    problem: Problem | None = told("what could not be done", default=None)


@dataclass(frozen=True, slots=True)
class TermsPage:
    """Who agrees, from when, on which stages and areas?"""

    study: Head | None = told("the current study")
    version: VersionRow = told("the draft")
    fields: tuple[Field, ...] = told("its terms")
    revision: int = told("the revision shown")
    conflict: Conflict | None = told("two people changed them")
    back: str = told("the charter page of this version")
    done: str = told("what was just done", default="")
    problem: Problem | None = told("what could not be done", default=None)


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One thing two versions say otherwise."""

    about: str = told("what it is about")
    change: str = told("added, removed or changed")
    key: str = told("what of it; empty for the whole")
    before: str = told("what the earlier one says")
    after: str = told("what the later one says")


@dataclass(frozen=True, slots=True)
class VersionsPage:
    """What did we agree when?"""

    study: Head | None = told("the current study")
    sentence: str = told("how many versions there are")
    versions: tuple[VersionRow, ...] = told("every version, the latest first")
    before: str = told("the earlier of the two compared; empty where there are none")
    after: str = told("the later")
    changes: tuple[ChangeRow, ...] = told("what the later says otherwise")
    may_change: bool = told("whether the reader may import and give up drafts")
    draft: Link | None = told("the open draft; null where there is none")
    done: str = told("what was just done", default="")
    problem: Problem | None = told("what could not be done", default=None)


@dataclass(frozen=True, slots=True)
class SignPage:
    """What exactly is signed?"""

    study: Head | None = told("the current study")
    version: VersionRow = told("the draft")
    digest: str = told("SHA-256 of its content: what a signature holds")
    against: str = told("the version it is compared with; empty where nothing was agreed before")
    changes: tuple[ChangeRow, ...] = told("what it says otherwise")
    lines: tuple[ChangeRow, ...] = told("every line it has, in words")
    days: tuple[str, ...] = told("from when it is in force, and which promises it judges")
    parties: tuple[PartyRow, ...] = told("who signs, and who has")
    yours: tuple[str, ...] = told("parties the reader may sign for today")
    obstacles: tuple[str, ...] = told("what keeps it from being signed")
    notes: tuple[str, ...] = told("lines that name a lead who is none: they can be signed as they are")
    may_not: str = told("why the reader cannot sign; empty where they can")
    back: str = told("the charter page of this version")
    done: str = told("what was just done", default="")
    problem: Problem | None = told("what could not be done", default=None)
