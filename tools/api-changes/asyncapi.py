"""Finds what breaks clients between two versions of an AsyncAPI document."""

from schemas import Change, Schemas


def breaks(old, new):
    """Yields a text for each change that breaks clients."""
    old_schemas, new_schemas = Schemas(old), Schemas(new)
    for clients_write in (True, False):
        change = Change(old_schemas, new_schemas, clients_write=clients_write)
        old_messages, new_messages = messages(old, clients_write), messages(new, clients_write)
        side = "from clients" if clients_write else "to clients"
        for name, message in old_messages.items():
            where = f"message {name} {side}"
            if name not in new_messages:
                yield f"{where}: is gone"
                continue
            payloads = message.get("payload", True), new_messages[name].get("payload", True)
            yield from change.breaks(*payloads, f"{where}: ")
        # Nothing says that clients ignore messages that they do not know.
        for name in new_messages.keys() - old_messages.keys() if not clients_write else ():
            yield f"message {name} {side}: is new"


def messages(document, clients_write):
    """Returns the messages that clients send, or those that they are sent, by their names in the channels."""
    schemas = Schemas(document)
    found = {}
    for operation in document["operations"].values():
        # The application that the document describes is the service.
        is_from_clients = operation["action"] == "receive"
        for part, is_theirs in ((operation, is_from_clients), (operation.get("reply", {}), not is_from_clients)):
            if is_theirs == clients_write:
                for message in part.get("messages", []):
                    found[message["$ref"].rsplit("/", 1)[1]] = schemas.lookup(message)
    return found
