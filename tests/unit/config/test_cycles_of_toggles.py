"""Toggles that need each other in a circle: told with all other mistakes, each circle once."""

from __future__ import annotations

import subprocess
import sys

from flagstaff.config.load import Inputs, load


def block(name, *lines):
    return "\n".join([f'toggle "{name}" {{', f'  key = "{name}"', *(f"  {line}" for line in lines), "}\n"])


def requires(*names):
    return f"requires {{\n    toggles = [{', '.join(f'toggle.{name}' for name in names)}]\n  }}"


def test_a_cycle_of_requirements_and_dependencies_is_a_path_with_places(configure):
    built = configure(
        block("b", requires("c"))
        + block("a", "depends_on = [toggle.b]")
        + block("c", requires("a", "free"))
        + block("free")
    )
    assert built.said == ["main.hcl:9:17-25 Dependency cycle"]
    assert built.only.detail.splitlines()[1:4] == [
        "  toggle.a depends on toggle.b  (main.hcl:9)",
        "  toggle.b requires toggle.c  (main.hcl:4)",
        "  toggle.c requires toggle.a  (main.hcl:14)",
    ]
    assert (built.only.context, built.only.address) == ('toggle "a"', "toggle.a")
    assert built.desired is None


def test_cycles_are_told_in_order_with_all_other_mistakes(configure):
    built = configure(
        block("x", requires("y"), "percentage = 101")
        + block("y", requires("x"))
        + block("a", requires("b"), "product = product.nope")
        + block("b", requires("a"))
    )
    assert built.said == [
        "main.hcl:4:16-24 Dependency cycle",
        "main.hcl:6:16-19 Percentage out of range",
        "main.hcl:17:16-24 Dependency cycle",
        "main.hcl:19:13-25 Undeclared product",
    ]


def test_a_toggle_that_needs_itself_is_told_once(configure):
    built = configure(block("a", requires("a", "b"), "depends_on = [toggle.a]") + block("b"))
    assert built.said == ["main.hcl:4:16-24 Toggle requires itself", "main.hcl:6:17-25 Toggle depends on itself"]


def test_instances_that_all_need_their_own_block_are_told_once(configure):
    built = configure(
        'toggle "site" {\n  for_each = toset(["653", "687"])\n  key = each.key\n  requires {\n'
        "    toggles = [toggle.site]\n  }\n  depends_on = [toggle.site]\n}\n"
    )
    assert built.said == ["main.hcl:5:16-27 Toggle requires itself", "main.hcl:7:17-28 Toggle depends on itself"]


def test_a_cycle_of_instances(configure):
    built = configure(
        'toggle "site" {\n  for_each = { a = "b", b = "a" }\n  key = each.key\n'
        "  requires {\n    toggles = [toggle.site[each.value]]\n  }\n}\n"
    )
    assert built.said == ["main.hcl:5:16-39 Dependency cycle"]
    assert built.only.detail.splitlines()[1] == '  toggle.site["a"] requires toggle.site["b"]  (main.hcl:5)'


def test_load_tells_cycles_beside_syntax_errors(tmp_path):
    (tmp_path / "a.hcl").write_text(block("a", requires("b")) + block("b", requires("a")))
    (tmp_path / "b.hcl").write_text('toggle "c" {\n  key = = "c"\n}\n')
    loaded = load(tmp_path, Inputs())
    assert [item.summary for item in loaded.diagnostics if item.range.filename == "a.hcl"] == ["Dependency cycle"]
    assert loaded.desired is None


def test_networkx_is_imported_only_where_there_are_edges(tmp_path):
    (tmp_path / "main.hcl").write_text('provider "flipper" {\n  source = "snapshot"\n}\n' + block("a") + block("b"))
    program = (
        "import sys, pathlib; from flagstaff.config.load import Inputs, load; "
        f"assert load(pathlib.Path({str(tmp_path)!r}), Inputs()).desired; sys.exit('networkx' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
