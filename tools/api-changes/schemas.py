"""Compares JSON Schemas: which values does one allow that the other refuses?

Where that can't be judged, because a keyword is not known here, a difference counts as one that refuses values.
"""

import json
import operator

import jsonschema_rs

# Keywords that allow and refuse nothing.
ANNOTATIONS = {"$comment", "default", "deprecated", "description", "example", "examples", "title"}
LOWER_BOUNDS = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"]
UPPER_BOUNDS = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"]
# Keywords that `Change` looks at one by one; all others have to be equal.
KNOWN = {
    *("type", "enum", "const", "items", "properties", "required", "additionalProperties"),
    *LOWER_BOUNDS,
    *UPPER_BOUNDS,
}


class Schemas:
    """The schemas of a document, whose references lead into it."""

    def __init__(self, document):
        self.document = document

    def lookup(self, value):
        """Returns the value that a reference refers to, with what stands beside the reference, or the value itself."""
        if not isinstance(value, dict) or "$ref" not in value:
            return value
        reference = value["$ref"]
        target = self.document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        beside = {name: member for name, member in value.items() if name != "$ref"}
        return merged(self.lookup(target), beside)

    def schema(self, schema):
        """Returns a schema with its reference and `allOf` merged, and without annotations."""
        schema = self.lookup(schema)
        if schema is True:
            return {}
        if schema is False:
            return False
        schema = dict(schema)
        for part in schema.pop("allOf", []):
            schema = merged(self.schema(part), schema)
        if "unevaluatedProperties" in schema:
            schema["additionalProperties"] = schema.pop("unevaluatedProperties")
        return {name: member for name, member in schema.items() if name not in ANNOTATIONS}

    def alternatives(self, schema):
        """Returns schemas of one type each, which together allow what the schema allows."""
        schema = self.schema(schema)
        if schema is False:
            return []
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                rest = {name: member for name, member in schema.items() if name != keyword}
                parts = [part for part in map(self.schema, schema[keyword]) if part is not False]
                return [found for part in parts for found in self.alternatives(merged(rest, part))]
        if isinstance(schema.get("type"), list):
            return [schema | {"type": name} for name in schema["type"]]
        return [schema]

    def expanded(self, schema):
        """Returns a schema in which nothing is referred to, to be compared for equality."""
        if isinstance(schema, list):
            return [self.expanded(part) for part in schema]
        if not isinstance(schema, dict) or self.schema(schema) is False:
            return schema
        return {name: self._expanded_keyword(name, member) for name, member in self.schema(schema).items()}

    def _expanded_keyword(self, name, member):
        if name in ("const", "enum"):
            return member
        if name == "properties":
            return {property: self.expanded(schema) for property, schema in member.items()}
        return self.expanded(member)

    def is_valid(self, schema, value):
        """Returns whether a schema of this document allows the value."""
        return jsonschema_rs.is_valid(self.expanded(schema), value)


def merged(base, beside):
    """Returns a schema that has the keywords of both; where both have one, that of `beside`, which is narrower by custom."""
    if not isinstance(base, dict) or not isinstance(beside, dict):
        return beside
    result = base | beside
    if "properties" in base and "properties" in beside:
        both = base["properties"] | beside["properties"]
        common = base["properties"].keys() & beside["properties"].keys()
        for name in common:
            member = base["properties"][name]
            # A reference keeps its target only if it is merged where it is resolved.
            both[name] = {"allOf": [member], **beside["properties"][name]} if isinstance(member, dict) else both[name]
        result["properties"] = both
    if "required" in base and "required" in beside:
        result["required"] = sorted({*base["required"], *beside["required"]})
    return result


class Change:
    """A change of schemas, whose values one side writes and the other one reads.

    It breaks clients if the new service refuses what old clients may write, or if old clients do not expect what the new
    service may write.
    """

    def __init__(self, old, new, *, clients_write):
        self.clients_write = clients_write
        self.written, self.read = (old, new) if clients_write else (new, old)

    def breaks(self, old, new, where):
        """Yields a text for each way in which the change from one schema to another breaks clients."""
        written, read = (old, new) if self.clients_write else (new, old)
        yield from self._refused(written, read, where)

    def _refused(self, written, read, where):
        choices = self.read.alternatives(read)
        for alternative in self.written.alternatives(written):
            attempts = [list(self._refused_alternative(alternative, choice, where)) for choice in choices]
            if not attempts:
                yield f"{where}: no value is allowed any more"
            elif all(attempts):
                yield from min(attempts, key=len)

    def _refused_alternative(self, written, read, where):
        values, read_values = listed_values(written), listed_values(read)
        if values is not None:
            for value in values:
                if not self.read.is_valid(read, value):
                    yield f"{where}: {json.dumps(value)} {self._word('is no longer allowed', 'is new')}"
            return
        if read_values is not None:
            yield self._differs(where, "values", None, read_values)
            return
        of_integers = {"integer", "number"}
        if "type" in read and written.get("type") != read["type"]:
            if not (written.get("type") == "integer" and read["type"] in of_integers):
                yield self._differs(where, "type", written.get("type"), read["type"])
                return
        for keywords, is_within in ((LOWER_BOUNDS, operator.ge), (UPPER_BOUNDS, operator.le)):
            for keyword in keywords:
                if keyword in read and not (keyword in written and is_within(written[keyword], read[keyword])):
                    yield self._differs(where, keyword, written.get(keyword), read[keyword])
        for keyword in sorted(read.keys() - KNOWN):
            if self.written.expanded(written.get(keyword)) != self.read.expanded(read[keyword]):
                yield self._differs(where, keyword, written.get(keyword), read[keyword])
        if "items" in read:
            yield from self._refused(written.get("items", True), read["items"], f"{where}[]")
        yield from self._refused_members(written, read, where)

    def _refused_members(self, written, read, where):
        written_members, read_members = written.get("properties", {}), read.get("properties", {})
        for name in sorted(set(read.get("required", [])) - set(written.get("required", []))):
            yield f"{where}.{name}: {self._word('is required', 'may be absent')}"
        for name, member in read_members.items():
            if name in written_members:
                yield from self._refused(written_members[name], member, f"{where}.{name}")
            elif not self.clients_write and member is not False:
                yield f"{where}.{name}: is gone"
        # Clients ignore members that they do not know.
        others = read.get("additionalProperties", True)
        if self.clients_write and others is not True:
            for name in sorted(written_members.keys() - read_members.keys()):
                yield from self._refused(written_members[name], others, f"{where}.{name}")
            yield from self._refused(written.get("additionalProperties", True), others, f"{where}.*")

    def _differs(self, where, keyword, written, read):
        old, new = (written, read) if self.clients_write else (read, written)
        return f"{where}: {keyword} was {json.dumps(old)}, is {json.dumps(new)}"

    def _word(self, of_clients, of_server):
        return of_clients if self.clients_write else of_server


def listed_values(schema):
    """Returns all values that a schema can allow, or `None` if they are not listed."""
    if "const" in schema:
        return [schema["const"]]
    if "enum" in schema:
        return schema["enum"]
    return {"null": [None], "boolean": [True, False]}.get(schema.get("type"))
