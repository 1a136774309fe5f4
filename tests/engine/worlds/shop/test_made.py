"""The shop as it is written: its tables, at any size."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.engine.worlds.shop.conftest import ORDERS, Ask

from troth.engine.worlds.shop import texts as t
from troth.engine.worlds.shop.making import Shop, made, shop, size_of
from troth.engine.worlds.shop.people import PORTUGUESE
from troth.engine.worlds.shop.tables import CLOCK_WRONG

SMALL = 1_200
TABLES = ("ad_clicks", "chats", "costs", "customers", "orders", "ratings", "returns", "tickets", "trials", "visits")
ON_ARRIVAL = ("delivery_attempts", "attributes_found", "items_in_box", "parcel_damaged")
"""What is known of an order once it has arrived."""
BY_BLOCK = {"truth/failures.parquet": ("cause", "failure", "visit"), "truth/texts.parquet": ("table", "id")}
"""Lists in the order of the blocks, and what tells their rows apart."""
OFFICES = ("areas", "asks", "audits", "budgets", "campaigns", "changes", "grants", "measures", "roles")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop(tmp_path_factory.mktemp("small"), SMALL).folder


def files(folder: Path) -> dict[str, Path]:
    return {f"{path.parent.name}/{path.name}": path for path in sorted(folder.glob("*/*"))}


class TestSameSeedSameShop:
    def test_to_the_byte(self, small: Path, tmp_path: Path) -> None:
        again = files(shop(tmp_path, SMALL).folder)
        assert again.keys() == files(small).keys()
        assert [name for name, path in files(small).items() if path.read_bytes() != again[name].read_bytes()] == []

    def test_whatever_the_block(self, small: Path, tmp_path: Path) -> None:
        """Row groups differ; rows and truth do not. Money is added up in another order."""
        other = shop(tmp_path, SMALL, block=70)
        for name, path in files(small).items():
            if name in BY_BLOCK:
                order = [(column, "ascending") for column in BY_BLOCK[name]]
                assert pq.read_table(path).sort_by(order) == pq.read_table(other.folder / name).sort_by(order)
            elif path.suffix == ".parquet":
                assert pq.read_table(path) == pq.read_table(other.folder / name), name
        assert other.truth["totals"] == pytest.approx(json.loads((small / "truth" / "truth.json").read_text())["totals"])

    def test_a_smaller_shop_is_the_beginning_of_a_larger_one(self, small: Path, made: Shop) -> None:
        for name in (f"data/{table}.parquet" for table in TABLES):
            mine, whole = (pq.read_table(folder / name) for folder in (small, made.folder))
            assert 0 < len(mine) < len(whole)
            assert whole.slice(0, len(mine)) == mine, name

    def test_another_seed_is_another_shop(self, small: Path, tmp_path: Path) -> None:
        other = shop(tmp_path, SMALL, seed=2).folder
        for table in TABLES:
            assert pq.read_table(small / f"data/{table}.parquet") != pq.read_table(other / f"data/{table}.parquet")

    def test_a_shop_that_stands_there_is_known_by_its_size_and_seed(self, small: Path, tmp_path: Path) -> None:
        assert made(small, SMALL)
        assert size_of(small) == SMALL
        assert not made(small, SMALL + 1)
        assert not made(small, SMALL, seed=2)
        assert not made(tmp_path, SMALL)
        assert size_of(tmp_path) is None
        (tmp_path / "truth").mkdir()
        (tmp_path / "truth" / "truth.json").write_text("[1, 2")
        assert not made(tmp_path, SMALL)

    @pytest.mark.parametrize(("orders", "block"), [(999, 20_000), (100_000_001, 20_000), (2_000, 0)])
    def test_no_shop_beyond_the_sizes_there_are(self, tmp_path: Path, orders: int, block: int) -> None:
        with pytest.raises(ValueError, match="1,000 to 100,000,000"):
            shop(tmp_path, orders, block=block)
        assert not list(tmp_path.iterdir())


class TestTables:
    def test_every_table_a_company_would_have_is_there(self, made: Shop) -> None:
        assert sorted(path.stem for path in (made.folder / "data").iterdir()) == sorted((*TABLES, *OFFICES))

    def test_about_as_many_orders_as_were_asked_for_by_a_quarter_as_many_customers(self, ask: Ask, made: Shop) -> None:
        ((orders, buyers),) = ask("select count(*), count(distinct customer_id) from orders")
        ((customers,),) = ask("select count(*) from customers")
        assert orders == made.orders == pytest.approx(ORDERS, rel=0.03)
        assert buyers < customers == pytest.approx(ORDERS * 0.24, rel=0.05)

    def test_keys_are_unique_and_what_is_referred_to_is_there(self, ask: Ask) -> None:
        keys = {
            "customers": "customer_id",
            "visits": "visit_id",
            "orders": "order_id",
            "tickets": "ticket_id",
            "chats": "chat_id",
            "returns": "return_id",
            "ratings": "rating_id",
            "trials": "trial_id",
            "costs": "cost_id",
            "ad_clicks": "click_id",
        }
        for table, key in keys.items():
            assert ask(f"select count(*) - count(distinct {key}) from {table}") == [(0,)]
        for table, column in [
            *((table, "order_id") for table in ("tickets", "returns", "ratings", "costs")),
            *(("orders", column) for column in ("customer_id", "visit_id")),
            *((table, "visit_id") for table in ("chats", "ad_clicks")),
            *((table, "customer_id") for table in ("tickets", "visits", "chats")),
        ]:
            home = {"order_id": "orders", "customer_id": "customers", "visit_id": "visits"}[column]
            found = ask(f"select count(*) from {table} where {column} is not null and {column} not in (select {column} from {home})")
            assert found == [(0,)], (table, column)
        assert ask("select count(*) from tickets where repeat_of is not null and repeat_of not in (select ticket_id from tickets)") == [
            (0,)
        ]

    def test_no_number_is_nan_or_infinite(self, ask: Ask) -> None:
        for table in (*TABLES, *(f"truth.{name}" for name in ("visits", "returns", "trials"))):
            for name, kind, *_ in ask(f"describe {table}"):
                if kind == "DOUBLE":
                    assert ask(f"select count(*) from {table} where isnan({name}) or isinf({name})") == [(0,)], (table, name)

    def test_only_what_may_be_unknown_is_null(self, ask: Ask) -> None:
        unknown = {
            "orders": {"needed_by", "packed_at", "shipped_at", "delivered_at", "returned_at", *ON_ARRIVAL},
            "tickets": {"answered_at", "call_seconds", "repeat_of"},
            "chats": {"answered_at", "customer_id"},
            "returns": {"received_at", "refund_due", "refunded_at", "words"},
            "ratings": {"words"},
            "trials": {"question_at", "question_answered_at", "cancelled_at", "steps_to_cancel", "became_member"},
            "visits": {
                "customer_id",
                "campaign",
                "price_in_ad",
                "price_in_basket",
                "needed_in_days",
                "quoted_days",
                "checkout_at",
                "asked_at",
                "answered_at",
                "order_id",
            },
            "ad_clicks": {"days_in_ad"},
        }
        for table in TABLES:
            empty = {name for name, *_ in ask(f"describe {table}") if ask(f"select count(*) from {table} where {name} is null") != [(0,)]}
            assert empty == unknown.get(table, set()), table

    def test_the_record_begins_and_ends_with_the_year(self, ask: Ask) -> None:
        for table in TABLES:
            for name, kind, *_ in ask(f"describe {table}"):
                if kind == "TIMESTAMP":
                    ((first, last),) = ask(f"select min({name}), max({name}) from {table}")
                    assert datetime(2024, 1, 1) <= first < last < datetime(2025, 1, 1), (table, name)

    def test_things_happen_in_their_order(self, ask: Ask) -> None:
        assert ask("select count(*) from orders where packed_at < ordered_at or shipped_at < packed_at or delivered_at < shipped_at") == [
            (0,)
        ]
        assert ask("select count(*) from returns join orders using (order_id) where requested_at <= delivered_at") == [(0,)]
        assert ask("select count(*) from returns where received_at < requested_at or refunded_at < received_at") == [(0,)]
        assert ask("select count(*) from ratings join orders using (order_id) where rated_at <= delivered_at") == [(0,)]
        assert ask("select count(*) from tickets join orders using (order_id) where opened_at < ordered_at") == [(0,)]

    def test_a_visit_takes_minutes_and_its_question_comes_before_the_checkout_and_the_order(self, ask: Ask) -> None:
        steps = "visits v join orders o using (order_id) left join chats c on c.visit_id = v.visit_id"
        ((orders, in_order, questions, same),) = ask(
            f"""select count(*), count(*) filter (v.visited_at < v.checkout_at and v.checkout_at < o.ordered_at
                and (c.asked_at is null or (v.visited_at < c.asked_at and c.asked_at < v.checkout_at))),
            count(c.asked_at),
            count(*) filter (c.asked_at = v.asked_at and c.answered_at is not distinct from v.answered_at) from {steps}"""
        )
        assert 0.99 * orders < in_order  # in the first seconds of an hour there is no room between them
        assert same == questions > 1_000
        ((shortest, longest),) = ask(f"select min(o.ordered_at - v.visited_at), max(o.ordered_at - v.visited_at) from {steps}")
        assert timedelta(0) <= shortest < longest < timedelta(hours=1)
        assert ask("select count(*) from ad_clicks join visits using (visit_id) where clicked_at > visited_at") == [(0,)]

    def test_one_desk_has_a_wrong_clock(self, ask: Ask) -> None:
        ((wrong, tickets),) = ask("select count(*) filter (answered_at < opened_at), count(*) from tickets")
        assert 0 < wrong < tickets * CLOCK_WRONG + 4 * (tickets * CLOCK_WRONG) ** 0.5

    def test_an_order_placed_is_a_visit_that_ended_in_it(self, ask: Ask) -> None:
        assert ask(
            """select count(*) from orders o join visits v on v.order_id = o.order_id
            where v.visited_at > o.ordered_at or v.customer_id <> o.customer_id or not v.reached_basket"""
        ) == [(0,)]
        assert ask("select count(*) from visits where order_id is not null") == ask("select count(*) from orders")

    def test_word_was_kept_about_as_often_as_shops_do(self, ask: Ask) -> None:
        ((on_time,),) = ask("select avg((delivered_at::date <= promised_date)::int) from orders where delivered_at is not null")
        assert 0.8 < on_time < 0.92


class TestWords:
    def test_languages_have_their_shares_and_stay_with_their_people(self, ask: Ask) -> None:
        ((share, people),) = ask("select avg((language = 'pt')::int), count(*) from customers")
        assert share == pytest.approx(PORTUGUESE, abs=4 * (0.2 / people) ** 0.5)
        assert ask("select count(*) from tickets join customers using (customer_id) where tickets.language <> customers.language") == [(0,)]
        assert {language for (language,) in ask("select distinct language from truth.texts")} == set(t.LANGUAGES)

    def test_every_text_has_its_truth(self, ask: Ask) -> None:
        written = {"tickets": "text", "chats": "text", "returns": "words", "ratings": "words"}
        for table, column in written.items():
            key = {"tickets": "ticket_id", "chats": "chat_id", "returns": "return_id", "ratings": "rating_id"}[table]
            ((mine,),) = ask(f"select count(*) from {table} where {column} is not null")
            joined = ask(
                f"select count(*) from {table} join truth.texts on \"table\" = '{table}' and id = {key} where {column} is not null"
            )
            assert joined == ask(f"select count(*) from truth.texts where \"table\" = '{table}'") == [(mine,)]
            assert ask(f"select count(*) from {table} where {column} = ''") == [(0,)]
        assert {about for (about,) in ask("select distinct about from truth.texts")} == set(t.ABOUT)

    def test_texts_read_as_people_write(self, ask: Ask) -> None:
        texts = [text for (text,) in ask("select text from tickets")]
        assert len(set(texts)) > 0.9 * len(texts)
        assert {len(text) < 30 for text in texts} == {True, False}
        assert max(map(len, texts)) > 170
        assert any(text.isupper() for text in texts)
        assert sum(text == text.lower() for text in texts) > 0.2 * len(texts)
        assert not any("{" in text or "  " in text for text in texts)

    def test_personal_data_stand_in_texts_said_to_hold_some_and_in_no_others(self, ask: Ask) -> None:
        found = "regexp_matches(text, '[0-9]{4}|example\\.', 'i')"
        joined = "tickets join truth.texts on \"table\" = 'tickets' and id = ticket_id"
        query = f"select personal, avg(({found})::int) from {joined} group by all order by all"
        assert ask(query) == [(False, 0.0), (True, 1.0)]

    def test_an_expectation_of_days_is_the_promise_that_was_made(self, ask: Ask) -> None:
        rows = ask(
            """select text, expected_days, promised_date - ordered_at::date from truth.texts
            join tickets on id = ticket_id join orders using (order_id) where "table" = 'tickets' and expected = 'days'"""
        )
        assert len(rows) > 50
        assert all(said == promised and str(said) in text for text, said, promised in rows)

    def test_the_new_theme_begins_in_november_and_is_one_text_in_a_hundred(self, ask: Ask) -> None:
        whole = """with written as (
            select about, coalesce(opened_at, asked_at, requested_at, rated_at) as moment from truth.texts
            left join tickets on "table" = 'tickets' and id = ticket_id left join chats on "table" = 'chats' and id = chat_id
            left join returns on "table" = 'returns' and id = return_id left join ratings on "table" = 'ratings' and id = rating_id)"""
        ((first,),) = ask(f"{whole} select min(moment) from written where about = 'locker code'")
        assert first >= datetime(2024, 11, 4)
        ((share, n),) = ask(f"{whole} select avg((about = 'locker code')::int), count(*) from written where moment >= '2024-11-06'")
        assert share == pytest.approx(0.01, abs=3 * (0.01 / n) ** 0.5)
