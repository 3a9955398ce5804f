#!/usr/bin/env python3
"""Is every JSON document on standard input as a schema says? fits.py NAME: docs/schema/NAME.json.

One document after the other, lines or not. Members that the schema does not know are errors too: what pxekit writes is
in its schema. Prints how many fit; exit status 1 and what is wrong with the first that does not."""
import json
import pathlib
import sys

import jsonschema


def strict(part):
    """The schema, taken at its word: consumers ignore what they do not know, this test does not."""
    if isinstance(part, dict):
        out = {k: strict(v) for k, v in part.items()}
        if isinstance(out.get("properties"), dict) and out.get("type") == "object":
            out.setdefault("additionalProperties", False)
        return out
    return [strict(p) for p in part] if isinstance(part, list) else part


def documents(text):
    decoder, at = json.JSONDecoder(), 0
    while text := text[at:].lstrip():
        value, at = decoder.raw_decode(text)
        yield value


def main(name):
    path = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema" / f"{name}.json"
    schema = strict(json.loads(path.read_text()))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    n = 0
    for value in documents(sys.stdin.read()):
        error = jsonschema.exceptions.best_match(validator.iter_errors(value))
        if error:
            sys.exit(f"{name}: {error.json_path}: {error.message}\n{json.dumps(value)}")
        n += 1
    print(f"{n} fit {name}")


if len(sys.argv) != 2:
    sys.exit(__doc__)
main(sys.argv[1])
