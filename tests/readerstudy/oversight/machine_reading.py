"""What readers, their windows and devices do in the play of conduct."""

import uuid
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from readerstudy.audit.models import Event
from readerstudy.common import clock
from readerstudy.common.errors import NotThere
from readerstudy.exams.sightings import note_sighting
from readerstudy.exams.states import Occasion
from readerstudy.preparation.models import CalibrationRead
from readerstudy.preparation.services import calibration
from readerstudy.reads import attention, recalls, reveals, seats, services
from readerstudy.reads.models import Grade, KeptInput, Read
from readerstudy.reads.policies import Sent
from readerstudy.reads.states import Item, ReadState
from readerstudy.studies.models import Enrolment
from readerstudy.studies.states import Arm
from tests.readerstudy.oversight.machine_judge import BEING_READ, RELATED, Judge
from tests.readerstudy.oversight.machine_oracle import HandedIn
from tests.readerstudy.oversight.machine_world import READERS, WAYS, key, refused

DEVICES = (str(uuid.UUID(int=1)), str(uuid.UUID(int=2)))
DISPLAY = attention.Display(1440, 900, 1.0, 24, None)
ITEMS = st.sampled_from([Item.PIXELS, Item.MODIC_MAP, Item.MAP_ON_DEMAND])


class Reading(Judge):
    """Every answer of the server is judged before the story goes on."""

    @rule(study=WAYS, reader=READERS, cases=st.integers(1, 3))
    def read_some(self, study: int, reader: int, cases: int) -> None:
        enrolment = self.enrolment(study, reader)
        for _ in range(cases):
            told = self.open_next(enrolment)
            if isinstance(told, Read):
                self.read_through(told)

    def read_through(self, read: Read) -> None:
        """Look at it with what its arm shows, for some minutes, and hand it in."""
        arm = read.assignment.arm
        self.show(read, Item.PIXELS)
        if arm != Arm.UNAIDED:
            self.show(read, Item.MAP_ON_DEMAND if arm == Arm.ON_DEMAND else Item.MODIC_MAP)
        self.clock.shift(timedelta(minutes=10))
        self.show(read, Item.PIXELS)
        self.hand_in(read, key())

    def open_next(self, enrolment: Enrolment, device: str = DEVICES[0], *, take_over: bool = False):
        """What the server tells a device that asks; a calibration and a question are answered on the way."""
        expected = self.expected(enrolment, device if not take_over else self.seat_of(enrolment))
        ahead = set(
            Read.objects.filter(assignment__enrolment=enrolment, state=ReadState.AHEAD).values_list("pk")
        )
        told = services.next_case(
            reader=enrolment.reader,
            enrolment_id=enrolment.pk,
            device=seats.Device(device, "a browser"),
            take_over=take_over,
        )
        self.judge(expected, told)
        if isinstance(told, Read | services.Asked):
            self.seats[enrolment.pk] = (device, clock.now())
        if isinstance(told, Read):
            read = Read.objects.select_related(*RELATED).get(pk=told.pk)
            if (read.pk,) in ahead and read.exposures.exists():
                self.note(enrolment.reader, read.assignment.case.exam, self.session(read))
            return read
        return told

    def seat_of(self, enrolment: Enrolment) -> str:
        return self.seats[enrolment.pk][0] if enrolment.pk in self.seats else DEVICES[0]

    @rule(study=WAYS, reader=READERS)
    def look_and_leave(self, study: int, reader: int) -> None:
        told = self.open_next(self.enrolment(study, reader))
        if isinstance(told, Read):
            self.show(told, Item.PIXELS)

    @rule(study=WAYS, reader=READERS)
    def come_back_when_told(self, study: int, reader: int) -> None:
        """Read on until told to wait; then a second before the moment that was named, and at it."""
        enrolment = self.enrolment(study, reader)
        for _ in range(5):
            told = self.open_next(enrolment)
            if isinstance(told, Read):
                self.read_through(told)
            elif isinstance(told, services.Asked):
                self.answer(told, 3)
            elif isinstance(told, services.Waiting):
                for short in (1, 0):
                    self.clock.move_to(max(clock.now(), told.opens_at - timedelta(seconds=short)))
                    self.look_and_leave(study, reader)

    @rule(study=WAYS, reader=READERS, item=ITEMS)
    def look(self, study: int, reader: int, item: Item) -> None:
        for read in self.not_handed_in(study, reader):
            self.show(read, item)

    def show(self, read: Read, item: Item) -> None:
        """Ask for it, and keep in the log that it was shown; a refusal sends nothing."""
        user, may, before = read.assignment.enrolment.reader, self.may_be_shown(read, item), self.sent(read)
        if item is Item.MAP_ON_DEMAND:
            refusal = refused(lambda: reveals.reveal_map(reader=user, read_id=read.pk))
        else:
            refusal = refused(lambda: services.see(reader=user, read_id=read.pk, item=item))
        if refusal is not None:
            assert may is not True, f"{item} is withheld: {refusal.code}"
            assert self.sent(read) == before, "a refused call sends nothing"
            return
        assert may is not False, f"{item} is sent in an arm that is {read.assignment.arm}, or too early"
        if read.state != ReadState.AHEAD:
            self.judge_flag(read)
        self.note(user, read.assignment.case.exam, self.session(read))

    def not_handed_in(self, study: int, reader: int) -> list[Read]:
        """Everything of this reader that is open or was sent ahead, whoever left the study."""
        reads = Read.objects.filter(assignment__enrolment=self.enrolment(study, reader))
        return list(reads.exclude(state=ReadState.SUBMITTED).select_related(*RELATED).order_by("assignment"))

    # --- handing in ---

    def answers(self, read: Read, share: float = 1) -> Sent:
        """An answer to that share of the halves: readers differ in the first of them."""
        sites = self.document(self.study_of(read.assignment.enrolment))["question"]["sites"]
        first = (read.assignment.enrolment.index + read.assignment.case.number) % 4
        said = [
            {**site, "grade": 0 if number else first, "not_gradable": None}
            for number, site in enumerate(sites[: int(len(sites) * share)])
        ]
        return Sent(lease=str(read.lease), version=read.version, answers=said)

    def hand_in(self, read: Read, idempotency_key: str) -> bool:
        """Whether it was taken; judged, and kept in the log."""
        user, may = read.assignment.enrolment.reader, self.is_in_hand(read)
        if read.state == ReadState.AHEAD:
            may = False
        sent = {"sent": self.answers(read), "idempotency_key": idempotency_key}
        refusal = refused(lambda: services.submit(reader=user, read_id=read.pk, **sent))
        if refusal is not None:
            assert may is not True, f"an answer is refused: {refusal.code}"
            return False
        assert may is not False, "an answer was taken that may not be written"
        self.keep_handed_in(read)
        return True

    def keep_handed_in(self, read: Read) -> None:
        """Keep it in the log; then every half has one grade, and one event tells of it."""
        done, study = Read.objects.get(pk=read.pk), self.study_of(read.assignment.enrolment)
        person, part = read.assignment.enrolment.reader_id, read.assignment.part
        self.handed_in.append(HandedIn(person, study, done.opened_at, done.submitted_at, part))
        self.judge_handed_in(read)

    def judge_handed_in(self, read: Read) -> None:
        """Nothing is lost of it and nothing is there twice."""
        sites = self.document(self.study_of(read.assignment.enrolment))["question"]["sites"]
        assert Grade.objects.filter(read=read).count() == len(sites)
        assert Event.objects.filter(action="read.submitted", object_id=str(read.pk)).count() == 1

    @rule(study=WAYS, reader=READERS, twice=st.booleans(), minutes=st.sampled_from([1, 10, 100]))
    def submit(self, study: int, reader: int, twice: bool, minutes: int) -> None:
        """With a draft before it; the answer may be lost on its way back and be sent again."""
        self.clock.shift(timedelta(minutes=minutes))
        for read in self.not_handed_in(study, reader):
            user, submission = read.assignment.enrolment.reader, key()
            if read.state != ReadState.AHEAD and self.is_in_hand(read):
                sent = self.answers(read, share=0.6)
                read.version = services.save_draft(reader=user, read_id=read.pk, sent=sent)
            if self.hand_in(read, submission) and twice:
                sent = self.answers(read)
                again = services.submit(reader=user, read_id=read.pk, sent=sent, idempotency_key=submission)
                assert again.pk == read.pk
                self.judge_handed_in(read)

    # --- devices ---

    @rule(study=WAYS, reader=READERS, take_over=st.booleans())
    def from_another_device(self, study: int, reader: int, take_over: bool) -> None:
        """Who opened last holds the case; what the first device still sends is refused, and kept."""
        enrolment = self.enrolment(study, reader)
        first = self.open_next(enrolment, self.seat_of(enrolment))
        other = DEVICES[self.seat_of(enrolment) == DEVICES[0]]
        told = self.open_next(enrolment, other, take_over=take_over)
        if not isinstance(first, Read) or not isinstance(told, Read) or first.pk != told.pk:
            return
        lost = {"read_id": first.pk, "sent": self.answers(first, share=0.8)}
        refusal = refused(lambda: services.save_draft(reader=enrolment.reader, **lost))
        assert refusal is not None, "two leases live"
        assert refusal.code == "lease"
        now = Read.objects.get(pk=told.pk)
        assert (now.version, now.draft) == (told.version, told.draft)
        assert KeptInput.objects.filter(read=now, why="opened-elsewhere").exists(), "nothing is lost"

    @rule(study=WAYS, reader=READERS)
    def leave_the_desk(self, study: int, reader: int) -> None:
        """The window closes and says so: another device may go on at once."""
        for read in self.not_handed_in(study, reader):
            if read.state in BEING_READ and self.is_in_hand(read):
                enrolment = read.assignment.enrolment
                attention.beat(
                    reader=enrolment.reader,
                    read_id=read.pk,
                    lease=str(read.lease),
                    active_ms=0,
                    display=DISPLAY,
                    leaving=True,
                )
                held = self.seats.pop(enrolment.pk, None)
                self.open_next(enrolment, DEVICES[held is not None and held[0] == DEVICES[0]])

    # --- what else is asked and shown ---

    @precondition(lambda self: any("recall_probe" in self.document(study) for study in (0, 1)))
    @rule(study=WAYS, reader=READERS, answer=st.integers(1, 4))
    def answer_what_is_asked(self, study: int, reader: int, answer: int) -> None:
        told = self.open_next(self.enrolment(study, reader))
        if isinstance(told, services.Asked):
            self.answer(told, answer)
            self.read_some(study, reader, 1)

    def answer(self, asked: services.Asked, answer: int) -> None:
        user = asked.read.assignment.enrolment.reader
        recalls.answer_recall(reader=user, read_id=asked.read.pk, answer=answer)

    @precondition(lambda self: any("calibration" in self.document(study) for study in (0, 1)))
    @rule(study=WAYS, reader=READERS)
    def calibrate(self, study: int, reader: int) -> None:
        """Its one case, seen and answered as the expert did."""
        enrolment = self.enrolment(study, reader)
        if "calibration" not in self.document(study) or hasattr(enrolment, "withdrawal"):
            return
        try:
            read = calibration.next_read(reader=enrolment.reader, enrolment_id=enrolment.pk)
        except NotThere:
            return
        if not isinstance(read, CalibrationRead):
            return
        calibration.see(reader=enrolment.reader, read_id=read.pk, item=Item.PIXELS)
        self.note(enrolment.reader, read.case.exam, None)
        said = [{**answer} for answer in read.case.answers]
        sent = Sent(lease=str(read.lease), version=read.version, answers=said)
        calibration.submit(reader=enrolment.reader, read_id=read.pk, sent=sent, idempotency_key=key())
        calibration.look_at_feedback(reader=enrolment.reader, read_id=read.pk)

    @rule(study=WAYS, reader=READERS, fetched=st.booleans())
    def send_ahead(self, study: int, reader: int, fetched: bool) -> None:
        """Of the next case images alone may come early, where nothing can come between."""
        enrolment = self.enrolment(study, reader)
        read = services.send_ahead(reader=enrolment.reader, enrolment_id=enrolment.pk)
        if read is None:
            return
        read = Read.objects.select_related(*RELATED).get(pk=read.pk)
        if read.state != ReadState.AHEAD:
            return
        current = self.first_unread(enrolment)
        order = [one for one in self.unread(enrolment) if one.period_id == current.period_id]
        following = order[order.index(current) + 1]
        assert read.assignment_id == following.pk, "the one that comes next"
        assert current.case_id != following.case_id, "not the second part before the first"
        assert self.open_to(following) is not False, "not before its washout"
        document = self.document(study)
        assert not {"break_after_minutes", "hours_per_day"} & document.get("pacing", {}).keys()
        assert "closes_at" not in document["periods"][following.period.number - 1]
        now = clock.now()
        done = HandedIn(enrolment.reader_id, study, now, now, current.part)
        assert self.stop(enrolment, done) is None, "not past a break or a cap"
        if fetched:
            self.show(read, Item.PIXELS)
            self.show(read, Item.MODIC_MAP)

    @rule(reader=READERS, case=st.integers(0, 2), occasion=st.sampled_from(Occasion), tries=st.booleans())
    def seen_elsewhere(self, reader: int, case: int, occasion: Occasion, tries: bool) -> None:
        """One of the cases; or, where the reader then tries to read, the one that comes next."""
        enrolment = self.enrolment(0, reader)
        coming = next(iter(self.unread(enrolment)), None)
        exam = coming.case.exam if tries and coming else self.exams[case]
        note_sighting(person=enrolment.reader, exam=exam, occasion=occasion)
        self.note(enrolment.reader, exam, None)
        if tries:
            self.look_and_leave(0, reader)
