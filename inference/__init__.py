"""What the model says: DICOM to volumes to the paper's steps to a Modic map. No Django here."""
