"""A submission, checked by a table of one function for each word, and written by way of a temporary file."""

import json
import os
import tempfile


def is_type(value, kind):
    """See the kata."""
    if value is True or value is False:
        return kind == "boolean"
    if value is None:
        return kind == "null"
    if kind == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value - value == 0 and value % 1 == 0)
    if kind == "number":
        return isinstance(value, int) or (isinstance(value, float) and value - value == 0)
    return isinstance(value, {"object": dict, "array": list, "string": str}.get(kind, ()))


RULES = [
    ("type", lambda v, rule: any(is_type(v, kind) for kind in ([rule] if isinstance(rule, str) else rule))),
    ("const", lambda v, rule: _same(v, rule)),
    ("enum", lambda v, rule: any(_same(v, item) for item in rule)),
    ("minimum", lambda v, rule: not is_type(v, "number") or v >= rule),
    ("maximum", lambda v, rule: not is_type(v, "number") or v <= rule),
    ("exclusiveMinimum", lambda v, rule: not is_type(v, "number") or v > rule),
    ("minLength", lambda v, rule: not isinstance(v, str) or len(v) >= rule),
    ("maxLength", lambda v, rule: not isinstance(v, str) or len(v) <= rule),
    ("maxItems", lambda v, rule: not isinstance(v, list) or len(v) <= rule),
]


def schema_errors(data, schema, path="submission"):
    """See the kata."""
    found, todo = {}, [(path, data, schema)]
    while todo:
        where, value, rules = todo.pop()
        broken = [word for word, holds in RULES if word in rules and not holds(value, rules[word])]
        if broken:
            found[where] = f"{value!r} breaks {broken[0]}: {rules[broken[0]]}"
            continue
        if isinstance(value, list):
            todo += [(f"{where}[{n}]", item, rules.get("items", {})) for n, item in enumerate(value)]
        elif isinstance(value, dict):
            known = rules.get("properties", {})
            for name in rules.get("required", []):
                if name not in value:
                    found[f"{where}.{name}"] = "is not there"
            for name, item in value.items():
                if name in known:
                    todo.append((f"{where}.{name}", item, known[name]))
                elif rules.get("additionalProperties", True) is False:
                    found[f"{where}.{name}"] = "is not asked for"
    return [f"{where}: {what}" for where, what in found.items()]


def write_json(path, data):
    """See the kata."""
    content = json.dumps(data, allow_nan=False).encode()
    handle, name = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(path)))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.rename(name, path)
    except BaseException:
        os.unlink(name)
        raise
