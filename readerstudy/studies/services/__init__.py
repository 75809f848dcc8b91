"""Writing studies: drafts, their opening, lock and deletion; the modules beside hold what else is written."""

from readerstudy.studies.services.studies import (
    create_study,
    delete_draft,
    enrol_readers,
    lock_study,
    make_shams,
    open_study,
    set_cases,
    set_protocol,
    set_up_study,
    sign_and_open,
    unlock_study,
)

__all__ = [
    "create_study",
    "delete_draft",
    "enrol_readers",
    "lock_study",
    "make_shams",
    "open_study",
    "set_cases",
    "set_protocol",
    "set_up_study",
    "sign_and_open",
    "unlock_study",
]
