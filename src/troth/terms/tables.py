"""The contracts of our tables: column names, types, units, meaning (domain.md b and c2).

Intake fills these; the engine reads these; nothing else is promised between them. Timestamps are naive UTC. Durations are days
(float). A column the mapping leaves out is there all the same, as a typed NULL or its default, so every query can name it.
Identifiers (``row``, ``customer``, ``subject``, ``bundle``, ``replaces``) are strings, or 64-bit integers where the source's are.
Columns named by a mapping's ``context`` and ``dimensions`` follow the standard ones as strings, under their own names.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``type`` is an Ibis type name, ``id`` stands for string or int64; ``default`` is SQL-free (a Python value)."""

    name: str
    type: str
    help: str
    required: bool = False
    default: str | float | bool | None = None
    absent: str | None = None


PROMISES: tuple[Column, ...] = (
    Column("source", "string", "name of the source (the stem of its file in sources/)", required=True),
    Column("row", "id", "the source's row key; with name it identifies the promise", required=True),
    Column("name", "string", "the promise's name", required=True),
    Column("type", "string", "one of the nine promise types", required=True),
    Column("direction", "string", "min, max or set: which way is better for the customer", required=True),
    Column("customer", "id", "who was promised; NULL where the source names nobody"),
    Column("subject", "id", "what it is about: order, claim, request"),
    Column("party", "string", "customer, prospect, partner, employee or investor (S3.1)", default="customer"),
    Column("segment", "string", "segment when the promise was made"),
    Column("persona", "string", "persona when the promise was made"),
    Column("tier", "string", "value tier when the promise was made"),
    Column("stage", "string", "life-cycle stage"),
    Column("touchpoint", "string", "where it was promised"),
    Column("made_by", "string", "area that made the promise"),
    Column("kept_by", "string", "area that has to keep it"),
    Column("made_at", "timestamp(6)", "when it was made, UTC", required=True),
    Column("due_at", "timestamp(6)", "last instant at which it is still kept, UTC; the end of a window"),
    Column("window_start", "timestamp(6)", "start of a window, UTC"),
    Column("promised", "float64", "level P in the unit, for types that are not durations"),
    Column("promised_to", "float64", "upper end of a promised range, same unit"),
    Column("unit", "string", "unit of the level: days, minutes outside, or the declared unit", required=True),
    Column("quantifier", "string", "exact, at_most, at_least, up_to, from, range", default="exact"),
    Column("received_at", "timestamp(6)", "when it was received, UTC"),
    Column("received", "float64", "level R in the unit, for types that are not durations"),
    Column("final", "boolean", "the receipt is final", default=True),
    Column("reversed_at", "timestamp(6)", "when a receipt was contradicted (not received, reopened, returned faulty)"),
    Column("evidence", "string", "customer, third party or own system", default="own system"),
    Column("tolerance", "float64", "slack the customer could see, in the unit (days for durations)", default=0.0),
    Column("grace", "float64", "days to wait for late evidence before an open promise counts as broken", default=0.0),
    Column("confidence", "float64", "1 if structured; below .8 it stays out of headline numbers", default=1.0),
    Column("strength", "string", "contract, explicit or implied", default="explicit"),
    Column("bundle", "id", "promises kept or broken together (on time AND in full)"),
    Column("replaces", "id", "row key of the promise this one amends"),
    Column("change_cause", "string", "customer, company or external: whose wish the amendment was"),
    Column("notice_at", "timestamp(6)", "when the customer was told of the change"),
    Column("void", "boolean", "the mapping's void_when holds", default=False),
    Column("void_at", "timestamp(6)", "when it was voided"),
    Column(
        "void_reason",
        "string",
        "customer, duplicate, error or legal; company is a break; with any other, or none, the promise stands",
        absent="customer",
    ),
    Column("broken", "boolean", "the mapping's broken_when holds: the company cancelled or failed outright", default=False),
    Column("broken_at", "timestamp(6)", "when that was known; NULL means from the start of the record"),
    Column("internal_estimate", "float64", "what operations believed when it was made, in the level's unit"),
    Column("requested", "float64", "level E the customer asked for, same unit (need-by date as days from made_at)"),
    Column("value", "float64", "value at stake, in the project's currency"),
    Column("timezone", "string", "the customer's time zone"),
    Column("recorded_at", "timestamp(6)", "when the row became known; NULL means at once"),
)

RECEIPTS: tuple[Column, ...] = (
    Column("source", "string", "name of the source", required=True),
    Column("row", "id", "the source's row key", required=True),
    Column("name", "string", "name of the promise it answers", required=True),
    Column("subject", "id", "what it is about; matched with the promise's subject", required=True),
    Column("received_at", "timestamp(6)", "when it was received, UTC"),
    Column("received", "float64", "level R in the unit"),
    Column("final", "boolean", "the receipt is final", default=True),
    Column("reversed_at", "timestamp(6)", "when it was contradicted"),
    Column("evidence", "string", "customer, third party or own system", default="own system"),
    Column("recorded_at", "timestamp(6)", "when the row became known"),
)

CUSTOMERS: tuple[Column, ...] = (
    Column("source", "string", "name of the source", required=True),
    Column("customer", "id", "the customer's key", required=True),
    Column("party", "string", "customer, prospect, partner, employee or investor", default="customer"),
    Column("segment", "string", "computed by a rule"),
    Column("persona", "string", "told, not computed"),
    Column("tier", "string", "value tier"),
    Column("value", "float64", "value of the next 12 months, project currency"),
    Column("timezone", "string", "the customer's time zone"),
    Column("valid_from", "timestamp(6)", "from when this holds; NULL means always"),
)

INTERACTIONS: tuple[Column, ...] = (
    Column("source", "string", "name of the source", required=True),
    Column("row", "id", "the source's row key", required=True),
    Column("kind", "string", "exposure, visit, search, question, order, delivery, contact, return ...", required=True),
    Column("at", "timestamp(6)", "when, UTC", required=True),
    Column("customer", "id", "who; NULL where anonymous"),
    Column("subject", "id", "what about"),
    Column("touchpoint", "string", "where"),
    Column("stage", "string", "life-cycle stage"),
    Column("direction", "string", "in or out", default="in"),
    Column("wanted_channel", "string", "channel the customer asked for"),
    Column("text", "string", "words said"),
    Column("area", "string", "area that answers for it"),
    Column("failure", "string", "what it is called when it goes wrong"),
    Column("failed", "boolean", "it went wrong; NULL where nobody says: then the kinds that are failures in themselves count"),
    Column("hours", "float64", "hours it took the customer: waiting, talking, a trip; NULL where nobody says"),
)

SIGNALS: tuple[Column, ...] = (
    Column("source", "string", "name of the source", required=True),
    Column("row", "id", "the source's row key", required=True),
    Column("kind", "string", "expectation, rating, effort, problem, praise, reason, emotion", required=True),
    Column("at", "timestamp(6)", "when, UTC", required=True),
    Column("customer", "id", "who"),
    Column("subject", "id", "what about"),
    Column("value", "float64", "the score or level"),
    Column("scale_low", "float64", "lowest possible value"),
    Column("scale_high", "float64", "highest possible value"),
    Column("text", "string", "words"),
    Column("language", "string", "language tag of the words"),
)

COSTS: tuple[Column, ...] = (
    Column("source", "string", "name of the source", required=True),
    Column("row", "id", "the source's row key", required=True),
    Column("kind", "string", "contact, refund, credit, replacement, expedite, labour, penalty ...", required=True),
    Column("amount", "decimal(18, 4)", "amount in the project's currency", required=True),
    Column("at", "timestamp(6)", "when, UTC", required=True),
    Column("subject", "id", "what about"),
    Column("area", "string", "whose cost"),
    Column("hours", "float64", "hours of staff it stands for; they are told, and in the amount already"),
)

OCCASIONS: tuple[Column, ...] = (
    Column("source", "string", "name of the source", required=True),
    Column("row", "id", "the source's row key", required=True),
    Column("question", "string", "the question it helps to answer", required=True),
    Column("at", "timestamp(6)", "when, UTC", required=True),
    Column("customer", "id", "who; NULL where anonymous"),
    Column("subject", "id", "what about"),
    Column("event", "boolean", "the unwanted event took place; NULL where nobody says"),
    Column("event_at", "timestamp(6)", "when it took place, UTC; NULL where it did not, or nobody says when"),
    Column("intent", "boolean", "who it was meant to do the opposite of the event; NULL where nobody says"),
    Column("margin", "float64", "margin that is lost where the event takes place, project currency; NULL where nobody says"),
)
"""Occasions on which an unwanted event could take place, then exposures, covariates and placebos under their own names (domain.md e6)."""

READINGS: tuple[Column, ...] = (
    Column("source", "string", "name of the source", required=True),
    Column("row", "id", "the source's row key", required=True),
    Column("measure", "string", "the measure it is a reading of", required=True),
    Column("at", "timestamp(6)", "when, UTC", required=True),
    Column("customer", "id", "whose case; NULL where anonymous"),
    Column("subject", "id", "what about"),
    Column("value", "float64", "what was read, in the measure's unit", required=True),
    Column("unit", "string", "who was measured: a team, a branch; of an audit the touchpoint"),
    Column("pressed", "boolean", "the target weighed on this case; NULL where nobody says"),
    Column("handled_minutes", "float64", "minutes the company spent on the case"),
    Column("waited_minutes", "float64", "minutes the customer waited before"),
)
"""Readings of a measure, then ``comparable_<name>`` and ``outcome_<name>`` columns as the mapping names them (domain.md e8)."""

SET_ASIDE: tuple[Column, ...] = (
    Column("source", "string", "name of the source", required=True),
    Column("mapping", "string", "what the row was to become: promises “delivery date”, customers ...", required=True),
    Column("file", "string", "file (or table) the row stands in", required=True),
    Column(
        "line",
        "int64",
        "where the row starts in its file: the line an editor counts, the row of a sheet or of a Parquet file; NULL for a database",
    ),
    Column("row", "string", "the source's row key, as text"),
    Column("column", "string", "column that is wrong"),
    Column("value", "string", "its value, as text"),
    Column("reason", "string", "why, in plain words, from REASONS", required=True),
)

REASONS: dict[str, str] = {
    "filtered out": "the source's filter does not hold",
    "belongs nowhere": "the source is divided among tables of its own by where, and the row belongs to none of them",
    "no promise": "the row bears no promise (no due date, no level): it counts against coverage",
    "bad date": "the text cannot be read as a date",
    "bad number": "the text cannot be read as a number",
    "missing value": "a required column is empty",
    "unknown word": "the value is none of the words the column may hold",
    "duplicate key": "another row of the source has the same key, and this one contradicts nothing: what it adds is kept",
    "conflicting key": "another row of the source has the same key and says otherwise: of promises and receipts the first counts,"
    " of all else the last",
    "no rate": "the amount is in another currency than the project's, and troth.toml tells no rate for it",
    "unknown area": "the charter lists areas, and this is not one of them",
    "due before made": "the promise falls due before it was made",
    "received before made": "the receipt lies before the promise",
    "window backwards": "the window ends before it starts",
    "range backwards": "the promised range ends below its start",
    "negative level": "a level, a tolerance or a grace is below 0",
    "too large": "a level or a value is above 1,000,000,000,000, or a length of time above 1,000,000 days",
    "nothing promised": "0 was promised where more is better, which is no promise",
    "clock skipped": "the local time falls into the hour a daylight-saving change leaves out",
    "no promise to answer": "a receipt whose name and subject match no promise",
    "ambiguous receipt": "two receipts answer one promise: the earliest final one counts",
    "unreadable row": "the line does not have the columns of its file",
}
"""Every reason a row can be set aside for, and what it means. Shown on the Sources page; docs/numbers/row-accounting.md lists them."""

LOOP = "replaces in a loop"
LATER = "replaces a later promise"
STRANGERS = "replaces another customer's promise"

NOT_YET_KNOWN = "not yet known"
PROMISED_OTHERWISE = "promised otherwise"
NOTEWORTHY: dict[str, str] = {
    "clock repeated": "a local time occurs twice, in the hour the clocks go back: the first is taken",
    NOT_YET_KNOWN: "the promise was made, or recorded, after the instant of the study: the row waits for a later one",
    "replaces nothing": "the promise the row says it replaces is not on record under this name: the row counts as a promise of its own",
    PROMISED_OTHERWISE: "due and promised name two different times, a day or more apart (a minute, where promised is no whole number of"
    " days): due counts",
    LOOP: "promises replace each other in a loop: each of them counts as a promise of its own",
    LATER: "the promise the row says it replaces was made after it: the row counts as a promise of its own",
    STRANGERS: "the promise the row says it replaces was made to another customer: the row counts as a promise of its own",
}
"""What is worth a note of rows that are used all the same. Shown beside the reasons."""


def names(table: tuple[Column, ...]) -> tuple[str, ...]:
    """The column names of a contract, in order."""
    return tuple(column.name for column in table)


MISSING: tuple[Column, ...] = (
    *(
        column
        for column in PROMISES
        if column.name
        in {"source", "name", "type", "party", "segment", "persona", "tier", "stage", "touchpoint", "made_by", "kept_by", "evidence"}
    ),
    Column("made_at", "timestamp(6)", "when the promise would have been made, UTC; NULL where that cannot be read"),
    Column("on_record", "boolean", "what was promised can be read, but the row was set aside all the same", required=True),
    Column("rows", "int64", "rows that are alike in all of this, and in their context and dimensions", required=True),
)
"""Rows that should bear a promise and are not in the ledger, counted, then context and dimensions: what coverage is counted against."""

LEDGER: tuple[Column, ...] = (
    *(
        column
        for column in PROMISES
        if column.name
        in {
            "source",
            "row",
            "name",
            "type",
            "direction",
            "customer",
            "subject",
            "party",
            "segment",
            "persona",
            "tier",
            "stage",
            "touchpoint",
            "made_by",
            "kept_by",
            "made_at",
            "due_at",
            "unit",
            "quantifier",
            "strength",
            "bundle",
            "evidence",
            "value",
        }
    ),
    Column("received_at", "timestamp(6)", "when it was received, as known at the study's as-of; NULL while open"),
    Column("counts_at", "timestamp(6)", "due_at + grace: from this instant the promise is in the due cohort", required=True),
    Column("line", "int32", "position of the charter line that holds, -1 for none", required=True),
    Column("level_promised", "float64", "level P in the unit (days for durations); NULL for set types"),
    Column("range_low", "float64", "low end of a promised range, in the unit; 0 of a window; NULL where one level was promised"),
    Column("range_high", "float64", "high end of a promised range, in the unit; of a window its length in minutes"),
    Column("level_received", "float64", "level R in the unit; NULL while open"),
    Column("level_requested", "float64", "level E the customer asked for"),
    Column("tolerance", "float64", "visible slack, in the unit; the charter line's where it names one: broken means s > tolerance"),
    Column("internal_estimate", "float64", "what operations believed when it was made, in the unit"),
    Column("verdict", "string", "KEPT, EXCEEDED, BROKEN, PENDING or VOID as of the study", required=True),
    Column("in_cohort", "boolean", "due (with grace) by the as-of date and not void", required=True),
    Column("eligible", "boolean", "confidence of at least .8: counts in headline numbers", required=True),
    Column("shortfall", "float64", "o(P) - o(R) in the unit, > 0 is worse than promised; a lower bound where censored"),
    Column("censored", "boolean", "the shortfall is a lower bound: not received yet", required=True),
    Column("met", "decimal(9, 8)", "min(1, rho): received over expected, capped at 1; NULL outside KEPT, EXCEEDED, BROKEN"),
    Column("surplus", "decimal(9, 8)", "max(0, rho - 1), at most 1; NULL outside KEPT, EXCEEDED, BROKEN"),
    Column("reversed", "boolean", "a receipt was contradicted: KEPT became BROKEN", required=True),
    Column("warned", "boolean", "the customer was told of a change before it fell due; NULL where nothing changed"),
    Column("standard_kept", "boolean", "received at least the charter standard S, whatever was promised; NULL without S"),
    Column("latest_kept", "boolean", "the verdict the company's last amendment would give, for slip; NULL where it amended nothing"),
    Column("void_suspect", "boolean", "void, but the company can influence it or a breach was foreseeable: broken in K_low", required=True),
)
"""One row per promise, judged as of the study. Stage times (``reached_<stage>``), context and dimension columns follow."""

HISTORY: tuple[Column, ...] = (
    Column("tells", "string", "what the row tells of: interaction, signal, cost, receipt or customer", required=True),
    Column("source", "string", "name of the source", required=True),
    Column("row", "id", "the source's row key; NULL of a customer"),
    Column("customer", "id", "who; of rows that name nobody, the one customer whose matter the subject is, else NULL"),
    Column("subject", "id", "what about"),
    Column("at", "timestamp(6)", "when, UTC: of a receipt when it was received, of a customer from when it holds; NULL where nobody says"),
    Column("recorded_at", "timestamp(6)", "when it became known; NULL means at once"),
    Column("kind", "string", "kind of interaction, signal or cost; of a receipt the promise's name"),
    Column("touchpoint", "string", "where"),
    Column("stage", "string", "life-cycle stage"),
    Column("area", "string", "area that answers for it, or whose cost it is"),
    Column("direction", "string", "in or out, of an interaction"),
    Column("failed", "boolean", "the interaction went wrong; NULL where nobody says"),
    Column("value", "float64", "score or level of a signal, level of a receipt, value of a customer"),
    Column("scale_low", "float64", "lowest possible score"),
    Column("scale_high", "float64", "highest possible score"),
    Column("amount", "decimal(18, 4)", "amount of a cost in the project's currency"),
    Column("text", "string", "words as they stand in the source; whoever shows them masks them first"),
    Column("language", "string", "language tag of the words"),
    Column("evidence", "string", "who vouches for a receipt"),
    Column("joined", "boolean", "the receipt answers a promise; false is marked “no promise”; NULL of all else"),
    Column("segment", "string", "of a customer, computed by a rule"),
    Column("persona", "string", "of a customer, told and not computed"),
    Column("tier", "string", "of a customer"),
    Column("timezone", "string", "the customer's time zone"),
)
"""What came in of each customer beside promises, in the order of customers: what a study keeps for the customer's page."""
