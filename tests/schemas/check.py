#!/usr/bin/env python3
"""check.py SCHEMAS SAID DOCUMENT - real documents against their schemas, and docs/json.md against both.

SCHEMAS has NAME.json for each document; SAID has what the programs wrote, NAME.N.json, at least one of each.
DOCUMENT has a section for each NAME: where it is found, its fields with kind and "yes" where they may be absent (or
the page that has them), and examples. Exit status 1: something differs; each difference is a line on standard error.
"""
import json
import pathlib
import re
import sys

from jsonschema import Draft202012Validator

BY_HAND = {"profile"}  # written by people, in any order and spacing
ON_NODES = {"gates"}  # a service must run: tests/node/gates.sh validates it
failed = False


def complain(text):
    global failed
    failed = True
    print(f"json.sh: {text}", file=sys.stderr)


def load_schemas(folder):
    schemas = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    return schemas


def validate(where, schema, text):
    """The document, or None if it is none."""
    try:
        document = json.loads(text)
    except ValueError as problem:
        complain(f"{where}: not one JSON document: {problem}")
        return None
    for problem in Draft202012Validator(schema).iter_errors(document):
        complain(f"{where}: {problem.json_path}: {problem.message[:200]}")
    return document


def canonical(document):
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def check_said(schemas, folder):
    met = set()
    for path in sorted(folder.glob("*.json")):
        name = path.name.split(".")[0]
        text = path.read_text()
        met.add(name)
        document = validate(path.name, schemas[name], text)
        if name not in BY_HAND and text.rstrip("\n") != canonical(document):
            complain(f"{path.name} is not in canonical form")
    for name in sorted(schemas.keys() - met - ON_NODES):
        complain(f"no {name} document was met")


# ---- what the page says -----------------------------------------------------------------------------------------------

def kind_of(schema, known):
    """The kind's name in the page's tables; an object that is a document of its own has that one's."""
    if schema["type"] == "array":
        return f"[{kind_of(schema['items'], known)}]"
    if schema["type"] == "object":
        return known.get(json.dumps(schema["properties"], sort_keys=True), "object")
    if schema["type"] == "string":
        return "digest" if "pattern" in schema else "text"
    return {"integer": "count", "boolean": "flag"}[schema["type"]]


def fields_of(schema, known, prefix=""):
    """(path, kind, may be absent) of every field, all the way down."""
    for name, field in schema["properties"].items():
        kind = kind_of(field, known)
        yield prefix + name, kind, name not in schema["required"]
        if kind == "object":
            yield from fields_of(field, known, f"{prefix}{name}.")
        elif kind == "[object]":
            yield from fields_of(field["items"], known, f"{prefix}{name}[].")


def names_of(schema, known):
    """Of a field that is a document of its own, only its own name."""
    for path, _, _ in fields_of(schema, known):
        yield path.split(".")[-1]


def rows_of(section):
    """The same out of the section's tables; a row may have several names."""
    for names, kind, absent, meaning in re.findall(r"^\| (`.*?) \| (.*?) \| *(.*?) *\| (.+) \|$", section, re.M):
        if not meaning.strip():
            complain(f"docs/json.md: {names} has no meaning")
        for name in re.findall(r"`([^`]+)`", names):
            yield name, re.sub(r"\[([\w-]+)\]\([^)]*\)", r"\1", kind), absent == "yes"


def sections_of(page):
    """Name of a document -> its section. A heading may have several names."""
    sections = {}
    for part in re.split(r"^### ", page, flags=re.M)[1:]:
        heading, _, text = part.partition("\n")
        for name in heading.split(", "):
            sections[name] = re.split(r"^#+ ", text, flags=re.M)[0]
    return sections


def check_section(name, schema, section, known, folder):
    for place in schema["description"].split(", "):
        if place not in section:
            complain(f"docs/json.md: {name} does not say \"{place}\"")
    elsewhere = re.search(r"Fields: \[[^\]]*\]\(([^)#]*)", section)
    if elsewhere:
        text = (folder / elsewhere[1]).read_text()
        for field in sorted(set(names_of(schema, known))):
            if f"`{field}`" not in text:
                complain(f"docs/{elsewhere[1]}: {name} has a field {field}, which is not there")
    else:
        said, real = set(rows_of(section)), set(fields_of(schema, known))
        for field in sorted(said ^ real):
            complain(f"docs/json.md: {name}: {field} is {'not so' if field in said else 'missing'}")
    examples = re.findall(r"^```json\n(.*?)^```", section, re.M | re.S)
    if not examples:
        complain(f"docs/json.md: {name} has no example")
    for example in examples:
        validate(f"docs/json.md: example of {name}", schema, example)


def check_page(schemas, path):
    known = {json.dumps(schema["properties"], sort_keys=True): name for name, schema in schemas.items()}
    sections = sections_of(path.read_text())
    for name in sorted(schemas.keys() ^ sections.keys()):
        complain(f"docs/json.md: {name} {'has no section' if name in schemas else 'is no document'}")
    for name in sorted(schemas.keys() & sections.keys()):
        check_section(name, schemas[name], sections[name], known, path.parent)


def main():
    schemas = load_schemas(pathlib.Path(sys.argv[1]))
    check_said(schemas, pathlib.Path(sys.argv[2]))
    check_page(schemas, pathlib.Path(sys.argv[3]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
