"""Whole numbers in words, in English and Portuguese."""

from __future__ import annotations

NUMERALS = {
    word: value
    for value, words in {
        2: "two dois duas", 3: "three três tres", 4: "four quatro", 5: "five cinco", 6: "six seis", 7: "seven sete", 8: "eight oito",
        9: "nine nove", 10: "ten dez", 12: "twelve doze", 14: "fourteen quatorze", 15: "fifteen quinze", 20: "twenty vinte",
        30: "thirty trinta", 40: "forty quarenta", 50: "fifty cinquenta", 60: "sixty sessenta", 70: "seventy setenta",
        80: "eighty oitenta", 90: "ninety noventa", 100: "hundred cem",
    }.items()
    for word in words.split()
}  # fmt: skip
"""Word to number, from two on: “a” and “one” are words of many meanings."""
