"""Made texts of known themes, in English and Portuguese, written by us: what a shop and a bank hear."""

from __future__ import annotations

import itertools
import random

ENGLISH = {
    "late": (
        ["My parcel", "The delivery", "My order", "The package", "Our delivery"],
        ["has not arrived", "is late again", "never came", "is still on the way", "is two weeks late", "was delayed"],
        ["and nobody tells me why", "and I am still waiting", "since Monday", "although it was express", "", "please help"],
    ),
    "damaged": (
        ["The vase", "The lamp", "A glass", "The mirror", "One plate"],
        ["arrived broken", "came shattered", "was cracked", "is in pieces", "has a crack", "was smashed"],
        ["in the box", "because of poor packaging", "when I opened it", "and cannot be used", "", "and sharp"],
    ),
    "refund": (
        ["My refund", "The refund", "The money back", "My reimbursement"],
        ["has not been paid", "is missing", "was not credited", "has not reached my bank", "is still pending"],
        ["after the return", "since last month", "to my account", "as agreed", "", "although you got the goods"],
    ),
    "password": (
        ["I cannot", "It is impossible to", "I fail to", "How can I"],
        ["log in to my account", "reset my password", "sign in", "get the login code", "change my password"],
        ["on the app", "on the website", "since the update", "any more", "", "with my phone"],
    ),
}

PORTUGUESE = {
    "late": (
        ["Minha encomenda", "A entrega", "Meu pedido", "O pacote"],
        ["não chegou", "está atrasada de novo", "nunca chegou", "ainda está a caminho", "está com duas semanas de atraso"],
        ["e ninguém me explica", "e continuo esperando", "desde segunda", "apesar de expressa", "", "por favor ajudem"],
    ),
    "damaged": (
        ["O vaso", "A luminária", "Um copo", "O espelho", "Um prato"],
        ["chegou quebrado", "veio estilhaçado", "estava trincado", "está em pedaços", "veio rachado"],
        ["na caixa", "por causa da embalagem ruim", "quando abri", "e não dá para usar", "", "e cortante"],
    ),
    "refund": (
        ["Meu reembolso", "O estorno", "O dinheiro de volta"],
        ["não foi pago", "está faltando", "não foi creditado", "não caiu no banco", "continua pendente"],
        ["depois da devolução", "desde o mês passado", "na minha conta", "como combinado", ""],
    ),
    "password": (
        ["Não consigo", "É impossível", "Como posso"],
        ["entrar na minha conta", "redefinir minha senha", "fazer login", "receber o código de acesso", "trocar a senha"],
        ["no aplicativo", "no site", "desde a atualização", "", "pelo celular"],
    ),
}

FAMILIES = {"en": ENGLISH, "pt": PORTUGUESE}


def sentences(language: str, theme: str) -> list[str]:
    """Every sentence of a theme."""
    return [" ".join(part for part in parts if part) + "." for parts in itertools.product(*FAMILIES[language][theme])]


def heard(each: int, languages: tuple[str, ...] = ("en",), seed: int = 1) -> list[tuple[str, str, str]]:
    """So many sentences of each theme in each language, shuffled: text, theme, language."""
    dice = random.Random(seed)
    rows = [
        (text, theme, language)
        for language in languages
        for theme in FAMILIES[language]
        for text in dice.sample(sentences(language, theme), min(each, len(sentences(language, theme))))
    ]
    dice.shuffle(rows)
    return rows
