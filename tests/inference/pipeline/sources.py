"""De-identified T1 images of a phantom, as the store holds them."""

import pydicom

from inference.dicom.intake import receive
from inference.dicom.stacks import stacks_of
from inference.dicom.uids import Keyed
from inference.phantom import write_dicom


def stored_t1(phantom, folder):
    write_dicom(phantom, folder / "exam")
    received = receive(folder / "exam" / "sag_t1", folder / "staging", Keyed(b"k" * 16))
    (stack,) = stacks_of(received.images)
    return [pydicom.dcmread(folder / "staging" / "clean" / image.file) for image in stack.images]
