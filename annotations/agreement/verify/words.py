"""Cases from different hands name the same thing differently: statistics, inputs and figures by their words.

A name is cut into words ("ci.lower", "CI_low" and "lo" are one), synonyms become one word, and order plays
no part ("kappa_se", "se_kappa"). An exact name always comes first, so that no synonym can hide a figure.
"""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from annotations.agreement.verify.synonyms import FIGURES, INPUTS, PRINCIPAL, STATISTIC_WORDS, WANTED


def plain(name: str) -> str:
    """A name small and without signs."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def statistic_named(name: str, known: Iterable[str]) -> str | None:
    """The statistic of `known` that a name means; None where none does."""
    names = {plain(each): each for each in known}
    if plain(name) in names:
        return names[plain(name)]
    words = set(re.findall(r"[a-z0-9]+", re.sub(r"[_.\-]", " ", name.lower())))
    words |= {word.removesuffix(ending) for word in words for ending in ("ed", "s")}
    for needed, meant in STATISTIC_WORDS:
        if meant in names.values() and set(needed.split()) <= words:
            return meant
    return None


def inputs_named(values: Mapping[str, Any], wanted: Iterable[str]) -> dict[str, Any]:
    """`values` with each input of `wanted` that is missing taken from what else it is called."""
    found, names = dict(values), {plain(name): name for name in values}
    for name in wanted:
        if found.get(name) is not None:
            continue
        called = next((names[other] for other in (plain(name), *INPUTS[name]) if other in names), None)
        if called is not None and called in found and called not in wanted:
            found[name] = found.pop(called)
    return found


def inputs_of(statistic: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` under the names that `statistic` takes."""
    return inputs_named(values, next(names for part, names in WANTED if part in statistic))


def parts(key: str) -> list[str]:
    """The pieces of a name between its signs."""
    return re.split(r"[^a-z0-9]+", key.lower())


def words_of(key: str) -> frozenset[str]:
    """What a figure's name says, its numbers as one word in their order."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key.strip()) if not key.isupper() else key
    text = text.lower().replace("χ", "chi").replace("²", "2")
    text = re.sub(r"\b(?:chi|x)_?(?:sq|2)(?![a-z0-9])|(?:chi2|x2)(?![a-z0-9])", "chi", text)
    text = re.sub(r"(?<![a-z0-9])t_?(?:2|sq)(?![a-z0-9])", "ttwo", text)
    text = (
        text.replace("std_err", "se")
        .replace("standard_error", "se")
        .replace("p_value", "p")
        .replace("null", "0")
    )
    text = text.replace("mid_p", "midp").replace("p_mid", "midp").replace("clopper_pearson", "cp")
    text = re.sub(r"(?<=[a-z])cc(?![a-z])", "_cc", text)
    said: set[str] = set()
    numbers = [number for number in re.findall(r"\d+", text) if number != "95"]
    for word in re.findall(r"[a-z]+|\d+", text):
        meant = FIGURES.get(word, word)
        said |= {meant} if meant else set()
    said = {word for word in said if not word.isdigit()} | ({"_".join(numbers)} if numbers else set())
    return frozenset(said - {"p"} if "midp" in said or "exact" in said else said)


def figure_named(key: str, figures: Mapping[str, Any], statistic: str) -> str | None:
    """The name among `figures` that `key` means; None where none does, or two that differ could be meant."""
    if key in figures:
        return key
    spare = frozenset().union(*(words for part, words in PRINCIPAL.items() if part in statistic))
    for ignored in (frozenset[str](), spare):
        wanted = words_of(key) - ignored
        fitting = [name for name in figures if words_of(name) - ignored == wanted]
        if fitting and all(_same(figures[name], figures[fitting[0]]) for name in fitting):
            return fitting[0]
    return None


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return bool(one == other)
