"""How a phantom's scanner is set and what it writes into headers: settings, names, numbering. No picture.

`FIRST_CONSOLE` has the habits of one vendor, `SECOND_CONSOLE` of another; both say that they are made up.
"""

from dataclasses import dataclass

Range = tuple[float, float]
ImageType = tuple[str, ...]


@dataclass(frozen=True)
class Heading:
    """A series' description and number."""

    description: str
    number: int


@dataclass(frozen=True)
class Sequence:
    """A fast spin echo sequence: ms and degrees, each drawn evenly within its range."""

    heading: Heading
    repetition_ms: Range
    echo_ms: Range
    flip_degrees: Range
    echo_train: int


@dataclass(frozen=True)
class Console:
    """A scanner's headers. sequences: T1 and T2; one of fields_tesla is drawn.

    names_sequences: writes Protocol Name and Sequence Name. from_left: the instance on the patient's left is
    the first; else the one on the right.
    """

    model: str
    sequences: tuple[Sequence, Sequence]
    scout: Heading
    axial: Heading
    bandwidth_hz: Range
    fields_tesla: tuple[float, ...]
    image_type: ImageType
    scout_type: ImageType
    sequence_variant: str | list[str]
    averages: int
    names_sequences: bool
    from_left: bool


FIRST_CONSOLE = Console(
    model="Lumbar phantom",
    sequences=(
        Sequence(Heading("SAG T1 FSE", 3), (420.0, 760.0), (8.0, 16.0), (90.0, 160.0), 3),
        Sequence(Heading("SAG T2 FSE", 4), (2700.0, 4600.0), (85.0, 107.0), (110.0, 160.0), 19),
    ),
    scout=Heading("LOC", 1),
    axial=Heading("AX T2 FSE", 5),
    bandwidth_hz=(95.0, 245.0),
    fields_tesla=(1.5, 3.0),
    image_type=("ORIGINAL", "PRIMARY", "OTHER"),
    scout_type=("ORIGINAL", "PRIMARY", "LOCALIZER"),
    sequence_variant="SK",
    averages=2,
    names_sequences=False,
    from_left=False,
)
SECOND_CONSOLE = Console(
    model="Lumbar phantom 2",
    sequences=(
        Sequence(Heading("t1_tse_sag", 3), (560.0, 900.0), (17.0, 26.0), (150.0, 180.0), 5),
        Sequence(Heading("t2_tse_sag", 2), (4700.0, 6200.0), (62.0, 84.0), (160.0, 180.0), 15),
    ),
    scout=Heading("localizer", 1),
    axial=Heading("t2_tse_tra", 6),
    bandwidth_hz=(60.0, 94.0),
    fields_tesla=(0.55, 1.0),
    image_type=("ORIGINAL", "PRIMARY", "M", "ND"),
    scout_type=("ORIGINAL", "PRIMARY", "M", "ND"),
    sequence_variant=["SK", "SP"],
    averages=3,
    names_sequences=True,
    from_left=True,
)
