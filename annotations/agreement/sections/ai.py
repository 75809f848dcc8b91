"""What the AI's grade did to the readers between the arms."""

from dataclasses import asdict
from typing import Any

from annotations.agreement.influence import influence_split, switch_table
from annotations.agreement.readings import Readings
from annotations.agreement.sections.shape import Section, filled, left_out
from annotations.agreement.table import Counts

TOWARDS = ("to_model", "from_model", "left_out")


def ai_influence(readings: Readings) -> Section:
    """Rows: reader, group ("all", "model right", "model wrong"), switches, and the change of the share of
    right answers. Without truth only changes to the AI's grade and away from it are counted.
    """
    plan = readings.plan
    if readings.ai is None:
        return left_out("no grades of the AI were given")
    if not plan.two_arms:
        return left_out("the data hold one arm: no reader could change")
    readers = [reader for reader in plan.readers if reader != plan.baseline]
    return filled([row for reader in readers for row in _rows(readings, reader, readings.ai)])


def _rows(readings: Readings, reader: str, model: Counts) -> list[dict[str, Any]]:
    before, after = (_answers(readings.of(reader, arm)) for arm in readings.plan.arms)
    told = _answers(model)
    if readings.truth is None:
        counted = asdict(switch_table(before, after, told, told)["all"])
        kept = {name: counted[name] for name in TOWARDS}
        return [{"reader": reader, "group": "all", "switches": kept, "change": None}]
    truth = _answers(readings.truth)
    confidence = readings.plan.confidence
    switches = switch_table(before, after, truth, told)
    change = influence_split(before, after, truth, told, readings.exam_of.tolist(), confidence)
    return [
        {
            "reader": reader,
            "group": group,
            "switches": asdict(switches[group]),
            "change": {name: found.to_json() for name, found in change[group].items()},
        }
        for group in switches
    ]


def _answers(codes: Counts) -> list[int | None]:
    return [code if code >= 0 else None for code in codes.tolist()]
