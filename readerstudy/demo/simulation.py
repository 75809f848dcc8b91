"""Robot readers who go through a whole protocol by the application's own interface, and what comes of it.

For a scratch installation started as a demo, whose clock can be moved. The robots' grades are drawn; the rest
is the product: orders, washouts, arms, locks, statistics.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from django.test import Client

from annotations.agreement.kappa import cohen_kappa
from annotations.vocabulary import ModicType, Site
from readerstudy.common import clock
from readerstudy.demo.robots import Skill, grade, reconsider
from readerstudy.demo.synthetic_cases import MapAccuracy, Truth, draw_suggestions, draw_truth
from readerstudy.demo.watching import Watch
from readerstudy.studies.models import Enrolment
from readerstudy.studies.protocol import Document, contrast
from readerstudy.studies.protocol import sites as sites_of

ASKS = 0.7
"""Chance that a robot asks for a map on demand."""


@dataclass(frozen=True)
class Robots:
    """What the robots are like, on average.

    seen, typed: chances to see a change and to name its type; bias: how much more often than 0.08 they see
    what is not there; trust: chance to take over a suggestion that differs; drop_out: chance to leave, per
    period; spread: how much robots differ.
    """

    seen: float = 0.75
    typed: float = 0.85
    bias: float = 0.0
    trust: float = 0.5
    drop_out: float = 0.0
    spread: float = 0.08

    def skill(self, rng: np.random.Generator) -> Skill:
        """One robot of them."""
        seen, typed, invented, trust = (
            float(np.clip(mean + rng.normal(0, self.spread), 0.01, 0.99))
            for mean in (self.seen, self.typed, 0.08 + self.bias, self.trust)
        )
        return Skill(seen=seen, invented=min(invented, 0.6), typed=typed, trust=trust)


@dataclass
class Desk:
    """One robot at its browser."""

    enrolment: Enrolment
    password: str
    skill: Skill
    rng: np.random.Generator
    leaves_after: int
    read: int = 0
    client: Client | None = None

    @cached_property
    def pseudonyms(self) -> dict[tuple[int, int], str]:
        """The exams behind the robot's cases, by period and position."""
        rows = self.enrolment.assignments.values_list("period__number", "position", "case__exam__pseudonym")
        return {(period, position): pseudonym for period, position, pseudonym in rows}

    def sign_in(self) -> None:
        """With a fresh browser: sessions end while a washout passes."""
        self.client = Client()
        answer = self.client.post(
            "/accounts/sign-in/", {"username": self.enrolment.reader.username, "password": self.password}
        )
        if answer.status_code != 302:
            raise RuntimeError(f"A robot could not sign in ({answer.status_code}).")

    def call(self, method: str, url: str, body: Any = None) -> Any:
        """JSON of an answer; raises RuntimeError with the server's words for a refusal."""
        assert self.client is not None
        answer = getattr(self.client, method)(url, data=body, content_type="application/json")
        if answer.status_code != 200:
            raise RuntimeError(f"{method} {url}: {answer.status_code} {answer.content[:200]!r}")
        return answer.json() if answer["Content-Type"].startswith("application/json") else None


def go_through(desks: Sequence[Desk], truths: Mapping[str, Truth], watch: Watch) -> list[dict[str, Any]]:
    """Read until nobody has anything left, moving the clock to the next opening in between.

    Returns the calendar: when each reader's stretches of reading began and ended. Raises Stopped.
    """
    calendar = []
    while True:
        waits: list[datetime] = []
        for desk in desks:
            began, count = clock.now(), desk.read
            opens_at = _read_what_is_open(desk, truths, watch)
            if desk.read > count:
                reader = f"R{desk.enrolment.index}"
                calendar.append(
                    {
                        "reader": reader,
                        "from": began.isoformat(),
                        "to": clock.now().isoformat(),
                        "reads": desk.read - count,
                    }
                )
            if opens_at is not None:
                waits.append(opens_at)
        if not waits:
            return calendar
        ahead = min(waits) - clock.now()
        if ahead > timedelta():
            clock.advance(ahead + timedelta(seconds=1))


def _read_what_is_open(desk: Desk, truths: Mapping[str, Truth], watch: Watch) -> datetime | None:
    """Read every case that is given; the moment the next one opens, or None when there is none."""
    desk.sign_in()
    coming: dict[str, Any] | None = None
    while desk.read < desk.leaves_after:
        answer = coming or desk.call("post", f"/api/enrolments/{desk.enrolment.pk}/next")
        while answer["status"] == "recall":
            answer = desk.call("post", answer["answer_url"], {"answer": int(desk.rng.integers(1, 5))})
        if answer["status"] == "waiting":
            return datetime.fromisoformat(answer["opens_at"])
        if answer["status"] != "reading":
            return None
        coming = _read_one(desk, answer["read"], truths)
        watch.step(f"R{desk.enrolment.index} reads; it is {clock.now():%-d %B %Y} in the simulation")
    return None


def _read_one(desk: Desk, read: dict[str, Any], truths: Mapping[str, Truth]) -> dict[str, Any] | None:
    """What comes next, as handing in tells the reading room; None where it has to ask."""
    for kind in ("t1", "t2"):
        desk.call("get", read["images"][kind]["frame_urls"][0])
    truth = truths[desk.pseudonyms[read["period"]["number"], read["position"]]]
    held = {Site(a["level"], a["half"]): ModicType(a["grade"]) for a in read["answers"]}
    answers = held or grade(truth, desk.skill, desk.rng)
    shown = _map_of(desk, read)
    if shown is not None:
        answers = reconsider(answers, shown, desk.skill, desk.rng)
    clock.advance(timedelta(seconds=int(desk.rng.integers(70, 240))))
    body = {
        "lease": read["lease"],
        "version": read["version"],
        "idempotency_key": str(uuid.UUID(bytes=desk.rng.bytes(16))),
        "answers": [
            {**site, "grade": int(answers[Site(site["level"], site["half"])]), "not_gradable": None}
            for site in read["sites"]
        ],
    }
    handed_in: dict[str, Any] = desk.call("post", read["submit_url"], body)
    desk.read += 1
    coming: dict[str, Any] | None = handed_in["next"]
    return coming


def _map_of(desk: Desk, read: dict[str, Any]) -> dict[Site, ModicType] | None:
    """What the map that the robot sees suggests; None where it sees none."""
    if read["map_url"]:
        content = desk.call("get", read["map_url"])
    elif read["reveal_url"] and desk.rng.random() < ASKS:
        content = desk.call("post", read["reveal_url"])
    else:
        return None
    return {
        Site(label["level"], label["half"]): ModicType(label["suggestion"]) for label in content["labels"]
    }


def expected_agreement(
    document: Document, skills: Sequence[Skill], *, cases: int, studies: int, seed: int
) -> list[dict[str, Any]]:
    """Distribution of each pair's kappa in the two compared arms and of its change, over drawn studies.

    Without the application: the same robots grade drawn cases. Per pair: mean, 2.5th and 97.5th percentile,
    and every study's value in ascending order.
    """
    rng = np.random.default_rng(seed)
    found: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for _ in range(studies):
        graded = _graded(document, skills, cases, rng)
        for first, second in document["statistics"]["pairs"]:
            values = [_kappa(graded[arm][first], graded[arm][second]) for arm in (0, 1)]
            if None not in values:
                found.setdefault((first, second), []).append((values[0], values[1]))  # type: ignore[arg-type]
    return [
        {"pair": [f"R{first}", f"R{second}"], **_summary(np.array(values))}
        for (first, second), values in found.items()
    ]


def _graded(
    document: Document, skills: Sequence[Skill], cases: int, rng: np.random.Generator
) -> list[dict[int, list[int]]]:
    """Grades by compared arm and reader, all units in one list."""
    kinds = {arm["name"]: arm["kind"] for arm in document["arms"]}
    asked, graded = sites_of(document), [dict[int, list[int]](), dict[int, list[int]]()]
    for _ in range(cases):
        truth = draw_truth(rng)
        suggestions = draw_suggestions(truth, MapAccuracy(), rng)
        sham = dict(zip(suggestions, rng.permutation([int(s) for s in suggestions.values()]), strict=True))
        for reader, skill in zip(document["readers"], skills, strict=True):
            given: dict[Site, ModicType] = {}
            for place, arm in enumerate(contrast(document)):
                if not (place and reader["baseline"]):
                    given = _in_arm(kinds[arm], truth, suggestions, sham, skill, given, rng)
                graded[place].setdefault(reader["index"], []).extend(int(given[site]) for site in asked)
    return graded


def _in_arm(
    kind: str,
    truth: Truth,
    suggestions: Truth,
    sham: Mapping[Site, int],
    skill: Skill,
    before: dict[Site, ModicType],
    rng: np.random.Generator,
) -> dict[Site, ModicType]:
    own = before if kind == "second-read" and before else grade(truth, skill, rng)
    if kind == "unaided" or (kind == "on-demand" and rng.random() >= ASKS):
        return own
    shown = {site: ModicType(int(value)) for site, value in sham.items()} if kind == "sham" else suggestions
    return reconsider(own, shown, skill, rng)


def _kappa(first: Sequence[int], second: Sequence[int]) -> float | None:
    table = np.zeros((4, 4), dtype=np.int64)
    np.add.at(table, (np.array(first), np.array(second)), 1)
    return cohen_kappa(table).estimate


def _summary(values: np.ndarray[Any, Any]) -> dict[str, Any]:
    columns = {"before": values[:, 0], "after": values[:, 1], "change": values[:, 1] - values[:, 0]}
    return {
        name: {
            "mean": float(column.mean()),
            "low": float(np.percentile(column, 2.5)),
            "high": float(np.percentile(column, 97.5)),
            "values": sorted(round(float(value), 4) for value in column),
        }
        for name, column in columns.items()
    }


def skills_of(document: Document, robots: Robots, rng: np.random.Generator) -> list[Skill]:
    """A skill for each reader; the baseline sees more than the others."""
    skills = []
    for reader in document["readers"]:
        better = replace(robots, seen=min(robots.seen + 0.15, 0.95)) if reader["baseline"] else robots
        skills.append(better.skill(rng))
    return skills
