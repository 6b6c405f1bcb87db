"""Tests that a change of a schema breaks clients in one direction or the other."""

import pytest

from schemas import Change, Schemas

DOCUMENT = {
    "components": {
        "schemas": {
            "Name": {"type": "string", "maxLength": 64},
            "Error": {
                "type": "object",
                "required": ["code"],
                "properties": {"code": {"type": "integer"}, "errno": {"enum": [1, 2, 3]}},
            },
        }
    }
}
NAME = {"$ref": "#/components/schemas/Name"}
ERROR = {"$ref": "#/components/schemas/Error"}


def an_object(required=(), **properties):
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}


def is_broken(old, new, clients_write):
    schemas = Schemas(DOCUMENT)
    return list(Change(schemas, schemas, clients_write=clients_write).breaks(old, new, "value")) != []


TEXT, NUMBER, INTEGER = {"type": "string"}, {"type": "number"}, {"type": "integer"}

# A schema, another one that allows less, and why.
NARROWER = [
    ({}, TEXT, "a type where there was none"),
    (NUMBER, INTEGER, "integers alone"),
    ({"type": ["string", "null"]}, TEXT, "no null any more"),
    ({"anyOf": [TEXT, {"type": "null"}]}, TEXT, "one alternative less"),
    ({"oneOf": [TEXT, NUMBER]}, {"oneOf": [NUMBER]}, "one alternative less"),
    ({"enum": ["a", "b"]}, {"enum": ["a"]}, "one value less"),
    ({"enum": ["a", "b"]}, {"const": "a"}, "a single value"),
    (TEXT, {"enum": ["a"]}, "listed values alone"),
    (INTEGER, {"type": "integer", "minimum": 0}, "a bound where there was none"),
    ({"type": "integer", "maximum": 10}, {"type": "integer", "maximum": 9}, "a lower maximum"),
    ({"type": "string", "minLength": 1}, {"type": "string", "minLength": 2}, "a higher minimum"),
    (NAME, {"$ref": "#/components/schemas/Name", "maxLength": 63}, "a bound beside a reference"),
    (TEXT, {"type": "string", "pattern": "^a"}, "a pattern where there was none"),
    ({"type": "array", "items": NUMBER}, {"type": "array", "items": INTEGER}, "other items"),
    ({"type": "array", "maxItems": 20}, {"type": "array", "maxItems": 10}, "fewer items"),
    (an_object(a=TEXT), an_object(["a"], a=TEXT), "a member that has to be there"),
    (an_object(a=an_object(b=NUMBER)), an_object(a=an_object(b=INTEGER)), "a member of a member"),
    (ERROR, {"$ref": "#/components/schemas/Error", "properties": {"errno": {"enum": [1]}}}, "a member of a reference"),
    ({"type": "object", "not": {"required": ["a"]}}, {"type": "object", "not": {}}, "a keyword that is not known here"),
]


@pytest.mark.parametrize(("wide", "narrow", "why"), NARROWER)
def test_clients_must_not_be_allowed_less(wide, narrow, why):
    assert is_broken(wide, narrow, clients_write=True), why
    assert not is_broken(wide, wide, clients_write=True)
    assert not is_broken(narrow, narrow, clients_write=True)


@pytest.mark.parametrize(("wide", "narrow", "why"), NARROWER)
def test_clients_must_not_be_sent_more(wide, narrow, why):
    assert is_broken(narrow, wide, clients_write=False), why


# Those of the keyword that is not known are broken either way.
@pytest.mark.parametrize(("wide", "narrow", "why"), [case for case in NARROWER if not {"pattern", "not"} & case[1].keys()])
def test_the_other_direction_is_harmless(wide, narrow, why):
    assert not is_broken(narrow, wide, clients_write=True), why
    assert not is_broken(wide, narrow, clients_write=False), why


def test_another_pattern_breaks_in_both_directions():
    one, other = {"type": "string", "pattern": "^a"}, {"type": "string", "pattern": "^b"}
    assert is_broken(one, other, clients_write=True)
    assert is_broken(one, other, clients_write=False)


def test_listed_values_are_checked_one_by_one():
    short = {"type": "string", "maxLength": 1}
    assert is_broken({"enum": ["a", "bb"]}, short, clients_write=True)
    assert not is_broken({"enum": ["a", "b"]}, short, clients_write=True)


def test_members_of_requests():
    old = an_object(["a"], a=TEXT, b=TEXT)
    assert not is_broken(old, an_object(["a"], a=TEXT, b=TEXT, c=TEXT), clients_write=True), "an optional one is new"
    assert not is_broken(old, an_object(a=TEXT, b=TEXT), clients_write=True), "one need not be there any more"
    assert is_broken(old, an_object(["a", "c"], a=TEXT, b=TEXT, c=TEXT), clients_write=True), "a required one is new"
    assert is_broken(old, an_object(["a"], a=TEXT), clients_write=True), "one is gone"
    open_object = old | {"additionalProperties": True}
    assert is_broken(open_object, old, clients_write=True), "others are not allowed any more"
    assert not is_broken(old, open_object, clients_write=True)


def test_members_of_responses():
    old = an_object(["a"], a=TEXT, b=TEXT)
    assert not is_broken(old, an_object(["a"], a=TEXT, b=TEXT, c=TEXT), clients_write=False), "one is new"
    assert not is_broken(old, an_object(["a", "b"], a=TEXT, b=TEXT), clients_write=False), "one is always there"
    assert is_broken(old, an_object(a=TEXT, b=TEXT), clients_write=False), "one may be absent"
    assert is_broken(old, an_object(["a"], a=TEXT), clients_write=False), "an optional one is gone"


def test_texts_for_people_do_not_count():
    old = an_object(description=TEXT | {"description": "old"})
    new = an_object(description=TEXT | {"title": "new", "example": "a"}) | {"description": "new"}
    for clients_write in (True, False):
        assert not is_broken(old, new, clients_write)
    assert is_broken(old, an_object(description=NUMBER), clients_write=True), "a member may be called description"


def test_a_reference_is_what_it_refers_to():
    for clients_write in (True, False):
        assert not is_broken(NAME, {"type": "string", "maxLength": 64}, clients_write)
        assert not is_broken({"allOf": [NAME]}, NAME, clients_write)
