"""What people say they were told, or should have got: found, split into “will” and “should”, with the promise-like bit, and reviewed."""

from __future__ import annotations

import json
from datetime import date

import pytest

from troth.engine.voice import Decision, Review, expectations, review_from
from troth.terms.errors import RequestError

TOLD = [
    # words, kind, source, level, value, unit
    ("I was told it would arrive within 3 days.", "will", "company", "duration", 3.0, "days"),
    ("Your site says delivery takes 24 hours.", "will", "site", "duration", 1.0, "days"),
    ("Your website said free shipping, and I paid $9.99.", "will", "site", "price", 0.0, None),
    ("The agent promised me a refund by Friday.", "will", "agent", "date", None, None),
    ("One of your representatives told me it costs £20.", "will", "agent", "price", 20.0, "£"),
    ("We were promised next-day delivery.", "will", "company", "duration", 1.0, "days"),
    ("The ad said 20% off everything.", "will", "advert", "percent", 20.0, "%"),
    ("It is not as advertised.", "will", "advert", None, None, None),
    ("The confirmation email said it would ship on 5 May 2024.", "will", "message", "date", None, None),
    ("They told me to wait two weeks.", "will", "company", "duration", 14.0, "days"),
    ("It was supposed to arrive yesterday.", "will", "company", None, None, None),
    ("According to your website the returns are free of charge.", "will", "site", "price", 0.0, None),
    ("The contract says 1,299.50 euros a year.", "will", "agreement", "price", 1299.5, "€"),
    ("I expected it to last more than a month.", "should", "self", "duration", 30.0, "days"),
    ("It should have arrived on Monday.", "should", "self", "date", None, None),
    ("Me disseram que chegaria em 5 dias úteis.", "will", "company", "duration", 5.0, "days"),
    ("No site dizia frete grátis.", "will", "site", "price", 0.0, None),
    ("O site informa entrega em 48 horas.", "will", "site", "duration", 2.0, "days"),
    ("O vendedor garantiu que custava R$ 1.299,90.", "will", "agent", "price", 1299.9, "R$"),
    ("Vocês prometeram entregar até dia 10.", "will", "company", "date", None, None),
    ("No anúncio dizia 30% de desconto.", "will", "advert", "percent", 30.0, "%"),
    ("Fui informado que o prazo seria de duas semanas.", "will", "company", "duration", 14.0, "days"),
    ("Era para ter chegado em 10/05/2024.", "will", "company", "date", None, None),
    ("O prazo de entrega era 12 de maio.", "will", "company", "date", None, None),
    ("A atendente me falou que seria de graça.", "will", "agent", "price", 0.0, None),
    ("Esperava receber um produto novo.", "should", "self", None, None, None),
    ("Deveria ter chegado na segunda-feira.", "should", "self", "date", None, None),
    ("Recebi um e-mail, e no e-mail dizia amanhã.", "will", "message", "duration", 1.0, "days"),
    ("Não chegou como combinado.", "will", "company", None, None, None),
]  # fmt: skip

SILENT = [
    "Nobody told me anything about a fee.",
    "I was never told about the delay.",
    "I was not informed of the change.",
    "You never said it costs extra.",
    "Ninguém me avisou que ia atrasar.",
    "Não me disseram nada.",
    "Vocês nunca informaram o prazo.",
    "When is my card supposed to arrive?",
    "Where is my order?",
    "It arrived broken.",
    "I expect a reply today.",
    "Quando era para chegar?",
    "O produto chegou quebrado.",
    "I told you my address three times.",
    "Great service, thank you.",
    "Espero que resolvam logo.",
    "Adorei o site de vocês.",
    "Please cancel my order.",
]


@pytest.mark.parametrize(("words", "kind", "source", "level", "value", "unit"), TOLD)
def test_a_statement_is_found_with_its_level(
    words: str, kind: str, source: str, level: str | None, value: float | None, unit: str | None
) -> None:
    [found] = expectations([words])
    assert (found.kind, found.source, found.level, found.unit) == (kind, source, level, unit)
    assert found.value == (None if value is None else pytest.approx(value))
    assert found.status == "suggested"


PRICED = [
    # words, value, unit
    ("The advert said 19.99", 19.99, None),
    ("The ad said 19.99 and I was charged 24.", 19.99, None),
    ("Your site says 1,299.50 for the sofa.", 1299.5, None),
    ("They quoted 249.90 per month.", 249.9, None),
    ("The advert said 12.50", 12.5, None),
    ("The agent said it would cost 15.30", 15.3, None),
    ("It was advertised at 19.99.", 19.99, None),
    ("I was told the price was 20.", 20.0, None),
    ("I was quoted 250 for the repair.", 250.0, None),
    ("I was told 19.99 to 24.99.", 24.99, None),
    ("I was told twenty euros.", 20.0, "€"),
    ("O anúncio dizia 19,90", 19.9, None),
    ("No site estava 1.299,90 com frete.", 1299.9, None),
    ("Me disseram que custava 50.", 50.0, None),
    ("O vendedor falou que o valor era 12,30.", 12.3, None),
    ("Me disseram vinte reais.", 20.0, "R$"),
]  # fmt: skip

NO_PRICE = [
    # words, level
    ("I was told 3 days.", "duration"),
    ("They quoted 3 days.", "duration"),
    ("The e-mail said order 1999.", None),
    ("The e-mail said 1999.", None),
    ("The advert said v2.0.", None),
    ("Your site says version 10.99.", None),
    ("The advert said doors open at 19.30.", None),
    ("I was told 19.30.", None),
    ("I was told they come between 8.30 and 9.45.", None),
    ("I was told 2024-05-10.", "date"),
    ("I was told 10.05.2024.", "date"),
    ("I was told 24.12.", None),
    ("The advert said 19.99%.", "percent"),
    ("The advert said 1.75 litres.", None),
    ("The page said 4.85 stars.", None),
    ("Your site said rated 4.85.", None),
    ("The advert said 55.60cm wide.", None),
    ("Your site said 1.50 hours.", "duration"),
    ("The e-mail said 192.168.10.99.", None),
    ("I was told it costs 2 visits.", None),
    ("I was told the fee is waived for 2 years.", "duration"),
    ("Me disseram que chegaria às 19.30.", None),
    ("Me disseram que o técnico vem das 14,30 em diante.", None),
    ("O anúncio dizia 24.12.", None),
    ("O site dizia nota 4,85.", None),
    ("O anúncio dizia 55,60 metros.", None),
    ("Me disseram 5 dias úteis.", "duration"),
    ("No e-mail dizia pedido 1999.", None),
]  # fmt: skip


@pytest.mark.parametrize(("words", "value", "unit"), PRICED)
def test_a_price_is_read_without_a_currency_sign(words: str, value: float, unit: str | None) -> None:
    [found] = expectations([words])
    assert (found.level, found.unit) == ("price", unit)
    assert found.value == pytest.approx(value)


@pytest.mark.parametrize(("words", "level"), NO_PRICE)
def test_a_number_of_something_else_is_no_price(words: str, level: str | None) -> None:
    [found] = expectations([words])
    assert found.level == level


@pytest.mark.parametrize("words", SILENT)
def test_what_was_denied_asked_or_never_said_is_no_statement(words: str) -> None:
    assert len(expectations([words])) == 0


def test_a_date_is_told_only_where_it_cannot_be_mistaken() -> None:
    days = [
        found.day
        for found in expectations(["I was told 2024-05-10.", "I was told 25/12/2024.", "I was told 05/10/2024.", "I was told 3/3/24."])
    ]
    assert days == [date(2024, 5, 10), date(2024, 12, 25), None, date(2024, 3, 3)]
    [found] = expectations(["Me disseram que chegaria em 05/10/2024."])
    assert found.day == date(2024, 10, 5)


def test_each_sentence_is_one_statement_and_keeps_its_row_and_person() -> None:
    found = expectations(["Nice.", "I was told 2 days. Your site says 5 days."], people=["ana", "ben"])
    assert [(one.row, one.person, one.source, one.value) for one in found] == [(1, "ben", "company", 2.0), (1, "ben", "site", 5.0)]


def test_the_words_are_masked() -> None:
    [found] = expectations(["I was told by mail to ana@example.com that order 12345 ships in 2 days"])
    assert "ana@" not in found.words
    assert "12345" not in found.words


def test_decisions_are_kept_for_the_same_words_and_survive_json() -> None:
    texts = ["I was told 2 days.", "Your site says 5 days."]
    first, second = expectations(texts)
    review = Review().decided(Decision(first.key, "accepted", by="Ana", on=date(2024, 1, 2)), Decision(second.key, "rejected"))
    again = review_from(json.loads(json.dumps(review.record())))
    assert again == review
    found = expectations(["New. I WAS  told 2 days.", *texts], review=again)
    assert [(one.status, one.row) for one in found] == [("accepted", 0), ("accepted", 1), ("rejected", 2)]
    changed = again.decided(Decision(first.key, "rejected"))
    assert [one.status for one in expectations(texts, review=changed)] == ["rejected", "rejected"]


def test_what_nobody_decided_on_comes_first() -> None:
    texts = ["I was told 2 days.", "Your site says 5 days."]
    first, _ = expectations(texts)
    found = expectations(texts, review=Review().decided(Decision(first.key, "accepted")))
    assert [one.status for one in found] == ["suggested", "accepted"]


def test_a_decision_that_is_none_is_refused() -> None:
    with pytest.raises(RequestError, match="did you mean “accepted”"):
        Decision("e1", "acepted")
    with pytest.raises(RequestError, match="no record of a review"):
        review_from([{"status": "accepted"}])


def test_found_statements_turn_into_arrow_and_print() -> None:
    found = expectations(["I was told 2 days."])
    assert found.to_arrow()["value"].to_pylist() == [2.0]
    assert "suggestions until somebody accepts" in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "It should have been here 3 days ago",
        "Era pra ter chegado há 3 dias!",
        "Era para ter chegado ha 2 semanas",
        "Era pra ter chegado faz 5 dias",
    ],
)
def test_a_delay_that_is_complained_of_is_no_level_of_a_promise(text: str) -> None:
    (found,) = expectations([text])
    assert (found.level, found.value) == (None, None)


def test_a_duration_may_have_a_fraction() -> None:
    assert [one.value for one in expectations(["I was told 1.50 hours.", "Me disseram 2,5 dias."])] == [pytest.approx(0.0625), 2.5]


def test_what_you_said_is_heard_and_a_courtesy_is_not() -> None:
    (found,) = expectations(["você disse 5 dias úteis"])
    assert (found.kind, found.level, found.value) == ("will", "duration", 5.0)
    assert not expectations(["Espero que possam me ajudar", "espero que vcs possam resolver"])


def test_what_differs_in_its_last_sign_alone_is_one_statement() -> None:
    found = expectations(["Esperava mais de vocês!", "Esperava mais de vocês.", "esperava mais de vocês"])
    assert len(found) == 3
    assert len({one.key for one in found}) == 1


@pytest.mark.parametrize(
    "text", ["I called and they said nothing.", "They told me nothing about it", "Vocês me disseram nada", "eles falaram nada"]
)
def test_that_nothing_was_said_is_no_statement(text: str) -> None:
    assert not expectations([text]).rows


@pytest.mark.parametrize("text", ["They said nothing would be charged.", "Vocês disseram nada seria cobrado"])
def test_that_nothing_would_happen_was_said_is_one(text: str) -> None:
    assert len(expectations([text]).rows) == 1
