"""One life for every group of types: made, read back, imported, changed, replaced, drifted, mended and destroyed by Terraform.

A module's subclass says what Terraform is given and what must be seen; the tests are inherited.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.unit.provider.conftest import Stack


@dataclass(frozen=True)
class Root:
    """HCL with places for values, and their usual values."""

    template: str
    usual: Mapping[str, Any]

    def __call__(self, **changes: Any) -> str:
        """Return the HCL with `changes` in place of the usual values."""
        return self.template % {**self.usual, **changes}


class Life:
    """A group of types. Templates such as "{rest_api_id}/live" are filled with a resource's own attributes."""

    root: Root
    named: Mapping[str, Mapping[str, str]] = {}  # address -> attributes in the real provider's form, as templates
    imported_by: Mapping[str, str]  # address -> template of its import id
    only_of_hcl: Collection[str] = ()  # addresses to set again after an import: no API tells a part of them
    before_import: Mapping[str, Any] = {}  # values without which nothing is set again
    changes: Mapping[str, Any]
    updated: Collection[str]  # addresses that `changes` updates in place
    replaced: Iterable[tuple[Mapping[str, Any], Collection[str]]] = ()  # further changes, and what each replaces
    drifted: Mapping[str, str]  # address -> action that mends it

    def applied(self, stack: Stack) -> None:
        """Assert that the APIs show what was applied."""

    def changed(self, stack: Stack) -> None:
        """Assert that the APIs show `changes`, and no longer what is not wanted any more."""

    def drift(self, stack: Stack) -> None:
        """Change resources behind Terraform's back."""
        raise NotImplementedError

    def left(self, stack: Stack) -> Iterable[Any]:
        """Return what the APIs still list after the destroy."""
        raise NotImplementedError

    def test_what_was_applied_is_there_under_the_real_providers_ids(self, stack: Stack) -> None:
        assert set(stack.apply(self.root()).values()) == {"create"}
        assert stack.plan() == {}
        self.applied(stack)
        made = stack.resources()
        for address, templates in self.named.items():
            shown = {name: str(made[address][name]) for name in templates}
            assert shown == {name: template.format(**made[address]) for name, template in templates.items()}

    def test_each_is_imported_by_its_id(self, stack: Stack) -> None:
        stack.apply(self.root(**self.before_import))
        made = stack.resources()
        with stack.driver() as driver:
            for address, template in self.imported_by.items():
                assert driver.run("state rm", address).returncode == 0
                imported = driver.run("import", address, template.format(**made[address]))
                assert imported.returncode == 0, imported.stderr
        assert stack.plan() == dict.fromkeys(self.only_of_hcl, "update")
        ids = {address: attributes["id"] for address, attributes in stack.resources().items()}
        assert ids == {address: attributes["id"] for address, attributes in made.items()}
        if self.only_of_hcl or self.before_import:
            stack.apply(self.root())
            assert stack.plan() == {}

    def test_changes_update_in_place_unset_what_is_not_wanted_and_replace_what_cannot_change(
        self, stack: Stack
    ) -> None:
        stack.apply(self.root())
        assert stack.apply(self.root(**self.changes)) == dict.fromkeys(self.updated, "update")
        self.changed(stack)
        assert stack.plan() == {}
        for further, addresses in self.replaced:
            planned = stack.plan(self.root(**{**self.changes, **further}))
            assert {address for address, action in planned.items() if action == "replace"} >= set(addresses)

    def test_what_was_changed_behind_terraforms_back_is_shown_and_mended_and_a_destroy_leaves_nothing(
        self, stack: Stack
    ) -> None:
        stack.apply(self.root())
        self.drift(stack)
        assert stack.plan() == self.drifted
        assert stack.apply(self.root()) == self.drifted
        assert stack.plan() == {}
        self.applied(stack)
        stack.destroy()
        assert list(self.left(stack)) == []
