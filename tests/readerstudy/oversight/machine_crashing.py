"""The server fails at any of its writes: as if nothing had been sent; and then it is sent again."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from hypothesis import strategies as st
from hypothesis.stateful import rule

from readerstudy.audit.models import Event
from readerstudy.reads import seats, services
from readerstudy.reads.models import Exposure, Grade, Read
from readerstudy.reads.states import Item, ReadState
from tests.readerstudy.oversight.machine_reading import DEVICES, Reading
from tests.readerstudy.oversight.machine_world import READERS, WAYS, key

WRITES = ("INSERT", "UPDATE", "DELETE")


class Fails:
    """Lets so many writes through and fails at the next."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.lstrip().upper().startswith(WRITES):
            self.left -= 1
            if self.left < 0:
                raise OSError("the machine fails here")
        return execute(sql, *rest)


class Crashing(Reading):
    """What a transaction wrote is there as a whole or not at all."""

    def crashes(self, after: int, act: Callable[[], Any]) -> bool:
        """Whether it failed at this write; then everything is as before."""
        before = self._picture()
        try:
            with connection.execute_wrapper(Fails(after)):
                act()
        except OSError:
            assert self._picture() == before, "half of it stays"
            return True
        return False

    def _picture(self) -> tuple[Any, ...]:
        reads = Read.objects.order_by("pk").values_list("pk", "state", "version", "lease", "draft")
        rows = (Grade.objects.count(), Event.objects.count(), Exposure.objects.count())
        return (*rows, [str(row) for row in reads])

    @rule(study=WAYS, reader=READERS, after=st.integers(0, 9))
    def crash_while_handing_in(self, study: int, reader: int, after: int) -> None:
        """At any phase; the window sends the same again until it is told that it is stored."""
        for read in self.not_handed_in(study, reader):
            if read.state == ReadState.AHEAD or not self.is_in_hand(read):
                continue
            sent, submission = self.answers(read), key()

            def act(read: Read = read, sent: Any = sent, submission: str = submission) -> None:
                services.submit(
                    reader=read.assignment.enrolment.reader,
                    read_id=read.pk,
                    sent=sent,
                    idempotency_key=submission,
                )

            failed = self.crashes(after, act)
            assert Read.objects.filter(pk=read.pk, state=ReadState.SUBMITTED).exists() is not failed
            act()
            self.keep_handed_in(read)

    @rule(study=WAYS, reader=READERS, after=st.integers(0, 5))
    def crash_while_saving(self, study: int, reader: int, after: int) -> None:
        for read in self.not_handed_in(study, reader):
            if read.state == ReadState.AHEAD or not self.is_in_hand(read):
                continue
            user, sent = read.assignment.enrolment.reader, self.answers(read, share=0.5)

            def act(read: Read = read, user: Any = user, sent: Any = sent) -> None:
                services.save_draft(reader=user, read_id=read.pk, sent=sent)

            if self.crashes(after, act):
                act()
            assert Read.objects.get(pk=read.pk).version == read.version + 1

    @rule(study=WAYS, reader=READERS, after=st.integers(0, 5), looks=st.booleans())
    def crash_while_opening(self, study: int, reader: int, after: int, looks: bool) -> None:
        """No case is open that nobody was given; no image left without being kept."""
        enrolment = self.enrolment(study, reader)
        device = self.seat_of(enrolment)

        def ask() -> None:
            services.next_case(
                reader=enrolment.reader,
                enrolment_id=enrolment.pk,
                device=seats.Device(device or DEVICES[0], "a browser"),
            )

        told = self.open_next(enrolment, device)
        self.crashes(after, ask)
        told = self.open_next(enrolment, device)
        if not isinstance(told, Read) or not looks:
            return

        def see() -> None:
            services.see(reader=enrolment.reader, read_id=told.pk, item=Item.PIXELS)

        if not self.crashes(after, see):
            self.judge_flag(told)
            self.note(enrolment.reader, told.assignment.case.exam, self.session(told))
