"""Finds what breaks clients between two versions of an OpenAPI document."""

from schemas import Change, Schemas

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def breaks(old, new):
    """Yields a text for each change that breaks clients."""
    comparison = Comparison(old, new)
    old_operations, new_operations = operations(old), operations(new)
    for name, operation in old_operations.items():
        if name in new_operations:
            yield from comparison.operation(name, operation, new_operations[name])
        else:
            yield f"{name}: is gone"
    yield from comparison.security_schemes()


def operations(document):
    """Returns the operations by names such as `GET /calls`, each with the parameters of its path."""
    return {
        f"{method.upper()} {path}": operation | {"parameters": item.get("parameters", []) + operation.get("parameters", [])}
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


class Comparison:
    def __init__(self, old, new):
        self.old_document, self.new_document = old, new
        self.old, self.new = Schemas(old), Schemas(new)
        self.requests = Change(self.old, self.new, clients_write=True)
        self.responses = Change(self.old, self.new, clients_write=False)

    def operation(self, name, old, new):
        if old.get("operationId") != new.get("operationId"):
            yield f"{name}: operationId was {old.get('operationId')}, is {new.get('operationId')}"
        yield from self._security(name, old, new)
        yield from self._parameters(name, old, new)
        yield from self._body(name, old, new)
        yield from self._responses(name, old.get("responses", {}), new.get("responses", {}))

    def security_schemes(self):
        of_new = self.new_document.get("components", {}).get("securitySchemes", {})
        for name, old in self.old_document.get("components", {}).get("securitySchemes", {}).items():
            new = of_new.get(name, {})
            for member in old.keys() - {"description"}:
                if new.get(member) != old[member]:
                    yield f"security scheme {name}: {member} was {old[member]}, is {new.get(member)}"

    def _security(self, name, old, new):
        old = old.get("security", self.old_document.get("security", [{}])) or [{}]
        new = new.get("security", self.new_document.get("security", [{}])) or [{}]
        for way in old:
            if not any(needed.keys() <= way.keys() for needed in new):
                yield f"{name}: {' and '.join(way) or 'no authentication'} is not enough any more"

    def _parameters(self, name, old, new):
        old_parameters, new_parameters = _by_name(self.old, old), _by_name(self.new, new)
        for key, parameter in old_parameters.items():
            if key not in new_parameters:
                yield f"{name}: parameter {key} is gone"
            else:
                schemas = parameter.get("schema", True), new_parameters[key].get("schema", True)
                yield from self.requests.breaks(*schemas, f"{name}: parameter {key}")
        for key, parameter in new_parameters.items():
            if parameter.get("required") and not old_parameters.get(key, {}).get("required"):
                yield f"{name}: parameter {key} is required"

    def _body(self, name, old, new):
        old, new = self.old.lookup(old.get("requestBody")), self.new.lookup(new.get("requestBody"))
        if new and new.get("required") and not (old and old.get("required")):
            yield f"{name}: a body is required"
        if old and not new:
            yield f"{name}: the body is gone"
        if old and new:
            yield from self._content(name + ": body", old, new, self.requests)

    def _responses(self, name, old, new):
        for status, response in old.items():
            where = f"{name}: response {status}"
            if status not in new:
                yield f"{where} is gone"
                continue
            response, new_response = self.old.lookup(response), self.new.lookup(new[status])
            yield from self._headers(where, response.get("headers", {}), new_response.get("headers", {}))
            yield from self._content(where, response, new_response, self.responses)
        # Clients have to expect errors of all kinds, but not other kinds of success.
        for status in new.keys() - old.keys():
            if status[0] in "123":
                yield f"{name}: response {status} is new"

    def _headers(self, where, old, new):
        for name, header in old.items():
            if name not in new:
                yield f"{where}: header {name} is gone"
                continue
            header, new_header = self.old.lookup(header), self.new.lookup(new[name])
            if header.get("required") and not new_header.get("required"):
                yield f"{where}: header {name} may be absent"
            schemas = header.get("schema", True), new_header.get("schema", True)
            yield from self.responses.breaks(*schemas, f"{where}: header {name}")

    def _content(self, where, old, new, change):
        of_new = new.get("content", {})
        for media_type, content in old.get("content", {}).items():
            if media_type not in of_new:
                yield f"{where}: {media_type} is gone"
                continue
            schemas = content.get("schema", True), of_new[media_type].get("schema", True)
            yield from change.breaks(*schemas, f"{where}, {media_type}: ")


def _by_name(schemas, operation):
    """Returns the parameters of an operation by their places and names."""
    parameters = map(schemas.lookup, operation["parameters"])
    return {f"{parameter['in']} {parameter['name']}": parameter for parameter in parameters}
