"""A seeded synthetic lumbar spine with Modic changes of known truth. Shows no patient.

phantom = make_phantom(7)
write_dicom(phantom, Path("exam"))
other = make_phantom(7, appearance=second_appearance(7))
"""

from inference.phantom.appearance import Appearance, second_appearance
from inference.phantom.lesions import Lesion
from inference.phantom.phantom import Phantom, make_phantom
from inference.phantom.write import write_dicom

__all__ = ["Appearance", "Lesion", "Phantom", "make_phantom", "second_appearance", "write_dicom"]
