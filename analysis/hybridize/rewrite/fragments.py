"""Small pieces of source text taken from one place to be written at another."""

from __future__ import annotations

import libcst as cst

from hybridize.rewrite.document import Document, Refused


def text_of(document: Document, node: cst.BaseExpression) -> str:
    """An expression as written, with its parentheses."""
    start, end = document.outer(node)
    return document.text[start:end]


def needs_parentheses(node: cst.BaseExpression) -> bool:
    """Whether an operator next to the expression could tear it apart."""
    simple = (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.BaseNumber, cst.BaseString, cst.List, cst.Dict)
    return not node.lpar and not isinstance(node, simple)


def string_parts(document: Document, node: cst.FormattedString) -> list[str]:
    """The texts and expressions of an f-string, each as an expression of its own.

    Raises:
        Refused: an expression is converted or formatted, which operations cannot do in the same way.
    """
    prefix = node.start.rstrip("'\"").lower().replace("f", "")
    quote = node.start[len(node.start.rstrip("'\"")) :]
    parts: list[str] = []
    for part in node.parts:
        if isinstance(part, cst.FormattedStringText):
            text = part.value.replace("{{", "{").replace("}}", "}")
            if "r" in prefix and text.endswith("\\"):
                raise Refused("a raw formatted string has a backslash before a value")
            parts.append(f"{prefix}{quote}{text}{quote}")
            continue
        assert isinstance(part, cst.FormattedStringExpression)
        if part.conversion is not None or part.format_spec is not None:
            raise Refused("a formatted string has a conversion or a format, which `tf.print` does not know")
        written = text_of(document, part.expression)
        if part.equal is not None:
            start = document.start(part.expression)
            end = document.range(part.equal)[1]
            shown = document.text[start:end]
            if quote[0] in shown or "\\" in shown:
                raise Refused("a formatted string shows an expression that holds quotes")
            parts.append(f"{prefix}{quote}{shown}{quote}")
        parts.append(f"({written})" if isinstance(part.expression, (cst.Lambda, cst.NamedExpr)) else written)
    return parts
