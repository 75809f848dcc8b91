"""Manufacturers and scanner models as words of our own, so that nothing else can hide in those fields."""

_VENDORS = {
    "GE": ("GE MEDICAL", "GE HEALTHCARE", "GENERAL ELECTRIC", "GEMS"),
    "Siemens": ("SIEMENS",),
    "Philips": ("PHILIPS",),
    "Canon": ("CANON", "TOSHIBA"),
    "Fujifilm": ("FUJIFILM", "HITACHI"),
    "Esaote": ("ESAOTE",),
    "United Imaging": ("UIH", "UNITED IMAGING"),
    "Neusoft": ("NEUSOFT",),
    "Mindray": ("MINDRAY",),
    "Paramed": ("PARAMED",),
    "Synthetic": ("SYNTHETIC",),
}
_MODELS = """
Signa HDxt; Signa HDx; Signa HDe; Signa EXCITE; Signa Pioneer; Signa Premier; Signa Architect;
Signa Artist; Signa Voyager; Signa Explorer; Signa Creator; Signa Hero; Signa PET/MR;
Discovery MR750w; Discovery MR750; Discovery MR450; Optima MR450w; Optima MR360; Brivo MR355;
Magnetom Vida; Magnetom Sola; Magnetom Lumina; Magnetom Altea; Magnetom Free.Max; Avanto;
Avanto_fit; Aera; Amira; Espree; Essenza; Symphony; Sonata; Skyra_fit; Skyra; Spectra; Prisma_fit;
Prisma; Trio; TrioTim; Verio; Biograph_mMR; Terra; Sempra; Harmony; Vision; Ingenia Ambition;
Ingenia Elition; Ingenia; Achieva dStream; Achieva; Intera; Multiva; Panorama HFO; Gyroscan;
Vantage Titan; Vantage Galan; Vantage Orian; Vantage Elan; Vantage; Excelart; Echelon Smart;
Echelon Oval; Echelon; Oasis; Aperto; Airis; G-Scan; O-scan; S-scan; uMR 560; uMR 570; uMR 588;
uMR 770; uMR 790; Lumbar phantom; Lumbar phantom 2
"""
_BY_LENGTH = sorted((name.strip() for name in _MODELS.split(";")), key=len, reverse=True)


def manufacturer(stated: str) -> str:
    """The maker's short name, "Other" for an unknown one, "" for none."""
    upper = stated.upper()
    found = next((name for name, marks in _VENDORS.items() if any(mark in upper for mark in marks)), None)
    if found is None and upper.strip() == "GE":
        found = "GE"
    return found or ("Other" if upper.strip() else "")


def model(stated: str) -> str:
    """The model's usual name, "Other" for an unknown one, "" for none."""
    plain = _plain(stated)
    found = next((name for name in _BY_LENGTH if _plain(name) in plain), None)
    return found or ("Other" if plain else "")


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())
