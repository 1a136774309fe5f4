"""What a new project may say further, as comments to take up: interactions, occasions, and the journey on the wall.

Each key has a word beside it. The names are those of the data where a file was looked at, so that taking away the # is enough.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

CANCELLED = "cancelled the order"
"""What is cancelled is so before it comes, so that its lateness cannot stand before it."""

KNOWN_EVENTS = (
    ("returned the order", r"return|refund|rücksend|retour|devol"),
    (CANCELLED, r"cancel|storn|void|abgebrochen"),
    ("complained", r"complain|beschwer|reklam"),
    ("asked again", r"reopen|repeat|again|callback"),
)
"""Questions Troth knows, and what the column of their event may be called."""

WIDE = 34
"""Letters after which the word on a key begins, where the key is not longer."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What the columns of a file may be, as SQL; ``None`` where no name says it.

    :param steps: what happens to a row, in order: its name, and when, as SQL of a moment. :param late: SQL of whether it came late.
    :param question: a question Troth knows, of which ``event`` (or, as a moment, ``event_at``) is the event.
    :param covariates: further columns, as in ``context``.
    """

    steps: tuple[tuple[str, str], ...] = ()
    customer: str | None = None
    subject: str | None = None
    late: str | None = None
    question: str | None = None
    event: str | None = None
    event_at: str | None = None
    area: str | None = None
    covariates: tuple[tuple[str, str], ...] = ()


def further(guess: Guess, *, interactions: bool) -> list[str]:
    """Lines for the end of a source: interactions, where the source has none yet, and occasions."""
    lines: list[str] = []
    if interactions:
        lines += ["", "# What happened step by step makes journeys; journeys.toml says what they are held against."]
        for name, at in guess.steps or (("order", "..."),):
            lines += [
                "# [[interactions]]",
                _key("kind", f"'{name}'", "what happened, in your own words"),
                _key("where", f"{at} is not null", "rows this is about; all where left out"),
                _key("at", at, "when"),
                *_who(guess),
                "#",
            ]
        lines.pop()
    return [*lines, *_occasions(guess)]


def _occasions(guess: Guess) -> list[str]:
    began = guess.steps[0 if guess.question == CANCELLED else -1][1] if guess.steps else "..."
    late = None if guess.question == CANCELLED else guess.late
    if guess.event_at is not None:
        event = _key("event_at", guess.event_at, "when it took place, empty where it did not")
    else:
        event = _key("event", guess.event or "...", "it took place: true or false; or event_at, when it did")
    known = "one Troth knows (docs/settings.md), or a name of your own"
    if guess.covariates:
        pairs = ", ".join(f"{name} = {quoted(column)}" for name, column in guess.covariates)
        covariates = f"# covariates = {{ {pairs} }}   # known before, and held equal"
    else:
        covariates = '# covariates = ["..."]            # known before, and held equal: columns'
    return [
        "",
        "# Marketing or service? One row per occasion on which what you would rather not see could take place.",
        "# [[occasions]]",
        _key("question", guess.question or "did not come back", known),
        *([] if guess.question else [_key("means", "the customer did not order again", "the unwanted event in words")]),
        *([_key("where", f"{began} is not null", "rows this is about; all where left out")] if guess.steps else []),
        _key("at", began, "when the event could begin to take place"),
        *_who(guess),
        event,
        _key("settled_after", "30 days", "the event comes within this time, or not at all"),
        covariates,
        '# intent = "..."                  # they meant to do the opposite, such as to buy: only they count',
        '# placebo = ["..."]               # what came only after the event, and ought to go along with nothing',
        "#",
        '# margin = "..."                  # what one of them is worth, as a number or an expression: told as lost sales',
        "# [occasions.exposures]           # what may have gone wrong before, and whose work it is",
        f'# late = {{ when = {quoted(late or "...")}, area = "Fulfilment", means = "it came after the date promised" }}',
        '# price_unclear = { when = "...", area = "Marketing", means = "the price was not the one advertised" }'
        if late is None
        else '# NAME = { when = "...", area = "Marketing", means = "..." }',
    ]


def _who(guess: Guess) -> list[str]:
    return [
        _key("customer", guess.customer or "...", "who; journeys and people are told by it"),
        *([] if guess.subject is None else [_key("subject", guess.subject, "what about: the order, the request")]),
    ]


def journeys(guess: Guess) -> str:
    """journeys.toml, every key in a comment of its own."""
    names = [name for name, _ in guess.steps] if len(guess.steps) > 1 else ["order", "delivery"]
    first, *_, last = names
    lines = [
        "# The journey on the wall: what interactions are held against. Take away the # where it fits, here and in sources/.",
        _key("follow", "subject", "whose journeys: one order or request each; or customer, a whole record"),
        _key("step", "kind", "column of interactions that is the step: kind, touchpoint, stage"),
        _key("patience", "30 days", "silence after which a journey counts as ended"),
        '# leave_out = ["newsletter"]      # steps that belong to no journey that is followed',
        "#",
    ]
    for name in names:
        lines += ["# [[steps]]                       # in order", _key("name", name, "the step, as the interactions call it")]
        if name == first:
            lines.append("# start = true                    # a journey may begin with it, wherever it stands")
        if name == last:
            lines.append("# end = true                      # a journey may end with it, wherever it stands")
        lines.append("#")
    lines += [
        "# [[steps]]",
        _key("name", "contact", "one more: who asks"),
        "# optional = true                 # a journey may do without it",
        f"# next = [{quoted(last)}]   # further steps that may come next, beside those behind it in the order",
        "#",
        "# [[scenarios]]                   # what customers set out to do, from end to end",
        _key("name", "get it without having to ask", "what people call it"),
        f"# steps = [{', '.join(map(quoted, names))}]   # in order: the first starts it, the last is the goal",
        _key("within", "10 days", "time the customer gives it"),
        '# stoppers = ["contact"]          # what must not happen on the way to the goal',
    ]
    return "\n".join(lines) + "\n"


def _key(name: str, value: str, word: str) -> str:
    line = f"# {name} = {quoted(value)}"
    return f"{line:<{WIDE}}# {word}" if len(line) < WIDE else f"{line}   # {word}"


def quoted(text: str) -> str:
    """A TOML string: literal where it can be, so that SQL's double quotes stay as they are."""
    if '"' in text and "'" not in text and "\n" not in text:
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)
