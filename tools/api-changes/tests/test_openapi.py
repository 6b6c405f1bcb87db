"""Tests which changes of an OpenAPI document break clients."""

import copy

import pytest

from openapi import breaks



def a_schema():
    properties = {"a": {"type": "string"}, "b": {"type": "integer"}}
    return {"type": "object", "additionalProperties": False, "required": ["a"], "properties": properties}


DOCUMENT = {
    "components": {
        "parameters": {"Since": {"in": "query", "name": "since", "schema": {"type": "integer", "minimum": 0}}},
        "responses": {
            "Refused": {
                "headers": {"Retry-After": {"required": True, "schema": {"type": "integer"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            }
        },
        "schemas": {"Error": {"type": "object", "required": ["errno"], "properties": {"errno": {"enum": [1, 2]}}}},
        "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "session"}},
    },
    "paths": {
        "/calls/{token}": {
            "parameters": [{"in": "path", "name": "token", "required": True, "schema": {"type": "string"}}],
            "get": {
                "operationId": "listCalls",
                "security": [{"session": []}],
                "parameters": [{"$ref": "#/components/parameters/Since"}],
                "responses": {
                    "200": {"content": {"application/json": {"schema": a_schema()}, "text/html": {"schema": True}}},
                    "429": {"$ref": "#/components/responses/Refused"},
                },
            },
            "post": {
                "operationId": "placeCall",
                "requestBody": {"required": False, "content": {"application/json": {"schema": a_schema()}}},
                "responses": {"204": {}},
            },
        },
        "/version": {"get": {"operationId": "version", "responses": {"200": {}}}},
    },
}


def changed(change):
    document = copy.deepcopy(DOCUMENT)
    change(document, document["paths"]["/calls/{token}"])
    return list(breaks(DOCUMENT, document))


def set_at(value, *path):
    """Returns a change that sets a member of the item of `/calls/{token}`."""

    def change(_, item):
        for name in path[:-1]:
            item = item[name]
        item[path[-1]] = value

    return change


def delete_at(*path):
    def change(_, item):
        for name in path[:-1]:
            item = item[name]
        del item[path[-1]]

    return change


REQUEST = ("post", "requestBody", "content", "application/json", "schema")
RESPONSE = ("get", "responses", "200", "content", "application/json", "schema")
REFUSED = "GET /calls/{token}: response 429"
BREAKING = {
    "a path": (lambda it, _: it["paths"].pop("/version"), "GET /version: is gone"),
    "an operation": (delete_at("get"), "GET /calls/{token}: is gone"),
    "the name of an operation": (set_at("x", "get", "operationId"), "operationId was listCalls, is x"),
    "a parameter": (set_at([], "get", "parameters"), "parameter query since is gone"),
    "a bound of a parameter": (
        lambda it, _: it["components"]["parameters"]["Since"]["schema"].update(minimum=1),
        "parameter query since: minimum was 0, is 1",
    ),
    "a parameter that is required now": (
        lambda it, _: it["components"]["parameters"]["Since"].update(required=True),
        "parameter query since is required",
    ),
    "a new parameter that is required": (
        set_at([{"in": "header", "name": "key", "required": True}], "post", "parameters"),
        "parameter header key is required",
    ),
    "a body that is required now": (set_at(True, "post", "requestBody", "required"), "a body is required"),
    "a new body that is required": (set_at({"required": True}, "get", "requestBody"), "a body is required"),
    "a body": (delete_at("post", "requestBody"), "the body is gone"),
    "a type of a body": (set_at({}, "post", "requestBody", "content"), "application/json is gone"),
    "a member of a request": (delete_at(*REQUEST, "properties", "b"), ".b: no value is allowed any more"),
    "a new member of a request that is required": (set_at(["a", "b"], *REQUEST, "required"), ".b: is required"),
    "a member of a response": (delete_at(*RESPONSE, "properties", "b"), ".b: is gone"),
    "a member of a response that may be absent": (set_at([], *RESPONSE, "required"), ".a: may be absent"),
    "a type in a response": (
        set_at({"type": "string"}, *RESPONSE, "properties", "b"),
        '.b: type was "integer", is "string"',
    ),
    "a response": (delete_at("get", "responses", "429"), f"{REFUSED} is gone"),
    "another success": (set_at({}, "get", "responses", "202"), "response 202 is new"),
    "a type of a response": (delete_at("get", "responses", "200", "content", "text/html"), "text/html is gone"),
    "a header": (lambda it, _: it["components"]["responses"]["Refused"].pop("headers"), "header Retry-After is gone"),
    "a header that may be absent": (
        lambda it, _: it["components"]["responses"]["Refused"]["headers"]["Retry-After"].pop("required"),
        "header Retry-After may be absent",
    ),
    "a new number of an error": (
        lambda it, _: it["components"]["schemas"]["Error"]["properties"]["errno"]["enum"].append(3),
        ".errno: 3 is new",
    ),
    "a session where there was none": (set_at([{"session": []}], "post", "security"), "no authentication is not enough"),
    "the name of a cookie": (
        lambda it, _: it["components"]["securitySchemes"]["session"].update(name="x"),
        "security scheme session: name was session, is x",
    ),
}
HARMLESS = {
    "nothing": lambda *_: None,
    "a new path": lambda it, _: it["paths"].update({"/new": {"get": {"responses": {"200": {}}}}}),
    "a new operation": set_at({"responses": {"200": {}}}, "delete"),
    "a new parameter": set_at([{"in": "header", "name": "key"}], "post", "parameters"),
    "a wider parameter": lambda it, _: it["components"]["parameters"]["Since"]["schema"].pop("minimum"),
    "a new member of a request": set_at({"type": "string"}, *REQUEST, "properties", "c"),
    "a new member of a response": set_at({"type": "string"}, *RESPONSE, "properties", "c"),
    "a new error": set_at({}, "get", "responses", "403"),
    "a new header": set_at({"schema": True}, "get", "responses", "200", "headers"),
    "no session needed any more": set_at([], "get", "security"),
    "a reference instead of what it refers to": (
        lambda it, item: item["get"]["responses"].update({"429": it["components"]["responses"]["Refused"]})
    ),
    "a description": set_at("new", "get", "description"),
}


@pytest.mark.parametrize("name", BREAKING)
def test_it_breaks_clients(name):
    change, text = BREAKING[name]
    found = changed(change)
    assert len(found) == 1 and text in found[0], found


@pytest.mark.parametrize("name", HARMLESS)
def test_it_is_harmless(name):
    assert changed(HARMLESS[name]) == []
