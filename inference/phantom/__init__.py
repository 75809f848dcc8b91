"""A seeded synthetic lumbar spine with Modic changes of known truth. Shows no patient.

phantom = make_phantom(7)
write_dicom(phantom, Path("exam"))
"""

from inference.phantom.lesions import Lesion
from inference.phantom.phantom import Phantom, make_phantom
from inference.phantom.write import write_dicom

__all__ = ["Lesion", "Phantom", "make_phantom", "write_dicom"]
