"""Public reader tables through the command line: the values that other programs give for them."""

import json

import krippendorff
import pandas as pd
import pytest

from annotations.agreement.__main__ import main

DIAGNOSES = "1. Depression,2. Personality Disorder,3. Schizophrenia,4. Neurosis,5. Other"


@pytest.fixture
def analysed(shared_data, tmp_path):
    """analysed(file, options) -> report.json."""

    def run(name, *options):
        path = shared_data / "readers" / name
        command = ["report", str(path), "--format", "wide", "--out", str(tmp_path / "out"), *options]
        assert main(command) == 0
        return json.loads((tmp_path / "out" / "report.json").read_text())

    return run


def across(report):
    return report["sections"]["across_readers"]["rows"][0]


def check(row, expected, digits=5e-6):
    for name, value in expected.items():
        estimate, se = value if isinstance(value, tuple) else (value, None)
        assert row[name]["estimate"] == pytest.approx(estimate, abs=digits), name
        if se is not None:
            assert row[name]["se"] == pytest.approx(se, abs=digits), name


def test_seven_pathologists(analysed):
    report = analysed("landis.csv", "--categories", "1,2,3,4,5")
    row = across(report)
    check(row, {"fleiss_kappa": (0.354335, 0.03015), "conger_kappa": 0.36129, "light_kappa": 0.366086})
    check(row, {"conger_kappa_linear": 0.51592, "conger_kappa_quadratic": 0.64688})
    alone = [result["estimate"] for result in row["kappa_of_categories"]]
    assert alone == pytest.approx([0.5584533, 0.1528860, 0.3640458, 0.1739705, 0.6264134], abs=5e-8)
    first = report["pairs"][0]["before"]
    assert first["table"][0] == [22, 2, 2, 0, 0]
    assert first["kappa"]["details"]["po"] == pytest.approx(0.635593, abs=5e-7)
    values = report["values"]["A-B"]
    assert values["kappa_all readings"] == pytest.approx(0.498418, abs=5e-7)
    assert values["kappa_linear"][0] == pytest.approx(0.649193, abs=5e-7)
    assert values["kappa_quadratic"][0] == pytest.approx(0.778564, abs=5e-7)


def test_six_raters_with_categories_in_words(analysed):
    report = analysed("diagnoses.csv", "--categories", DIAGNOSES)
    row = across(report)
    check(row, {"fleiss_kappa": 0.430245, "conger_kappa": 0.4418085, "light_kappa": 0.459412})
    alone = [result["estimate"] for result in row["kappa_of_categories"]]
    assert alone == pytest.approx([0.245, 0.245, 0.520, 0.471, 0.566], abs=5e-4)
    kappas = {name: pair["kappa_all readings"] for name, pair in report["values"].items()}
    expected = {
        "rater1-rater2": 0.6512,
        "rater1-rater6": 0.0809,
        "rater3-rater4": 0.7260,
        "rater5-rater6": 0.6482,
    }
    assert {name: kappas[name] for name in expected} == pytest.approx(expected, abs=5e-5)


def check_ordinal_alpha(row, name, shared_data, irr):
    """To the last digit that of the krippendorff package; R irr's departure under its own name."""
    ratings = pd.read_csv(shared_data / "readers" / name).to_numpy(dtype=float).T
    ours = row["krippendorff_alpha_ordinal"]["estimate"]
    assert ours == pytest.approx(krippendorff.alpha(ratings, level_of_measurement="ordinal"), abs=1e-12)
    assert row["krippendorff_alpha_ordinal_irr"]["estimate"] == pytest.approx(irr, abs=5e-7)


def test_a_low_and_a_negative_coefficient(analysed, shared_data):
    report = analysed("anxiety.csv", "--categories", "1,2,3,4,5,6")
    check(across(report), {"light_kappa": -0.017479})
    check_ordinal_alpha(across(report), "anxiety.csv", shared_data, irr=0.221848)
    values = report["values"]["rater1-rater2"]
    assert values["kappa_all readings"] == pytest.approx(0.119497, abs=5e-7)
    assert values["kappa_linear"][0] == pytest.approx(0.189189, abs=5e-7)
    assert values["kappa_quadratic"][0] == pytest.approx(0.296765, abs=5e-7)


def test_a_rater_who_always_says_the_same_is_survived(analysed, shared_data):
    report = analysed("video.csv", "--categories", "1,2,3,4,5")
    check(across(report), {"fleiss_kappa": 0.035670})
    check_ordinal_alpha(across(report), "video.csv", shared_data, irr=0.112032)
    kappas = {name: pair["kappa_all readings"] for name, pair in report["values"].items()}
    assert [kappas[f"rater1-rater{i}"] for i in (2, 3, 4)] == [0.0, 0.0, 0.0]
    assert kappas["rater2-rater3"] == pytest.approx(0.3496, abs=5e-5)
    assert kappas["rater2-rater4"] == pytest.approx(-0.0063, abs=5e-5)
    assert kappas["rater3-rater4"] == pytest.approx(0.0698, abs=5e-5)


def test_missing_ratings(analysed):
    four = across(analysed("cac.raw4raters.csv", "--categories", "1,2,3,4,5"))
    check(
        four,
        {
            "percent_agreement": 0.8181818,
            "gwet_ac1": (0.77544, 0.14295),
            "fleiss_kappa": (0.76117, 0.15302),
            "conger_kappa": (0.76282, 0.14917),
            "brennan_prediger": (0.77273, 0.14472),
            "krippendorff_alpha_nominal": 0.74342,
        },
    )
    check(four, {"fleiss_kappa_quadratic": 0.86494, "conger_kappa_quadratic": 0.85771})
    check(four, {"krippendorff_alpha_interval": 0.84911})
    check(four, {"gwet_ac2_quadratic": 0.914}, digits=5e-4)


def test_five_observers_with_gaps(analysed):
    five = across(analysed("cac.raw5obser.csv", "--categories", "0,1,2,3"))
    check(
        five,
        {
            "gwet_ac1": 0.49662,
            "fleiss_kappa": 0.45762,
            "krippendorff_alpha_nominal": 0.48053,
            "conger_kappa": 0.46927,
        },
    )


def test_letters_and_one_rating_missing(analysed):
    report = analysed(
        "cac.ben.gerry.csv", "--categories", "a,b,c,d,e", "--unit", "Units", "--reader-columns", "Ben,Gerry"
    )
    pair = report["pairs"][0]
    assert pair["n_units"] == 11
    assert pair["before"]["kappa"]["estimate"] == pytest.approx(0.65625, abs=5e-6)


def test_pairs_of_repeated_readings_in_patients_with_gaps(analysed):
    columns = "val_TB,val_TBR,val_MH,val_MHR,val_CO,val_COR"
    report = analysed(
        "FEES.csv", "--categories", "0,1,2", "--unit", "subject,swallow", "--cluster", "subject",
        "--reader-columns", columns,
    )  # fmt: skip
    expected = {
        "val_TB-val_TBR": (22, 0.818182, 0.707641, 0.755556, 0.815900),
        "val_MH-val_MHR": (26, 0.961538, 0.934837, 0.943966, 0.956229),
        "val_CO-val_COR": (35, 0.885714, 0.816514, 0.846154, 0.883721),
        "val_TB-val_MH": (22, 0.863636, 0.778523, 0.813559, 0.858369),
        "val_TBR-val_MHR": (24, 0.750000, 0.600000, 0.666667, 0.750000),
        "val_TB-val_CO": (22, 0.681818, 0.453901, 0.527607, 0.628019),
        "val_MH-val_CO": (25, 0.680000, 0.462366, 0.539171, 0.641577),
    }
    pairs = {frozenset(pair["readers"]): pair for pair in report["pairs"]}
    for name, row in expected.items():
        pair = pairs[frozenset(name.split("-"))]
        values, side = report["values"]["-".join(pair["readers"])], pair["before"]
        found = (
            pair["n_units"],
            side["kappa"]["details"]["po"],
            values["kappa_all readings"],
            values["kappa_linear"][0],
            values["kappa_quadratic"][0],
        )
        assert found == pytest.approx(row, abs=5e-7), name
