"""Tags as services list them, each key once."""

from collections.abc import Mapping


def plain(listed: Mapping[str, str] | list[dict[str, str]]) -> dict[str, str]:
    """Return tags that a service lists as a map, or as pairs in whatever case, without its own. Raises AssertionError for a key listed twice."""
    if isinstance(listed, Mapping):
        return dict(listed)
    lowered = [{name.lower().removeprefix("tag"): content for name, content in pair.items()} for pair in listed]
    found = [(pair["key"], pair["value"]) for pair in lowered if not pair["key"].startswith("aws:")]
    assert len(found) == len(dict(found)), f"a tag key is listed twice: {listed}"
    return dict(found)
