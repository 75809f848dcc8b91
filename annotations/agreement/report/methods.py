"""The methods paragraph: what was done, in the words a journal prints, drawn from the plan and the data."""

from annotations.agreement.report.cells import Values

REFERENCES = (
    "References: Cohen 1960; Yang and Zhou 2014; Vanbelle 2017; McNemar 1947; Eliasziw and Donner 1991; "
    "Obuchowski 1998; Durkalski et al. 2003; Yang, Sun and Hardin 2010; Fagerland et al. 2013; Holm 1979; "
    "Davison and Hinkley 1997; Fleiss 1971; Gwet 2008; Krippendorff 2018; Light 1971; "
    "Stuart 1955; Bhapkar 1966; Bowker 1948; Hotelling 1931. The experiment follows "
    "Gao et al., JOR Spine 2022."
)


def methods(agreement: Values) -> tuple[str, ...]:
    """Paragraphs, ready to be pasted."""
    plan = agreement["plan"]
    parts = [_data(agreement), f"Primary test: {agreement['primary_test']}."]
    if agreement["sensitivity_analyses"]:
        parts.append(f"Sensitivity analyses: {agreement['sensitivity_analyses']}.")
        parts.append(
            f"The bootstrap drew whole exams {plan['resamples']} times, both arms together (percentile "
            f"interval; seed {plan['seed']})."
        )
    parts.append(
        f"Level of the tests {plan['alpha']:g}, of the intervals {plan['confidence']:.0%}; fixed category "
        "scale; nothing imputed. Secondary coefficients carry jackknife intervals over exams and are "
        "descriptive."
    )
    return (*parts, REFERENCES)


def _data(agreement: Values) -> str:
    plan, data = agreement["plan"], agreement["dataset"]
    unit = " \N{MULTIPLICATION SIGN} ".join(plan["unit"])
    arms = f" in the arms {' (earlier) and '.join(plan['arms'])} (later)" if len(plan["arms"]) > 1 else ""
    text = (
        f"{len(plan['readers'])} readers graded {data['units']} units of {data['exams']} exams"
        f"{arms} on the scale {', '.join(map(str, plan['categories']))}; "
        f"the unit of analysis was {unit}; units of one {plan['cluster']} are correlated."
    )
    if plan["baseline"]:
        text += f" {plan['baseline']} read once and was the comparator in both arms."
    if len(plan["arms"]) > 1:
        text += " The analysis set of a pair holds the units graded by both readers in both arms."
    return text
