"""Tests which changes of an AsyncAPI document break clients."""

import copy

from asyncapi import breaks


def message(**properties):
    return {"payload": {"type": "object", "required": list(properties), "properties": properties}}


def reference(name):
    return {"$ref": f"#/channels/call/messages/{name}"}


DOCUMENT = {
    "channels": {
        "call": {
            "messages": {
                "hello": message(type={"const": "hello"}, token={"type": "string"}),
                "accept": message(type={"const": "accept"}),
                "greeting": message(type={"const": "hello"}, state={"enum": ["init", "over"]}),
                "progress": message(type={"const": "progress"}),
            }
        }
    },
    "operations": {
        "receiveHello": {
            "action": "receive",
            "messages": [reference("hello"), reference("accept")],
            "reply": {"messages": [reference("greeting")]},
        },
        "sendProgress": {"action": "send", "messages": [reference("progress")]},
    },
}


def changed(change):
    document = copy.deepcopy(DOCUMENT)
    change(document["channels"]["call"]["messages"], document["operations"])
    return list(breaks(DOCUMENT, document))


def test_messages_of_clients():
    def payload(messages):
        return messages["hello"]["payload"]

    assert changed(lambda _, operations: operations["receiveHello"]["messages"].pop()) == [
        "message accept from clients: is gone"
    ]
    assert changed(lambda messages, _: payload(messages)["required"].append("new")) == [
        "message hello from clients: .new: is required"
    ]
    assert changed(lambda messages, _: payload(messages)["properties"]["token"].update(maxLength=9)) == [
        "message hello from clients: .token: maxLength was null, is 9"
    ]
    assert changed(lambda messages, _: payload(messages)["required"].remove("token")) == []
    assert changed(lambda messages, _: payload(messages)["properties"].update(new={"type": "string"})) == []
    assert changed(lambda _, operations: operations["receiveHello"]["messages"].append(reference("progress"))) == []


def test_messages_of_the_service():
    def payload(messages):
        return messages["greeting"]["payload"]

    assert changed(lambda _, operations: operations.pop("sendProgress")) == ["message progress to clients: is gone"]
    assert changed(lambda messages, _: payload(messages)["properties"]["state"]["enum"].append("new")) == [
        'message greeting to clients: .state: "new" is new'
    ]
    assert changed(lambda messages, _: payload(messages)["properties"].pop("state")) == [
        "message greeting to clients: .state: is gone"
    ]
    assert changed(lambda _, operations: operations["sendProgress"]["messages"].append(reference("accept"))) == [
        "message accept to clients: is new"
    ]
    assert changed(lambda messages, _: payload(messages)["properties"]["state"]["enum"].remove("over")) == []
    assert changed(lambda messages, _: payload(messages)["properties"].update(new={"type": "string"})) == []
