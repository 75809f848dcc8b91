"""What needs more than grades: truth, the AI, times, volumes. Made-up data."""

import json

import numpy as np
import pandas as pd
import pytest

from tests.annotations.report.conftest import TABLE

MORE = "--truth truth --ai ai --position position --seconds seconds --volume volume --resamples 200"
KEY = ["exam", "level", "endplate"]


def with_columns():
    """The synthetic study with a truth, a model that is right four times in five, times and volumes."""
    rng = np.random.default_rng(3)
    frame = pd.read_csv(TABLE)
    truth = frame[frame["reader"] == 1].set_index(KEY)["grade"].rename("truth")
    wrong = rng.random(len(truth)) < 0.2
    ai = truth.where(~wrong, (truth + 1) % 4).rename("ai")
    volume = pd.Series(rng.gamma(2, 300, len(truth)), index=truth.index, name="volume")
    frame = frame.join(truth, on=KEY).join(ai, on=KEY).join(volume, on=KEY)
    frame["volume"] *= 1 + frame["reader"] / 10
    frame["position"] = frame["exam"].str[1:].astype(int)
    frame["seconds"] = (
        np.where(frame["phase"] == "assisted", 60, 90) + 2 * frame["position"] + frame["reader"]
    )
    return frame


@pytest.fixture
def made(report, tmp_path):
    def run(frame=None, more=MORE):
        frame = with_columns() if frame is None else frame
        assert report(frame.to_csv(index=False), more=more) == 0
        return json.loads((tmp_path / "out" / "report.json").read_text())

    return run


def test_accuracy_is_that_of_the_counts(made, tmp_path):
    report = made()
    frame = with_columns()
    own = frame[(frame["reader"] == 3) & (frame["phase"] == "assisted")]
    sick = own[own["truth"] > 0]
    rows = report["sections"]["accuracy"]["rows"]
    row = next(r for r in rows if (r["who"], r["arm"], r["group"]) == ("R3", "assisted", "present"))
    found = row["measures"]["sensitivity"]["clustered"]
    assert found["estimate"] == pytest.approx((sick["grade"] > 0).mean(), abs=1e-12)
    assert found["n_clusters"] <= 20
    assert {r["who"] for r in rows} == {"R1", "R2", "R3", "AI"}
    table = (tmp_path / "out" / "tables" / "accuracy.csv").read_text()
    assert '"AI, any change"' in table
    assert [r["metric"] for r in report["sections"]["accuracy"]["readers_compared"]] == [
        "sensitivity",
        "specificity",
    ]
    assert (tmp_path / "out" / "mrmcaov.csv").read_text().startswith("reader,treatment,case,truth,rating")


def test_switches_are_counted_by_whether_the_ai_was_right(made):
    rows = {(r["reader"], r["group"]): r["switches"] for r in made()["sections"]["ai_influence"]["rows"]}
    for reader in ("R2", "R3"):
        parts = [rows[reader, group] for group in ("model right", "model wrong")]
        for name in ("to_right", "to_wrong", "stayed_right", "stayed_wrong"):
            assert rows[reader, "all"][name] == sum(part[name] for part in parts)
        assert (
            sum(rows[reader, "all"][n] for n in ("to_right", "to_wrong", "stayed_right", "stayed_wrong"))
            == 240
        )


def test_without_truth_only_changes_towards_the_ai_are_counted(made, tmp_path):
    report = made(more="--ai ai --resamples 200")
    row = report["sections"]["ai_influence"]["rows"][0]
    assert set(row["switches"]) == {"to_model", "from_model", "left_out"}
    assert "no truth" in report["sections"]["accuracy"]["left_out"]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Accuracy against truth: no truth was given" in page
    assert not (tmp_path / "out" / "mrmcaov.csv").exists()


def test_reading_times_and_the_effect_of_assistance(made, tmp_path):
    section = made()["sections"]["reading_time"]
    assert len(section["rows"]) == 100
    assert 0.6 < section["effect"]["details"]["ratio"] < 0.9
    assert "R2,assisted,20," in (tmp_path / "out" / "tables" / "time.csv").read_text()
    assert (tmp_path / "out" / "figures" / "time.svg").exists()


def test_active_time_is_analysed_where_every_reading_has_it_and_wall_time_stands_beside_it(report, tmp_path):
    frame = with_columns()
    frame["active"] = (frame["seconds"] * 0.5).round(1)
    wish = f"{MORE} --active-seconds active"
    assert report(frame.to_csv(index=False), more=wish) == 0
    section = json.loads((tmp_path / "out" / "report.json").read_text())["sections"]["reading_time"]
    assert section["measure"] == "active_seconds"
    assert all(row["active_seconds"] == pytest.approx(row["seconds"] / 2, abs=0.1) for row in section["rows"])
    ratios = [section[key]["details"]["ratio"] for key in ("effect", "beside")]
    assert ratios[0] == pytest.approx(ratios[1], rel=0.01)
    table = (tmp_path / "out" / "tables" / "time.csv").read_text()
    assert "Median with pauses" in table
    assert "pauses included: Time" in (tmp_path / "out" / "report.html").read_text()
    frame.loc[frame["exam"] == frame["exam"].iloc[0], "active"] = None
    assert report(frame.to_csv(index=False), more=wish) == 0
    section = json.loads((tmp_path / "out" / "report.json").read_text())["sections"]["reading_time"]
    assert (section["measure"], section["beside"]) == ("seconds", None), "a mixture would compare two things"


def test_a_time_that_differs_within_one_reading_is_refused(report, capsys):
    frame = with_columns()
    frame.loc[5, "seconds"] += 1
    assert report(frame.to_csv(index=False), more=MORE) == 2
    assert "seconds belongs to the reading of a whole exam" in capsys.readouterr().err


def test_two_truths_of_one_unit_are_refused_by_line(report, capsys):
    frame = with_columns()
    frame.loc[5, "truth"] = (frame.loc[5, "truth"] + 1) % 4
    assert report(frame.to_csv(index=False), more=MORE) == 2
    assert "say something else in truth" in capsys.readouterr().err


def test_volumes_by_bland_and_altman(made, tmp_path):
    section = made()["sections"]["volumes"]
    row = section["rows"][0]
    points = np.array(row["points"])
    assert row["limits"]["estimate"] == pytest.approx(points[:, 1].mean())
    assert row["correlation"]["estimate"] == pytest.approx(1.0)
    assert (tmp_path / "out" / "figures" / "bland-altman.svg").exists()


def test_not_gradable_units_leave_the_pair_and_come_back_in_the_sensitivity_analyses(report, tmp_path):
    frame = pd.read_csv(TABLE).astype({"grade": str}).assign(why="")
    frame.loc[frame["reader"].eq(3) & frame["exam"].eq("E05"), ["grade", "why"]] = ["", "artefact"]
    assert report(frame.to_csv(index=False), more="--not-gradable why --resamples 200") == 0
    made = json.loads((tmp_path / "out" / "report.json").read_text())
    pair = made["pairs"][1]
    assert pair["n_units"] == 228
    assert pair["left_out"]["by_reason"][0]["reason"] == "not gradable: artefact"
    assert pair["sensitivity"]["not_gradable_as_category"]["before"]["n_units"] == 240
    assert pair["sensitivity"]["all_available"]["before"]["n_units"] == 228
    with_reasons = (tmp_path / "out" / "readings.csv").read_text()
    assert with_reasons.count(",artefact,") == 24
