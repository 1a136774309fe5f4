"""Operators and functions of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

import ibis.expr.types as ir
from sqlglot import exp

from troth.intake.translation.translator import Node, Rule, Translator, Unknown, constant_number, constant_text


def _like(operation: str) -> Rule:
    def rule(self: Translator, node: exp.Binary) -> ir.Value:
        return getattr(self.text(node.left), operation)(constant_text(node.right))

    return rule


def _join(self: Translator, parts: Sequence[Node]) -> ir.Value:
    texts = [self.text(part) for part in parts]
    return reduce(lambda left, right: left + right, texts)


def _concat(self: Translator, node: exp.Concat) -> ir.Value:
    """``concat`` takes NULL for the empty text; ``||`` gives NULL."""
    texts = [self.text(part).fill_null("") for part in node.expressions]
    return reduce(lambda left, right: left + right, texts)


def _text_method(name: str) -> Rule:
    return lambda self, node: getattr(self.text(node.this), name)()


def _trim(self: Translator, node: exp.Trim) -> ir.Value:
    if node.args.get("expression") is not None:
        raise Unknown("trim takes one text", "use replace() for other characters.")
    side = {"LEADING": "lstrip", "TRAILING": "rstrip"}.get(str(node.args.get("position") or "").upper(), "strip")
    return getattr(self.text(node.this), side)()


def _substring(self: Translator, node: exp.Substring) -> ir.Value:
    start = constant_number(node.args.get("start"), 1)
    if start < 1:
        raise Unknown("substring counts from 1", "use right(text, n) for the end.")
    length = node.args.get("length")
    return self.text(node.this).substr(start - 1, None if length is None else constant_number(length, 0))


def _pad(self: Translator, node: exp.Pad) -> ir.Value:
    text, width = self.text(node.this), constant_number(node.expression, 0)
    fill = node.args.get("fill_pattern")
    padded = text.lpad if node.args.get("is_left") else text.rpad
    return padded(width, " " if fill is None else constant_text(fill)).substr(0, width)


def _split_part(self: Translator, node: exp.SplitPart) -> ir.Value:
    position = constant_number(node.args.get("part_index"), 1)
    if position < 1:
        raise Unknown("split_part counts from 1", "write 1 for the first part.")
    return self.text(node.this).split(constant_text(node.args["delimiter"]))[position - 1].fill_null("")


def _regexp_extract(self: Translator, node: exp.RegexpExtract) -> ir.Value:
    return self.text(node.this).re_extract(constant_text(node.expression), constant_number(node.args.get("group"), 0))


RULES: Mapping[type[Node], Rule] = {
    exp.Like: _like("like"),
    exp.ILike: _like("ilike"),
    exp.DPipe: lambda self, node: _join(self, (node.left, node.right)),
    exp.Concat: _concat,
    exp.Lower: _text_method("lower"),
    exp.Upper: _text_method("upper"),
    exp.Length: _text_method("length"),
    exp.Trim: _trim,
    exp.Substring: _substring,
    exp.Left: lambda self, node: self.text(node.this).left(constant_number(node.expression, 0)),
    exp.Right: lambda self, node: self.text(node.this).right(constant_number(node.expression, 0)),
    exp.Replace: lambda self, node: self.text(node.this).replace(constant_text(node.expression), constant_text(node.args["replacement"])),
    exp.Contains: lambda self, node: self.text(node.this).contains(self.text(node.expression)),
    exp.StartsWith: lambda self, node: self.text(node.this).startswith(constant_text(node.expression)),
    exp.EndsWith: lambda self, node: self.text(node.this).endswith(constant_text(node.expression)),
    exp.StrPosition: lambda self, node: self.text(node.this).find(constant_text(node.args["substr"])) + 1,
    exp.Pad: _pad,
    exp.SplitPart: _split_part,
    exp.RegexpLike: lambda self, node: self.text(node.this).re_search(constant_text(node.expression)),
    exp.RegexpExtract: _regexp_extract,
}
