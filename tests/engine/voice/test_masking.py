"""Personal data is masked before anything else sees a text; dates, times and amounts stay, because expectations live in them."""

from __future__ import annotations

import random

import pytest

from troth.engine.voice.masking import bare, cnpj, cpf, iban, luhn, mask

MASKED = [
    ("write to ana.souza+shop@mail.example.com.br please", "write to [e-mail] please"),
    ("see https://shop.example/track?token=abc123&id=9 now", "see [link] now"),
    ("www.shop.example/me is down", "[link] is down"),
    ("I paid with 4111 1111 1111 1111 yesterday", "I paid with [card] yesterday"),
    ("card 5500-0000-0000-0004 was charged", "card [card] was charged"),
    ("meu CPF é 529.982.247-25", "meu CPF é [CPF]"),
    ("cpf 52998224725 ok", "cpf [CPF] ok"),
    ("CNPJ 11.222.333/0001-81", "CNPJ [CNPJ]"),
    ("refund to DE89 3704 0044 0532 0130 00 please", "refund to [IBAN] please"),
    ("call me on +44 20 7946 0958", "call me on [phone]"),
    ("liga (11) 98765-4321 por favor", "liga [phone] por favor"),
    ("my number is 0151 555 0199 thanks", "my number is [phone] thanks"),
    ("order 10293 never came", "order [id] never came"),
    ("Order #A-1029X never came", "Order #[id] never came"),
    ("pedido nº 99887 atrasado", "pedido nº [id] atrasado"),
    ("protocolo 2024123456789", "protocolo [number]"),
    ("ref 3f2504e0-4f89-11d3-9a0c-0305e82c3301", "ref [id]"),
    ("from 192.168.10.20 at night", "from [IP] at night"),
    ("thanks @ana_souza for nothing", "thanks [handle] for nothing"),
    ("Hello, my name is Ana Paula Souza and I wait", "Hello, my name is [name] and I wait"),
    ("my name is john and I wait", "my name is [name] and I wait"),
    ("meu nome é João da Silva, quero trocar", "meu nome é [name], quero trocar"),
    ("me chamo maria e quero trocar", "me chamo [name] e quero trocar"),
    ("I spoke with Mr. Henderson about it", "I spoke with Mr. [name] about it"),
    ("falei com a Dona Carla Mendes ontem", "falei com a Dona [name] ontem"),
    ("it comes on Friday, says Maria Souza from the desk", "it comes on Friday, says [name] from the desk"),
    ("she said Maria would call", "she said [name] would call"),
    ("I spoke to João yesterday and called Ana Paula today", "I spoke to [name] yesterday and called [name] today"),
    ("chega sexta, diz Maria da Silva", "chega sexta, diz [name]"),
    ("disse o Carlos que vinha", "disse o [name] que vinha"),
    ("falei com Maria ontem", "falei com [name] ontem"),
    ("It is late. Kind regards, Peter O'Neil", "It is late. Kind regards, [name]"),
    ("my password is hunter2!", "my password is [secret]"),
    ("a senha é Abc-123", "a senha é [secret]"),
    ("I live at 221 Baker Street, flat 2", "I live at [address]"),
    ("moro na Rua das Flores, 123 ap 45", "moro na [address]"),
    ("Avenida Paulista 1578", "[address]"),
    ("CEP 01310-100", "[postcode]"),
    ("deliver to SW1A 2AA please", "deliver to [postcode] please"),
]

KEPT = [
    "you said it would come by 12/05/2024 and it is 2024-05-20",
    "they said Friday, then called Customer Support, who said The parcel is lost",
    "you said March, the site says DHL and it said Next day delivery",
    "vocês disseram que chega, o site diz Sexta e o atendente disse Amanhã",
    "falei com Atendimento e o motorista disse Não",
    "promised within 3 days, 24 hours at most",
    "it cost R$ 1.234,56 and not $1,234.56",
    "it came at 10:30 on 5 May 2024",
    "20% off, was 1.234.567 visits",
    "a luz da rua está apagada há 15 dias",
    "two orders, three tickets, no reply",
    "iPhone 15 Pro Max 256 GB",
]


@pytest.mark.parametrize(("text", "masked"), MASKED)
def test_personal_data_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize("text", KEPT)
def test_what_was_promised_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize("text", [text for text, _ in MASKED] + KEPT)
def test_masking_twice_changes_nothing(text: str) -> None:
    assert mask(mask(text)) == mask(text)


def test_a_number_between_two_dates_is_masked_and_the_dates_stay() -> None:
    assert mask("from 2024-11-26 call 11 98765 4321 until 2024-12-01") == "from 2024-11-26 call [phone] until 2024-12-01"


def test_a_number_that_fails_its_check_digit_is_masked_as_a_number() -> None:
    assert not luhn("4111111111111112")
    assert mask("4111111111111112") == "[number]"
    assert mask("529.982.247-26") == "[phone]"


def test_no_identifier_of_many_gets_through() -> None:
    dice = random.Random(5)
    for _ in range(300):
        digits = "".join(dice.choice("0123456789") for _ in range(dice.randint(8, 18)))
        assert not any(sign.isdigit() for sign in mask(f"it is about {digits} again"))


def test_check_digits_are_those_of_their_standards() -> None:
    assert luhn("79927398713")  # ISO/IEC 7812-1, the worked example
    assert iban("GB82 WEST 1234 5698 7654 32")
    assert not iban("GB82 WEST 1234 5698 7654 33")
    assert cpf("11144477735")
    assert not cpf("11111111111")
    assert cnpj("11444777000161")
    assert not cnpj("11444777000162")


def test_texts_that_differ_by_an_identifier_are_one() -> None:
    assert bare(mask("Where is order 10293?")) == bare(mask("Where is order 55511?")) == "Where is order ?"


def test_a_long_text_takes_no_longer_than_its_length() -> None:
    import time

    started = time.process_time()
    for text in ("a" * 20_000, "1 " * 10_000, "rua " * 5_000, "my name is " * 2_000, "a@" * 10_000, "1.1" * 6_000):
        mask(text)
    assert time.process_time() - started < 5
