"""A reader at the reading room, speaking to the server as the browser does."""

import uuid
from typing import Any

from django.test import Client

from readerstudy.accounts.models import User
from readerstudy.studies.models import Enrolment, Study
from tests import cast

Json = dict[str, Any]


def answers_to(read: Json, *, grade: int = 0, leave_out: int = 0) -> list[Json]:
    """An answer to every site asked but the last `leave_out`."""
    sites = read["sites"][: len(read["sites"]) - leave_out]
    said = {"grade": grade, "not_gradable": None, "in_bulk": False, "secondary": None, "confidence": None}
    return [{**site, **said} for site in sites]


class Desk:
    """One reader's browser and enrolment."""

    def __init__(self, enrolment: Enrolment, client: Client | None = None) -> None:
        self.enrolment = enrolment
        self.user: User = enrolment.reader
        self.client = client or cast.signed_in(self.user)

    def sign_in_again(self) -> None:
        """After the clock has moved past the session's end."""
        self.client = cast.signed_in(self.user)

    def post_next(self) -> Any:
        return self.client.post(f"/api/enrolments/{self.enrolment.pk}/next")

    def next(self) -> Json:
        response = self.post_next()
        assert response.status_code == 200, response.content
        return response.json()

    def open(self) -> Json:
        """The next case, which must be one."""
        answer = self.next()
        assert answer["status"] == "reading", answer
        return answer["read"]

    def ahead(self) -> Json | None:
        """Where the images of the case after this one are, if they may be sent ahead."""
        response = self.client.post(f"/api/enrolments/{self.enrolment.pk}/ahead")
        assert response.status_code == 200, response.content
        assert set(response.json()) == {"images"}
        return response.json()["images"]

    def look(self, read: Json, *, frames: int = 1) -> list[bytes]:
        """Fetch the first frames of both series."""
        urls = [url for kind in ("t1", "t2") for url in read["images"][kind]["frame_urls"][:frames]]
        responses = [self.client.get(url) for url in urls]
        assert {response.status_code for response in responses} == {200}
        return [response.content for response in responses]

    def put_draft(self, read: Json, answers: list[Json], **changes: Any) -> Any:
        body = {"lease": read["lease"], "version": read["version"], "answers": answers, **changes}
        return self.client.put(read["draft_url"], body, content_type="application/json")

    def post_submit(self, read: Json, answers: list[Json], **changes: Any) -> Any:
        body = {
            "lease": read["lease"],
            "version": read["version"],
            "idempotency_key": str(uuid.uuid4()),
            "answers": answers,
            **changes,
        }
        return self.client.post(read["submit_url"], body, content_type="application/json")

    def read_one(self, *, grade: int = 0) -> Json:
        """Open, look at and hand in the next case."""
        read = self.open()
        self.look(read)
        response = self.post_submit(read, answers_to(read, grade=grade))
        assert response.status_code == 200, response.content
        return read

    def read_period(self) -> list[Json]:
        """All cases of the period that is open."""
        total = self.enrolment.study.cases.count()
        return [self.read_one() for _ in range(total)]


def desk(study: Study, index: int) -> Desk:
    """The desk of reader `index`."""
    return Desk(study.enrolments.select_related("reader", "study").get(index=index))
