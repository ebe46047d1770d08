"""Where the official contracts of both services lie: beside the checkout, or in `SPECS_DIR`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(os.environ.get("SPECS_DIR") or Path(__file__).parents[3] / "shared" / "specs")
needs_specs = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="no contracts beside the checkout and none named by SPECS_DIR"
)


@cache
def market() -> Any:
    """The contract of the Market as openapi-core has it, less what that can't judge: OAuth."""
    import yaml
    from openapi_core import OpenAPI

    text = (FOLDER / "market-chats.openapi.yaml").read_text(encoding="utf-8")
    contract = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    del contract["security"]
    return OpenAPI.from_dict(contract)


@cache
def update_validator() -> Any:
    from jsonschema import Draft7Validator

    schema = json.loads((FOLDER / "telegram-update.jsonschema.json").read_text(encoding="utf-8"))
    return Draft7Validator(schema)


@cache
def telegram() -> Mapping[str, Mapping[str, Any]]:
    """Methods and types of the Bot API by name."""
    schema = json.loads((FOLDER / "telegram-botapi-10.3.schema.json").read_text(encoding="utf-8"))
    return {one["name"]: one for group in schema["items"] for one in group["children"]}


def parameters(method: str) -> Mapping[str, bool]:
    """Parameters of a method of the Bot API, and whether each is required."""
    return {one["name"]: one["required"] for one in telegram()[method]["annotations"]}


def missing_fields(type_name: str, value: Mapping[str, Any]) -> list[str]:
    """Required fields of a type of the Bot API that a value lacks, and fields it has too many."""
    known = {one["name"]: one["required"] for one in telegram()[type_name]["annotations"]}
    lacking = [name for name, is_required in known.items() if is_required and name not in value]
    return lacking + [name for name in value if name not in known]
