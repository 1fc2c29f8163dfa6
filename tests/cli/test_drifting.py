"""Drift, gate by gate, from the command line."""

from __future__ import annotations


def test_what_a_hand_changed_is_said_gate_by_gate(project):
    project.apply()
    feature = project.live["parent_enabled"]
    actors = ["ann@example.gov", "bob@example.gov", "cyd@example.gov"]
    project.set_live({**project.live, "parent_enabled": {**feature, "percentage_of_actors": "25", "actors": actors}})
    ran = project.run("plan")
    assert "  ▲ toggle.parent raised: live 25 %, last applied 5 %\n" in ran.out
    assert "    percentage_of_actors 5 -> 25; 2 testers more\n" in ran.out
    assert "@example.gov" not in ran.both
    assert project.state["toggles"]["toggle.parent"]["standing"] == {
        "gates": {"percentage_of_actors": "5"},
        "testers": 1,
    }


def test_a_switch_that_cleared_testers(project, feature):
    project.apply()
    project.set_live({**project.live, "parent_enabled": feature()})
    ran = project.run("plan")
    text = "percentage_of_actors 5 -> closed; 1 tester fewer; likely switched off as a whole, which clears testers, too"
    assert text in " ".join(ran.out.split())


def test_imported_toggles_keep_their_gates(project):
    project.turn("parent_enabled", 5)
    project.run("import", "toggle.parent", "parent_enabled")
    project.turn("parent_enabled", 7)
    assert "    percentage_of_actors 5 -> 7\n" in project.run("plan").out


def test_a_state_without_gates_stays_readable(project):
    """As an earlier version wrote it."""
    import json

    project.apply()
    state = project.state
    for record in state["toggles"].values():
        record.pop("standing", None)
    project.write("state.json", json.dumps(state))
    project.turn("parent_enabled", 25)
    ran = project.run("plan")
    assert "raised: live 25 %, last applied 5 %" in ran.out
    assert "percentage_of_actors" not in ran.out


def test_expected_drift_is_one_line_and_is_put_right(project, feature):
    project.edit('key        = "parent_enabled"', 'key          = "parent_enabled"\n  expect_drift = true')
    project.apply()
    project.set_live({**project.live, "parent_enabled": feature(on=True)})
    ran = project.run("plan")
    assert "Expected drift (1): toggle.parent\n" in ran.out
    assert "Drift:" not in ran.out
    project.apply()
    assert project.percentage("parent_enabled") == "5"
    project.turn("parent_enabled", 0)
    project.apply()
    assert project.percentage("parent_enabled") == "5"
