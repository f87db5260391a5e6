"""Does a value surely conform to a JSON Schema? Schemas become functions once, and nothing is said of what does not.

A "no" means "not surely": jsonschema decides then, and has the words. It takes ten times as long (half of the time in
which cards were loaded), for it goes through schemas anew at each value.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

Check = Callable[[object], bool]
_REMARKS = {"$schema", "$id", "$defs", "title", "description", "$comment"}
_TYPES: Mapping[str, Callable[[object], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float | Decimal) and not isinstance(value, bool),
}


def conforming(schema: Mapping) -> Check:
    """What says of a value that it surely conforms to a schema whose references stay within it."""
    return _Schema(schema).check(schema)


def _never(value: object) -> bool:
    return False


def _always(value: object) -> bool:
    return True


class _Schema:
    """The parts of one schema, each made into a function when it is first met: it may hold itself."""

    def __init__(self, root: Mapping):
        self._root, self._named = root, {}

    def check(self, schema: object) -> Check:
        if isinstance(schema, bool):
            return _always if schema else _never
        makers = [(_MAKERS.get(word), value) for word, value in schema.items() if word not in _REMARKS]
        if any(make is None for make, _ in makers):
            return _never  # a keyword that nobody made quick
        checks = tuple(made for make, value in makers if (made := make(self, value, schema)))
        return lambda value: all(check(value) for check in checks)

    def reference(self, to: str) -> Check:
        name = to.removeprefix("#/$defs/")
        if name not in self._root.get("$defs", {}):
            return _never
        if name not in self._named:
            self._named[name] = _never  # while it is made
            self._named[name] = self.check(self._root["$defs"][name])
        return lambda value: self._named[name](value)


def _type(_within: _Schema, types: str | list, _schema: Mapping) -> Check:
    known = [_TYPES[name] for name in ([types] if isinstance(types, str) else types)]
    return known[0] if len(known) == 1 else lambda value: any(is_one(value) for is_one in known)


def _properties(within: _Schema, properties: Mapping, _schema: Mapping) -> Check:
    checks = {name: within.check(schema) for name, schema in properties.items()}

    def all_of_them(value: object) -> bool:
        if not isinstance(value, dict):
            return True
        return all(checks[name](inner) for name, inner in value.items() if name in checks)

    return all_of_them


def _required(_within: _Schema, names: list, _schema: Mapping) -> Check:
    needed = frozenset(names)
    return lambda value: not isinstance(value, dict) or value.keys() >= needed


def _additional(within: _Schema, schema: object, around: Mapping) -> Check:
    known, check = frozenset(around.get("properties", ())), within.check(schema)
    return lambda value: not isinstance(value, dict) or all(check(value[name]) for name in value.keys() - known)


def _names(within: _Schema, schema: object, _schema: Mapping) -> Check:
    check = within.check(schema)
    return lambda value: not isinstance(value, dict) or all(map(check, value))


def _items(within: _Schema, schema: object, _schema: Mapping) -> Check:
    check = within.check(schema)
    return lambda value: not isinstance(value, list) or all(map(check, value))


def _one_of_these(_within: _Schema, words: list, _schema: Mapping) -> Check:
    known = frozenset(word for word in words if isinstance(word, str))
    return lambda value: isinstance(value, str) and value in known  # 1, 1.0 and true are another matter


def _unique(value: object) -> bool:
    """Of texts: whether 1, 1.0 and true are equal is another matter."""
    return not isinstance(value, list) or (all(map(_TYPES["string"], value)) and len(set(value)) == len(value))


def _pattern(_within: _Schema, pattern: str, _schema: Mapping) -> Check:
    search = re.compile(pattern).search
    return lambda value: not isinstance(value, str) or search(value) is not None


def _bound(kinds: type, size: Callable, holds: Callable) -> Callable[..., Check]:
    """Of values of some kinds, how large they are against a limit."""

    def make(_within: _Schema, limit: object, _schema: Mapping) -> Check:
        return lambda value: not isinstance(value, kinds) or isinstance(value, bool) or holds(size(value), limit)

    return make


def _at_least(size, limit) -> bool:
    return size >= limit


def _at_most(size, limit) -> bool:
    return size <= limit


def _itself(value):
    return value


_NUMBER = int | float | Decimal
_MAKERS: Mapping[str, Callable[..., Check]] = {
    "$ref": lambda within, to, _: within.reference(to),
    "type": _type,
    "properties": _properties,
    "required": _required,
    "additionalProperties": _additional,
    "propertyNames": _names,
    "items": _items,
    "enum": _one_of_these,
    "const": lambda within, word, schema: _one_of_these(within, [word], schema),
    "pattern": _pattern,
    "minLength": _bound(str, len, _at_least),
    "maxLength": _bound(str, len, _at_most),
    "minItems": _bound(list, len, _at_least),
    "maxItems": _bound(list, len, _at_most),
    "minProperties": _bound(dict, len, _at_least),
    "minimum": _bound(_NUMBER, _itself, _at_least),
    "maximum": _bound(_NUMBER, _itself, _at_most),
    "exclusiveMinimum": _bound(_NUMBER, _itself, lambda size, limit: size > limit),
    "uniqueItems": lambda _w, wanted, _s: _unique if wanted else None,
    "anyOf": lambda within, schemas, _: _any_of([within.check(schema) for schema in schemas]),
    "allOf": lambda within, schemas, _: _all_of([within.check(schema) for schema in schemas]),
}


def _any_of(checks: list[Check]) -> Check:
    return lambda value: any(check(value) for check in checks)


def _all_of(checks: list[Check]) -> Check:
    return lambda value: all(check(value) for check in checks)
