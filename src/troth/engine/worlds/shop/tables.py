"""The tables the shop would have: one per system that keeps them, with that system's columns, and not one of them mapped to anything.

Times are on the clock of São Paulo, without a zone; money is in reais. What happens after the year is not in the record: it is NULL.
Beside them stands what only the maker of a world knows: what each text is about, and what each visit, return and trial owes to whom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from troth.engine.worlds.shop import causes as c
from troth.engine.worlds.shop import company as k
from troth.engine.worlds.shop import orders as o
from troth.engine.worlds.shop import texts as t
from troth.engine.worlds.shop import trials as trial
from troth.engine.worlds.shop.arrays import rows
from troth.engine.worlds.shop.course import course
from troth.engine.worlds.shop.draws import Draws, Flags, Floats, Ints
from troth.engine.worlds.shop.history import History
from troth.engine.worlds.shop.people import People
from troth.engine.worlds.shop.visits import ANSWER_DUE, SIDES, Visits, shares_of
from troth.engine.worlds.shop.worth import value_ahead
from troth.engine.worlds.shop.year import END, START, hour_of

LOGGED_IN = 0.85
"""Share of the visits of known customers in which they log in."""
BROWSES = 0.5
"""Visits without anything in mind for each with it."""
CLOCK_WRONG = 0.002
"""Share of tickets whose answer bears a time before the ticket: one desk's clock is wrong."""
DELIGHTED, CONTENT, CROSS = 5, 4, 2
"""Points: five and nothing else is spoken of; from four on there is praise where nothing went wrong; up to two and words are angry."""
IS_CALM = 0.25
WROTE_RATING, WROTE_RETURN = 0.7, 0.6
DAYPARTS = ("night", "morning", "afternoon", "evening")
STATUS = ("delivered", "on its way", "lost", "cancelled by us")
ADS = tuple(campaign.name for campaign in k.CAMPAIGNS)
EXPECTED = (None, "days", "page")
MOODS = ("calm", "angry", None)

Table = dict[str, pa.Array]


@dataclass(frozen=True, slots=True)
class Block:
    """A block of people: who they are, and what their year was."""

    draws: Draws
    people: People
    history: History
    trials: trial.Trials

    @property
    def bought(self) -> Flags:
        """Which visits ended in an order."""
        return self.history.visits.bought


def tables(block: Block) -> tuple[dict[str, Table], dict[str, Table]]:
    """The company's tables of a block, and what is true of them."""
    writing: list[tuple[str, str, t.Brief]] = []
    company = {
        "customers": _customers(block),
        "visits": _visits(block),
        "ad_clicks": _ad_clicks(block),
        "orders": _orders(block),
        "tickets": _tickets(block, writing),
        "chats": _chats(block, writing),
        "returns": _returns(block, writing),
        "ratings": _ratings(block, writing),
        "trials": _trials(block),
        "costs": _costs(block),
    }
    known: list[Table] = []
    for name, column, brief in writing:
        written = t.texts(block.draws, brief)
        company[name][column] = _in_place(company[name][column], written.text)
        known.append(_text_truth(name, brief, written))
    truth = {"texts": _stacked(known), **_event_truth(block)}
    return company, truth


def moment(days: Floats) -> pa.Array:
    """Days of the year as local times to the second; what lies beyond the year, or never was, is NULL."""
    known = days < END
    seconds = np.floor(np.where(known, days, 0.0) * 86_400).astype(np.int64)
    origin = int(np.datetime64(START, "us").astype(np.int64))
    return pa.array(origin + seconds * 1_000_000, pa.timestamp("us"), mask=~known)


def day(days: Floats) -> pa.Array:
    """Days of the year as dates, also beyond it: a promise may be for next year."""
    origin = int(np.datetime64(START, "D").astype(np.int64))
    known = np.isfinite(days)
    return pa.array((origin + np.floor(np.where(known, days, 0.0))).astype(np.int32), pa.date32(), mask=~known)


def word(values: Sequence[str | None], positions: Ints, absent: Flags | None = None) -> pa.Array:
    """Each position's word."""
    distinct = list(dict.fromkeys(values))  # a word listed twice would be written as two
    if len(distinct) < len(values):
        positions = np.array([distinct.index(value) for value in values])[positions]
        values = distinct
    return pa.DictionaryArray.from_arrays(pa.array(positions, pa.int32(), mask=absent), pa.array(values, pa.string()))


def money(amounts: Floats, absent: Flags | None = None) -> pa.Array:
    """Reais and centavos."""
    return pa.array(np.round(amounts, 2), pa.float64(), mask=absent)


def number(values: Ints | Floats, absent: Flags | None = None) -> pa.Array:
    """Whole numbers."""
    return pa.array(np.asarray(values, dtype=np.int64), pa.int64(), mask=absent)


def visit_number(ids: Ints) -> Ints:
    """What a visit is called in the tables: an even number; its order bears the same. Odd ones had nothing in mind."""
    return ids * 2


def customer_number(block: Block, person: Ints) -> Ints:
    """What a person is called in the tables."""
    return block.people.number[person] + 1


def daypart(at: Floats) -> pa.Array:
    """Night to six, morning to noon, afternoon to six, evening."""
    return word(DAYPARTS, hour_of(at) // 6)


def _customers(block: Block) -> Table:
    people = block.people
    first = np.full(len(people.number), np.inf)
    order = block.history.orders
    np.minimum.at(first, order.person, order.at)
    known = people.before | np.isfinite(first)
    they = rows(people, known)
    since = np.where(they.before, they.since, first[known])
    return {
        "customer_id": number(they.number + 1),
        "since": day(since),
        "state": word(k.STATE_NAMES, they.state),
        "region": word(k.REGIONS, they.region),
        "tier": word(k.TIERS, they.tier),
        "persona": word(k.PERSONAS, they.persona),
        "language": word(t.LANGUAGES, they.portuguese.astype(np.int64)),
        "value_12_months": money(value_ahead(they)),
    }


def _logged_in(block: Block, ids: Ints, person: Ints, at: Floats, bought: Flags) -> Flags:
    """Who is known by name: who buys, and most of those who were customers by then."""
    order = block.history.orders
    first = np.where(block.people.before, -1.0, np.inf)
    np.minimum.at(first, order.person, order.at)
    return bought | ((first[person] <= at) & block.draws.below("logs in", ids, LOGGED_IN))


def _visits(block: Block) -> Table:
    visit, draws, people = block.history.visits, block.draws, block.people
    browsed = np.flatnonzero(draws.below("browses", visit.id, BROWSES))
    their = rows(visit, browsed)
    when = np.maximum(their.at - draws.uniform("browses before", their.id) * 4, their.at * 0.5)
    ids = np.concatenate([visit_number(visit.id), visit_number(their.id) + 1])
    order = np.argsort(ids)  # what belongs to one person stands together
    ids, idle = ids[order], ids[order] % 2 == 1
    both = rows(visit, np.concatenate([np.arange(len(visit.id)), browsed])[order])
    at = np.concatenate([visit.at, when])[order]
    way = course(draws, both)
    began = np.where(idle, at, way.began)
    asks = both.asked & ~idle
    bought = both.bought & ~idle
    met = both.met & ~idle[:, None]
    known = _logged_in(block, ids, both.person, at, bought)
    ad = (both.campaign >= 0) & ~idle
    slow = np.where(met[:, 5], 4.2 + 5 * draws.uniform("seconds", ids), 0.6 + 2.6 * draws.uniform("seconds", ids))
    return {
        "visit_id": number(ids),
        "visitor_id": number(people.number[both.person] * 7 + 1_000_003),
        "customer_id": number(customer_number(block, both.person), ~known),
        "visited_at": moment(began),
        "daypart": daypart(at),
        "device": word(k.DEVICES, both.device),
        "came_by": word(k.SOURCES, np.where(idle & (both.source == len(k.SOURCES) - 1), 0, both.source)),
        "campaign": word(ADS, both.campaign, ~ad),
        "region": word(k.REGIONS, people.region[both.person]),
        "product": word(k.goods().code, both.product),
        "product_group": word(k.GROUPS, both.group),
        "reached_basket": pa.array(~idle),
        "price_in_ad": money(both.ad_price, ~ad),
        "price_in_basket": money(both.price, idle),
        "page_lacks_information": pa.array(met[:, 1]),
        "out_of_stock": pa.array(met[:, 4]),
        "load_seconds": pa.array(np.round(slow, 1)),
        "checkout_error": pa.array(met[:, 6]),
        "needed_in_days": number(both.need, idle | (both.need == 0)),
        "quoted_days": number(both.promised, idle),
        "checkout_at": moment(np.where(idle, np.inf, way.checkout)),
        "asked": pa.array(asks),
        "asked_at": moment(np.where(asks, way.asked, np.inf)),
        "answered_at": moment(np.where(asks, way.asked + both.minutes / 1440, np.inf)),
        "order_id": number(ids, ~bought),
    }


def _ad_clicks(block: Block) -> Table:
    visit = block.history.visits
    click = rows(visit, visit.campaign >= 0)
    ids = visit_number(click.id)
    return {
        "click_id": number(ids),
        "visit_id": number(ids),
        "clicked_at": moment(np.maximum(course(block.draws, click).began - 4 / 86_400, 0.0)),
        "campaign": word(ADS, click.campaign),
        "medium": word([campaign.medium for campaign in k.CAMPAIGNS], click.campaign),
        "claim": word([campaign.claim for campaign in k.CAMPAIGNS], click.campaign),
        "price_in_ad": money(click.ad_price),
        "days_in_ad": number(click.promised, np.array([campaign.haste == 0 for campaign in k.CAMPAIGNS])[click.campaign]),
        "cost": money(0.35 + 1.1 * block.draws.uniform("click cost", click.id)),
    }


def _orders(block: Block) -> Table:
    order, visit = block.history.orders, rows(block.history.visits, block.bought)
    people, goods = block.people, k.goods()
    _, warehouse, carrier = k.split_lane(visit.lane)
    stated = o.ATTRIBUTES[visit.group]
    given_up = order.lost & (np.floor(order.at) + order.promised + o.GIVEN_UP_DAYS < END)
    arrived = order.delivered < END
    items = 1 + block.draws.whole("items", order.visit, 3)
    return {
        "order_id": number(visit_number(order.visit)),
        "customer_id": number(customer_number(block, order.person)),
        "visit_id": number(visit_number(order.visit)),
        "ordered_at": moment(order.at),
        "promised_date": day(order.at + order.promised),
        "needed_by": day(np.where(visit.need > 0, order.at + visit.need, np.inf)),
        "estimated_days": number(visit.routine),
        "packed_at": moment(order.packed),
        "shipped_at": moment(order.shipped),
        "delivered_at": moment(order.delivered),
        "delivery_attempts": number(1 + order.failed_attempt, ~arrived),
        "status": word(STATUS, np.select([order.cancelled, given_up, arrived], [3, 2, 0], default=1)),
        "state": word(k.STATE_NAMES, people.state[order.person]),
        "region": word(k.REGIONS, people.region[order.person]),
        "tier": word(k.TIERS, people.tier[order.person]),
        "persona": word(k.PERSONAS, people.persona[order.person]),
        "warehouse": word(k.WAREHOUSES, warehouse),
        "carrier": word(k.CARRIERS, carrier),
        "device": word(k.DEVICES, visit.device),
        "came_by": word(k.SOURCES, visit.source),
        "campaign": word((*ADS, "none"), np.where(visit.campaign < 0, len(ADS), visit.campaign)),
        "product": word(goods.code, visit.product),
        "product_group": word(k.GROUPS, visit.group),
        "price_shown": money(order.shown),
        "price_charged": money(order.charged),
        "margin": money(order.margin),
        "attributes_stated": number(stated),
        "attributes_found": number(stated - order.wrong, ~arrived),
        "items_ordered": number(items),
        "items_in_box": number(np.maximum(items - order.short, 0), ~arrived),
        "parcel_damaged": pa.array(order.damaged, mask=~arrived),
        "contact_unsolved": pa.array(order.return_met[:, o.BADLY_SERVED]),
        "returned_at": moment(order.returned),
    }


def _each_contact(order: o.Orders) -> tuple[Ints, Ints]:
    """Order and turn of every contact in the record."""
    where, turn = np.nonzero(order.contact_at < END)
    return where.astype(np.int64), turn.astype(np.int64)


def _note_seconds(draws: Draws, ids: Ints, at: Floats, team: Ints) -> Floats:
    """Seconds an agent writes on a case once it is over. One team has a target for it; the customer is gone by then."""
    written = draws.lognormal("note", ids, 75.0, 0.5)
    held = (team == k.TEAMS.index(c.NOTE_TEAM)) & (at >= c.NOTE_FROM) & (written > c.NOTE_SECONDS)
    brief = c.NOTE_SECONDS - draws.uniform("brief note", ids) * 15
    taken: Floats = np.where(held & draws.below("hurried note", ids, c.NOTE_HURRIED), brief, written)
    return np.round(taken, 0)


def _tickets(block: Block, writing: list[tuple[str, str, t.Brief]]) -> Table:
    draws, order = block.draws, block.history.orders
    visit = rows(block.history.visits, block.bought)
    where, turn = _each_contact(order)
    ids = order.visit[where] * 4 + turn
    at, channel, team = order.contact_at[where, turn], order.channel[where, turn], order.team[where, turn]
    minutes = order.minutes[where, turn]
    wrong_clock = draws.below("wrong clock", ids, CLOCK_WRONG) & np.isfinite(minutes)
    answered = np.where(wrong_clock, np.maximum(at - 5 / 1440, 0.0), at + minutes / 1440)
    wanted = np.where(draws.below("wanted", ids, 0.82), channel, draws.pick("wanted channel", ids, k.CHANNEL_SHARES))
    topic = order.topic[where]
    about = np.where(topic == o.TOPIC_OTHER, np.array(t.OTHER)[draws.whole("other", order.visit[where], len(t.OTHER))], topic)
    about = np.where((turn > 0) & draws.below("no help", ids, 0.5), t.NO_HELP, about)
    overdue = np.maximum(at - np.floor(order.at[where]) - order.promised[where], 1)
    expects = np.select(
        [(topic == o.TOPIC_DELIVERY) & (turn == 0), topic == o.TOPIC_PAGE],
        [draws.below("expects", ids, 0.3) * t.EXPECTS_DAYS, draws.below("expects", ids, 0.35) * t.EXPECTS_PAGE],
        default=t.EXPECTS_NOTHING,
    )
    brief = t.Brief(
        kind="tickets",
        id=ids,
        portuguese=block.people.portuguese[order.person[where]],
        about=about,
        mood=_mood(draws, ids, np.where(turn > 0, 0.55, 0.3)),
        thing=k.goods().thing[visit.product[where]],
        days=np.floor(np.where(np.isfinite(overdue), overdue, 1)).astype(np.int64),
        carrier=k.split_lane(visit.lane[where])[2],
        again=turn > 0,
        expected=expects,
        said_days=order.promised[where],
    )
    writing.append(("tickets", "text", brief))
    return {
        "ticket_id": number(ids),
        "opened_at": moment(at),
        "customer_id": number(customer_number(block, order.person[where])),
        "order_id": number(visit_number(order.visit[where])),
        "channel": word(k.CHANNELS, channel),
        "wanted_channel": word(k.CHANNELS, wanted),
        "team": word(k.TEAMS, team),
        "agent": word([f"{name} {n:02d}" for name in k.TEAMS for n in range(12)], team * 12 + draws.whole("agent", ids, 12)),
        "answer_promised_minutes": number(k.ANSWER_MINUTES[channel]),
        "answered_at": moment(answered),
        "call_seconds": number(np.nan_to_num(order.seconds[where, turn]), np.isnan(order.seconds[where, turn])),
        "note_seconds": number(_note_seconds(draws, ids, at, team), np.zeros(len(ids), dtype=np.bool_)),
        "repeat_of": number(ids - 1, turn == 0),
        "region": word(k.REGIONS, block.people.region[order.person[where]]),
        "product": word(k.goods().code, visit.product[where]),
        "product_group": word(k.GROUPS, visit.group[where]),
        "language": word(t.LANGUAGES, brief.portuguese.astype(np.int64)),
        "text": pa.nulls(len(ids), pa.string()),
    }


def _chats(block: Block, writing: list[tuple[str, str, t.Brief]]) -> Table:
    draws, visit = block.draws, block.history.visits
    chat = rows(visit, visit.asked)
    asked = course(draws, chat).asked
    known = _logged_in(block, visit_number(chat.id), chat.person, chat.at, chat.bought)
    brief = t.Brief(
        kind="chats",
        id=chat.id,
        portuguese=block.people.portuguese[chat.person],
        about=np.array(t.QUESTIONS)[draws.whole("question", chat.id, len(t.QUESTIONS))],
        mood=np.full(len(chat.id), t.PLAIN),
        thing=k.goods().thing[chat.product],
        days=np.maximum(chat.need, 2),
        carrier=k.split_lane(chat.lane)[2],
        again=np.zeros(len(chat.id), dtype=np.bool_),
        expected=np.zeros(len(chat.id), dtype=np.int64),
        said_days=chat.promised,
    )
    writing.append(("chats", "text", brief))
    return {
        "chat_id": number(visit_number(chat.id)),
        "visit_id": number(visit_number(chat.id)),
        "customer_id": number(customer_number(block, chat.person), ~known),
        "asked_at": moment(asked),
        "daypart": daypart(chat.at),
        "device": word(k.DEVICES, chat.device),
        "region": word(k.REGIONS, block.people.region[chat.person]),
        "product": word(k.goods().code, chat.product),
        "product_group": word(k.GROUPS, chat.group),
        "answer_promised_minutes": number(np.full(len(chat.id), ANSWER_DUE)),
        "answered_at": moment(asked + chat.minutes / 1440),
        "language": word(t.LANGUAGES, brief.portuguese.astype(np.int64)),
        "text": pa.nulls(len(chat.id), pa.string()),
    }


def _returns(block: Block, writing: list[tuple[str, str, t.Brief]]) -> Table:
    draws, order = block.draws, block.history.orders
    visit = rows(block.history.visits, block.bought)
    sent = np.flatnonzero(order.returned < END)
    those, theirs = rows(order, sent), rows(visit, sent)
    about = np.select(
        [those.wrong > 0, those.damaged, those.late, those.short],
        [t.ABOUT.index(name) for name in ("not as described", "damaged", "delivery", "item missing")],
        default=t.CHANGED_MIND,
    )
    writes = draws.below("wrote return", those.visit, WROTE_RETURN)
    brief = _brief(block, "returns", those, theirs, about, np.where(about == t.CHANGED_MIND, 0.0, 0.25))
    writing.append(("returns", "words", rows_of(brief, writes)))
    refunded = np.where(those.back < END, those.refunded, np.inf)
    return {
        "return_id": number(visit_number(those.visit)),
        "order_id": number(visit_number(those.visit)),
        "customer_id": number(customer_number(block, those.person)),
        "requested_at": moment(those.returned),
        "received_at": moment(those.back),
        "refund_due": day(np.where(those.back < END, those.back + o.REFUND_DAYS, np.inf)),
        "refunded_at": moment(refunded),
        "refund": money(those.charged),
        "reason": word(o.REASONS, those.reason),
        "region": word(k.REGIONS, block.people.region[those.person]),
        "product": word(k.goods().code, theirs.product),
        "product_group": word(k.GROUPS, theirs.group),
        "language": word(t.LANGUAGES, brief.portuguese.astype(np.int64)),
        "words": _to_write(writes),
    }


def _ratings(block: Block, writing: list[tuple[str, str, t.Brief]]) -> Table:
    draws, order = block.draws, block.history.orders
    visit = rows(block.history.visits, block.bought)
    given = np.flatnonzero(order.rated < END)
    those, theirs = rows(order, given), rows(visit, given)
    low = np.where(those.contact_at[:, 0] < those.rated, t.NO_HELP, t.CHANGED_MIND)
    about = np.select(
        [those.late, those.damaged, those.wrong > 0, those.short, those.charged > those.shown],
        [t.ABOUT.index(name) for name in ("delivery", "damaged", "not as described", "item missing", "price")],
        default=np.where(those.score >= CONTENT, t.PRAISE, low),
    )
    about = np.where(those.score == DELIGHTED, t.PRAISE, about)
    writes = draws.below("wrote rating", those.visit, WROTE_RATING)
    brief = _brief(block, "ratings", those, theirs, about, np.where(those.score <= CROSS, 0.45, 0.05))
    writing.append(("ratings", "words", rows_of(brief, writes)))
    return {
        "rating_id": number(visit_number(those.visit)),
        "order_id": number(visit_number(those.visit)),
        "customer_id": number(customer_number(block, those.person)),
        "rated_at": moment(those.rated),
        "score": number(those.score),
        "region": word(k.REGIONS, block.people.region[those.person]),
        "product": word(k.goods().code, theirs.product),
        "product_group": word(k.GROUPS, theirs.group),
        "language": word(t.LANGUAGES, brief.portuguese.astype(np.int64)),
        "words": _to_write(writes),
    }


def _brief(block: Block, kind: str, order: o.Orders, visit: Visits, about: Ints, angry: Floats) -> t.Brief:
    """What a comment on an order says."""
    late = np.where(np.isfinite(order.delivered), np.floor(order.delivered) - np.floor(order.at) - order.promised, 1.0)
    delivery, page = (t.ABOUT.index(name) for name in ("delivery", "not as described"))
    expects = block.draws.below(f"{kind} expects", order.visit, 0.25)
    return t.Brief(
        kind=kind,
        id=order.visit,
        portuguese=block.people.portuguese[order.person],
        about=about,
        mood=np.where(about == t.PRAISE, t.PLAIN, _mood(block.draws, order.visit, angry)),
        thing=k.goods().thing[visit.product],
        days=np.maximum(late, 1).astype(np.int64),
        carrier=k.split_lane(visit.lane)[2],
        again=np.zeros(len(about), dtype=np.bool_),
        expected=np.select([expects & (about == delivery), expects & (about == page)], [t.EXPECTS_DAYS, t.EXPECTS_PAGE], default=0),
        said_days=order.promised,
    )


def rows_of(brief: t.Brief, where: Flags) -> t.Brief:
    """Some of the texts."""
    return t.Brief(brief.kind, **{field.name: getattr(brief, field.name)[where] for field in fields(brief) if field.name != "kind"})


def _mood(draws: Draws, ids: Ints, angry: Floats | float) -> Ints:
    drawn = draws.uniform("mood of words", ids)
    return np.select([drawn < angry, drawn > 1 - IS_CALM], [t.ANGRY, t.CALM], default=t.PLAIN)


def _trials(block: Block) -> Table:
    those = block.trials
    ended = np.minimum(those.cancelled, those.ends)
    cancelled = those.cancelled < END
    return {
        "trial_id": number(those.id + 1),
        "customer_id": number(customer_number(block, those.person)),
        "began_at": moment(those.began),
        "ends_at": day(those.ends),
        "came_by": word(("ad", "shop"), (~those.from_ad).astype(np.int64)),
        "region": word(k.REGIONS, block.people.region[those.person]),
        "tier": word(k.TIERS, block.people.tier[those.person]),
        "device": word(k.DEVICES, block.people.device[those.person]),
        "benefit_in_ad_missing": pa.array(those.met[:, 0]),
        "question_at": moment(np.where(np.isnan(those.asked), np.inf, those.asked)),
        "question_answered_at": moment(np.where(np.isnan(those.asked), np.inf, those.answered)),
        "first_parcel_late": pa.array(those.met[:, 2]),
        "app_crashes": number(those.met[:, 3] * (1 + block.draws.whole("crashes", those.id, 4))),
        "cancelled_at": moment(those.cancelled),
        "steps_to_cancel": number(those.steps, ~cancelled),
        "became_member": pa.array(~cancelled, mask=ended >= END),
        "monthly_fee": money(np.full(len(those.id), trial.FEE)),
    }


def _costs(block: Block) -> Table:
    order = block.history.orders
    where, turn = _each_contact(order)
    of, kind = np.nonzero(order.costs[:, 1:] > 0)
    kind = kind + 1
    ids = np.concatenate([order.visit[where] * 8 + turn, order.visit[of] * 8 + o.CONTACTS + kind])
    place = np.argsort(ids)
    person = np.concatenate([order.person[where], order.person[of]])[place]
    kinds = np.concatenate([np.zeros(len(where), dtype=np.int64), kind])[place]
    return {
        "cost_id": number(ids[place]),
        "booked_at": moment(np.concatenate([order.contact_at[where, turn], order.booked[of, kind]])[place]),
        "kind": word(o.COSTS, kinds),
        "amount": money(np.concatenate([k.CONTACT_COST[order.channel[where, turn]], order.costs[of, kind]])[place]),
        "order_id": number(visit_number(np.concatenate([order.visit[where], order.visit[of]])[place])),
        "customer_id": number(customer_number(block, person)),
        "area": word(o.COST_AREAS, kinds),
    }


def _in_place(column: pa.Array, written: pa.Array) -> pa.Array:
    """The texts where the table has room for one: all rows, or those that hold an empty text."""
    if len(written) == len(column):
        return written
    return pc.replace_with_mask(column, column.is_valid(), written)


def _to_write(writes: Flags) -> pa.Array:
    """An empty text where there will be one, NULL elsewhere."""
    return pa.array(["" if wrote else None for wrote in writes.tolist()], pa.string())


def _text_truth(name: str, brief: t.Brief, written: t.Texts) -> Table:
    n = len(brief.id)
    ids = brief.id if name == "tickets" else visit_number(brief.id)
    said = brief.expected == t.EXPECTS_DAYS
    return {
        "table": word((name,), np.zeros(n, dtype=np.int64)).cast(pa.string()),
        "id": number(ids),
        "about": word(t.ABOUT, brief.about).cast(pa.string()),
        "mood": word(MOODS, brief.mood).cast(pa.string()),
        "expected": word(EXPECTED, brief.expected).cast(pa.string()),
        "expected_days": number(np.clip(brief.said_days, 1, t.MOST_DAYS), ~said),
        "personal": pa.array(written.personal),
        "language": word(t.LANGUAGES, brief.portuguese.astype(np.int64)).cast(pa.string()),
    }


def _event_truth(block: Block) -> dict[str, Table]:
    """What each visit, return and trial owes to each side, and whether it had happened anyway."""
    draws, visit, order, those = block.draws, block.history.visits, block.history.orders, block.trials

    def of(ids: Ints, event: Flags, anyway: Flags, base: Floats, chance: Floats, sides: Floats) -> Table:
        added = {name: pa.array(sides[:, position]) for position, name in enumerate(SIDES)}
        return {
            "id": number(ids),
            "happened": pa.array(event),
            "anyway": pa.array(event & anyway),
            "chance": pa.array(chance),
            "base": pa.array(base),
            **added,
        }

    came = rows(order, order.delivered < END)
    sides = shares_of(came.return_met, came.return_base, came.return_chance, o.RETURN_EXPOSURES)
    back = came.returned < END
    over = rows(those, those.ends < END)
    return {
        "visits": of(
            visit_number(visit.id), ~visit.bought, draws.uniform("lost", visit.id) < visit.base, visit.base, visit.lost_chance, visit.sides
        ),
        "returns": of(
            visit_number(came.visit),
            back,
            draws.uniform("return", came.visit) < came.return_base,
            came.return_base,
            came.return_chance,
            sides,
        ),
        "trials": of(
            over.id + 1,
            over.cancelled < END,
            draws.uniform("cancels", over.id) < over.base,
            over.base,
            over.chance,
            shares_of(over.met, over.base, over.chance, trial.EXPOSURES),
        ),
    }


def _stacked(parts: Sequence[Mapping[str, pa.Array]]) -> Table:
    whole = pa.concat_tables([pa.table(dict(part)) for part in parts])
    return {name: whole[name].combine_chunks() for name in whole.column_names}
