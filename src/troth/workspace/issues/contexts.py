"""What pages receive of decisions on issues."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from troth.workspace.parts.contexts import Link, Owner, Problem, told


@dataclass(frozen=True, slots=True)
class Stand:
    """Where an issue stands with the people who decide."""

    state: str = told("open, decided, fixing, fixed, held, relapsed or accepted")
    owner: str = told("title of the role that sees to it; empty where nobody does")
    due: str = told("the day by which, in words; empty where none is set")
    late: bool = told("that day is past, and it is neither fixed nor accepted")
    contested: bool = told("its area shares are contested")
    proposal: str = told("what the study proposes, in a sentence; empty where nothing")


@dataclass(frozen=True, slots=True)
class StepRow:
    """A state that may follow."""

    state: str = told("the state")
    words: str = told("what the button says")
    reason: bool = told("a reason has to be given")


@dataclass(frozen=True, slots=True)
class SplitRow:
    """One area's shares of an issue."""

    area: Owner = told("the area")
    computed: str = told("its share as the study computes it; empty where it computes none")
    agreed: str = told("its share as both officers agreed, or as it was settled; empty where nothing was")
    tenths: str = told("the share that counts, as a form prints it")


@dataclass(frozen=True, slots=True)
class StandpointRow:
    """What a role holds of the shares."""

    role: str = told("title of the role")
    person: str = told("who spoke for it")
    contests: bool = told("whether it contests or accepts")
    reason: str = told("why; may be empty where it accepts")
    evidence: str = told("what shows it, in words")
    link: str = told("address of rows that show it; empty where none")
    when: str = told("when, in words")
    study: int = told("number of the study it spoke of")


@dataclass(frozen=True, slots=True)
class ProposedRow:
    """A split put to both officers."""

    id: int = told("its key")
    role: str = told("title of the role that put it")
    shares: str = told("the shares, in words; they add up to 100%")
    reason: str = told("why")
    when: str = told("when, in words")
    agreed_by: tuple[str, ...] = told("titles of the roles that agree to it")
    may_agree: bool = told("whether the reader may agree to it")


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One act on an issue."""

    when: str = told("when, in words")
    person: str = told("who")
    role: str = told("titles of the roles they held then")
    what: str = told("what they did")
    details: tuple[str, ...] = told("what it says: owner, day, shares, reason, evidence")


@dataclass(frozen=True, slots=True)
class IssueActs:
    """What people decided about an issue, and what the reader may do."""

    key: str = told("the issue's key")
    revision: int = told("acts on it so far; a form says which one it was written after")
    stand: Stand = told("where it stands")
    meaning: str = told("what its state means")
    since: str = told("since when it is in its state, in words; empty where nobody acted on it")
    reason: str = told("the reason last given")
    steps: tuple[StepRow, ...] = told("the states that may follow")
    may_move: bool = told("whether the reader may move it, and give it an owner and a day")
    roles: tuple[tuple[int, str], ...] = told("roles that can own it: key and title; empty for who may not")
    owner_id: int | None = told("key of the role that owns it; null where none does")
    due: str = told("the day by which, as forms take it")
    shares: tuple[SplitRow, ...] = told("its areas, computed beside agreed; each column adds up to 100%")
    in_force: str = told("which split funding uses: computed or agreed")
    agreed_note: str = told("when, on which study and by whom the agreed split was agreed or settled; empty where none was")
    standpoints: tuple[StandpointRow, ...] = told("what roles hold of the shares now")
    proposed: tuple[ProposedRow, ...] = told("splits that are open to be agreed to")
    disagreement: str = told("what stands between whom, since when, and when it goes to the tie-break role; empty where nothing does")
    held: str = told("how the shares stand with people now: not spoken of, accepted, proposed otherwise, contested, agreed or ruled on")
    may_contest: bool = told("whether the reader may accept, contest and propose")
    may_settle: bool = told("whether the reader may settle now")
    history: tuple[HistoryRow, ...] = told("what was done, the latest first")
    areas: tuple[str, ...] = told("areas a split can name", default=())
    form_rows: tuple[tuple[str, str], ...] = told("area and per cent, as the form for another split starts out", default=())
    done: str = told("what was just done; empty where nothing was", default="")
    doing: str = told("the form that was sent; empty where none was", default="")
    sent: dict[str, str] = told("what was typed into it", default_factory=dict)
    problem: Problem | None = told("what was wrong with it; null where nothing was", default=None)


@dataclass(frozen=True, slots=True)
class GoneRow:
    """An issue somebody decided on that the study does not hold."""

    words: str = told("what it was called")
    address: str = told("its page")
    stand: Stand = told("where it stands")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for somebody."""

    words: str = told("what")
    address: str = told("where it is decided")
    why: str = told("what is asked")
    when: str = told("by when, or since when, in words; empty where no day is named")
    late: bool = told("that day is past", default=False)


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """Something that happened since the reader last looked."""

    at: datetime = told("when")
    when: str = told("the same in words")
    who: str = told("who did it; empty where nobody did")
    what: str = told("what was done")
    words: str = told("what it was done to")
    address: str = told("where it can be seen; empty where nowhere")


@dataclass(frozen=True, slots=True)
class UnseenRow:
    """What one officer has not opened."""

    role: str = told("title of the role")
    held: bool = told("whether somebody holds it")
    issues: int = told("issues not opened since they appeared or were acted on")
    disagreements: int = told("disagreements not opened since somebody last spoke")
    studies: int = told("studies not opened, counting those since the last one that was")
    money: str = told("money at risk in these issues, in words; empty where there are none")
    first: tuple[Link, ...] = told("the first of them")
    more: int = told("how many there are beside those")


@dataclass(frozen=True, slots=True)
class NewIssues:
    """How long new issues wait to be seen."""

    both: int = told("issues of this study that both officers have opened")
    one: int = told("issues that one of them has")
    neither: int = told("issues that neither has")
    words: str = told("these counts in a sentence, and how long those that both opened had waited")
    oldest: str = told("how long the oldest that neither opened has been there; empty where there is none")
    days: int = told("days after which a new issue is listed that an officer has not opened")
    overdue: tuple[Waiting, ...] = told("those, the oldest first")
    more: int = told("how many there are beside those")


@dataclass(frozen=True, slots=True)
class BothActs:
    """What both officers have before them."""

    waiting: tuple[Waiting, ...] = told(
        "decisions that wait: what is late first, then drafts of the charter to sign, then what the study proposes, then by money"
    )
    waiting_more: int = told("how many wait beside those")
    undecided: int = told("issues nobody has decided on")
    disagreements: tuple[Waiting, ...] = told("disagreements that stand, on shares and on lines of a draft charter, the oldest first")
    unseen: tuple[UnseenRow, ...] = told("what each officer has not opened")
    new_issues: NewIssues | None = told("how long new issues wait until both have seen them; null where the study has none")
    days: int = told("days after which a disagreement on shares goes to the tie-break role")
    line_days: int = told("days after which one on a line of a draft does")
    all_issues: str = told("address of the issues nobody has decided on")
