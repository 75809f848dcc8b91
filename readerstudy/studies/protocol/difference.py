"""What two protocols say differently, in sentences."""

import json
from collections.abc import Iterator
from typing import Any

from annotations.vocabulary import Half
from readerstudy.studies.protocol.document import Document

_NAMES = {
    "arms": "Arm",
    "calibration": "Calibration before the first period",
    "bulk_none": "one key grades all remaining as none",
    "confidence": "readers may say how sure they are",
    "closes_at": "closing time",
    "opens_at_local_hour": "Opening rounded up to this hour of the reader's morning",
    "readers": "Reader",
    "pacing": "Breaks and caps",
    "periods": "Period",
    "recall_probe": "Recall probe",
    "lure_share": "share of lures",
    "primary_read": "what counts where a case was read again",
    "training_labellers": "Why those who labelled the training data read",
    "washout_hours": "washout in hours",
    "washout_mode": "How the washout is counted",
}
_KEYS = {"arms": "name", "periods": "number", "readers": "index", "cases": "number"}
"""Lists whose entries are known by a name of their own, not by their place."""


def differences(old: Document, new: Document) -> list[str]:
    """One sentence for every place where `new` says something else than `old`; empty if nowhere.

    Arms, periods, readers and cases are compared by their name or number, whatever their place in the list.
    """
    return list(_of_objects(old, new, []))


def _of_objects(old: dict[str, Any], new: dict[str, Any], path: list[str]) -> Iterator[str]:
    for key in sorted(old.keys() | new.keys()):
        here = [*path, _NAMES.get(key, key.replace("_", " "))]
        if key not in new:
            yield f"{_place(here)}: no longer stated (was {_value(old[key])})."
        elif key not in old:
            yield f"{_place(here)}: now {_value(new[key])}."
        elif not _same(old[key], new[key]):
            yield from _of_values(key, old[key], new[key], here)


def _of_values(key: str, old: Any, new: Any, here: list[str]) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _of_objects(old, new, here)
    elif key in _KEYS and _is_keyed(old, _KEYS[key]) and _is_keyed(new, _KEYS[key]):
        yield from _of_entries(old, new, _KEYS[key], here)
    else:
        yield f"{_place(here)}: {_value(old)} becomes {_value(new)}."


def _of_entries(old: list[Any], new: list[Any], key: str, here: list[str]) -> Iterator[str]:
    before, after = ({entry[key]: entry for entry in entries} for entries in (old, new))
    if list(before) != list(after) and before.keys() == after.keys():
        yield f"{_place(here)}: the order becomes {', '.join(map(str, after))}."
    for name in [*before, *(name for name in after if name not in before)]:
        named = [*here[:-1], f"{here[-1]} {name}"]
        if name not in after:
            yield f"{_place(named)}: taken out."
        elif name not in before:
            stated = {what: held for what, held in after[name].items() if what != key and held is not False}
            yield f"{_place(named)}: added, {_value(stated)}."
        elif not _same(before[name], after[name]):
            yield from _of_objects(before[name], after[name], named)


def _same(old: Any, new: Any) -> bool:
    """As the hash sees it: true is not 1."""
    return json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True)


def _is_keyed(entries: Any, key: str) -> bool:
    if not isinstance(entries, list) or not all(isinstance(e, dict) and key in e for e in entries):
        return False
    names = [entry[key] for entry in entries]
    return len(set(map(str, names))) == len(names)


def _place(path: list[str]) -> str:
    words = ", ".join(path)
    return words[0].upper() + words[1:]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    if isinstance(value, str):
        return f"“{value}”"
    if isinstance(value, list) and value and all(_is_site(entry) for entry in value):
        return ", ".join(f"{entry['level']} {Half(entry['half']).spoken}" for entry in value)
    if isinstance(value, list) and value and all(isinstance(entry, int) for entry in value):
        return " and ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {_value(held)}" for key, held in value.items())
    return json.dumps(value, ensure_ascii=False)


def _is_site(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.keys() == {"level", "half"}
