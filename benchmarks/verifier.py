"""How long `verify_study.py` takes on an audit export of many events, and how much memory.

    python benchmarks/verifier.py [EVENTS ...]

Makes exports of 250 000, 500 000 and 1 000 000 events (or as many as named) in a temporary folder and
verifies each in a process of its own. The events are those of a study of two periods: of every 25, one opens
a read, one shows its images, 22 save drafts and one submits it; a tenth of all, drafts only, is sealed.
"""

import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent.parent / "readerstudy" / "oversight" / "verify_study.py"
STUDY = "0d1f6c2e-6a0e-4a52-9f33-5d7c2c1b9a01"
PERIOD_BEGINS = {1: datetime(2026, 3, 1, tzinfo=UTC), 2: datetime(2026, 5, 1, tzinfo=UTC)}
CASES, OF_READ = 200, 25
OPENING = 1
"""The number of the event that tells of it; those of the reads follow, the second of each the exposure."""
ZONE = "Europe/Berlin"


def event(
    seq: int, previous: str, action: str, after: dict[str, object], target: str, actor: int
) -> dict[str, object]:
    return {
        "seq": seq,
        "at": "2026-03-01T12:00:00.000000+00:00",
        "clock_offset_s": 0,
        "actor_id": actor,
        "actor": "reader-2",
        "role": "reader",
        "session": hashlib.sha256(b"session").hexdigest(),
        "address": "192.0.2.7",
        "action": action,
        "object_type": "reads.read",
        "object_id": target,
        "study_id": STUDY,
        "before": None,
        "after": after,
        "reason": "",
        "previous_hash": previous,
    }


def exposures(reads: int) -> list[dict[str, object]]:
    """What was sent: every case to every reader once in each of two periods, a washout apart."""
    rows: list[dict[str, object]] = []
    for number in sorted(range(reads), key=lambda number: number % 2):
        place, period = number // 2, 1 + number % 2
        at = (PERIOD_BEGINS[period] + timedelta(minutes=place % CASES)).isoformat()
        reader, case = 1 + place // CASES, 1 + place % CASES
        rows.append(
            {
                "read": f"read-{number}",
                "reader": reader,
                "case": case,
                "period": period,
                "item": "pixels",
                "first_at": at,
                "last_at": at,
                "event": OPENING + OF_READ * len(rows) + 2,
            }
        )
    return rows


def gaps(sent: list[dict[str, object]]) -> list[dict[str, object]]:
    """As the certificate states them: of every read of the second period."""
    return [
        {**{key: row[key] for key in ("reader", "period", "case")}, "first_sent_at": row["first_at"]}
        for row in sent
        if row["period"] == 2
    ]


def told(sent: list[dict[str, object]]) -> Iterator[tuple[str, dict[str, object], str, int]]:
    """(action, after, read, reader) of the events of each read."""
    for row in sent:
        read, at, reader = str(row["read"]), row["first_at"], int(str(row["reader"]))
        yield "read.opened", {"period": row["period"], "at": at, "zones": [ZONE]}, read, reader
        yield "read.exposed", {"item": "pixels", "at": at, "zone": ZONE}, read, reader
        for version in range(1, OF_READ - 2):
            yield "read.draft-saved", {"version": version, "answered": version % 12}, read, reader
        ended = [{"item": "pixels", "first_at": at, "last_at": at}]
        looked = {"at": at, "active_ms": 30_000, "longest_rest_ms": 0}
        yield "read.submitted", {"exposures": ended, **looked}, read, reader


FACTS = ("amendments", "cases", "elsewhere", "overrides")


def files_of(sent: list[dict[str, object]]) -> dict[str, list[dict[str, object]]]:
    """Readers, order and reads, as `study.json` has them."""
    places = [
        {**{key: row[key] for key in ("reader", "case", "period")}, "position": row["case"], "part": 1}
        for row in sent
    ]
    return {
        "readers": [{"index": n, "person": n} for n in sorted({int(str(row["reader"])) for row in sent})],
        "order": places,
        "reads": [
            {
                **place,
                "id": row["read"],
                "number": 1,
                "state": "submitted",
                "opened_at": row["first_at"],
                "submitted_at": row["first_at"],
            }
            for place, row in zip(places, sent, strict=True)
        ],
    }


def made(folder: Path, events: int) -> str:
    """Write an export of so many events, rounded down to whole reads, and return its head."""
    document = {
        "periods": [{"number": 1, "washout_hours": 0}, {"number": 2, "washout_hours": 672}],
        "washout_mode": "per-case",
        "opens_at_local_hour": 0,
        "pacing": {"cases_per_day": CASES + 1, "break_after_minutes": 2 * CASES, "break_minutes": 15},
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    sha256, commitment = hashlib.sha256(text.encode()).hexdigest(), "c" * 64
    sent = exposures(2 * ((events - 2) // OF_READ // 2))
    facts = {
        "protocol": {"document": document, "sha256": sha256},
        "seed": "",
        "seed_commitment": commitment,
        "exposures": sent,
        **files_of(sent),
        **{name: [] for name in FACTS},
    }
    (folder / "study.json").write_text(json.dumps(facts))
    certificate = {"gaps": gaps(sent), "short": [], "kept": True}
    (folder / "washout-certificate.json").write_text(json.dumps(certificate))
    opened = ("study.opened", {"protocol_sha256": sha256, "seed_commitment": commitment}, STUDY)
    lines, sealed, digest, previous, seq = hashlib.sha256(), 0, "", "0" * 64, 0
    with (folder / "events.txt").open("wb") as file:

        def write(action: str, after: dict[str, object], target: str, actor: int = 7) -> None:
            nonlocal sealed, digest, previous, seq
            seq += 1
            body = json.dumps(
                event(seq, previous, action, after, target, actor), sort_keys=True, separators=(",", ":")
            )
            digest = hashlib.sha256(body.encode()).hexdigest()
            if action == "read.draft-saved" and seq % 9 == 5:
                sealed += 1
                body = json.dumps({"previous_hash": previous, "sealed": True, "seq": seq})
            line = f"{digest} {body}\n".encode()
            lines.update(line)
            file.write(line)
            previous = digest

        write(*opened)
        for action, after, read, reader in told(sent):
            write(action, after, read, reader)
        ending = {"events_sha256": lines.hexdigest(), "sealed": sealed, "files": {}}
        write("study.audit-exported", ending, STUDY)
    return f"{seq}:{digest}"


def main(counts: list[int]) -> None:
    """Print events, reads, seconds, events per second and peak memory of each."""
    for events in counts:
        with tempfile.TemporaryDirectory() as name:
            head = made(Path(name), events)
            began = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-I", str(SCRIPT), name, "--head", head], capture_output=True, text=True
            )
            took = time.perf_counter() - began
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)
        seq = int(head.split(":")[0])
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        sys.stdout.write(
            f"{seq:>9} events, {(seq - 2) // OF_READ} reads: {took:6.1f} s, "
            f"{seq / took:,.0f} events per second, at most {peak:.0f} MiB\n"
        )


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [250_000, 500_000, 1_000_000])
