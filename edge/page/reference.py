"""The interface's reference at `/schema`: a page without scripts, made from the OpenAPI document on the node.

Nothing is loaded from elsewhere, and it prints well.
"""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import jinja2
from litestar import Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import License

STYLE = files(__package__).joinpath("reference.css").read_bytes()
METHODS = ("get", "post", "put", "delete", "patch")
template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
    files(__package__).joinpath("reference.html").read_text("utf-8")
)
Document = dict[str, Any]


class ReferencePage(OpenAPIRenderPlugin):
    """Renders the document on the server."""

    def __init__(self) -> None:
        super().__init__(path="/")

    def render(self, request: Request[Any, Any, Any], openapi_schema: Document) -> bytes:
        """The page as UTF-8."""
        groups: dict[str, list[Document]] = {}
        for operation in _operations(openapi_schema):
            groups.setdefault(operation["group"], []).append(operation)
        info = openapi_schema["info"]
        return template.render(
            title=info["title"],
            version=info["version"],
            description=info.get("description", ""),
            json=self.get_openapi_json_route(request),
            groups=list(groups.items()),
        ).encode()


def config(version: str) -> OpenAPIConfig:
    """The document at `/schema/openapi.json` and its page at `/schema`."""
    return OpenAPIConfig(
        title="Prilavok node",
        version=version,
        description="A service counter that answers from its catalogue.",
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        path="/schema",
        render_plugins=[ReferencePage()],
        use_handler_docstrings=True,
    )


def _operations(document: Document) -> Iterator[Document]:
    for path, item in sorted(document["paths"].items()):
        for verb in METHODS:
            if operation := item.get(verb):
                yield {
                    "path": path,
                    "verb": verb.upper(),
                    "group": (operation.get("tags") or ["Pages"])[0],
                    "summary": operation.get("summary", ""),
                    "description": operation.get("description", ""),
                    "fields": [*_parameters(operation), *_body(operation, document)],
                    "answers": [
                        (code, reply["description"]) for code, reply in operation["responses"].items()
                    ],
                }


def _parameters(operation: Document) -> Iterator[Document]:
    for given in operation.get("parameters", []):
        yield {
            "name": given["name"],
            "where": given["in"],
            "type": _type(given.get("schema", {})),
            "required": given.get("required", False),
        }


def _body(operation: Document, document: Document) -> Iterator[Document]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    schema = document.get("components", {}).get("schemas", {}).get(name, schema)
    for field, form in schema.get("properties", {}).items():
        yield {
            "name": field,
            "where": "body",
            "type": _type(form),
            "required": field in schema.get("required", []),
        }


def _type(form: Document) -> str:
    if "$ref" in form:
        return str(form["$ref"]).rpartition("/")[2]
    if "enum" in form or "const" in form:
        return ", ".join(str(value) for value in form.get("enum", [form.get("const")]))
    if many := form.get("oneOf") or form.get("anyOf"):
        return " or ".join(_type(each) for each in many)
    if form.get("type") == "array":
        return f"list of {_type(form.get('items', {}))}"
    return str(form.get("type", "any"))
