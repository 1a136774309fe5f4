"""A guess at the language by stop words; unknown where they do not tell."""

from __future__ import annotations

import pytest

from troth.engine.voice.wording import guess_language, known_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is my order? I have waited for two weeks", "en"),
        ("Onde está meu pedido? Já faz duas semanas", "pt"),
        ("não chegou", "pt"),
        ("The card was declined", "en"),
        ("¿Dónde está mi pedido? No ha llegado", "other"),
        ("Mein Paket ist noch nicht da", "other"),
        ("Où est ma commande, elle n'est pas arrivée", "other"),
        ("我的订单在哪里", "other"),
        ("где мой заказ", "other"),
        ("card lost", "unknown"),
        ("", "unknown"),
        ("😀😀", "unknown"),
        ("12345", "unknown"),
    ],
)
def test_the_language_is_guessed(text: str, language: str) -> None:
    assert guess_language(text) == language


@pytest.mark.parametrize(
    ("told", "language"), [("pt-BR", "pt"), ("EN", "en"), ("en_US", "en"), ("de", "other"), (None, "en"), ("", "en"), ("und", "en")]
)
def test_what_was_told_goes_first(told: str | None, language: str) -> None:
    assert known_language(told, "Where is my order") == language
