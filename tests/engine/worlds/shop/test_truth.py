"""The truth beside the shop, against plainer counts: of the tables by query, and of a year lived again from the start."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from tests.engine.worlds.shop.conftest import Ask

from troth.engine.worlds.shop import causes as c
from troth.engine.worlds.shop.counting import Count, count
from troth.engine.worlds.shop.draws import Draws
from troth.engine.worlds.shop.history import History, live
from troth.engine.worlds.shop.making import Shop
from troth.engine.worlds.shop.orders import LEAVING
from troth.engine.worlds.shop.people import People, people
from troth.engine.worlds.shop.trials import trials
from troth.engine.worlds.shop.visits import SIDES
from troth.engine.worlds.shop.year import END, to_busy, to_clock

EVENTS = {"browsed, not bought": "visits", "returned": "returns", "trial cancelled": "trials"}


def planted(made: Shop, name: str) -> dict[str, Any]:
    (found,) = (cause for cause in made.truth["causes"] if cause["name"] == name)
    return dict(found)


@pytest.fixture(scope="module")
def year() -> tuple[Draws, People, History]:
    """Three thousand people and their year."""
    draws = Draws(1)
    those = people(draws, 0, 3_000)
    return draws, those, live(draws, those, c.ALL)


@pytest.fixture(scope="module")
def counted(year: tuple[Draws, People, History]) -> Count:
    """What the causes did to them."""
    draws, those, history = year
    into = Count()
    count(draws, those, history, trials(draws, those), into)
    return into


def test_it_says_that_it_is_made(made: Shop) -> None:
    assert made.truth["made"].startswith("Made data")
    assert [cause["name"] for cause in made.truth["causes"]] == [cause.name for cause in c.CAUSES]
    assert len(c.CAUSES) == 9


class TestCounts:
    """Each cause by a plain query over the tables the company has."""

    def test_what_the_campaign_broke_would_have_been_in_time_three_days_later(self, made: Shop, ask: Ask) -> None:
        cause = planted(made, c.RASH)
        ((orders, late),) = ask(
            f"""select count(*),
                count(*) filter (delivered_at::date > promised_date and delivered_at::date <= promised_date + {c.RASH_HASTE})
            from orders where campaign = '{c.RASH_CAMPAIGN}'"""
        )
        assert (cause["touched"], cause["excess"]) == (orders, late)
        ((first, last),) = ask(f"select min(ordered_at)::date, max(ordered_at)::date from orders where campaign = '{c.RASH_CAMPAIGN}'")
        assert cause["from"] <= str(first) < str(last) < cause["to"]

    def test_what_the_incident_broke_would_have_been_in_time_three_days_sooner(self, made: Shop, ask: Ask) -> None:
        cause = planted(made, c.INCIDENT)
        ((orders, late),) = ask(
            f"""select count(*), count(*) filter (
                delivered_at::date > promised_date and (delivered_at - interval {int(c.INCIDENT_DAYS)} day)::date <= promised_date)
            from orders where warehouse = '{c.INCIDENT_WAREHOUSE}' and ordered_at >= '{cause["from"]}' and ordered_at < '{cause["to"]}'"""
        )
        assert (cause["touched"], cause["excess"]) == (orders, late)

    def test_the_slow_lane_breaks_what_its_neighbours_keep(self, made: Shop, ask: Ask) -> None:
        cause = planted(made, c.SLOW_LANE)
        due = "promised_date < '2025-01-01' and status <> 'cancelled by us'"
        late = f"avg((coalesce(delivered_at::date > promised_date, true))::int) filter ({due})"
        ((slow, orders),) = ask(f"select {late}, count(*) from orders where region = '{c.SLOW_REGION}' and carrier = '{c.SLOW_CARRIER}'")
        ((others,),) = ask(f"select {late} from orders where region = '{c.SLOW_REGION}' and carrier <> '{c.SLOW_CARRIER}'")
        assert cause["touched"] == orders
        assert cause["excess"] / orders == pytest.approx(slow - others, abs=0.06)
        assert slow - others > 0.25
        lane = f"region = '{c.SLOW_REGION}' and carrier = '{c.SLOW_CARRIER}'"
        assert ask(f"select distinct promised_date - ordered_at::date from orders where {lane}") == [(c.STANDARD,)]

    def test_the_page_states_two_attributes_wrong_from_its_day_on(self, made: Shop, ask: Ask) -> None:
        cause = planted(made, c.PAGE)
        query = "select ordered_at >= '2024-04-15', count(*), count(*) filter (attributes_found < attributes_stated) from orders"
        before, after = ask(f"{query} where product = '{c.PAGE_PRODUCT}' group by all order by all")
        assert before[2] < 0.15 * before[1]  # one piece in thirty-three differs from its page anyway
        assert after[1] == cause["touched"]
        assert 0.95 * after[1] < after[2] <= after[1]  # but for the few that never arrive
        assert 0.9 * after[2] < cause["excess"] <= after[2]
        assert cause["direct"]["return"] > 0.15 * cause["touched"]

    def test_questions_of_the_evening_stay_unanswered(self, made: Shop, ask: Ask) -> None:
        cause = planted(made, c.UNANSWERED)
        late = "avg((coalesce(answered_at > asked_at + interval 10 minute, true))::int)"
        where = f"product_group = '{c.UNANSWERED_GROUP}' and asked_at >= '{cause['from']}'"
        ((evening, chats),) = ask(f"select {late}, count(*) from chats where daypart = 'evening' and {where}")
        ((others,),) = ask(f"select {late} from chats where daypart <> 'evening' and {where}")
        assert cause["touched"] == chats
        assert cause["excess"] / chats == pytest.approx(evening - others, abs=0.12)
        assert evening - others > 0.4
        assert 0 < cause["direct"]["lost order"] < cause["excess"]
        assert cause["money"]["lost_sales"] > 0

    def test_baskets_the_fault_lost_are_visits_with_a_checkout_error(self, made: Shop, ask: Ask) -> None:
        cause = planted(made, c.FAULT)
        ((touched, lost),) = ask(
            f"""select count(*), count(*) filter (checkout_error and order_id is null) from visits
            where reached_basket and device = '{c.FAULT_DEVICE}' and visited_at >= '{cause["from"]}' and visited_at < '{cause["to"]}'"""
        )
        assert cause["touched"] == touched
        assert 0.4 * lost < cause["excess"] < lost
        ((found,),) = ask(
            """select count(*) from truth.failures f join visits on visit_id = visit * 2
            where cause = 'checkout fault' and failure = 'abandoned basket' and checkout_error and order_id is null"""
        )
        assert found == cause["excess"] == cause["direct"]["lost order"]

    def test_calls_cut_short_bring_the_same_people_back(self, made: Shop, ask: Ask) -> None:
        cause = planted(made, c.TARGET)
        calls = f"""select t.call_seconds < {c.TARGET_SECONDS} as brief, count(*), avg((r.ticket_id is not null)::int)
            from tickets t left join tickets r on r.repeat_of = t.ticket_id
            where t.channel = 'phone' and t.team = '{c.TARGET_TEAM}' and t.opened_at >= '{cause["from"]}' and t.opened_at < '2024-12-20'
            group by all order by all"""
        (_, _, usual), (_, brief, again) = ask(calls)
        assert again - usual > 0.2
        assert 0.25 * brief < cause["excess"] < 0.7 * brief
        assert cause["direct"].keys() <= {"repeat contact", "return", "contact"}

    def test_the_fix_that_worked_prevented_what_before_and_after_beside_the_others_show(self, made: Shop, ask: Ask) -> None:
        cause = planted(made, c.FIX)
        shares: dict[int, float] = dict(
            ask(
                f"""select (region = '{c.FIX_REGION}')::int * 2 + (ordered_at >= '{cause["from"]}')::int, avg((delivery_attempts > 1)::int)
                from orders where delivered_at is not null group by 1"""
            )
        )
        assert (shares[3] - shares[2]) - (shares[1] - shares[0]) == pytest.approx(-0.14, abs=0.04)
        assert -0.09 < cause["excess"] / cause["touched"] < -0.02
        assert cause["money"]["margin_at_risk"] < 0

    def test_the_fix_that_did_not_changed_nothing_though_damage_fell(self, made: Shop, ask: Ask) -> None:
        cause = planted(made, c.NO_FIX)
        assert cause["touched"] > 1_000
        assert (cause["excess"], cause["direct"], cause["in_all"], cause["customers_lost"]) == (0, {}, {}, 0)
        assert set(cause["money"].values()) == {0.0}
        damage = f"select avg(parcel_damaged::int) from orders where product_group = '{c.NO_FIX_GROUP}' and ordered_at"
        assert ask(f"{damage} < '{cause['from']}'") > ask(f"{damage} >= '{cause['from']}'")
        elsewhere = f"select avg(parcel_damaged::int) from orders where product_group <> '{c.NO_FIX_GROUP}' and ordered_at"
        ((rains,),), ((dry,),) = ask(f"{elsewhere} < '2024-04-01'"), ask(f"{elsewhere} between '2024-06-17' and '2024-10-01'")
        assert rains > 1.1 * dry

    def test_the_list_of_failures_adds_up_to_the_counts(self, made: Shop, ask: Ask) -> None:
        listed = {(cause, kind): more for cause, kind, more in ask("select cause, failure, sum(more) from truth.failures group by all")}
        told = {(cause["name"], kind): more for cause in made.truth["causes"] for kind, more in cause["direct"].items()}
        assert {key: more for key, more in listed.items() if more} == told


class TestTotals:
    def test_costs_add_up_to_the_centavo(self, made: Shop, ask: Ask) -> None:
        booked: dict[str, Decimal] = dict(ask("select kind, sum(amount::decimal(18, 2)) from costs group by 1"))
        told = {name.removeprefix("cost of "): amount for name, amount in made.truth["totals"].items() if name.startswith("cost of ")}
        assert {kind: float(amount) for kind, amount in booked.items()} == told

    def test_failures_are_those_of_the_tables(self, made: Shop, ask: Ask) -> None:
        totals = made.truth["totals"]
        due = "(promised_date < '2024-12-31' or promised_date = '2024-12-31' and status = 'cancelled by us')"
        assert ask(f"select count(*) from orders where {due} and coalesce(delivered_at::date > promised_date, true)") == [
            (totals["delivery date"],)
        ]
        assert ask("select count(*) from orders where attributes_found < attributes_stated") == [(totals["as described"],)]
        assert ask("select count(*) from orders where parcel_damaged") == [(totals["damage"],)]
        assert ask("select count(*) from orders where price_charged > price_shown") == [(totals["price as shown"],)]
        assert ask("select count(*) from returns") == [(totals["return"],)]
        assert ask("select count(*) from tickets where repeat_of is null") == [(totals["contact"],)]
        assert ask("select count(*) from tickets where channel = 'WhatsApp'") == [(totals["contacts where nobody owns the touchpoint"],)]
        assert ask("select count(*) from orders") == [(totals["orders"],)]
        assert float(ask("select sum(margin::decimal(18, 2)) from orders")[0][0]) == pytest.approx(totals["margin"])

    @pytest.mark.parametrize("cause", sorted(c.ALL - {c.NO_FIX}))
    def test_the_year_without_a_cause_is_that_of_everybody_living_it_again(
        self, year: tuple[Draws, People, History], counted: Count, cause: str
    ) -> None:
        """Only those touched live it again in the count; here all do."""
        draws, those, history = year
        other = live(draws, those, c.ALL - {cause})
        more = {kind: int(failed.sum()) for kind, failed in history.orders.failures.items()}
        for kind, failed in other.orders.failures.items():
            more[kind] -= int(failed.sum())
        more |= {"order": len(history.orders.visit) - len(other.orders.visit), "visit": len(history.visits.id) - len(other.visits.id)}
        tally = counted.causes[cause]
        assert {kind: number for kind, number in more.items() if number} == {
            kind: number for kind, number in tally.in_all.items() if number
        }
        assert tally.money["margin_in_all"] == pytest.approx(float(history.orders.margin.sum() - other.orders.margin.sum()))


class TestFractions:
    @pytest.mark.parametrize(("event", "table"), EVENTS.items())
    def test_the_four_fractions_are_those_of_the_rows_and_sum_to_one(self, made: Shop, ask: Ask, event: str, table: str) -> None:
        told = made.truth["fractions"][event]
        split = ", ".join(f"sum({side} / (chance - base)) filter (happened and not anyway)" for side in SIDES)
        ((happened, of, anyway, *sides),) = ask(
            f"select count(*) filter (happened), count(*), count(*) filter (anyway), {split} from truth.{table}"
        )
        assert (told["events"], told["of"]) == (happened, of)
        assert told["counted"] == pytest.approx(
            {**{side: part / happened for side, part in zip(SIDES, sides, strict=True)}, "unexplained": anyway / happened}
        )
        assert sum(told["counted"].values()) == pytest.approx(1, abs=1e-12)
        assert sum(told["expected"].values()) == pytest.approx(1, abs=1e-12)

    @pytest.mark.parametrize("event", EVENTS)
    def test_counts_stray_from_the_true_chances_by_chance_alone(self, made: Shop, event: str) -> None:
        told = made.truth["fractions"][event]
        for side, share in told["expected"].items():
            assert told["counted"][side] == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / told["events"])), side
        assert min(told["expected"].values()) > 0.02

    def test_a_visit_that_met_nothing_owes_nothing_to_anybody(self, ask: Ask) -> None:
        assert ask(
            """select count(*), max(marketing + service + operating) from truth.visits join visits on visit_id = id
            where not (page_lacks_information or out_of_stock or load_seconds > 4 or checkout_error or asked)
                and coalesce(price_in_ad >= price_in_basket, true) and coalesce(quoted_days <= needed_in_days, true)"""
        )[0][1] == pytest.approx(0)

    def test_visits_that_were_lost_are_those_without_an_order(self, ask: Ask) -> None:
        assert ask("select count(*) from truth.visits join visits on visit_id = id where happened <> (order_id is null)") == [(0,)]
        assert ask("select count(*) from visits where reached_basket") == ask("select count(*) from truth.visits")
        assert ask("select count(*) from truth.returns where happened <> (id in (select order_id from returns))") == [(0,)]


class TestLeaving:
    def test_each_failure_drives_away_its_planted_share(self, year: tuple[Draws, People, History]) -> None:
        """Of those who had a failure and would have stayed, the planted share does not: by the draws, and by all who left."""
        draws, _, history = year
        order = history.orders
        late = order.late
        would = draws.uniform("leaves", order.visit) < order.stays / (1 - dict(LEAVING)["late"])
        n = int((late & would).sum())
        assert float(order.left[late & would].mean()) == pytest.approx(dict(LEAVING)["late"], abs=3 * np.sqrt(0.09 * 0.91 / n))

    def test_who_left_never_comes_again_and_who_stayed_does_unless_the_year_ends(self, year: tuple[Draws, People, History]) -> None:
        _, _, history = year
        last = {int(person): int(visit) for person, visit in zip(history.visits.person, history.visits.id, strict=True)}
        left = history.orders.left
        assert all(last[int(p)] == v for p, v in zip(history.orders.person[left], history.orders.visit[left], strict=True))
        early = ~left & (history.orders.at < END - 200)
        came = [last[int(p)] > v for p, v in zip(history.orders.person[early], history.orders.visit[early], strict=True)]
        assert np.mean(came) > 0.97

    def test_the_effect_within_ninety_days_is_told_with_its_counts(self, made: Shop) -> None:
        told = made.truth["leaving"]["came again within 90 days"]
        assert told.keys() == dict(LEAVING).keys()
        for name, share in LEAVING:
            one = told[name]
            assert one["effect"] == pytest.approx((one["came again"] - one["would have"]) / one["orders"])
            assert -1.2 * share - 0.05 < one["effect"] <= 0


def test_busy_time_and_the_clock_are_each_others_way_back() -> None:
    days = np.linspace(0, END + 30, 5_000)
    assert to_clock(to_busy(days)) == pytest.approx(days, abs=1e-9)
    assert (np.diff(to_clock(days)) > 0).all()
