"""What the loader declares: the keys of every mapping of a book, those it needs, and the closed words of every choice.

Read from the loader's own source: each call of `as_map` and `as_choice` in rules/book, its constants looked up.
"""
import ast
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from inspect import getsource
from types import ModuleType

import rules.book


@dataclass(frozen=True, kw_only=True, slots=True)
class DeclaredMapping:
    """One kind of mapping: what messages call it, its keys in their order, those it cannot do without."""

    what: str
    keys: tuple[str, ...]
    required: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ClosedChoice:
    """One place where only certain words may stand."""

    what: str
    words: tuple[str, ...]


def mappings() -> tuple[DeclaredMapping, ...]:
    """Every mapping with known keys, in the order of the loader's modules; equal ones once."""
    found: dict[str, DeclaredMapping] = {}
    for module, call in _calls("as_map"):
        given = {word.arg: word.value for word in call.keywords}
        if "known" in given:
            mapping = DeclaredMapping(what=_text(call.args[1], module), keys=_words(given["known"], module),
                              required=_words(given["required"], module) if "required" in given else ())
            found.setdefault(mapping.what, mapping)
    return tuple(found.values())


def choices() -> tuple[ClosedChoice, ...]:
    """Every choice, in the order of the loader's modules."""
    found: dict[tuple[str, tuple[str, ...]], ClosedChoice] = {}
    for module, call in _calls("as_choice"):
        words = _words(call.args[2], module)
        if words:
            choice = ClosedChoice(what=_text(call.args[1], module), words=words)
            found.setdefault((choice.what, choice.words), choice)
    return tuple(found.values())


def _calls(name: str) -> Iterator[tuple[ModuleType, ast.Call]]:
    for _, module_name, _ in pkgutil.iter_modules(rules.book.__path__):
        module = import_module(f"rules.book.{module_name}")
        for node in ast.walk(ast.parse(getsource(module))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name and len(node.args) > 1:
                yield module, node


def _words(node: ast.expr, module: ModuleType) -> tuple[str, ...]:
    """The words of a tuple, a constant of the module, or a part of one; () where they are known only when it runs."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        held = getattr(module, node.value.id, ())
        words = [word for each in held.values() for word in each] if isinstance(held, dict) else ()
        return tuple(dict.fromkeys(words))
    if isinstance(node, ast.Name):
        return tuple(getattr(module, node.id, ()))
    return tuple(ast.literal_eval(node)) if isinstance(node, ast.Tuple | ast.List) else ()


def _text(node: ast.expr, module: ModuleType) -> str:
    """What messages call the place, its names as capitals: `team TEAM`."""
    if isinstance(node, ast.Constant):
        return str(node.value).replace("`", "")
    if isinstance(node, ast.Name):
        constant = getattr(module, node.id, None)
        return constant.replace("`", "") if isinstance(constant, str) else _name(node)
    parts = [str(part.value) if isinstance(part, ast.Constant) else _name(part.value) for part in getattr(node, "values", ())]
    return "".join(parts).replace("`", "")


def _name(node: ast.expr) -> str:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else "NAME"
    return {"what": "PLACE"}.get(name, name).removesuffix("_name").upper()
