"""The versions of a network on disk, as TensorFlow Serving finds them: WEIGHTS/<model>/<number>."""

from pathlib import Path


def versions(model: Path) -> list[int]:
    """Numbers of the SavedModels in a model's folder, oldest first; none without the folder."""
    return sorted(
        int(folder.name)
        for folder in (model.iterdir() if model.is_dir() else ())
        if folder.name.isdecimal() and (folder / "saved_model.pb").is_file()
    )


def newest(model: Path) -> Path:
    """The folder of the version that is served: the highest number, `model`/1 where there is none yet."""
    return model / str(max(versions(model), default=1))
