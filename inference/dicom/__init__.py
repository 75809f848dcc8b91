"""Pixels with patient geometry: series choice, de-identification, DICOM out."""
