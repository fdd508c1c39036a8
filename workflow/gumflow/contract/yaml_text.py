"""Reading YAML so that nothing is lost: a doubled key is an error (PyYAML keeps the last), and every key is text as written."""

from typing import Any

import yaml


def load_yaml(text: str) -> Any:
    """Return the content of a YAML text; raise `yaml.YAMLError`, with line and column, also for a key that stands twice."""
    return yaml.load(text, Loader=_Loader)


# PyYAML's binding to LibYAML, where it was built with it, reads the same ten times faster.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):
    """Safe loader whose mappings have text keys: `2009:` and `no:` are names of waves and clusters, not a number and a truth value."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        out: dict[Any, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be a plain word", key.start_mark
                )
            if key.value in out:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} stands twice", key.start_mark
                )
            out[key.value] = self.construct_object(value, deep=deep)
        return out
